// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The nursery's keeper: it starts the reader when there is something to read,
// and again when that has died over it; and it ends runners for weir, which
// may signal nobody. It has one thread, as have the others: all fork. A spare
// (nursery_spare.c) takes its place when it dies. Whoever takes a packet does
// what it asks for first: the next one finds what was under way.
#include "plugin/nursery.h"

#include "common/log.h"
#include "plugin/confine.h"
#include "plugin/nursery_protocol.h"
#include "plugin/nursery_reader.h"
#include "plugin/nursery_spare.h"
#include "plugin/parcel.h"
#include "rt/clock.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REST_MS = 500 }; // between two readers, or spares

// A process that this one has forked.
struct child {
    pid_t pid; // 0: none
    int fd;
    int64_t next_ms; // none before that
};

struct keeper {
    struct weir_nursery_setup setup;
    struct child reader;
    struct child spare;
    uint32_t died_over; // serial of a request; 0: none
    bool is_reset;      // the reader that is there, which is killed
};

// -------------------------------------------------------------------- children

static bool
may_start(const struct child *c)
{
    return c->pid == 0 && weir_now_ms() >= c->next_ms;
}

static void
note_started(struct child *c, pid_t pid)
{
    c->next_ms = weir_now_ms() + REST_MS;
    if (pid <= 0)
        return;
    c->pid = pid;
    c->fd = pidfd_open(pid, 0);
}

// Returns how it ended.
static int
bury(struct child *c)
{
    int status = 0;
    waitpid(c->pid, &status, 0);
    close(c->fd);
    c->pid = 0;
    c->fd = -1;
    return status;
}

static void
end(struct child *c)
{
    if (c->pid == 0)
        return;
    kill(c->pid, SIGKILL);
    bury(c);
}

// ------------------------------------------------------------------ the reader

static void
start_reader(struct keeper *k)
{
    const pid_t pid = fork();
    if (pid == 0)
        weir_nursery_read(&k->setup);
    note_started(&k->reader, pid);
}

// What the reader is at, or would be next.
static bool
look_at_request(struct weir_nursery_request *request)
{
    return recv(WEIR_NURSERY_READER, request, sizeof *request,
                MSG_PEEK | MSG_DONTWAIT) == sizeof *request;
}

static void
refuse_request(const struct weir_nursery_request *request, const char *why)
{
    struct weir_nursery_answer a = {.op = request->op,
                                    .serial = request->serial};
    snprintf(a.why, sizeof a.why, "%s", why);
    weir_parcel_send(WEIR_NURSERY_READER, &a, sizeof a, NULL, 0, MSG_DONTWAIT);
    weir_nursery_drop(request);
}

// It may have been killed by anybody: only what it dies over twice is to
// blame.
static void
bury_reader(struct keeper *k)
{
    char why[100];
    struct weir_nursery_request request;
    const int status = bury(&k->reader);
    const char *name =
        WIFSIGNALED(status) ? sigabbrev_np(WTERMSIG(status)) : NULL;
    const bool was_reset = k->is_reset;
    k->is_reset = false;
    if (name && !was_reset)
        weir_log(WEIR_LOG_ERROR,
                 "the reader of plugins' descriptions died of SIG%s", name);
    if (!look_at_request(&request))
        return;
    if (was_reset)
        refuse_request(&request, "it takes too long to read its description");
    else if (request.serial == k->died_over) {
        snprintf(why, sizeof why, "who reads its description dies%s%s",
                 name ? " of SIG" : "", name ? name : "");
        refuse_request(&request, why);
    }
    k->died_over = request.serial;
}

// --------------------------------------------------------------------- orders

static void
obey(struct keeper *k, const struct weir_nursery_request *order, int pid_fd)
{
    struct weir_nursery_request request;
    if (order->op == WEIR_NURSERY_KILL && pid_fd >= 0)
        pidfd_send_signal(pid_fd, SIGKILL, NULL, 0);
    if (order->op == WEIR_NURSERY_RESET && k->reader.pid != 0 &&
        look_at_request(&request) && request.serial == order->serial) {
        kill(k->reader.pid, SIGKILL);
        k->is_reset = true;
    }
}

// False when weir has gone.
static bool
take_order(struct keeper *k)
{
    struct weir_nursery_request order;
    int fds[WEIR_PARCEL_FDS];
    const ssize_t n = weir_parcel_take(WEIR_NURSERY_KEEPER, &order,
                                       sizeof order, fds, MSG_PEEK);
    if (n == (ssize_t)sizeof order)
        obey(k, &order, fds[0]);
    weir_parcel_drop(fds);
    if (n > 0)
        recv(WEIR_NURSERY_KEEPER, NULL, 0, MSG_DONTWAIT);
    return n > 0 || (n < 0 && errno == EINTR);
}

// ------------------------------------------------------------------------ life

// Returns in both: who stands by does when it is the keeper.
static void
start_spare(struct keeper *k)
{
    const int self = pidfd_open(getpid(), 0);
    const pid_t pid = self >= 0 ? fork() : -1;
    if (pid == 0) {
        if (k->reader.fd >= 0)
            close(k->reader.fd);
        weir_nursery_stand_by(self);
        k->reader = k->spare = (struct child){.fd = -1};
        return;
    }
    if (self >= 0)
        close(self);
    note_started(&k->spare, pid);
}

static void
keep(struct keeper *k)
{
    for (;;) {
        if (may_start(&k->spare))
            start_spare(k);
        const bool may_read = may_start(&k->reader);
        const bool rests =
            k->spare.pid == 0 || (k->reader.pid == 0 && !may_read);
        struct pollfd on[] = {
            {WEIR_NURSERY_KEEPER, POLLIN, 0},
            {k->reader.fd, POLLIN, 0},
            {k->spare.fd, POLLIN, 0},
            {may_read ? WEIR_NURSERY_READER : -1, POLLIN, 0},
        };
        if (poll(on, 4, rests ? REST_MS : -1) < 0)
            continue;
        if (on[0].revents && !take_order(k))
            return;
        if (on[1].revents)
            bury_reader(k);
        if (on[2].revents)
            bury(&k->spare);
        if (on[3].revents & POLLIN)
            start_reader(k);
        else if (on[3].revents)
            return;
    }
}

// Weir's end is its end, not a signal to all of a terminal or of a service;
// and a terminal that nobody in the background may write to stops no one.
static void
settle(void)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGINT, &ignore, NULL);
    sigaction(SIGTERM, &ignore, NULL);
    sigaction(SIGHUP, &ignore, NULL);
    sigaction(SIGTTOU, &ignore, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NAME, "weir-nursery");
    close_range(WEIR_NURSERY_READER + 1, ~0u, 0);
}

int
weir_nursery_main(void)
{
    static struct keeper k = {.reader.fd = -1, .spare.fd = -1};
    weir_log_init("weir-plugins", WEIR_LOG_INFO);
    if (recv(WEIR_NURSERY_KEEPER, &k.setup, sizeof k.setup, 0) !=
        sizeof k.setup) {
        weir_log(WEIR_LOG_ERROR, "a nursery is started by weir alone");
        return WEIR_EXIT_USAGE;
    }
    weir_log_init("weir-plugins", (enum weir_log_level)k.setup.log_level);
    settle();
    weir_confine_nursery(&k.setup);
    keep(&k);
    end(&k.reader);
    end(&k.spare);
    return WEIR_EXIT_OK;
}
