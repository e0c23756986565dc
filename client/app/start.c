// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// How weir starts.
#include "app/app.h"
#include "app/tries.h"

#include "attach/paths.h"
#include "attach/server.h"
#include "common/log.h"
#include "desk/align.h"
#include "desk/desk.h"
#include "desk/link.h"
#include "engine/engine.h"
#include "engine/mixer_thread.h"
#include "jack/client.h"
#include "jack/freewheel.h"
#include "jack/kind.h"
#include "jack/patching.h"
#include "jack/ports.h"
#include "jack/worker.h"
#include "observe/loudness.h"
#include "oscctl/parking.h"
#include "oscctl/schedule.h"
#include "oscctl/server.h"
#include "oscctl/subscriptions.h"
#include "rt/clock.h"
#include "session/keep.h"
#include "session/session.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { DUMMY_TRIES = 100, DUMMY_TRY_MS = 50 };
enum { NAME_TRIES = 60, NAME_TRY_MS = 250 };

// --------------------------------------------------------------------- JACK

// A jackd would be of no use to it.
static void
say_no_pipewire(const char *server)
{
    weir_log(WEIR_LOG_ERROR,
             "no JACK server \"%s\" answers: libjack is PipeWire's, and no "
             "PipeWire runs for this user (start pipewire and wireplumber; "
             "for jackd and --dummy run weir without pw-jack)",
             server);
}

static int
say_why_no_jack(const struct weir_app *app, enum weir_jack_result result)
{
    const char *server = weir_jack_server_name(app->options->server);
    switch (result) {
    case WEIR_JACK_NO_SERVER:
        if (weir_jack_is_pipewire()) {
            say_no_pipewire(server);
            return WEIR_EXIT_NOBODY;
        }
        weir_log(WEIR_LOG_ERROR,
                 "no JACK server \"%s\" answers (start one, for instance "
                 "jackd -n %s -d alsa, or run weir --dummy for one without "
                 "sound)",
                 server, server);
        return WEIR_EXIT_NOBODY;
    case WEIR_JACK_NAME:
        weir_log(WEIR_LOG_ERROR, "JACK has a client called %s already%s",
                 app->options->name,
                 weir_jack_is_pipewire()
                     ? " (choose another name with -n)"
                     : ", or refuses one (choose another name with -n; "
                       "weir -v shows what JACK says)");
        return WEIR_EXIT_FAILED;
    default:
        weir_log(WEIR_LOG_ERROR,
                 "JACK server \"%s\" refuses the client %s (weir -v shows "
                 "what JACK says)",
                 server, app->options->name);
        return WEIR_EXIT_FAILED;
    }
}

static enum weir_jack_result
try_jack(struct weir_app *app)
{
    const struct weir_jack_config config = weir_app_jack_config(app);
    return weir_jack_open(&config, &app->jack);
}

// Ours needs a moment; it is asked again until it answers or dies.
static enum weir_jack_result
start_dummy(struct weir_app *app)
{
    const struct weir_app_options *o = app->options;
    const char *server = weir_jack_server_name(o->server);
    enum weir_jack_result result = WEIR_JACK_NO_SERVER;
    weir_log(WEIR_LOG_INFO,
             "no JACK server \"%s\": starting jackd -d dummy -r %u -p %u",
             server, o->dummy_rate_hz, o->dummy_block_frames);
    if (!weir_dummy_start(&app->dummy)) {
        weir_log(WEIR_LOG_ERROR, "jackd was not started: %s", strerror(errno));
        return WEIR_JACK_NO_SERVER;
    }
    for (int i = 0; i < DUMMY_TRIES && result == WEIR_JACK_NO_SERVER; i++) {
        if (!weir_dummy_wait(&app->dummy, DUMMY_TRY_MS)) {
            weir_log(WEIR_LOG_ERROR, "jackd did not start (is the package "
                                     "jackd2 installed?)");
            return WEIR_JACK_NO_SERVER;
        }
        result = try_jack(app);
    }
    return result;
}

