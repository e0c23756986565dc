// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The process that weir has its plugins from.
#include "app/app.h"

#include "common/folder.h"
#include "common/log.h"
#include "desk/desk.h"
#include "plugin/nursery.h"
#include "plugin/world.h"
#include "rt/tags.h"
#include "session/place.h"
#include "session/session.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RACKS_MS = 50 };

// What a runner may have: samples and impulses are long, but four that go wild
// still leave this machine standing.
static uint64_t
memory_bytes(void)
{
    const uint64_t most = UINT64_C(4) * 1024 * 1024 * 1024;
    const long pages = sysconf(_SC_PHYS_PAGES);
    const long bytes = sysconf(_SC_PAGESIZE);
    if (pages <= 0 || bytes <= 0)
        return most;
    return weir_min_u64(most, (uint64_t)pages * (uint64_t)bytes / 5);
}

static bool
make_states_folder(struct weir_app *app)
{
    snprintf(app->plugin_states, sizeof app->plugin_states, "%s/plugins",
             app->instance.dir);
    if (app->restores)
        weir_desk_age_states(app->plugin_states);
    else
        weir_folder_remove(app->plugin_states);
    if (mkdir(app->plugin_states, 0700) == 0 || errno == EEXIST)
        return true;
    weir_log(WEIR_LOG_ERROR, "%s: %s", app->plugin_states, strerror(errno));
    return false;
}

static bool
start_nursery(struct weir_app *app)
{
    struct weir_why why;
    struct weir_nursery_config config = {
        .memory_bytes = memory_bytes(),
        .written = {app->plugin_states},
        .is_confined = app->options->sandbox,
    };
    const struct weir_places *places = weir_session_places(app->session);
    weir_places_make(places);
    for (int i = 0; i < places->n_folders && i + 1 < WEIR_NURSERY_WRITTEN; i++)
        config.written[i + 1] = places->folders[i];
    if (weir_nursery_new(&config, &app->nursery, &why))
        return true;
    weir_log(WEIR_LOG_ERROR, "plugins: %s", why.text);
    return false;
}

bool
weir_app_start_plugins(struct weir_app *app)
{
    if (!app->options->plugins)
        return true;
    if (!make_states_folder(app) || !start_nursery(app))
        return false;
    if (!app->options->plugins_inside)
        return true;
    app->world = weir_plugin_world_open();
    if (!app->world)
        weir_log(WEIR_LOG_ERROR, "plugins: memory is short");
    return app->world != NULL;
}

static void
serve(void *owner)
{
    struct weir_app *app = owner;
    weir_nursery_service(app->nursery);
    if (weir_nursery_fd(app->nursery) < 0)
        weir_loop_ignore(app->loop, &app->plugins_told);
}

static void
look_at_racks(void *owner)
{
    struct weir_app *app = owner;
    if (!app->desk)
        return;
    if (!weir_desk_service_racks(app->desk))
        weir_timer_set(&app->racks, 0, 0);
}

// Who has no plugins is not woken for them.
void
weir_app_rack_comes(void *owner)
{
    struct weir_app *app = owner;
    weir_timer_set(&app->racks, RACKS_MS, RACKS_MS);
}

bool
weir_app_watch_plugins(struct weir_app *app)
{
    if (!app->nursery)
        return true;
    return weir_loop_watch(app->loop, &app->plugins_told,
                           weir_nursery_fd(app->nursery), serve, app) &&
           weir_timer_open(app->loop, &app->racks, look_at_racks, app);
}

void
weir_app_stop_plugins(struct weir_app *app)
{
    weir_nursery_free(app->nursery);
    weir_plugin_world_close(app->world);
    app->nursery = NULL;
    app->world = NULL;
    weir_app_drop_states(app);
}

void
weir_app_drop_states(struct weir_app *app)
{
    const bool is_of_use = app->ready ? app->failed : app->restores;
    if (app->plugin_states[0] && !is_of_use)
        weir_folder_remove(app->plugin_states);
}
