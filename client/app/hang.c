// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A mixer's thread that does not go on: noticed, and said where it stands.
// Everything here is @control's.
#include "app/app.h"

#include "common/log.h"
#include "common/where.h"
#include "engine/engine.h"
#include "engine/mixer_thread.h"
#include "rt/clock.h"

// The mixer comes around ten times a second with nothing to do, and is looked
// at five times (server.c).  Looks are counted, not time: a process that was
// stopped, or has no CPU, does not hang.
enum { LOOKS_OF_A_HANG = 5, LOOKS_FOR_AN_ANSWER = 7 };

static void
hear_where(void *owner)
{
    struct weir_app *app = owner;
    char text[WEIR_WHERE_BYTES];
    if (!app->mixer ||
        !weir_where_read(weir_mixer_thread_tid(app->mixer), text) ||
        !app->mixer_hangs || app->where_said)
        return;
    app->where_said = true;
    weir_log(WEIR_LOG_ERROR, "the mixer hangs in %s", text);
}

static void
begin_hang(struct weir_app *app)
{
    app->mixer_hangs = true;
    app->where_said = false;
    app->hangs_since_ns = weir_now_ns();
    weir_log(WEIR_LOG_ERROR,
             "the mixer hangs: what is to be heard is silence, and nothing "
             "that is set takes effect");
    weir_where_ask(weir_mixer_thread_id(app->mixer));
}

static void
say_it_does_not_answer(struct weir_app *app)
{
    char text[WEIR_WHERE_BYTES];
    app->where_said = true;
    weir_where_kernel(weir_mixer_thread_tid(app->mixer), text);
    weir_log(WEIR_LOG_ERROR,
             "the mixer hangs where no signal reaches it; the kernel says: %s",
             text);
}

static void
goes_on(struct weir_app *app)
{
    app->n_beats_missed = 0;
    if (!app->mixer_hangs)
        return;
    app->mixer_hangs = false;
    weir_log(WEIR_LOG_INFO, "the mixer goes on, after %.1f s",
             (double)(weir_now_ns() - app->hangs_since_ns) / 1e9);
}

void
weir_app_look_at_mixer(struct weir_app *app)
{
    // relaxed: a number that stands for itself.
    const uint32_t beats = atomic_load_explicit(&app->engine->counters.beats,
                                                memory_order_relaxed);
    if (!app->mixer || beats != app->beats_seen) {
        app->beats_seen = beats;
        goes_on(app);
        return;
    }
    app->n_beats_missed++;
    if (app->n_beats_missed == LOOKS_OF_A_HANG)
        begin_hang(app);
    else if (app->n_beats_missed == LOOKS_FOR_AN_ANSWER && !app->where_said)
        say_it_does_not_answer(app);
}

bool
weir_app_watch_mixer(struct weir_app *app)
{
    const int fd = weir_where_open();
    app->where.fd = -1;
    return fd >= 0 &&
           weir_loop_watch(app->loop, &app->where, fd, hear_where, app);
}

void
weir_app_unwatch_mixer(struct weir_app *app)
{
    weir_loop_ignore(app->loop, &app->where);
    weir_where_close();
}
