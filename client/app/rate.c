// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Another sample rate: without a callback and without a mixer thread all that
// has a rate gets the new one, and the mixer goes on. And longer periods, which
// hold nobody up. Everything here is @control's.
#include "app/app.h"

#include "attach/server.h"
#include "common/log.h"
#include "desk/desk.h"
#include "desk/link.h"
#include "engine/engine.h"
#include "engine/mixer_thread.h"
#include "jack/client.h"
#include "observe/loudness.h"

#include <math.h>
#include <poll.h>

enum { ROOM_MS = 100 };

// What is in the rings is mixed, what was asked is answered.
static void
stop_mixer(struct weir_app *app)
{
    const struct weir_command stop = {.kind = WEIR_COMMAND_STOP};
    while (!weir_link_send_one(app->link, &stop, (struct weir_ticket){0})) {
        struct pollfd p = {.fd = app->event_fd, .events = POLLIN};
        poll(&p, 1, ROOM_MS); // all commands are under way: for an answer
        weir_link_dispatch(app->link);
    }
    weir_mixer_thread_join(app->mixer);
    weir_link_dispatch(app->link);
}

static bool
start_mixer(struct weir_app *app)
{
    weir_engine_resume(app->engine);
    app->mixer = weir_mixer_thread_start(
        app->engine, weir_jack_mixer_priority(app->jack), app->event_fd);
    return app->mixer != NULL;
}

static bool
set_rate(struct weir_app *app, uint32_t rate_hz)
{
    const double history_frames = app->options->history_s * (double)rate_hz;
    app->rate_hz = rate_hz;
    weir_loudness_pause(app->loudness);
    if (!weir_desk_set_rate(app->desk, rate_hz,
                            (uint32_t)lround(history_frames)))
        return false;
    if (app->attach)
        weir_attach_set_rate(app->attach, rate_hz);
    return weir_loudness_resume(app->loudness, rate_hz);
}

bool
weir_app_follow_rate(struct weir_app *app)
{
    const uint32_t rate_hz = weir_jack_facts(app->jack).rate_hz;
    if (rate_hz == app->rate_hz)
        return true;
    weir_log(WEIR_LOG_INFO,
             "JACK's rate is %u Hz now, it was %u: all rings begin anew",
             rate_hz, app->rate_hz);
    stop_mixer(app);
    const bool ok = set_rate(app, rate_hz);
    return start_mixer(app) && ok;
}

// The lanes have room for the longest period; all but pages are there. Plugins
// are made for one period, and one rate.
void
weir_app_follow_block(struct weir_app *app)
{
    const uint32_t block_frames = weir_jack_facts(app->jack).block_frames;
    weir_desk_reach(app->desk, block_frames);
    weir_desk_move_racks(app->desk, block_frames, app->rate_hz);
}