// In freewheel jackd waits 10 s for who has died before it lets his name go.
static enum weir_jack_result
wait_for_name(struct weir_app *app)
{
    struct pollfd signals = {.fd = app->signal_fd, .events = POLLIN};
    enum weir_jack_result result = WEIR_JACK_NAME;
    weir_log(WEIR_LOG_INFO, "JACK has not noticed yet that the last instance "
                            "has died in freewheel: waiting for that");
    for (int i = 0; i < NAME_TRIES && result == WEIR_JACK_NAME; i++) {
        if (poll(&signals, 1, NAME_TRY_MS) > 0)
            break; // asked to end
        result = try_jack(app);
    }
    return result;
}

static int
connect_jack(struct weir_app *app)
{
    enum weir_jack_result result = try_jack(app);
    if (result == WEIR_JACK_NAME &&
        weir_freewheel_is_marked(&app->freewheel_mark))
        result = wait_for_name(app);
    if (result == WEIR_JACK_NO_SERVER && app->options->dummy &&
        !weir_jack_is_pipewire())
        result = start_dummy(app);
    if (result != WEIR_JACK_OK)
        return say_why_no_jack(app, result);
    // Who found a server will not be asked for one of weir's own.
    if (app->dummy.pid == 0)
        weir_launcher_stop(&app->launcher);
    app->rate_hz = weir_jack_facts(app->jack).rate_hz;
    return WEIR_EXIT_OK;
}

// ------------------------------------------------------------------- engine

static void
bus_goes(void *owner, struct weir_desk_bus *bus, struct weir_ticket gone)
{
    struct weir_app *app = owner;
    weir_loudness_leave(app->loudness, bus, gone);
}

static bool
build_desk(struct weir_app *app)
{
    const struct weir_app_options *o = app->options;
    app->ports = weir_jack_ports_new(weir_jack_client(app->jack),
                                     weir_jack_latency(app->jack),
                                     &app->process, app->worker, app->loop);
    app->patching = weir_patching_new(weir_jack_client(app->jack), app->worker);
    app->freewheel = weir_freewheel_new(app->worker, &app->freewheel_mark);
    if (!app->ports || !app->patching || !app->freewheel)
        return false;
    weir_freewheel_use(app->freewheel, app->jack);
    weir_link_on_table(app->link, weir_jack_ports_passed, app->ports);
    app->desk = weir_desk_new(&(struct weir_desk_config){
        .engine = app->engine,
        .link = app->link,
        .ports = weir_jack_ports_base(app->ports),
        .rate_hz = app->rate_hz,
        .latency_blocks = o->latency_blocks,
        .history_frames = (uint32_t)lround(o->history_s * (double)app->rate_hz),
        .plugins = {.nursery = app->nursery,
                    .world = app->world,
                    .block = weir_jack_facts(app->jack).block_frames,
                    .priority = weir_jack_mixer_priority(app->jack),
                    .folder = app->plugin_states,
                    .rack_comes = weir_app_rack_comes,
                    .owner = app},
        .bus_goes = bus_goes,
        .owner = app,
    });
    app->align = weir_desk_align_new(app->link);
    return app->desk && app->align;
}

static bool
build(struct weir_app *app)
{
    app->engine = weir_engine_new(app->rate_hz, WEIR_MAX_BLOCK);
    if (!app->engine)
        return false;
    weir_inputs_widen(app->engine->inputs, WEIR_MAX_BLOCK);
    app->engine->latency_blocks = app->options->latency_blocks;
    weir_process_init(&app->process, weir_jack_get_buffer, app->engine->inputs,
                      &app->engine->doorbell, app->options->latency_blocks);
    app->link = weir_link_new(app->engine);
    app->worker = weir_worker_start(app->loop);
    app->files = weir_worker_start(app->loop);
    app->loudness = weir_loudness_start(app->loop, app->rate_hz);
    return app->link && app->worker && app->files && app->loudness &&
           build_desk(app) && weir_app_follow_server(app);
}

// --------------------------------------------------------------- events in

static void
take_events(void *owner)
{
    struct weir_app *app = owner;
    weir_loop_drain(app->event_fd);
    weir_link_dispatch(app->link);
    weir_app_look_after_latency(app);
    if (app->osc)
        weir_osc_server_resume(app->osc);
}

static void
take_signal(void *owner)
{
    struct weir_app *app = owner;
    weir_log(WEIR_LOG_INFO, "asked to end by a signal");
    weir_loop_stop(app->loop);
}

// Blocked in every thread from here on; they arrive in the loop.
static bool
watch_signals(struct weir_app *app)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    app->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return app->signal_fd >= 0 &&
           weir_loop_watch(app->loop, &app->signals, app->signal_fd,
                           take_signal, app);
}

