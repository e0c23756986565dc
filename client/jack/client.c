// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// weir as a client of JACK. JACK calls on_process() on @rt, and the other
// on_...() functions on a thread of its own, where they only note what they
// were told and wake @control.
#include "jack/client.h"

#include "common/log.h"
#include "jack/heard.h"
#include "jack/kind.h"
#include "jack/latency.h"
#include "rt/clock.h"
#include "rt/denormals.h"
#include "rt/lock.h"
#include "rt/process.h"

#include <jack/jack.h>
#include <jack/transport.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct weir_jack {
    jack_client_t *client;
    struct weir_jack_config config;
    uint64_t mono_minus_jack_ns; // @rt's; JACK's clock is one of its own
    struct weir_latency latency;
    struct weir_heard heard;
    bool active;
    bool wants_realtime; // this and the next: fixed when it is open
    int priority;        // the callback's; not positive: none
    // Written by JACK's threads, read by @control (and by @rt: freewheel).
    // All relaxed: numbers, which hand over no other memory; @control looks
    // after the eventfd woke it.
    _Atomic uint32_t rate_hz;
    _Atomic uint32_t block_frames;
    _Atomic uint64_t xruns;
    _Atomic pid_t thread; // the callback's, once it came; 0: not yet
    _Atomic bool lost;
    _Atomic bool freewheel;
    _Atomic bool wants_latency; // outside of the callback
    // Written by the worker and JACK's notification thread, relaxed: a flag.
    _Atomic bool roll; // with the next freewheel
    // Written by @control, relaxed too: a number.
    _Atomic uint32_t insert_frames; // of latency, beside the periods'
};

static void
notify(struct weir_jack *j)
{
    const uint64_t one = 1;
    // Full means that @control has not looked yet: it will see it all.
    if (write(j->config.notify_fd, &one, sizeof one) < 0)
        return;
}

// -------------------------------------------------------------- callbacks

// How JACK's clock (CLOCK_MONOTONIC_RAW in jack2) stands to CLOCK_MONOTONIC,
// unless somebody comes between the looks at them: then as it stood before.
static WEIR_RT uint64_t
mono_minus_jack_ns(struct weir_jack *j)
{
    enum { UNDISTURBED_NS = 2000 };
    jack_time_t jack_us;
    const uint64_t before = weir_now_ns();
    WEIR_RT_TRUST(jack_us = jack_get_time()); // reads a clock
    const uint64_t took = weir_now_ns() - before;
    if (took < UNDISTURBED_NS || j->mono_minus_jack_ns == 0)
        j->mono_minus_jack_ns = before + took / 2 - jack_us * 1000;
    return j->mono_minus_jack_ns;
}

// What JACK's delay-locked loop makes of the cycles' begins.
static WEIR_RT void
ask_times(struct weir_jack *j, uint32_t n_frames,
          struct weir_process_time *time)
{
    jack_nframes_t frame_time = 0;
    jack_time_t now_us = 0;
    jack_time_t next_us;
    float period_us = 0.0f;
    int rc;
    // Made for the callback: it reads the server's shared page.
    WEIR_RT_TRUST(rc = jack_get_cycle_times(j->client, &frame_time, &now_us,
                                            &next_us, &period_us));
    if (rc != 0 || period_us <= 1.0f) // else the rate would be none
        return;
    time->rate_hz = (double)n_frames * 1e6 / (double)period_us;
    time->mono_ns = now_us * 1000 + mono_minus_jack_ns(j);
}

static WEIR_RT uint32_t
get_frame_time(const jack_client_t *client)
{
    uint32_t frame_time;
    // Made for the callback: it reads the server's shared page.
    WEIR_RT_TRUST(frame_time = jack_last_frame_time(client));
    return frame_time;
}

// PipeWire's jack_client_thread_id() names the thread that asks.
static WEIR_RT void
note_thread(struct weir_jack *j)
{
    pid_t thread;
    // relaxed: a number, looked at when the first cycles have passed.
    if (atomic_load_explicit(&j->thread, memory_order_relaxed) != 0)
        return;
    WEIR_RT_TRUST(thread = gettid()); // a system call, in one cycle only
    atomic_store_explicit(&j->thread, thread, memory_order_relaxed);
}

static WEIR_RT int
on_process(jack_nframes_t n_frames, void *arg)
{
    struct weir_jack *j = arg;
    struct weir_process_time time = {0};
    note_thread(j);
    ask_times(j, n_frames, &time);
    time.frame_time = get_frame_time(j->client);
    // relaxed: a flag that stands alone.
    time.freewheel = atomic_load_explicit(&j->freewheel, memory_order_relaxed);
    weir_process_run(j->config.process, &time, n_frames);
    return 0;
}

// jack2 calls it on @rt, and on its notification thread too.
static void
on_thread_init(void *arg)
{
    (void)arg;
    weir_denormals_off();
    weir_lock_stack();
}

static int
on_xrun(void *arg)
{
    struct weir_jack *j = arg;
    atomic_fetch_add_explicit(&j->xruns, 1, memory_order_relaxed);
    notify(j);
    return 0;
}

