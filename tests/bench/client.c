// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// JACK clients to measure weir beside.
//     bench_client NAME ROLE INPUTS OUTPUTS [CLIENT [MARK]]
// ROLE is
//     touch   reads one sample of each input, writes one of each output:
//             what it costs in JACK to have so many ports
//     sink    the same, and hears: how loud its inputs are, and how long after
//             the MARK (a port of noise's, connected to its last input) it was
//             its turn, which is how long those in between took; all from its
//             last SIGUSR1 on. At SIGUSR2 it prints that, has the server
//             freewheel, prints "bounce" when that has settled, and BOUNCE_MS
//             later how many cycles that were and how long they took, from one
//             turn to the next; then "clock"
//     noise   plays noise, another at each output, and at one more, "mark",
//             the microsecond at which it did, up to MARKS
//     empty   has a callback that does nothing
// and CLIENT, a pattern, is whose audio inputs to connect the outputs to, in
// their order; a sink connects CLIENT's outputs to its INPUTS, in turn. Prints
// "ready", runs until SIGTERM or until the server goes, then prints what its
// callback has seen as JSON.
#include <jack/jack.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { MAX_PORTS = 1024, NOISE = 1 << 16, MAX_BLOCK = 8192 };
enum { MOST_US = 100000 }; // later turns count as this late
enum { MARKS = 1 << 24 };  // whole numbers that a float holds
enum { SETTLE_MS = 300, BOUNCE_MS = 1500 };
enum { PATIENCE = 100 }; // tenths of a second

static struct {
    jack_client_t *client;
    bool noise, sink;
    int n_ins;
    int n_outs;
    jack_port_t *ins[MAX_PORTS];
    jack_port_t *outs[MAX_PORTS];
    jack_port_t *mark; // noise's output, sink's input
    float table[NOISE + MAX_BLOCK];
    int wake_fd;
    volatile sig_atomic_t wants_end, wants_bounce;
    uint32_t due;
    bool running;
    float sum; // of what was touched, so that it is
    // Written by JACK's threads, shown at the end. All relaxed: numbers.
    _Atomic uint64_t cycles;
    _Atomic uint64_t xruns;
    _Atomic uint64_t jumps;
    _Atomic uint64_t frames_skipped;
    _Atomic uint32_t turns[MOST_US + 1]; // by microsecond of the cycle
    _Atomic bool bounces; // written by main: relaxed, a cycle more or less
    jack_time_t last_turn;
    _Atomic double power; // sum of what came in, squared
    _Atomic uint64_t n_samples;
} g;

