// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A stranger's JACK client that plays test signals.
//     generator NAME SIGNAL[=PORT]...
// SIGNAL is a number (a ramp of signal.h), noise:SEED (the same), sine:HZ:DBFS,
// impulse:EVERY:PEAK (one frame, where EVERY divides JACK's frame time), one of
// nan, inf, huge (3e38), denormal (1e-40), wheel (frames since freewheel
// began, in 2^-24, else -0.5) or transport (its frames while it rolls, the
// same); PORT is what to connect it to. Prints "ready", plays until SIGTERM or
// until the server goes, then prints what it has seen: the frame after the last
// cycle in which all that it connected was connected, how often it was late
// itself, and each jump of JACK's frame time, which everybody in the graph has
// to live with.
#include "signal.h"

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
#include <time.h>
#include <unistd.h>

enum { MAX_PORTS = 256, MAX_GAPS = 4096 };
enum kind { RAMP, NOISE, WHEEL, TRANSPORT, SINE, IMPULSE, ODD };

// What no microphone gives.
static const struct {
    const char *name;
    float value;
} odd[] = {
    {"nan", NAN},
    {"inf", INFINITY},
    {"huge", 3e38f},
    {"denormal", 1e-40f},
};

struct out {
    jack_port_t *port;
    enum kind kind;
    unsigned ramp; // or a noise's seed
    double hz;
    double peak;
    unsigned every; // frames
    float value;    // of what is odd
    const char *target;
};

static struct {
    jack_client_t *client;
    struct out outs[MAX_PORTS];
    int n_outs;
    double rate_hz;
    int end_fd;
    // The callback's, until it has ended.
    bool running;
    uint32_t due;
    uint32_t wheel;     // frames of freewheel so far
    uint32_t transport; // frame of its begin of this cycle
    bool rolling;
    _Atomic bool freewheel; // told before the first cycle of it
    uint32_t last_connected;
    uint32_t gaps[MAX_GAPS][2];
    _Atomic unsigned n_gaps;
    _Atomic unsigned n_cycles;
    _Atomic unsigned n_late;
} g;

static void
note_gap(uint32_t t)
{
    const unsigned n = g.n_gaps;
    if (g.running && t != g.due && n < MAX_GAPS) {
        g.gaps[n][0] = g.due;
        g.gaps[n][1] = t - g.due;
        g.n_gaps = n + 1;
    }
    g.running = true;
}

// At frame `k` of the cycle.
static float
number_of(enum kind kind, uint32_t k)
{
    const bool wheel = kind == WHEEL;
    if (!(wheel ? g.freewheel : g.rolling))
        return -0.5f;
    return (float)((wheel ? g.wheel : g.transport) + k) / SIGNAL_SCALE;
}

static float
sample(const struct out *out, uint32_t t, uint32_t k)
{
    switch (out->kind) {
    case RAMP:
        return signal_sample(out->ramp, t);
    case NOISE:
        return signal_noise(out->ramp, t);
    case WHEEL:
    case TRANSPORT:
        return number_of(out->kind, k);
    case SINE:
        return (float)(out->peak * sin(2.0 * 3.14159265358979323846 *
                                       fmod(t * out->hz / g.rate_hz, 1.0)));
    case IMPULSE:
        return t % out->every == 0 ? (float)out->peak : 0.0f;
    case ODD:
        break;
    }
    return t % 2 ? out->value : -out->value;
}

static bool
is_connected(void)
{
    for (int i = 0; i < g.n_outs; i++)
        if (g.outs[i].target && !jack_port_connected(g.outs[i].port))
            return false;
    return true;
}

// Done when the next cycle had begun: jackd -S has waited, PipeWire went on.
static void
note_late(void)
{
    jack_nframes_t frame;
    jack_time_t now_us;
    jack_time_t next_us;
    float period_us;
    if (jack_get_cycle_times(g.client, &frame, &now_us, &next_us, &period_us) ==
            0 &&
        jack_get_time() > next_us)
        // relaxed: a count, which hands over nothing.
        atomic_fetch_add_explicit(&g.n_late, 1, memory_order_relaxed);
}

static int
process(jack_nframes_t n, void *arg)
{
    const uint32_t t = jack_last_frame_time(g.client);
    jack_position_t at;
    (void)arg;
    g.rolling = jack_transport_query(g.client, &at) == JackTransportRolling;
    g.transport = at.frame;
    note_gap(t);
    g.due = t + n;
    for (int i = 0; i < g.n_outs; i++) {
        float *dst = jack_port_get_buffer(g.outs[i].port, n);
        for (uint32_t k = 0; k < n; k++)
            dst[k] = sample(&g.outs[i], t + k, k);
    }
    if (is_connected())
        g.last_connected = t + n;
    g.wheel = g.freewheel ? g.wheel + n : 0;
    // relaxed: a count, which hands over nothing.
    atomic_fetch_add_explicit(&g.n_cycles, 1, memory_order_relaxed);
    note_late();
    return 0;
}

