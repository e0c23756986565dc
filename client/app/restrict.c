// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What weir keeps when it gives up the rest.
#include "app/app.h"

#include "common/log.h"
#include "common/sandbox.h"
#include "session/place.h"
#include "session/session.h"

#include <string.h>

enum { OSC_PORTS = 100 }; // as many as are tried

// libjack's sockets, semaphores and shared memory; of PipeWire's JACK it and
// its modules are read, and its socket is met wherever it is.
static void
keep_jack(struct weir_sandbox *box)
{
    weir_sandbox_path(box, "/dev/shm", WEIR_SANDBOX_ALL);
    weir_sandbox_path(box, "/var/lib/dbus", WEIR_SANDBOX_READ);
    weir_sandbox_read_home(box, ".config/pipewire");
    weir_sandbox_read_listed(box, "PIPEWIRE_CONFIG_DIR");
    weir_sandbox_read_listed(box, "PIPEWIRE_MODULE_DIR");
    weir_sandbox_read_listed(box, "SPA_PLUGIN_DIR");
}

static void
keep_plugins(struct weir_sandbox *box)
{
    weir_sandbox_read_home(box, ".lv2");
    weir_sandbox_read_listed(box, "LV2_PATH");
}

// Its own folder, which it removes at its end.
static void
keep_instance(struct weir_sandbox *box, const struct weir_instance *instance,
              enum weir_sandbox_access access)
{
    char run_dir[WEIR_PATH_BYTES];
    memcpy(run_dir, instance->dir, sizeof run_dir);
    *strrchr(run_dir, '/') = '\0';
    weir_sandbox_path(box, instance->dir, access);
    weir_sandbox_path(box, run_dir, WEIR_SANDBOX_RMDIR);
}

static void
keep_sessions(struct weir_sandbox *box, struct weir_session *session,
              enum weir_sandbox_access access)
{
    const struct weir_places *places = weir_session_places(session);
    weir_places_make(places); // what is not there cannot be kept
    for (int i = 0; i < places->n_folders; i++)
        weir_sandbox_path(box, places->folders[i], access);
}

static void
keep_tcp(struct weir_sandbox *box, const struct weir_app_options *o)
{
    const int n = !o->tcp ? 0 : o->port_given ? 1 : OSC_PORTS;
    for (int i = 0; i < n; i++)
        weir_sandbox_listen(box, (uint16_t)(o->port + i));
}

void
weir_app_restrict(const struct weir_app *app)
{
    if (!app->options->sandbox) {
        weir_log(WEIR_LOG_DEBUG, "sandbox: none (--no-sandbox)");
        return;
    }
    struct weir_sandbox *box = weir_sandbox_new(WEIR_SANDBOX_NETWORK);
    // What plugins keep is folders, with links in them.
    const struct weir_app_options *o = app->options;
    const enum weir_sandbox_access states = o->plugins && o->plugins_inside
                                                ? WEIR_SANDBOX_STATES
                                                : WEIR_SANDBOX_ALL;
    keep_instance(box, &app->instance, states);
    keep_jack(box);
    keep_plugins(box);
    keep_sessions(box, app->session, o->plugins ? states : WEIR_SANDBOX_FILES);
    keep_tcp(box, o);
    weir_sandbox_abstract(box);
    weir_sandbox_enter(box);
}