static bool
build_loop(struct weir_app *app)
{
    app->loop = weir_loop_new();
    app->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    app->jack_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return app->loop && app->event_fd >= 0 && app->jack_fd >= 0 &&
           watch_signals(app) &&
           weir_loop_watch(app->loop, &app->events, app->event_fd, take_events,
                           app) &&
           weir_loop_watch(app->loop, &app->jack_told, app->jack_fd,
                           weir_app_hear_jack, app) &&
           weir_app_watch_plugins(app);
}

// ------------------------------------------------------------------ running

static bool
start_threads(struct weir_app *app)
{
    app->mixer = weir_mixer_thread_start(
        app->engine, weir_jack_mixer_priority(app->jack), app->event_fd);
    if (!app->mixer) {
        weir_log(WEIR_LOG_ERROR, "no thread for the mixer: %s",
                 strerror(errno));
        return false;
    }
    app->active = weir_jack_activate(app->jack);
    if (!app->active)
        weir_log(WEIR_LOG_ERROR, "JACK does not start the client");
    else
        weir_freewheel_mark_undo(&app->freewheel_mark, app->jack);
    return app->active;
}

static void
ask_to_quit(void *owner)
{
    struct weir_app *app = owner;
    weir_log(WEIR_LOG_INFO, "asked to end over OSC");
    weir_loop_stop(app->loop);
}

static void
forget_peer(void *owner, const struct weir_peer *peer)
{
    struct weir_app *app = owner;
    weir_subscriptions_drop_peer(app->tree.subscriptions, peer);
}

static bool
open_doors(struct weir_app *app)
{
    const struct weir_app_options *o = app->options;
    char why[256];
    app->attach = weir_attach_open(app->loop, app->desk, app->rate_hz,
                                   app->instance.attach_socket);
    if (!app->attach) {
        weir_log(WEIR_LOG_ERROR, "%s: %s", app->instance.attach_socket,
                 strerror(errno));
        return false;
    }
    weir_attach_on_freewheel(app->attach, weir_freewheel_set, app->freewheel);
    app->tree =
        (struct weir_tree){.name = o->name,
                           .desk = app->desk,
                           .attach = app->attach,
                           .loudness = app->loudness,
                           .patchbay = weir_patching_base(app->patching),
                           .sessions = weir_session_base(app->session),
                           .status = weir_app_status,
                           .quit = ask_to_quit,
                           .owner = app};
    app->tree.schedule = weir_schedule_new(&app->tree, app->loop);
    if (!app->tree.schedule) {
        weir_log(WEIR_LOG_ERROR, "memory is short: %s", strerror(errno));
        return false;
    }
    app->tree.parking = weir_parking_new(&app->tree, app->loop);
    if (!app->tree.parking) {
        weir_log(WEIR_LOG_ERROR, "memory is short: %s", strerror(errno));
        return false;
    }
    app->tree.subscriptions =
        weir_subscriptions_new(&app->tree, app->link, app->loop, NULL);
    if (!app->tree.subscriptions) {
        weir_log(WEIR_LOG_ERROR, "memory is short: %s", strerror(errno));
        return false;
    }
    app->osc = weir_osc_server_open(
        &(struct weir_osc_config){.loop = app->loop,
                                  .tree = &app->tree,
                                  .link = app->link,
                                  .udp = o->udp,
                                  .tcp = o->tcp,
                                  .bind_address = o->bind_address,
                                  .port = o->port,
                                  .search = !o->port_given,
                                  .unix_path = app->instance.osc_socket,
                                  .peer_gone = forget_peer,
                                  .owner = app},
        why, sizeof why);
    if (!app->osc)
        weir_log(WEIR_LOG_ERROR, "%s", why);
    return app->osc != NULL;
}

