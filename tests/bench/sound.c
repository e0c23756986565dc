// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// From a datagram to what is heard: plays a constant into a strip, mutes and
// unmutes it over OSC at random moments, and looks for the first sample that
// differs at an output.
//     bench_sound UDP_PORT STRIP_PORT OUTPUT_PORT ADDRESS N
// Prints JSON: for each of N sets the microseconds from sending it to the
// reply, and to the sample, which counts at its time in JACK's cycle.
#include <jack/jack.h>
#include <lo/lo.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    MOST_MISSED = 20,
    STILL_FRAMES = 1024,
    PATIENCE_MS = 500,
    PACKET_BYTES = 512
};

static struct {
    jack_client_t *source;
    jack_client_t *ear;
    jack_port_t *out;
    jack_port_t *in;
    int heard_fd; // counts in microseconds of JACK's time
    float last;
    uint32_t n_still;
} g;

static int
play(jack_nframes_t n, void *arg)
{
    float *out = jack_port_get_buffer(g.out, n);
    (void)arg;
    for (jack_nframes_t i = 0; i < n; i++)
        out[i] = 0.5f;
    return 0;
}

// When the sample with this number in this cycle was due.
static uint64_t
time_of_sample(jack_nframes_t i, jack_nframes_t n)
{
    jack_nframes_t frames;
    jack_time_t now_us;
    jack_time_t next_us;
    float period_us;
    if (jack_get_cycle_times(g.ear, &frames, &now_us, &next_us, &period_us))
        return 1;
    return now_us + (uint64_t)(period_us * (float)i / (float)n);
}

static int
listen_to(jack_nframes_t n, void *arg)
{
    const float *in = jack_port_get_buffer(g.in, n);
    (void)arg;
    for (jack_nframes_t i = 0; i < n; i++) {
        if (in[i] == g.last) {
            g.n_still++;
            continue;
        }
        if (g.n_still >= STILL_FRAMES) {
            const uint64_t at_us = time_of_sample(i, n);
            if (write(g.heard_fd, &at_us, sizeof at_us) < 0)
                _exit(1);
        }
        g.n_still = 0;
        g.last = in[i];
    }
    return 0;
}

static bool
open_clients(const char *strip_port, const char *output_port)
{
    g.source = jack_client_open("bench_source", JackNoStartServer, NULL);
    g.ear = jack_client_open("bench_ear", JackNoStartServer, NULL);
    if (!g.source || !g.ear)
        return false;
    jack_set_process_callback(g.source, play, NULL);
    jack_set_process_callback(g.ear, listen_to, NULL);
    g.out = jack_port_register(g.source, "out", JACK_DEFAULT_AUDIO_TYPE,
                               JackPortIsOutput, 0);
    g.in = jack_port_register(g.ear, "in", JACK_DEFAULT_AUDIO_TYPE,
                              JackPortIsInput, 0);
    return g.out && g.in && jack_activate(g.source) == 0 &&
           jack_activate(g.ear) == 0 &&
           jack_connect(g.source, jack_port_name(g.out), strip_port) == 0 &&
           jack_connect(g.ear, output_port, jack_port_name(g.in)) == 0;
}

static int
open_socket(int port)
{
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port),
                                   .sin_addr = {htonl(INADDR_LOOPBACK)}};
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (const struct sockaddr *)&to, sizeof to) < 0)
        return -1;
    return fd;
}

static size_t
build(const char *address, bool value, unsigned char bytes[PACKET_BYTES])
{
    size_t n = PACKET_BYTES;
    lo_message m = lo_message_new();
    if (value)
        lo_message_add_true(m);
    else
        lo_message_add_false(m);
    lo_message_serialise(m, address, bytes, &n);
    lo_message_free(m);
    return n;
}

static bool
wait_for(int fd)
{
    return poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, PATIENCE_MS) >
           0;
}

// What was heard before, and is not of the next set.
static void
forget(void)
{
    uint64_t at_us;
    while (poll(&(struct pollfd){.fd = g.heard_fd, .events = POLLIN}, 1, 0) > 0)
        if (read(g.heard_fd, &at_us, sizeof at_us) < 0)
            return;
}

// One set; false when it was not answered or not heard: JACK may have skipped
// cycles just then.
static bool
set_once(int fd, const char *address, bool value, double *reply_us,
         double *sound_us)
{
    unsigned char bytes[PACKET_BYTES];
    uint64_t at_us;
    const size_t n = build(address, value, bytes);
    const uint64_t begin = jack_get_time();
    if (send(fd, bytes, n, 0) < 0 || !wait_for(fd))
        return false;
    *reply_us = (double)(jack_get_time() - begin);
    if (recv(fd, bytes, sizeof bytes, 0) < 0 || !wait_for(g.heard_fd) ||
        read(g.heard_fd, &at_us, sizeof at_us) < 0)
        return false;
    *sound_us = (double)at_us - (double)begin;
    return true;
}

// At no particular place in JACK's cycle, and when the last ramp is over.
static void
pause_a_while(void)
{
    const long ns = 40000000 + rand() % 20000000;
    nanosleep(&(struct timespec){.tv_nsec = ns}, NULL);
}

// The next of them, printed.
static bool
run_once(int fd, const char *address, int *i)
{
    static bool value;
    double reply_us;
    double sound_us;
    pause_a_while();
    forget();
    value = !value;
    if (!set_once(fd, address, value, &reply_us, &sound_us))
        return false;
    printf("%s[%.0f, %.0f]", (*i)++ ? ", " : "", reply_us, sound_us);
    return true;
}

int
main(int argc, char **argv)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (argc != 6)
        return 2;
    g.heard_fd = eventfd(0, EFD_CLOEXEC);
    const int fd = open_socket(atoi(argv[1]));
    if (fd < 0 || !open_clients(argv[2], argv[3]))
        return 1;
    pause_a_while();
    printf("[");
    int n_missed = 0;
    for (int i = 0; i < atoi(argv[5]); n_missed += !run_once(fd, argv[4], &i))
        if (n_missed > MOST_MISSED)
            return 1;
    puts("]");
    fflush(stdout);
    _exit(0);
}
