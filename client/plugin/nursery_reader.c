// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The nursery's reader. It runs no plugin's code, and has one thread: what it
// forks has everything read that it has. A request stays where it is until it
// has been answered: the next reader finds what this one dies over.
#include "plugin/nursery_reader.h"

#include "common/log.h"
#include "common/sealed.h"
#include "plugin/check.h"
#include "plugin/flat.h"
#include "plugin/parcel.h"
#include "plugin/runner.h"
#include "plugin/runner_page.h"
#include "plugin/state.h"
#include "rt/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

// What was installed since is found by a look that is this old.
enum { STALE_MS = 5000, NICE = 19 };

struct reader {
    const struct weir_nursery_setup *setup;
    struct weir_plugin_world *world; // null: not read yet
    int64_t read_ms;                 // when
};

// -------------------------------------------------------------------- answers

static int
seal(const struct weir_flat *flat)
{
    const int fd = weir_sealed_open("weir-plugin", flat->n);
    if (fd < 0)
        return -1;
    if (pwrite(fd, flat->bytes, flat->n, 0) == (ssize_t)flat->n &&
        weir_sealed_seal(fd, F_SEAL_WRITE))
        return fd;
    close(fd);
    return -1;
}

static void
answer(const struct weir_nursery_request *to, bool ok, const char *why, int fd)
{
    struct weir_nursery_answer a = {
        .op = to->op, .serial = to->serial, .ok = ok};
    snprintf(a.why, sizeof a.why, "%s", why);
    if (!weir_parcel_send(WEIR_NURSERY_READER, &a, sizeof a, &fd, fd >= 0, 0))
        _exit(0); // weir has gone
}

// `flat` is done with.
static void
answer_flat(const struct weir_nursery_request *to, bool ok,
            struct weir_flat *flat)
{
    const int fd = flat->failed || flat->n == 0 ? -1 : seal(flat);
    if (fd >= 0)
        answer(to, ok, "", fd);
    else
        answer(to, false, "its description is too long", -1);
    if (fd >= 0)
        close(fd);
    free(flat->bytes);
}

// ---------------------------------------------------------------- descriptions

static bool
read_world(struct reader *r)
{
    struct weir_plugin_world *world = weir_plugin_world_open();
    if (!world)
        return false;
    weir_plugin_world_close(r->world);
    r->world = world;
    r->read_ms = weir_now_ms();
    return true;
}

static bool
is_stale(const struct reader *r)
{
    return !r->world || weir_now_ms() - r->read_ms > STALE_MS;
}

static void
put_preset(void *owner, const char *uri, const char *label)
{
    struct weir_plugin_type *t = owner;
    struct weir_plugin_preset *more =
        realloc(t->presets, (t->n_presets + 1) * sizeof *more);
    if (!more)
        return;
    t->presets = more;
    struct weir_plugin_preset *p = &more[t->n_presets];
    *p = (struct weir_plugin_preset){strdup(uri), strdup(label)};
    if (p->uri && p->label) {
        t->n_presets++;
        return;
    }
    free(p->uri);
    free(p->label);
}

static void
describe(struct reader *r, const struct weir_nursery_request *request)
{
    struct weir_plugin_type *type;
    struct weir_flat flat = {0};
    struct weir_why why = {"out of memory"};
    if (!r->world ||
        (!weir_plugin_world_find(r->world, request->text) && is_stale(r)))
        read_world(r);
    if (!r->world || !weir_plugin_describe(r->world, request->text,
                                           request->rate_hz, &type, &why)) {
        answer(request, false, why.text, -1);
        return;
    }
    // What comes of its blocks is known where it is to run.
    if (weir_plugin_check(r->world, type,
                          WEIR_BLOCKS_FIXED | WEIR_BLOCKS_POWER_OF_TWO, &why)) {
        weir_preset_list(r->world, type->uri, put_preset, type);
        weir_flat_put_type(&flat, type);
        answer_flat(request, true, &flat);
    } else
        answer(request, false, why.text, -1);
    weir_plugin_type_free(type);
}

// ------------------------------------------------------------------------ list

static void
put_uris(const struct weir_plugin_world *world, struct weir_flat *flat)
{
    const LilvPlugins *plugins = lilv_world_get_all_plugins(world->lilv);
    LILV_FOREACH(plugins, i, plugins)
    {
        const LilvPlugin *p = lilv_plugins_get(plugins, i);
        const struct weir_plugin_entry entry = {
            lilv_node_as_uri(lilv_plugin_get_uri(p)), "", "", ""};
        weir_flat_put_entry(flat, &entry);
    }
}

static void
put_entry(void *flat, const struct weir_plugin_entry *entry)
{
    weir_flat_put_entry(flat, entry);
}

