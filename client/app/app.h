// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// weir as a whole: what it is made of, how it starts, runs and ends.
// Everything here is @control's.
#ifndef WEIR_APP_APP_H
#define WEIR_APP_APP_H

#include "app/bursts.h"
#include "app/instance.h"
#include "app/options.h"
#include "common/loop.h"
#include "jack/client.h"
#include "jack/dummy.h"
#include "jack/freewheel_mark.h"
#include "jack/launcher.h"
#include "oscctl/tree.h"
#include "rt/process.h"

#include <stdbool.h>
#include <stdint.h>

/// How weir stands to JACK.
enum weir_app_jack {
    WEIR_APP_JACK_RUNS,    // cycles come
    WEIR_APP_JACK_IS_LOST, // the comeback looks for a server
    WEIR_APP_JACK_RETURNS, // a client is open, its ports come
};

struct weir_app {
    const struct weir_app_options *options;
    struct weir_instance instance;
    struct weir_launcher launcher; // with --dummy
    struct weir_dummy dummy;
    struct weir_nursery *nursery;    // null: no plugins
    struct weir_plugin_world *world; // with --plugins-inside
    char plugin_states[WEIR_PATH_BYTES + 8];
    struct weir_jack *jack;
    struct weir_engine *engine;
    struct weir_process process;
    struct weir_mixer_thread *mixer;
    struct weir_loop *loop;
    struct weir_link *link;
    struct weir_worker *worker;
    struct weir_worker *files; // for what may wait for a disk
    struct weir_session *session;
    struct weir_keep *keep;
    struct weir_jack_ports *ports;
    struct weir_patching *patching;
    struct weir_comeback *comeback;
    struct weir_connections *connections;
    struct weir_reconnect *reconnect;
    struct weir_freewheel *freewheel;
    struct weir_freewheel_mark freewheel_mark;
    struct weir_desk *desk;
    struct weir_desk_align *align;
    struct weir_loudness *loudness;
    struct weir_attach *attach;
    struct weir_osc_server *osc;
    struct weir_tree tree;

    struct weir_watch events; // the mixer's
    struct weir_watch jack_told;
    struct weir_watch plugins_told;
    struct weir_timer racks; // are looked after
    struct weir_watch signals;
    struct weir_timer second;
    struct weir_timer watchdog; // of the cycles
    struct weir_watch where;    // the mixer tells that
    int event_fd;
    int jack_fd;
    int signal_fd;

    uint64_t started_ns;
    uint32_t rate_hz;
    uint32_t n_coming;   // strips and buses of the command line, not there yet
    uint32_t beats_seen; // of the mixer's heart
    uint32_t n_beats_missed;
    bool mixer_hangs;
    bool where_said; // where it hangs
    uint64_t hangs_since_ns;
    bool has_main;         // a session has been begun with
    bool restores;         // begins with what a dead instance has kept
    uint32_t n_well;       // seconds that the mixer has run, to WEIR_TRIES_S
    bool failed;           // end with exit status 1
    bool ready;            // has been said
    bool active;           // the callback may run
    uint32_t block_told;   // the period that JACK's latencies are made of,
    uint32_t inserts_told; // frames, and what plugins add to it
    bool gate_open;        // the callback does its work
    bool ending;           // weir does not come back any more
    enum weir_app_jack jack_is;
    uint64_t lost_ns;      // when
    uint64_t xruns_before; // of the clients before this one
    uint64_t cycles_seen;  // by the watchdog,
    uint32_t n_still;      // which has seen no other so often since
    uint32_t n_races;      // looks in a row that saw far too many
    uint32_t patience;     // looks without a cycle that are one loss
    bool no_realtime_said;
    struct weir_bursts bursts;
};

/// Build everything and start it; an exit status, 0 when all is there.  What
/// was built is taken down by weir_app_stop(), also after a failure.
int weir_app_start(struct weir_app *app,
                   const struct weir_app_options *options);

/// Have the strips and buses that the options name, and the session, with
/// their ports; an exit status.
int weir_app_begin(struct weir_app *app);

/// Serve until a signal or /quit; an exit status.
int weir_app_run(struct weir_app *app);

/// Look whether the mixer's thread goes on (hang.c); five times a second.
void weir_app_look_at_mixer(struct weir_app *app);

/// When it does not, learn where it stands.  False: the system refuses; it is
/// noticed all the same.  Until weir_app_unwatch_mixer().
bool weir_app_watch_mixer(struct weir_app *app);
void weir_app_unwatch_mixer(struct weir_app *app);

/// End in order: callback, mixer with all that is in the rings, readers.
/// Exits the process with `exit_status` when JACK hangs.
void weir_app_stop(struct weir_app *app, int exit_status);

/// Follow the client at JACK, whose callback does not run, in its rate.  False
/// when memory is short, or there is no thread: weir has to end.
bool weir_app_follow_rate(struct weir_app *app);

/// Follow the client at JACK in its periods: lanes have been touched as far as
/// those use them.  All may run.
void weir_app_follow_block(struct weir_app *app);

/// What the client at JACK works for.
struct weir_jack_config weir_app_jack_config(struct weir_app *app);

/// Make what follows the server when it goes and comes (server.c), and watch
/// the cycles.  False when memory is short.
bool weir_app_follow_server(struct weir_app *app);

/// No more of that; and free it, when the worker has ended.
void weir_app_leave_server(struct weir_app *app);
void weir_app_free_server(struct weir_app *app);

/// JACK has told something: the owner is the app.
void weir_app_hear_jack(void *app);

/// Whether JACK has to be told of another latency.
void weir_app_look_after_latency(struct weir_app *app);

/// Give up what weir does not need from here on: start programs, write
/// elsewhere.  Before there are threads, and before JACK is met: it is met
/// again, under the same rules, when its server comes back.
void weir_app_restrict(const struct weir_app *app);

/// Keep in memory what real-time threads use, as far as that is allowed, and
/// say how far in the log.  When all is made.
void weir_app_lock_memory(void);

/// Say once if a thread that should have real-time scheduling has none, why,
/// and what to do.
void weir_app_say_scheduling(struct weir_app *app);

/// Start what reads plugins and runs them, when the options have them.  False
/// has been logged.  Before weir restricts itself, and before threads.
bool weir_app_start_plugins(struct weir_app *app);

/// Serve it in the loop.  False: memory is short.
bool weir_app_watch_plugins(struct weir_app *app);

/// Look after the racks from now on, as long as there are any; the owner is
/// the app.
void weir_app_rack_comes(void *app);

/// End it, when the desk has gone.
void weir_app_stop_plugins(struct weir_app *app);

/// Remove the states of plugins, unless the next instance is to have them.
void weir_app_drop_states(struct weir_app *app);

/// What /status shows.
void weir_app_status(void *app, struct weir_status *out);

#endif
