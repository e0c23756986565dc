// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// JACK clients to measure weir beside.
//     bench_client NAME ROLE INPUTS OUTPUTS [CLIENT]
// ROLE is
//     touch   reads one sample of each input, writes one of each output:
//             what it costs in JACK to have so many ports
//     sink    the same, and notes how late in each cycle it was its turn: what
//             those before it took; from its last SIGUSR1 on
//     noise   plays noise, another at each output
//     empty   has a callback that does nothing
// and CLIENT, a pattern, is whose audio inputs to connect the outputs to, in
// their order. Prints "ready", runs until SIGTERM or until the server goes,
// then prints what its callback has seen as JSON.
#include <jack/jack.h>
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

static struct {
    jack_client_t *client;
    bool noise, sink;
    int n_ins;
    int n_outs;
    jack_port_t *ins[MAX_PORTS];
    jack_port_t *outs[MAX_PORTS];
    float table[NOISE + MAX_BLOCK];
    int end_fd;
    uint32_t due;
    bool running;
    float sum; // of what was touched, so that it is
    // Written by JACK's threads, shown at the end. All relaxed: numbers.
    _Atomic uint64_t cycles;
    _Atomic uint64_t xruns;
    _Atomic uint64_t jumps;
    _Atomic uint64_t frames_skipped;
    _Atomic uint32_t turns[MOST_US + 1]; // by microsecond of the cycle
} g;

static void
count(_Atomic uint64_t *counter, uint64_t n)
{
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static void
note_turn(void)
{
    jack_nframes_t frames;
    jack_time_t begin, end;
    float period_us;
    if (jack_get_cycle_times(g.client, &frames, &begin, &end, &period_us))
        return;
    const uint64_t us = jack_get_time() - begin;
    atomic_fetch_add_explicit(&g.turns[us < MOST_US ? us : MOST_US], 1,
                              memory_order_relaxed);
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
        note_turn();
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
end(void)
{
    const uint64_t one = 1;
    if (write(g.end_fd, &one, sizeof one) < 0)
        _exit(1);
}

static void
on_signal(int number)
{
    (void)number;
    end();
}

static void
on_usr1(int number)
{
    (void)number;
    for (unsigned us = 0; us <= MOST_US; us++)
        atomic_store_explicit(&g.turns[us], 0, memory_order_relaxed);
}

static void
on_shutdown(void *arg)
{
    (void)arg;
    end();
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
           jack_activate(g.client) == 0;
}

static bool
connect_to(const char *client)
{
    char pattern[128];
    snprintf(pattern, sizeof pattern, "^%s:", client);
    const char **to = jack_get_ports(g.client, pattern, JACK_DEFAULT_AUDIO_TYPE,
                                     JackPortIsInput);
    bool ok = to != NULL;
    for (int i = 0; ok && i < g.n_outs; i++)
        ok = to[i] &&
             jack_connect(g.client, jack_port_name(g.outs[i]), to[i]) == 0;
    jack_free(to);
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
    g.end_fd = eventfd(0, EFD_CLOEXEC);
    signal(SIGTERM, on_signal);
    signal(SIGUSR1, on_usr1);
    fill_table();
    if (!open_client(argv[1], argv[2]) || (argc > 5 && !connect_to(argv[5])))
        return 1;
    puts("ready");
    fflush(stdout);
    while (poll(&(struct pollfd){.fd = g.end_fd, .events = POLLIN}, 1, -1) < 0)
        continue;
    printf("{\"cycles\": %llu, \"xruns\": %llu, \"jumps\": %llu, "
           "\"frames_skipped\": %llu, \"turn_us\": {\"median\": %u, "
           "\"p99\": %u, \"worst\": %u}}\n",
           shown(&g.cycles), shown(&g.xruns), shown(&g.jumps),
           shown(&g.frames_skipped), turn_us(500), turn_us(990), turn_us(1000));
    fflush(stdout);
    // The server may be gone or hang: nothing is left to lose.
    _exit(0);
}
