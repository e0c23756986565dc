// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What the mixer begins with: strips and buses of the command line, or of a
// session.
#include "app/app.h"

#include "common/log.h"
#include "desk/desk.h"
#include "session/session.h"

static void
one_came(void *owner, const struct weir_fault *fault)
{
    struct weir_app *app = owner;
    app->n_coming--;
    if (fault)
        app->failed = true; // the desk has logged it
}

static bool
session_has(struct weir_app *app, const char *id)
{
    return app->has_main && (weir_desk_find_strip(app->desk, id) ||
                             weir_desk_find_bus(app->desk, id));
}

// The first `n_buses` of those that are wanted, and all strips or none; but
// not what the session has.
static bool
add_wanted(struct weir_app *app, uint32_t n_buses, uint32_t n_strips)
{
    const struct weir_app_options *o = app->options;
    const struct weir_ticket ticket = {.fn = one_came, .owner = app};
    struct weir_fault fault = {0};
    uint32_t n = 0;
    for (uint32_t i = 0; i < n_buses && !fault.code; i++)
        if (!session_has(app, o->buses[i].id)) {
            weir_desk_add_bus(app->desk, o->buses[i].id, o->buses[i].n_channels,
                              NULL, ticket, &fault);
            n++;
        }
    for (uint32_t i = 0; i < n_strips && !fault.code; i++)
        if (!session_has(app, o->strips[i].id)) {
            weir_desk_add_strip(app->desk, o->strips[i].id,
                                o->strips[i].n_channels, NULL, ticket, &fault);
            n++;
        }
    if (fault.code) {
        weir_log(WEIR_LOG_ERROR, "%s", fault.text);
        weir_desk_rollback(app->desk);
        return false;
    }
    app->n_coming += n;
    weir_desk_commit(app->desk);
    return true;
}

static void
session_came(void *owner, const struct weir_fault *fault)
{
    struct weir_app *app = owner;
    app->n_coming--;
    weir_desk_restore_states(app->desk, false);
    if (!fault && app->restores)
        weir_log(WEIR_LOG_INFO, "the state is as the instance had it that died "
                                "(--fresh begins without)");
    if (!fault)
        return;
    weir_log(WEIR_LOG_ERROR, "session %s: %s",
             app->restores ? app->instance.kept : app->options->session,
             fault->text);
    // What was kept is no reason not to begin.
    app->failed = !app->restores;
    app->restores = false;
}

static int
wait_for_all(struct weir_app *app)
{
    while (app->n_coming > 0 && !app->failed)
        weir_loop_turn(app->loop, -1);
    return app->failed ? WEIR_EXIT_FAILED : WEIR_EXIT_OK;
}

static int
begin_with_session(struct weir_app *app)
{
    app->n_coming++;
    weir_desk_restore_states(app->desk, app->restores);
    weir_session_apply_given(
        app->session, &app->tree,
        (struct weir_ticket){.fn = session_came, .owner = app});
    return wait_for_all(app);
}

int
weir_app_begin(struct weir_app *app)
{
    const struct weir_app_options *o = app->options;
    const bool tried = app->restores;
    int status = WEIR_EXIT_OK;
    if (tried || o->session) {
        if (!add_wanted(app, 1, 0)) // main: no session has it
            return WEIR_EXIT_USAGE;
        status = wait_for_all(app);
        app->has_main = true;
    }
    if (status == WEIR_EXIT_OK && tried) {
        status = begin_with_session(app);
        if (app->restores)
            return status;
        if (!weir_session_read_given(app->session))
            return WEIR_EXIT_FAILED;
    }
    if (status == WEIR_EXIT_OK && o->session)
        status = begin_with_session(app);
    if (status == WEIR_EXIT_OK && !add_wanted(app, o->n_buses, o->n_strips))
        return WEIR_EXIT_USAGE;
    return status == WEIR_EXIT_OK ? wait_for_all(app) : status;
}
