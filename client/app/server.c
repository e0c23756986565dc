// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The JACK server goes and comes back. Everything here is @control's, and
// nothing of it waits for JACK: that is the worker's.
#include "app/app.h"

#include "common/log.h"
#include "desk/desk.h"
#include "engine/engine.h"
#include "jack/client.h"
#include "jack/comeback.h"
#include "jack/connections.h"
#include "jack/freewheel.h"
#include "jack/heard.h"
#include "jack/patching.h"
#include "jack/ports.h"
#include "jack/reconnect.h"
#include "jack/worker.h"
#include "rt/clock.h"

#include <stdlib.h>

// A machine that is busy holds cycles up for a second; weir itself may have
// been stopped: it is looks that are counted, not time.
enum { LOOK_MS = 200, PATIENCE = 10, MOST_PATIENCE = 300 };
// A look that comes late sees more cycles, but not five times in a row.
enum { TOO_FAST = 4, RACE_LOOKS = 5 };
#define CALLBACK_OUT_NS UINT64_C(20000000)

struct weir_jack_config
weir_app_jack_config(struct weir_app *app)
{
    return (struct weir_jack_config){
        .name = app->options->name,
        .server = app->options->server,
        .process = &app->process,
        .latency_blocks = app->options->latency_blocks,
        .notify_fd = app->jack_fd,
    };
}

// --------------------------------------------------------------------- going

static void
lose(struct weir_app *app, const char *how)
{
    if (app->jack_is == WEIR_APP_JACK_RUNS) {
        app->lost_ns = weir_now_ns();
        weir_log(WEIR_LOG_ERROR,
                 "%s: OSC goes on; the sound does when there is a server", how);
    }
    app->jack_is = WEIR_APP_JACK_IS_LOST;
    app->active = false;
    // From here on a callback does nothing; one that hangs within is out when
    // its client is closed.
    app->gate_open = false;
    weir_process_close(&app->process, CALLBACK_OUT_NS);
    weir_jack_ports_detach(app->ports);
    weir_patching_give_up(app->patching, "the JACK server is gone");
    weir_freewheel_use(app->freewheel, NULL);
    weir_reconnect_end(app->reconnect);
    weir_connections_lose(app->connections, weir_now_ms());
    weir_desk_wait(app->desk, true);
    weir_comeback_begin(app->comeback, app->jack);
}

// -------------------------------------------------------------------- coming

static void
say_that_it_is_back(const struct weir_app *app)
{
    weir_log(WEIR_LOG_INFO, "JACK is back after %.1f s: rate %u, block %u",
             (double)(weir_now_ns() - app->lost_ns) / 1e9, app->rate_hz,
             weir_jack_facts(app->jack).block_frames);
}

static void
activate(void *owner)
{
    struct weir_app *app = owner;
    app->active = weir_jack_activate(app->jack);
    if (app->active) // it may be the old server, which threw weir out
        weir_freewheel_mark_undo(&app->freewheel_mark, app->jack);
}

static void
await_realtime(void *owner)
{
    const struct weir_app *app = owner;
    weir_jack_await_realtime(app->jack);
}

// Lost again meanwhile: that is said when it is back.
static void
say_scheduling(void *owner)
{
    struct weir_app *app = owner;
    if (app->jack_is == WEIR_APP_JACK_RUNS && !app->ending)
        weir_app_say_scheduling(app);
}

static void
activated(void *owner)
{
    struct weir_app *app = owner;
    if (app->ending)
        return;
    const struct weir_jack_facts facts = weir_jack_facts(app->jack);
    if (!app->active || facts.lost || facts.rate_hz != app->rate_hz) {
        lose(app, "the JACK server is gone");
        return;
    }
    app->jack_is = WEIR_APP_JACK_RUNS;
    app->n_still = 0;
    weir_patching_resume(app->patching, weir_jack_client(app->jack));
    weir_freewheel_use(app->freewheel, app->jack);
    weir_desk_wait(app->desk, false);
    weir_reconnect_begin(app->reconnect, weir_jack_client(app->jack));
    say_that_it_is_back(app);
    weir_worker_post(app->worker,
                     (struct weir_job){await_realtime, say_scheduling, app});
}

