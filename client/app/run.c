// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// weir while it runs: the ready line, the second's look at the counters,
// and what /status shows.
#include "app/app.h"
#include "app/tries.h"

#include "attach/server.h"
#include "common/log.h"
#include "common/service.h"
#include "desk/desk.h"
#include "engine/engine.h"
#include "jack/client.h"
#include "oscctl/server.h"
#include "plugin/nursery.h"
#include "rt/clock.h"
#include "session/keep.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

// relaxed: a number to show, see struct weir_process_counters.
static int64_t
show(_Atomic uint64_t *counter)
{
    return (int64_t)atomic_load_explicit(counter, memory_order_relaxed);
}

void
weir_app_status(void *owner, struct weir_status *out)
{
    struct weir_app *app = owner;
    struct weir_process_counters *rt = &app->process.counters;
    struct weir_engine_counters *mix = &app->engine->counters;
    const struct weir_jack_facts facts = weir_jack_facts(app->jack);
    const bool is_lost = facts.lost || app->jack_is != WEIR_APP_JACK_RUNS;
    *out = (struct weir_status){
        .rate = app->rate_hz,
        .block = facts.block_frames,
        .latency_frames =
            (int64_t)app->options->latency_blocks * facts.block_frames +
            // relaxed: a number to show.
            atomic_load_explicit(&mix->insert_latency, memory_order_relaxed),
        .xruns = (int64_t)(app->xruns_before + facts.xruns),
        .late_blocks = show(&rt->late_blocks),
        .cycles = show(&rt->cycles),
        .input_frames_lost = show(&rt->input_frames_lost),
        .zombie_callbacks = show(&rt->zombies),
        .frames_mixed = show(&mix->frames_mixed),
        .frames_silent = show(&mix->frames_silent),
        .blocks_not_finite = show(&mix->blocks_not_finite),
        .mixer_late = show(&mix->blocks_late),
        .readers = weir_attach_n_readers(app->attach),
        .strips = weir_desk_n_strips(app->desk),
        // relaxed, all three: numbers to show.
        .dsp_load =
            (float)atomic_load_explicit(&mix->load_ppm, memory_order_relaxed) /
            1e4f,
        .callback_us_max =
            (float)atomic_load_explicit(&rt->longest_ns, memory_order_relaxed) /
            1e3f,
        .mixer_us_max = (float)atomic_load_explicit(&mix->longest_ns,
                                                    memory_order_relaxed) /
                        1e3f,
        .uptime = (float)((double)(weir_now_ns() - app->started_ns) / 1e9),
        .server = weir_jack_server_name(app->options->server),
        .mixer = app->mixer_hangs ? "hangs" : "running",
        .jack = is_lost           ? "lost"
                : facts.freewheel ? "freewheel"
                                  : "running",
    };
}

// As many ids as fit, of those whose number has grown since it was last told.
static void
name_not_finite(void *owner, char *text, size_t n_bytes)
{
    const struct weir_app *app = owner;
    size_t n = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < weir_desk_n_strips(app->desk); i++) {
        struct weir_desk_strip *s = weir_desk_strip_at(app->desk, i);
        const uint64_t total = weir_desk_strip_not_finite(s);
        if (total == s->not_finite_told)
            continue;
        s->not_finite_told = total;
        if (n + sizeof " of strip , ..." + WEIR_ID_MAX <= n_bytes)
            n += (size_t)sprintf(text + n, "%s%s", n ? ", " : " of strip ",
                                 s->o.id);
        else if (text[n - 1] != '.')
            n += (size_t)sprintf(text + n, ", ...");
    }
}

static void
look_after(void *owner)
{
    struct weir_app *app = owner;
    struct weir_status s;
    weir_app_status(app, &s);
    weir_keep_look(app->keep);
    if (app->nursery)
        weir_nursery_service(app->nursery);
    weir_bursts_look(&app->bursts, &s, weir_now_ms());
    if (app->mixer_hangs)
        return; // whoever waits for that starts weir anew
    weir_service_alive();
    if (app->n_well < WEIR_TRIES_S && ++app->n_well == WEIR_TRIES_S)
        weir_tries_forget(&app->instance);
}

static void
say_ready(const struct weir_app *app)
{
    printf("weir: ready name=%s osc=%s jack=%s rate=%u block=%u\n",
           app->options->name, weir_osc_server_url(app->osc),
           weir_jack_server_name(app->options->server), app->rate_hz,
           weir_jack_facts(app->jack).block_frames);
    fflush(stdout);
    weir_service_ready();
}

// Nobody should find out later that the mixer has no password.
static void
say_who_can_reach_it(const struct weir_app *app)
{
    const char *url = weir_osc_server_url(app->osc);
    const char *tcp_url = weir_osc_server_tcp_url(app->osc);
    if (tcp_url)
        weir_log(WEIR_LOG_INFO, "OSC over TCP at %s", tcp_url);
    if (!weir_osc_server_is_local(app->osc))
        weir_log(WEIR_LOG_INFO,
                 "OSC is open to the network: who reaches %s can set the mixer",
                 url);
    else if (app->options->bind_address)
        weir_log(WEIR_LOG_INFO, "OSC at %s: this machine alone reaches it",
                 url);
}

int
weir_app_run(struct weir_app *app)
{
    if (!weir_timer_open(app->loop, &app->second, look_after, app))
        return WEIR_EXIT_FAILED;
    weir_timer_set(&app->second, 1000, 1000);
    app->bursts.culprits = name_not_finite;
    app->bursts.owner = app;
    if (!weir_app_watch_mixer(app))
        weir_log(WEIR_LOG_ERROR,
                 "should the mixer hang, it will not be known where: %s",
                 strerror(errno));
    say_who_can_reach_it(app);
    say_ready(app);
    app->ready = true;
    weir_loop_run(app->loop);
    look_after(app); // since the last second, too
    weir_bursts_end(&app->bursts);
    weir_service_stopping();
    weir_timer_close(app->loop, &app->second);
    weir_app_unwatch_mixer(app);
    return app->failed ? WEIR_EXIT_FAILED : WEIR_EXIT_OK;
}