static int
on_block(jack_nframes_t n_frames, void *arg)
{
    struct weir_jack *j = arg;
    atomic_store_explicit(&j->block_frames, n_frames, memory_order_relaxed);
    notify(j);
    return 0;
}

static int
on_rate(jack_nframes_t rate_hz, void *arg)
{
    struct weir_jack *j = arg;
    atomic_store_explicit(&j->rate_hz, rate_hz, memory_order_relaxed);
    notify(j);
    return 0;
}

static void
on_freewheel(int starting, void *arg)
{
    struct weir_jack *j = arg;
    atomic_store_explicit(&j->freewheel, starting != 0, memory_order_relaxed);
    // No cycle runs meanwhile; it writes a word that the server reads.
    if (starting &&
        atomic_exchange_explicit(&j->roll, false, memory_order_relaxed))
        jack_transport_start(j->client);
    notify(j);
}

static void
on_lost(void *arg)
{
    struct weir_jack *j = arg;
    atomic_store_explicit(&j->lost, true, memory_order_relaxed);
    notify(j);
}

// jack2 calls this one alone when both are set, PipeWire only the other.
static void
on_lost_info(jack_status_t code, const char *reason, void *arg)
{
    (void)code;
    (void)reason;
    on_lost(arg);
}

static void
report_latency(struct weir_jack *j, jack_latency_callback_mode_t mode)
{
    const uint32_t block_frames =
        atomic_load_explicit(&j->block_frames, memory_order_relaxed);
    const uint32_t insert_frames =
        atomic_load_explicit(&j->insert_frames, memory_order_relaxed);
    weir_latency_report(&j->latency, mode,
                        j->config.latency_blocks * block_frames +
                            insert_frames);
}

static void
on_latency(jack_latency_callback_mode_t mode, void *arg)
{
    struct weir_jack *j = arg;
    if (!j->latency.told_outside) {
        report_latency(j, mode);
        return;
    }
    atomic_store_explicit(&j->wants_latency, true, memory_order_relaxed);
    notify(j);
}

static void
on_connect(jack_port_id_t a, jack_port_id_t b, int connected, void *arg)
{
    struct weir_jack *j = arg;
    if (weir_heard_connect(&j->heard, j->client, a, b, connected != 0))
        notify(j);
}

static void
on_port(jack_port_id_t port, int came, void *arg)
{
    struct weir_jack *j = arg;
    if (weir_heard_port(&j->heard, port, came != 0))
        notify(j);
}

static void
on_port_renamed(jack_port_id_t port, const char *was, const char *name,
                void *arg)
{
    struct weir_jack *j = arg;
    (void)was;
    if (weir_heard_rename(&j->heard, port, name))
        notify(j);
}

// ---------------------------------------------------------------- lifetime

static void
log_jack(const char *text)
{
    weir_log(WEIR_LOG_DEBUG, "JACK: %s", text);
}

const char *
weir_jack_server_name(const char *server)
{
    const char *from_env = getenv("JACK_DEFAULT_SERVER");
    if (server)
        return server;
    return from_env && *from_env ? from_env : "default";
}

static enum weir_jack_result
why_not(jack_status_t status)
{
    if (status & (JackServerFailed | JackServerError | JackNoSuchClient |
                  JackShmFailure))
        return status & JackServerError ? WEIR_JACK_NAME : WEIR_JACK_NO_SERVER;
    if (status & JackNameNotUnique)
        return WEIR_JACK_NAME;
    return WEIR_JACK_FAILED;
}

// Where JACK does not tell of ports, connections are not remembered.
static void
listen_to_graph(struct weir_jack *j)
{
    jack_client_t *c = j->client;
    if (jack_set_port_connect_callback(c, on_connect, j) ||
        jack_set_port_registration_callback(c, on_port, j) ||
        jack_set_port_rename_callback(c, on_port_renamed, j))
        weir_log(WEIR_LOG_DEBUG, "JACK does not tell of all ports");
}

static bool
set_callbacks(struct weir_jack *j)
{
    jack_client_t *c = j->client;
    jack_on_shutdown(c, on_lost, j);
    jack_on_info_shutdown(c, on_lost_info, j);
    listen_to_graph(j);
    return jack_set_process_callback(c, on_process, j) == 0 &&
           jack_set_thread_init_callback(c, on_thread_init, j) == 0 &&
           jack_set_xrun_callback(c, on_xrun, j) == 0 &&
           jack_set_buffer_size_callback(c, on_block, j) == 0 &&
           jack_set_sample_rate_callback(c, on_rate, j) == 0 &&
           jack_set_freewheel_callback(c, on_freewheel, j) == 0 &&
           jack_set_latency_callback(c, on_latency, j) == 0;
}