static void
ports_are_there(void *owner, const struct weir_fault *fault)
{
    struct weir_app *app = owner;
    (void)fault; // what JACK refused has been logged
    if (app->ending)
        return;
    if (!weir_worker_post(app->worker,
                          (struct weir_job){activate, activated, app}))
        lose(app, "too much for JACK is under way");
}

static void
give_up(struct weir_app *app)
{
    weir_log(WEIR_LOG_ERROR, "memory is short for JACK's rate and periods: "
                             "ending");
    app->failed = true;
    weir_loop_stop(app->loop);
}

// Before the first cycle of a new client.
static void
take_client(struct weir_app *app, struct weir_jack *fresh)
{
    app->xruns_before += weir_jack_facts(app->jack).xruns;
    weir_jack_free(app->jack);
    app->jack = fresh;
}

static void
opened(void *owner, struct weir_jack *fresh)
{
    struct weir_app *app = owner;
    take_client(app, fresh);
    app->jack_is = WEIR_APP_JACK_RETURNS;
    if (!weir_app_follow_rate(app)) {
        give_up(app);
        return;
    }
    weir_app_follow_block(app);
    weir_process_new_clock(&app->process);
    weir_process_reopen(&app->process);
    app->gate_open = true;
    app->block_told = weir_jack_facts(fresh).block_frames;
    weir_jack_set_insert_latency(fresh, app->inserts_told);
    weir_jack_ports_attach(
        app->ports, weir_jack_client(fresh), weir_jack_latency(fresh),
        (struct weir_ticket){.fn = ports_are_there, .owner = app});
}

// ------------------------------------------------------------------- hearing

static void
hear_graph(struct weir_app *app)
{
    struct weir_graph_event *events;
    const uint32_t n = weir_jack_heard(app->jack, &events);
    const int64_t now_ms = weir_now_ms();
    bool again = false;
    for (uint32_t i = 0; i < n; i++)
        again |= weir_connections_hear(app->connections, &events[i], now_ms);
    weir_heard_free_events(events, n);
    if (again)
        weir_reconnect_again(app->reconnect);
}

static void
tell_latency(void *owner)
{
    weir_jack_tell_latency(owner);
}

// weir's latency is so many periods, and what plugins add: jackd does not ask
// again by itself.
void
weir_app_look_after_latency(struct weir_app *app)
{
    if (!app->comeback || app->jack_is != WEIR_APP_JACK_RUNS)
        return; // still starting, or nobody to be told
    // relaxed: a number that stands for itself.
    const uint32_t insert_frames = atomic_load_explicit(
        &app->engine->counters.insert_latency, memory_order_relaxed);
    const uint32_t block_frames = weir_jack_facts(app->jack).block_frames;
    const struct weir_job job = {.run = tell_latency, .owner = app->jack};
    if (weir_jack_wants_latency(app->jack))
        app->block_told = 0; // nothing that holds
    weir_jack_set_insert_latency(app->jack, insert_frames);
    if ((block_frames == app->block_told &&
         insert_frames == app->inserts_told) ||
        !weir_worker_post(app->worker, job))
        return;
    app->block_told = block_frames;
    app->inserts_told = insert_frames;
}

void
weir_app_hear_jack(void *owner)
{
    struct weir_app *app = owner;
    weir_loop_drain(app->jack_fd);
    if (!app->comeback)
        return; // still starting
    const struct weir_jack_facts facts = weir_jack_facts(app->jack);
    // What was told before the end comes first.
    if (app->jack_is != WEIR_APP_JACK_IS_LOST)
        hear_graph(app);
    if (app->jack_is != WEIR_APP_JACK_IS_LOST)
        weir_app_follow_block(app);
    if (app->jack_is != WEIR_APP_JACK_RUNS)
        return;
    weir_app_look_after_latency(app);
    if (facts.lost)
        lose(app, "the JACK server is gone");
    else if (facts.rate_hz != app->rate_hz) // as if it were another server
        lose(app, "JACK's rate changes");
}