static void
on_freewheel(int starting, void *arg)
{
    (void)arg;
    g.freewheel = starting;
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
on_shutdown(void *arg)
{
    (void)arg;
    end();
}

static void
parse(struct out *out, char *text)
{
    char *target = strchr(text, '=');
    double dbfs = 0.0;
    if (target)
        *target++ = '\0';
    out->target = target && *target ? target : NULL;
    out->kind = ODD;
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        if (strcmp(text, odd[i].name) == 0) {
            out->value = odd[i].value;
            return;
        }
    if (sscanf(text, "sine:%lf:%lf", &out->hz, &dbfs) == 2) {
        out->kind = SINE;
        out->peak = pow(10.0, dbfs / 20.0);
    } else if (sscanf(text, "impulse:%u:%lf", &out->every, &out->peak) == 2 &&
               out->every > 0) {
        out->kind = IMPULSE;
    } else if (strcmp(text, "wheel") == 0) {
        out->kind = WHEEL;
    } else if (strcmp(text, "transport") == 0) {
        out->kind = TRANSPORT;
    } else if (sscanf(text, "noise:%u", &out->ramp) == 1) {
        out->kind = NOISE;
    } else {
        out->kind = RAMP;
        out->ramp = (unsigned)atoi(text);
    }
}

static bool
open_client(const char *name)
{
    g.client =
        jack_client_open(name, JackNoStartServer | JackUseExactName, NULL);
    if (!g.client)
        return false;
    g.rate_hz = jack_get_sample_rate(g.client);
    jack_set_process_callback(g.client, process, NULL);
    jack_set_freewheel_callback(g.client, on_freewheel, NULL);
    jack_on_shutdown(g.client, on_shutdown, NULL);
    for (int i = 0; i < g.n_outs; i++) {
        char port[32];
        snprintf(port, sizeof port, "out_%d", i + 1);
        g.outs[i].port = jack_port_register(
            g.client, port, JACK_DEFAULT_AUDIO_TYPE, JackPortIsOutput, 0);
        if (!g.outs[i].port)
            return false;
    }
    return jack_activate(g.client) == 0;
}

static bool
connect_all(void)
{
    for (int i = 0; i < g.n_outs; i++)
        if (g.outs[i].target &&
            jack_connect(g.client, jack_port_name(g.outs[i].port),
                         g.outs[i].target))
            return false;
    return true;
}

// At PipeWire a connection that is made carries sound some cycles later, and
// one of a pair before the other.
static void
let_it_flow(void)
{
    enum { CYCLES = 8, TRIES = 2000, TRY_NS = 1000000 };
    const struct timespec try = {.tv_nsec = TRY_NS};
    const unsigned begin =
        atomic_load_explicit(&g.n_cycles, memory_order_relaxed);
    if (!strstr(jack_get_version_string(), "PipeWire"))
        return;
    for (int i = 0; i < TRIES; i++) {
        if (atomic_load_explicit(&g.n_cycles, memory_order_relaxed) - begin >=
            CYCLES)
            return;
        nanosleep(&try, NULL);
    }
}

static void
report(void)
{
    printf("{\"last_connected\": %u, \"late\": %u, \"gaps\": [",
           g.last_connected,
           atomic_load_explicit(&g.n_late, memory_order_relaxed));
    const unsigned n = g.n_gaps;
    for (unsigned i = 0; i < n; i++)
        printf("%s[%u, %u]", i ? ", " : "", g.gaps[i][0], g.gaps[i][1]);
    printf("]}\n");
    fflush(stdout);
}

int
main(int argc, char **argv)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (argc < 3 || argc - 2 > MAX_PORTS)
        return 2;
    for (int i = 2; i < argc; i++)
        parse(&g.outs[g.n_outs++], argv[i]);
    g.end_fd = eventfd(0, EFD_CLOEXEC);
    signal(SIGTERM, on_signal);
    if (!open_client(argv[1]) || !connect_all())
        return 1;
    let_it_flow();
    puts("ready");
    fflush(stdout);
    while (poll(&(struct pollfd){.fd = g.end_fd, .events = POLLIN}, 1, -1) < 0)
        continue;
    report();
    // The server may be gone or hang: nothing is left to lose.
    _exit(0);
}
