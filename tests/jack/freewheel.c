// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// jack_freewheel NAME PORT: a client that is connected to PORT and freewheels
// from SIGUSR1 to SIGUSR2. jackd freewheels as a whole; PipeWire does it for
// who asked and those that are connected to him, for as long as he is there.
#include <jack/jack.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

static jack_port_t *port;

static int
process(jack_nframes_t n_frames, void *arg)
{
    (void)arg;
    memset(jack_port_get_buffer(port, n_frames), 0, n_frames * sizeof(float));
    return 0;
}

static jack_client_t *
open_client(const char *name, const char *target)
{
    jack_client_t *client = jack_client_open(name, JackNoStartServer, NULL);
    if (!client || jack_set_process_callback(client, process, NULL))
        return NULL;
    port = jack_port_register(client, "out", JACK_DEFAULT_AUDIO_TYPE,
                              JackPortIsOutput, 0);
    if (!port || jack_activate(client) ||
        jack_connect(client, jack_port_name(port), target))
        return NULL;
    return client;
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
    jack_client_t *client = open_client(argv[1], argv[2]);
    if (!client)
        return 1;
    puts("ready");
    fflush(stdout);
    while (sigwait(&set, &number) == 0 && number != SIGTERM)
        if (jack_set_freewheel(client, number == SIGUSR1))
            return 1;
    jack_client_close(client);
    return 0;
}