// jackd does not tell those who come in the middle of a freewheel.
static void
watch_speed(struct weir_app *app, const struct weir_jack_facts *facts,
            uint64_t n_cycles)
{
    const uint64_t n_frames = n_cycles * facts->block_frames;
    const uint64_t expected = (uint64_t)app->rate_hz * LOOK_MS / 1000;
    const bool races = !facts->freewheel &&
                       app->jack_is == WEIR_APP_JACK_RUNS &&
                       n_frames > TOO_FAST * expected;
    app->n_races = races ? app->n_races + 1 : 0;
    if (app->n_races == RACE_LOOKS)
        weir_log(WEIR_LOG_ERROR,
                 "JACK runs %llu times as fast as sound is heard: it is in "
                 "freewheel, which began before weir came (jack_freewheel n "
                 "ends it)",
                 (unsigned long long)(n_frames / expected));
}

// A server that stands still tells nobody, and neither does one that has
// thrown weir out (a zombie). One that runs no cycles at all is not opened
// again all the time.
static void
watch_cycles(void *owner)
{
    struct weir_app *app = owner;
    const struct weir_jack_facts facts = weir_jack_facts(app->jack);
    weir_app_look_at_mixer(app);
    if (app->jack_is == WEIR_APP_JACK_RUNS) // what was asked meanwhile
        weir_app_look_after_latency(app);
    // relaxed: a number that stands for itself.
    const uint64_t cycles = atomic_load_explicit(&app->process.counters.cycles,
                                                 memory_order_relaxed);
    if (cycles != app->cycles_seen)
        app->patience = PATIENCE;
    watch_speed(app, &facts, cycles - app->cycles_seen);
    if (cycles != app->cycles_seen || facts.freewheel ||
        app->jack_is != WEIR_APP_JACK_RUNS)
        app->n_still = 0;
    else
        app->n_still++;
    app->cycles_seen = cycles;
    if (app->n_still < app->patience)
        return;
    app->patience =
        2 * app->patience < MOST_PATIENCE ? 2 * app->patience : MOST_PATIENCE;
    lose(app, "JACK runs no cycles");
}

// ------------------------------------------------------------------ lifetime

bool
weir_app_follow_server(struct weir_app *app)
{
    const struct weir_comeback_config config = {
        .jack = weir_app_jack_config(app),
        .loop = app->loop,
        .worker = app->worker,
        .dummy = &app->dummy,
        .dummy_rate_hz = app->options->dummy_rate_hz,
        .dummy_block_frames = app->options->dummy_block_frames,
        .opened = opened,
        .owner = app,
    };
    app->comeback = weir_comeback_new(&config);
    app->connections = weir_connections_new();
    if (!app->comeback || !app->connections)
        return false;
    app->reconnect = weir_reconnect_new(app->connections, app->worker,
                                        app->loop, app->options->name);
    app->patience = PATIENCE;
    app->gate_open = true;
    app->block_told = weir_jack_facts(app->jack).block_frames;
    weir_app_follow_block(app);
    if (!app->reconnect ||
        !weir_timer_open(app->loop, &app->watchdog, watch_cycles, app))
        return false;
    weir_patching_remember(app->patching, app->connections, app->reconnect);
    weir_timer_set(&app->watchdog, LOOK_MS, LOOK_MS);
    weir_reconnect_begin(app->reconnect, weir_jack_client(app->jack));
    return true;
}

void
weir_app_leave_server(struct weir_app *app)
{
    app->ending = true;
    weir_comeback_end(app->comeback);
    weir_reconnect_end(app->reconnect);
    if (app->reconnect)
        weir_timer_set(&app->watchdog, 0, 0);
}

void
weir_app_free_server(struct weir_app *app)
{
    if (app->reconnect)
        weir_timer_close(app->loop, &app->watchdog);
    weir_reconnect_free(app->reconnect);
    weir_connections_free(app->connections);
    weir_comeback_free(app->comeback);
}