static uint64_t
mix_in(uint64_t sum, const char *text, uint32_t n)
{
    do
        sum = (sum ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    while (*text++);
    return (sum ^ n) * UINT64_C(0x100000001b3);
}

// A number that stands for what the command line begins with: who asks for
// something else is not given what another one had.
static uint64_t
begun_as(const struct weir_app_options *o)
{
    uint64_t sum = mix_in(UINT64_C(0xcbf29ce484222325),
                          o->session ? o->session : "", o->n_strips);
    for (uint32_t i = 0; i < o->n_strips; i++)
        sum = mix_in(sum, o->strips[i].id, o->strips[i].n_channels);
    for (uint32_t i = 0; i < o->n_buses; i++)
        sum = mix_in(sum, o->buses[i].id, o->buses[i].n_channels);
    return sum;
}

static void
serve_sessions(struct weir_app *app)
{
    weir_session_serve(app->session, &app->tree, app->files);
    app->keep = weir_keep_new(&app->tree, app->files, app->instance.dir,
                              begun_as(app->options));
    weir_keep_look(app->keep);
}

static int
start_sound(struct weir_app *app)
{
    if (!build(app)) {
        weir_log(WEIR_LOG_ERROR, "memory is short: %s", strerror(errno));
        return WEIR_EXIT_FAILED;
    }
    if (!start_threads(app))
        return WEIR_EXIT_FAILED;
    // libjack's calls are not safe from two threads: from here on the worker
    // makes all of them.
    if (!open_doors(app))
        return WEIR_EXIT_FAILED;
    const int status = weir_app_begin(app);
    if (status == WEIR_EXIT_OK)
        serve_sessions(app);
    return status;
}

// While it may do all that this user may, and has nothing open.
static bool
start_launcher(struct weir_app *app)
{
    const struct weir_app_options *o = app->options;
    const struct weir_launcher_config config = {
        .server = weir_jack_server_name(o->server),
        .rate_hz = o->dummy_rate_hz,
        .block_frames = o->dummy_block_frames,
    };
    if (!o->dummy)
        return true;
    app->dummy.launcher = &app->launcher;
    if (weir_launcher_start(&app->launcher, &config))
        return true;
    weir_log(WEIR_LOG_ERROR, "no process that starts jackd: %s",
             strerror(errno));
    return false;
}

// It may be what the dead instance died of.
static bool
read_kept(const struct weir_app *app)
{
    const struct weir_instance *in = &app->instance;
    weir_tries_look(in);
    if (!app->options->fresh && access(in->kept, F_OK) == 0) {
        weir_tries_count(in);
        if (weir_session_read_kept(app->session, in->kept,
                                   begun_as(app->options)))
            return true;
    }
    weir_tries_forget(in);
    return false;
}

int
weir_app_start(struct weir_app *app, const struct weir_app_options *options)
{
    char run_dir[WEIR_PATH_BYTES];
    memset(app, 0, sizeof *app);
    app->options = options;
    app->event_fd = app->jack_fd = app->signal_fd = -1;
    app->instance.lock_fd = -1;
    app->started_ns = weir_now_ns();
    if (!weir_paths_run_dir(options->run_dir, run_dir, sizeof run_dir)) {
        weir_log(WEIR_LOG_ERROR, "the run dir's path is too long");
        return WEIR_EXIT_FAILED;
    }
    if (!start_launcher(app) ||
        !weir_instance_take(&app->instance, run_dir, options->name))
        return WEIR_EXIT_FAILED;
    app->session = weir_session_new(
        &(struct weir_session_config){.instance = options->name,
                                      .dir = options->session_dir,
                                      .given = options->session});
    // Before JACK: a session that cannot be had disturbs nobody.
    if (!app->session)
        return WEIR_EXIT_FAILED;
    app->restores = read_kept(app);
    if (!app->restores && !weir_session_read_given(app->session))
        return WEIR_EXIT_FAILED;
    if (!weir_app_start_plugins(app))
        return WEIR_EXIT_FAILED;
    weir_app_restrict(app);
    if (!build_loop(app)) {
        weir_log(WEIR_LOG_ERROR, "no event loop: %s", strerror(errno));
        return WEIR_EXIT_FAILED;
    }
    app->freewheel_mark = (struct weir_freewheel_mark){
        .path = app->instance.freewheel,
        .server = weir_jack_server_name(options->server),
    };
    int status = connect_jack(app);
    if (status == WEIR_EXIT_OK)
        status = start_sound(app);
    if (status != WEIR_EXIT_OK)
        return status;
    weir_app_lock_memory();
    weir_jack_await_realtime(app->jack);
    weir_app_say_scheduling(app);
    return weir_instance_announce(&app->instance, weir_osc_server_url(app->osc))
               ? WEIR_EXIT_OK
               : WEIR_EXIT_FAILED;
}
