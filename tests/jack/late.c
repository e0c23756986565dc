// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// jack_late NAME MS: a client that takes MS milliseconds for one cycle when it
// gets SIGUSR1, and says on SIGUSR2 how many xruns JACK has told it of.
#include <jack/jack.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>

// All relaxed: numbers, which hand over no other memory.
static _Atomic uint64_t late_us; // to take in the next cycle
static _Atomic unsigned n_xruns;

static int
process(jack_nframes_t n_frames, void *arg)
{
    (void)n_frames;
    (void)arg;
    const uint64_t us =
        atomic_exchange_explicit(&late_us, 0, memory_order_relaxed);
    const jack_time_t end = jack_get_time() + us;
    while (us > 0 && jack_get_time() < end)
        ;
    return 0;
}

static int
count_xrun(void *arg)
{
    (void)arg;
    atomic_fetch_add_explicit(&n_xruns, 1, memory_order_relaxed);
    return 0;
}

int
main(int argc, char **argv)
{
    sigset_t set;
    int number = 0;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, NULL);
    if (argc != 3)
        return 2;
    jack_client_t *client = jack_client_open(argv[1], JackNoStartServer, NULL);
    if (!client || jack_set_process_callback(client, process, NULL) ||
        jack_set_xrun_callback(client, count_xrun, NULL) ||
        jack_activate(client))
        return 1;
    puts("ready");
    fflush(stdout);
    while (sigwait(&set, &number) == 0 && number != SIGTERM) {
        if (number == SIGUSR1)
            atomic_store_explicit(&late_us, 1000 * strtoull(argv[2], NULL, 10),
                                  memory_order_relaxed);
        else
            printf("%u\n",
                   atomic_load_explicit(&n_xruns, memory_order_relaxed));
        fflush(stdout);
    }
    jack_client_close(client);
    return 0;
}
