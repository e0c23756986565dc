// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A stranger's JACK client that writes down when each cycle began.
//     cycles NAME
// Prints "ready", and at SIGTERM what CLOCK_REALTIME is ahead of JACK's clock
// in microseconds, and each cycle's frame time and JACK's time for it.
#include <jack/jack.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>

enum { MAX_CYCLES = 1 << 17 };

static struct {
    jack_client_t *client;
    uint32_t frames[MAX_CYCLES];
    uint64_t times_us[MAX_CYCLES];
    _Atomic unsigned n;
} c;

static int
process(jack_nframes_t n_frames, void *arg)
{
    // relaxed: this thread alone writes it.
    const unsigned n = atomic_load_explicit(&c.n, memory_order_relaxed);
    jack_nframes_t frame;
    jack_time_t now_us;
    jack_time_t next_us;
    float period_us;
    (void)n_frames;
    (void)arg;
    if (n == MAX_CYCLES ||
        jack_get_cycle_times(c.client, &frame, &now_us, &next_us, &period_us))
        return 0;
    c.frames[n] = frame;
    c.times_us[n] = now_us;
    // release: pairs with the acquire in report().
    atomic_store_explicit(&c.n, n + 1, memory_order_release);
    return 0;
}

// Of a few tries the one that nobody came between.
static double
real_minus_jack_us(void)
{
    double best = 0.0;
    uint64_t shortest = UINT64_MAX;
    for (int i = 0; i < 100; i++) {
        struct timespec real;
        const uint64_t before = jack_get_time();
        clock_gettime(CLOCK_REALTIME, &real);
        const uint64_t after = jack_get_time();
        if (after - before >= shortest)
            continue;
        shortest = after - before;
        best = (double)real.tv_sec * 1e6 + (double)real.tv_nsec * 1e-3 -
               ((double)before + (double)after) / 2.0;
    }
    return best;
}

static void
report(void)
{
    // acquire: pairs with the release in process().
    const unsigned n = atomic_load_explicit(&c.n, memory_order_acquire);
    printf("{\"real_minus_jack_us\": %.3f, \"cycles\": [",
           real_minus_jack_us());
    for (unsigned i = 0; i < n; i++)
        printf("%s[%u, %llu]", i ? ", " : "", c.frames[i],
               (unsigned long long)c.times_us[i]);
    printf("]}\n");
}

int
main(int argc, char **argv)
{
    sigset_t set;
    int number;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    if (argc != 2)
        return 2;
    c.client = jack_client_open(argv[1], JackNoStartServer, NULL);
    if (!c.client || jack_set_process_callback(c.client, process, NULL) ||
        jack_activate(c.client))
        return 1;
    puts("ready");
    fflush(stdout);
    sigwait(&set, &number);
    report();
    fflush(stdout);
    jack_client_close(c.client);
    return 0;
}