static enum weir_jack_result
open_client(struct weir_jack *j)
{
    jack_status_t status = 0;
    j->client = jack_client_open(
        j->config.name, JackNoStartServer | JackUseExactName | JackServerName,
        &status, weir_jack_server_name(j->config.server));
    if (!j->client)
        return why_not(status);
    if (!weir_jack_has_its_name(j->client)) {
        weir_jack_close(j);
        return WEIR_JACK_NAME;
    }
    atomic_init(&j->rate_hz, jack_get_sample_rate(j->client));
    atomic_init(&j->block_frames, jack_get_buffer_size(j->client));
    j->wants_realtime = jack_is_realtime(j->client) != 0;
    j->priority = weir_jack_priority(j->client);
    if (set_callbacks(j)) {
        weir_jack_await_metadata(j->client);
        return WEIR_JACK_OK;
    }
    weir_jack_close(j);
    return WEIR_JACK_FAILED;
}

enum weir_jack_result
weir_jack_open(const struct weir_jack_config *config, struct weir_jack **out)
{
    jack_set_error_function(log_jack);
    jack_set_info_function(log_jack);
    struct weir_jack *j = calloc(1, sizeof *j);
    if (!j)
        return WEIR_JACK_FAILED;
    j->config = *config;
    weir_latency_init(&j->latency, !weir_jack_takes_latency_in_callback());
    weir_heard_init(&j->heard);
    const enum weir_jack_result result = open_client(j);
    if (result == WEIR_JACK_OK)
        *out = j;
    else
        weir_jack_free(j);
    return result;
}

jack_client_t *
weir_jack_client(struct weir_jack *j)
{
    return j->client;
}

WEIR_RT struct weir_latency *
weir_jack_latency(struct weir_jack *j)
{
    return &j->latency;
}

void *
weir_jack_get_buffer(void *port, uint32_t n_frames)
{
    void *buffer;
    // Made for the callback: it finds, or sums, blocks in shared memory.
    WEIR_RT_TRUST(buffer = jack_port_get_buffer(port, n_frames));
    return buffer;
}

bool
weir_jack_activate(struct weir_jack *j)
{
    j->active = jack_activate(j->client) == 0;
    if (j->latency.told_outside) // for what it asked when nothing was active
        on_latency(JackCaptureLatency, j);
    return j->active;
}

void
weir_jack_set_insert_latency(struct weir_jack *j, uint32_t n_frames)
{
    atomic_store_explicit(&j->insert_frames, n_frames, memory_order_relaxed);
}

bool
weir_jack_wants_latency(struct weir_jack *j)
{
    return atomic_exchange_explicit(&j->wants_latency, false,
                                    memory_order_relaxed);
}

void
weir_jack_tell_latency(struct weir_jack *j)
{
    if (!j->client)
        return;
    if (!j->latency.told_outside) {
        jack_recompute_total_latencies(j->client);
        return;
    }
    report_latency(j, JackCaptureLatency);
    report_latency(j, JackPlaybackLatency);
}

uint32_t
weir_jack_heard(struct weir_jack *j, struct weir_graph_event **events)
{
    return weir_heard_take(&j->heard, events);
}

// 0: no cycle has come.
static pid_t
callback_thread(const struct weir_jack *j)
{
    return j->active ? atomic_load_explicit(&j->thread, memory_order_relaxed)
                     : 0;
}

void
weir_jack_await_realtime(const struct weir_jack *j)
{
    const pid_t thread = callback_thread(j);
    if (thread != 0)
        weir_jack_await_realtime_thread(thread);
}

// Asked of the kernel: jack_is_realtime() says what was wished for, and
// pthread_getschedparam() remembers what was so before rtkit came.
bool
weir_jack_is_realtime(const struct weir_jack *j)
{
    const pid_t thread = callback_thread(j);
    return thread != 0 && weir_jack_thread_is_realtime(thread);
}

bool
weir_jack_wants_realtime(const struct weir_jack *j)
{
    return j->wants_realtime;
}

void
weir_jack_roll_with_freewheel(struct weir_jack *j)
{
    atomic_store_explicit(&j->roll, true, memory_order_relaxed);
}

struct weir_jack_facts
weir_jack_facts(const struct weir_jack *j)
{
    return (struct weir_jack_facts){
        .rate_hz = atomic_load_explicit(&j->rate_hz, memory_order_relaxed),
        .block_frames =
            atomic_load_explicit(&j->block_frames, memory_order_relaxed),
        .xruns = atomic_load_explicit(&j->xruns, memory_order_relaxed),
        .lost = atomic_load_explicit(&j->lost, memory_order_relaxed),
        .freewheel = atomic_load_explicit(&j->freewheel, memory_order_relaxed),
    };
}

int
weir_jack_mixer_priority(const struct weir_jack *j)
{
    return j->priority > 1 ? j->priority - 1 : 0;
}

void
weir_jack_deactivate(struct weir_jack *j)
{
    jack_deactivate(j->client);
}

void
weir_jack_close(struct weir_jack *j)
{
    j->active = false;
    if (j->client)
        jack_client_close(j->client);
    j->client = NULL;
}

void
weir_jack_free(struct weir_jack *j)
{
    if (!j)
        return;
    weir_heard_fini(&j->heard);
    weir_latency_fini(&j->latency);
    free(j);
}
