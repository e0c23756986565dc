// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A stranger's JACK client that records ports by frame time.
//     capture NAME FRAMES FILE PORT...
// Prints "ready", takes FRAMES frames (or until SIGTERM), writes them to FILE
// as interleaved floats, and prints the first one's frame time. A cycle that
// JACK ran without it is NaN in the file: what comes after keeps its place.
#include <jack/jack.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { MAX_PORTS = 64 };

static struct {
    jack_client_t *client;
    jack_port_t *ports[MAX_PORTS];
    unsigned n_ports;
    unsigned n_frames;
    int end_fd;
    // The callback's, until it says that it is full.
    float *frames;
    bool running;
    uint32_t first;
    unsigned n_taken;
} c;

static void
end(void)
{
    const uint64_t one = 1;
    if (write(c.end_fd, &one, sizeof one) < 0)
        _exit(1);
}

static void
on_signal(int number)
{
    (void)number;
    end();
}

static int
process(jack_nframes_t n, void *arg)
{
    const uint32_t t = jack_last_frame_time(c.client);
    (void)arg;
    if (!c.running)
        c.first = t;
    c.running = true;
    const unsigned at = t - c.first;
    if (c.n_taken == c.n_frames)
        return 0;
    for (unsigned i = 0; i < c.n_ports; i++) {
        const float *src = jack_port_get_buffer(c.ports[i], n);
        for (unsigned k = 0; k < n && at + k < c.n_frames; k++)
            c.frames[(size_t)(at + k) * c.n_ports + i] = src[k];
    }
    c.n_taken = at + n < c.n_frames ? at + n : c.n_frames;
    if (c.n_taken == c.n_frames)
        end();
    return 0;
}

static bool
open_client(const char *name, char **targets)
{
    c.client =
        jack_client_open(name, JackNoStartServer | JackUseExactName, NULL);
    if (!c.client)
        return false;
    jack_set_process_callback(c.client, process, NULL);
    for (unsigned i = 0; i < c.n_ports; i++) {
        char port[32];
        snprintf(port, sizeof port, "in_%u", i + 1);
        c.ports[i] = jack_port_register(c.client, port, JACK_DEFAULT_AUDIO_TYPE,
                                        JackPortIsInput, 0);
        if (!c.ports[i])
            return false;
    }
    if (jack_activate(c.client))
        return false;
    for (unsigned i = 0; i < c.n_ports; i++)
        if (jack_connect(c.client, targets[i], jack_port_name(c.ports[i])))
            return false;
    return true;
}

static bool
make_room(void)
{
    const size_t n = (size_t)c.n_frames * c.n_ports;
    c.frames = malloc(n * sizeof *c.frames);
    for (size_t i = 0; c.frames && i < n; i++)
        c.frames[i] = NAN;
    return c.frames;
}

static bool
save(const char *path)
{
    FILE *file = fopen(path, "we");
    if (!file)
        return false;
    const size_t n = (size_t)c.n_taken * c.n_ports;
    const bool ok = fwrite(c.frames, sizeof *c.frames, n, file) == n;
    return fclose(file) == 0 && ok;
}

int
main(int argc, char **argv)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (argc < 5 || argc - 4 > MAX_PORTS)
        return 2;
    c.n_frames = (unsigned)atoi(argv[2]);
    c.n_ports = (unsigned)argc - 4;
    c.end_fd = eventfd(0, EFD_CLOEXEC);
    signal(SIGTERM, on_signal);
    if (!make_room() || !open_client(argv[1], argv + 4))
        return 1;
    puts("ready");
    fflush(stdout);
    while (poll(&(struct pollfd){.fd = c.end_fd, .events = POLLIN}, 1, -1) < 0)
        continue;
    jack_client_close(c.client);
    if (!save(argv[3]))
        return 1;
    printf("{\"first\": %u, \"frames\": %u}\n", c.first, c.n_taken);
    return 0;
}