// In a process of its own: seconds where hundreds are installed, memory that
// no runner should have, and bundles that may crash lilv.
static _Noreturn void
read_names(const struct reader *r, const struct weir_nursery_request *request)
{
    struct weir_flat flat = {0};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpriority(PRIO_PROCESS, 0, NICE);
    weir_plugin_list(r->world, put_entry, &flat);
    answer_flat(request, true, &flat);
    _exit(0);
}

static void
list(struct reader *r, const struct weir_nursery_request *request)
{
    struct weir_flat flat = {0};
    if (is_stale(r) && !read_world(r)) {
        answer(request, false, "out of memory", -1);
        return;
    }
    put_uris(r->world, &flat);
    if (flat.n == 0) {
        free(flat.bytes);
        answer(request, true, "", -1);
        return;
    }
    answer_flat(request, false, &flat);
    if (fork() == 0)
        read_names(r, request);
}

// --------------------------------------------------------------------- runners

// As weir's child, which ends with weir and is waited for by it: when `parent`
// has gone weir takes it on (PR_SET_CHILD_SUBREAPER).
static void
become_weirs(pid_t parent)
{
    while (getppid() == parent)
        sched_yield();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static _Noreturn void
become_runner(struct reader *r, const struct weir_nursery_request *request,
              const int *fds, pid_t parent)
{
    struct sigaction usual = {.sa_handler = SIG_DFL};
    struct weir_nursery_answer a = {.op = request->op,
                                    .serial = request->serial,
                                    .ok = 1,
                                    .pid = (int32_t)getpid()};
    become_weirs(parent);
    setpgid(0, 0); // weir itself asks how it ends
    sigaction(SIGCHLD, &usual, NULL);
    prctl(PR_SET_NAME, "weir-plugins");
    const int self = pidfd_open(getpid(), 0);
    if (self < 0 ||
        !weir_parcel_send(WEIR_NURSERY_READER, &a, sizeof a, &self, 1, 0))
        _exit(WEIR_EXIT_FAILED);
    dup2(fds[0], WEIR_RUNNER_SOCKET);
    dup2(fds[1], WEIR_RUNNER_MEMORY);
    close_range(WEIR_RUNNER_MEMORY + 1, ~0u, 0);
    _exit(weir_runner_main(r->world, r->setup));
}

static void
run(struct reader *r, const struct weir_nursery_request *request, int *fds)
{
    if (fds[0] < 0 || fds[1] < 0 || (!r->world && !read_world(r))) {
        answer(request, false, "there is no memory for it", -1);
        return;
    }
    const pid_t middle = fork();
    if (middle < 0)
        answer(request, false, strerror(errno), -1);
    if (middle != 0)
        return;
    const pid_t self = getpid();
    const pid_t runner = fork();
    if (runner < 0)
        answer(request, false, strerror(errno), -1);
    if (runner == 0)
        become_runner(r, request, fds, self);
    _exit(0);
}

// ----------------------------------------------------------------------- turns

void
weir_nursery_drop(const struct weir_nursery_request *request)
{
    struct weir_nursery_request first;
    if (recv(WEIR_NURSERY_READER, &first, sizeof first,
             MSG_PEEK | MSG_DONTWAIT) == sizeof first &&
        first.serial == request->serial)
        recv(WEIR_NURSERY_READER, NULL, 0, MSG_DONTWAIT);
}

static void
obey(struct reader *r, struct weir_nursery_request *request, int *fds)
{
    request->text[sizeof request->text - 1] = '\0';
    switch (request->op) {
    case WEIR_NURSERY_DESCRIBE:
        describe(r, request);
        break;
    case WEIR_NURSERY_LIST:
        list(r, request);
        break;
    case WEIR_NURSERY_RUN:
        run(r, request, fds);
        break;
    default:
        break;
    }
    weir_nursery_drop(request);
}

void
weir_nursery_read(const struct weir_nursery_setup *setup)
{
    struct reader r = {.setup = setup};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NAME, "weir-reader");
    // What it forked needs nobody to wait for it.
    sigaction(SIGCHLD, &ignore, NULL);
    for (;;) {
        struct weir_nursery_request request;
        int fds[WEIR_PARCEL_FDS];
        const ssize_t n = weir_parcel_take(WEIR_NURSERY_READER, &request,
                                           sizeof request, fds, MSG_PEEK);
        if (n == 0)
            _exit(0);
        if (n == (ssize_t)sizeof request)
            obey(&r, &request, fds);
        else if (n > 0)
            recv(WEIR_NURSERY_READER, NULL, 0, MSG_DONTWAIT);
        weir_parcel_drop(fds);
    }
}
