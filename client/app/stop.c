// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// How weir ends: the callback first, then the mixer with all that is still
// in the rings, then the readers, then the rest.
#include "app/app.h"
#include "app/tries.h"

#include "attach/server.h"
#include "common/log.h"
#include "desk/align.h"
#include "desk/desk.h"
#include "desk/feeds.h"
#include "desk/link.h"
#include "desk/source.h"
#include "engine/engine.h"
#include "engine/mixer_thread.h"
#include "jack/client.h"
#include "jack/freewheel.h"
#include "jack/patching.h"
#include "jack/ports.h"
#include "jack/worker.h"
#include "observe/loudness.h"
#include "oscctl/parking.h"
#include "oscctl/schedule.h"
#include "oscctl/server.h"
#include "oscctl/subscriptions.h"
#include "session/keep.h"
#include "session/session.h"

#include <stdlib.h>
#include <unistd.h>

// JACK's calls can hang (a stopped client holds its server up): weir ends
// all the same.
enum { DEACTIVATE_MS = 1200, CLOSE_MS = 600, FILES_MS = 400, MIXER_MS = 1000 };
#define CALLBACK_OUT_NS UINT64_C(200000000)

static void
deactivate(void *owner)
{
    weir_jack_deactivate(owner);
}

static void
close_client(void *owner)
{
    weir_jack_close(owner);
}

// From here on no callback runs, or it does nothing.
static void
stop_callback(struct weir_app *app)
{
    if (!app->active && app->jack_is != WEIR_APP_JACK_RETURNS)
        return;
    weir_worker_post(app->worker,
                     (struct weir_job){.run = deactivate, .owner = app->jack});
    if (!weir_worker_settle(app->worker, DEACTIVATE_MS))
        weir_log(WEIR_LOG_ERROR, "JACK does not let go: ending without it");
    weir_patching_give_up(app->patching, "weir is ending");
    if (!weir_process_close(&app->process, CALLBACK_OUT_NS))
        weir_log(WEIR_LOG_ERROR, "the callback does not come back");
}

// Every cycle that is in the rings is mixed and published.
// False: it hangs, and what it works with is left alone.
static bool
stop_mixer(struct weir_app *app)
{
    const struct weir_command stop = {.kind = WEIR_COMMAND_STOP};
    if (!app->mixer)
        return true;
    weir_link_send_one(app->link, &stop, (struct weir_ticket){0});
    if (!weir_mixer_thread_join_within(app->mixer, MIXER_MS)) {
        weir_log(WEIR_LOG_ERROR, "the mixer hangs: ending without it");
        return false;
    }
    app->mixer = NULL;
    weir_link_dispatch(app->link);
    return true;
}

// Who has asked for a session to be saved hears of it, unless the disk stands
// still.
static void
stop_files(struct weir_app *app)
{
    if (app->files && !weir_worker_settle(app->files, FILES_MS))
        weir_log(WEIR_LOG_ERROR, "a session is not on the disk: ending "
                                 "without it");
    weir_session_give_up(app->session);
}

static void
stop_readers(struct weir_app *app)
{
    if (app->desk) {
        weir_desk_end_sources(app->desk);
        weir_desk_end_feeds(app->desk);
    }
    weir_attach_close(app->attach, "weir has ended");
    weir_loudness_stop(app->loudness);
    weir_schedule_free(app->tree.schedule);
    weir_parking_free(app->tree.parking);
    weir_osc_server_close(app->osc); // last: the others still answer over it
    weir_subscriptions_free(app->tree.subscriptions); // told of connections
}

static bool
close_jack(struct weir_app *app)
{
    if (!app->worker)
        return true;
    // Where it is closed already, because the server went, nothing.
    weir_worker_post(app->worker, (struct weir_job){.run = close_client,
                                                    .owner = app->jack});
    return weir_worker_stop(app->worker, CLOSE_MS);
}

static void
free_all(struct weir_app *app)
{
    weir_desk_align_free(app->align);
    weir_desk_free(app->desk);
    weir_jack_ports_free(app->ports);
    weir_patching_free(app->patching);
    weir_app_free_server(app);
    weir_freewheel_free(app->freewheel);
    weir_link_free(app->link);
    weir_engine_free(app->engine);
    weir_jack_free(app->jack);
    weir_keep_free(app->keep);
    weir_session_free(app->session);
    weir_loop_free(app->loop);
    if (app->event_fd >= 0)
        close(app->event_fd);
    if (app->jack_fd >= 0)
        close(app->jack_fd);
    if (app->signal_fd >= 0)
        close(app->signal_fd);
}

void
weir_app_stop(struct weir_app *app, int exit_status)
{
    weir_attach_end_freewheel(app->attach);
    stop_files(app);
    weir_app_leave_server(app);
    stop_callback(app);
    const bool mixed = stop_mixer(app);
    if (mixed)
        stop_readers(app);
    const bool closed = close_jack(app);
    const bool written = weir_worker_stop(app->files, FILES_MS);
    weir_dummy_stop(&app->dummy);
    weir_launcher_stop(&app->launcher);
    if (closed && written && mixed) {
        weir_desk_free(app->desk);
        app->desk = NULL;
        weir_app_stop_plugins(app);
    } else { // the nursery ends with this process
        weir_app_drop_states(app);
    }
    if (app->ready && !app->failed) // it is of use to nobody
        unlink(app->instance.kept);
    if (app->instance.lock_fd >= 0)
        weir_tries_forget(&app->instance);
    weir_instance_leave(&app->instance);
    if (app->ready)
        weir_log(WEIR_LOG_INFO, "ended");
    if (!closed || !written || !mixed)
        _exit(mixed ? exit_status : WEIR_EXIT_FAILED);
    free_all(app);
}