static void
count(_Atomic uint64_t *counter, uint64_t n)
{
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

// What came in, and when; in a bounce, since the last time.
static void
hear(jack_nframes_t n)
{
    const jack_time_t now = jack_get_time();
    const float mark = *(const float *)jack_port_get_buffer(g.mark, n);
    uint64_t us = (now - (jack_time_t)mark) % MARKS;
    if (atomic_load_explicit(&g.bounces, memory_order_relaxed))
        us = now - g.last_turn;
    g.last_turn = now;
    atomic_fetch_add_explicit(&g.turns[us < MOST_US ? us : MOST_US], 1,
                              memory_order_relaxed);
    double power = atomic_load_explicit(&g.power, memory_order_relaxed);
    for (int i = 0; i < g.n_ins; i++) {
        const float *in = jack_port_get_buffer(g.ins[i], n);
        for (jack_nframes_t f = 0; f < n; f++)
            power += in[f] * in[f];
    }
    atomic_store_explicit(&g.power, power, memory_order_relaxed);
    count(&g.n_samples, n * (unsigned)g.n_ins);
}

// Cycles that JACK ran without us show as a jump of its frame time.
static void
note_cycle(jack_nframes_t n)
{
    const uint32_t t = jack_last_frame_time(g.client);
    if (g.running && t != g.due) {
        count(&g.jumps, 1);
        if (t - g.due < UINT32_MAX / 2) // it may jump back, too
            count(&g.frames_skipped, t - g.due);
    }
    g.running = true;
    g.due = t + n;
    count(&g.cycles, 1);
    if (g.sink)
        hear(n);
}

static int
touch(jack_nframes_t n, void *arg)
{
    (void)arg;
    float sum = 0.0f;
    for (int i = 0; i < g.n_ins; i++)
        sum += *(const float *)jack_port_get_buffer(g.ins[i], n);
    for (int i = 0; i < g.n_outs; i++)
        *(float *)jack_port_get_buffer(g.outs[i], n) = sum;
    g.sum = sum;
    note_cycle(n);
    return 0;
}

// Another part of the table at each port and in each cycle.
static int
noise(jack_nframes_t n, void *arg)
{
    const uint32_t t = jack_last_frame_time(g.client);
    (void)arg;
    for (int i = 0; i < g.n_outs && n <= MAX_BLOCK; i++) {
        const uint32_t at = (t + (uint32_t)i * 4099) % NOISE;
        memcpy(jack_port_get_buffer(g.outs[i], n), g.table + at,
               n * sizeof(float));
    }
    *(float *)jack_port_get_buffer(g.mark, n) =
        (float)(jack_get_time() % MARKS);
    note_cycle(n);
    return 0;
}

static int
on_xrun(void *arg)
{
    (void)arg;
    count(&g.xruns, 1);
    return 0;
}

static void
wake_main(void)
{
    const uint64_t one = 1;
    if (write(g.wake_fd, &one, sizeof one) < 0)
        _exit(1);
}

static void
on_signal(int number)
{
    if (number == SIGUSR2)
        g.wants_bounce = 1;
    else
        g.wants_end = 1;
    wake_main();
}

static void
forget(void)
{
    _Atomic uint64_t *const all[] = {&g.cycles, &g.xruns, &g.jumps,
                                     &g.frames_skipped, &g.n_samples};
    atomic_store_explicit(&g.power, 0.0, memory_order_relaxed);
    for (unsigned i = 0; i < sizeof all / sizeof *all; i++)
        atomic_store_explicit(all[i], 0, memory_order_relaxed);
    for (unsigned us = 0; us <= MOST_US; us++)
        atomic_store_explicit(&g.turns[us], 0, memory_order_relaxed);
}

static void
on_usr1(int number)
{
    (void)number;
    forget();
}

static void
on_shutdown(void *arg)
{
    (void)arg;
    g.wants_end = 1;
    wake_main();
}

// White, at -20 dBFS.
static void
fill_table(void)
{
    uint32_t x = 1;
    for (int i = 0; i < NOISE + MAX_BLOCK; i++) {
        x = x * 1664525u + 1013904223u;
        g.table[i] = 0.1f * ((float)(x >> 8) / 8388608.0f - 1.0f);
    }
}

static bool
register_mark(void)
{
    g.mark =
        jack_port_register(g.client, "mark", JACK_DEFAULT_AUDIO_TYPE,
                           g.noise ? JackPortIsOutput : JackPortIsInput, 0);
    return g.mark != NULL;
}

static bool
register_ports(jack_port_t **ports, int n, const char *kind, unsigned long way)
{
    for (int i = 0; i < n; i++) {
        char name[32];
        snprintf(name, sizeof name, "%s_%d", kind, i + 1);
        ports[i] =
            jack_port_register(g.client, name, JACK_DEFAULT_AUDIO_TYPE, way, 0);
        if (!ports[i])
            return false;
    }
    return true;
}

static bool
open_client(const char *name, const char *role)
{
    g.client =
        jack_client_open(name, JackNoStartServer | JackUseExactName, NULL);
    if (!g.client)
        return false;
    g.noise = strcmp(role, "noise") == 0;
    g.sink = strcmp(role, "sink") == 0;
    jack_set_process_callback(g.client, g.noise ? noise : touch, NULL);
    jack_set_xrun_callback(g.client, on_xrun, NULL);
    jack_on_shutdown(g.client, on_shutdown, NULL);
    return register_ports(g.ins, g.n_ins, "in", JackPortIsInput) &&
           register_ports(g.outs, g.n_outs, "out", JackPortIsOutput) &&
           ((!g.noise && !g.sink) || register_mark()) &&
           jack_activate(g.client) == 0;
}

// A client may have ports before it takes part.
static bool
connect_ports(const char *from, const char *to)
{
    for (int i = 0; i < PATIENCE; i++) {
        if (jack_connect(g.client, from, to) == 0)
            return true;
        poll(NULL, 0, 100);
    }
    fprintf(stderr, "no connection from %s to %s\n", from, to);
    return false;
}

static bool
connect_to(const char *client)
{
    char pattern[128];
    snprintf(pattern, sizeof pattern, "^%s:", client);
    const char **theirs =
        jack_get_ports(g.client, pattern, JACK_DEFAULT_AUDIO_TYPE,
                       g.sink ? JackPortIsOutput : JackPortIsInput);
    int n = 0;
    while (theirs && theirs[n])
        n++;
    bool ok = n >= (g.sink ? 1 : g.n_outs);
    if (!ok)
        fprintf(stderr, "%s has %d ports\n", client, n);
    for (int i = 0; ok && i < (g.sink ? n : g.n_outs); i++) {
        const char *from = g.sink ? theirs[i] : jack_port_name(g.outs[i]);
        const char *to =
            g.sink ? jack_port_name(g.ins[i % g.n_ins]) : theirs[i];
        ok = connect_ports(from, to);
    }
    jack_free(theirs);
    return ok;
}

static unsigned long long
shown(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

// The microsecond up to which so many in a thousand turns came.
static unsigned
turn_us(unsigned per_mille)
{
    unsigned long long all = 0, n = 0;
    for (unsigned us = 0; us <= MOST_US; us++)
        all += atomic_load_explicit(&g.turns[us], memory_order_relaxed);
    for (unsigned us = 0; us <= MOST_US; us++) {
        n += atomic_load_explicit(&g.turns[us], memory_order_relaxed);
        if (n * 1000 >= all * per_mille)
            return us;
    }
    return MOST_US;
}

static void
print_turns(const char *name)
{
    printf("\"%s\": {\"median\": %u, \"p99\": %u, \"worst\": %u}}\n", name,
           turn_us(500), turn_us(990), turn_us(1000));
    fflush(stdout);
}

static double
rms(void)
{
    const unsigned long long n = shown(&g.n_samples);
    const double power = atomic_load_explicit(&g.power, memory_order_relaxed);
    return n > 0 ? sqrt(power / (double)n) : 0.0;
}

static void
print_seen(void)
{
    printf("{\"cycles\": %llu, \"xruns\": %llu, \"jumps\": %llu, "
           "\"frames_skipped\": %llu, ",
           shown(&g.cycles), shown(&g.xruns), shown(&g.jumps),
           shown(&g.frames_skipped));
    if (g.sink)
        printf("\"rms\": %.6f, ", rms());
    print_turns("turn_us");
}

// As fast as it goes, when all have found out that it does.
static void
bounce(void)
{
    print_seen();
    if (jack_set_freewheel(g.client, 1) != 0)
        return;
    poll(NULL, 0, SETTLE_MS);
    atomic_store_explicit(&g.bounces, true, memory_order_relaxed);
    forget();
    const jack_time_t begin = jack_get_time();
    puts("bounce");
    fflush(stdout);
    poll(NULL, 0, BOUNCE_MS);
    const unsigned long long n = shown(&g.cycles);
    const jack_time_t us = jack_get_time() - begin;
    atomic_store_explicit(&g.bounces, false, memory_order_relaxed);
    printf("{\"cycles\": %llu, \"us\": %llu, ", n, (unsigned long long)us);
    print_turns("cycle_us");
    jack_set_freewheel(g.client, 0);
    puts("clock");
    fflush(stdout);
}

static void
serve(void)
{
    struct pollfd wake = {.fd = g.wake_fd, .events = POLLIN};
    uint64_t n;
    while (!g.wants_end) {
        if (poll(&wake, 1, -1) < 0 || read(g.wake_fd, &n, sizeof n) < 0)
            continue;
        if (g.wants_bounce) {
            g.wants_bounce = 0;
            bounce();
        }
    }
}

int
main(int argc, char **argv)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (argc < 5)
        return 2;
    g.n_ins = atoi(argv[3]);
    g.n_outs = atoi(argv[4]);
    if (g.n_ins > MAX_PORTS || g.n_outs > MAX_PORTS)
        return 2;
    g.wake_fd = eventfd(0, EFD_CLOEXEC);
    signal(SIGTERM, on_signal);
    signal(SIGUSR1, on_usr1);
    signal(SIGUSR2, on_signal);
    fill_table();
    if (!open_client(argv[1], argv[2]) || (argc > 5 && !connect_to(argv[5])) ||
        (argc > 6 && !connect_ports(argv[6], jack_port_name(g.mark))))
        return 1;
    puts("ready");
    fflush(stdout);
    serve();
    print_seen();
    // The server may be gone or hang: nothing is left to lose.
    _exit(0);
}
