// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The nursery's keeper: it starts the reader when there is something to read,
// and again when that has crashed over a bundle; and it ends runners for
// weir, which may signal nobody. It has one thread, as has the reader: both
// fork.
#include "plugin/nursery.h"

#include "common/log.h"
#include "plugin/confine.h"
#include "plugin/nursery_protocol.h"
#include "plugin/nursery_reader.h"
#include "plugin/parcel.h"
#include "rt/clock.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REST_MS = 500 }; // between two readers

struct keeper {
    struct weir_nursery_setup setup;
    pid_t reader; // 0: none
    int reader_fd;
    int64_t next_ms; // no reader before that
};

static void
tell_lost(void)
{
    const struct weir_nursery_answer answer = {.op = WEIR_NURSERY_LOST};
    weir_parcel_send(WEIR_NURSERY_KEEPER, &answer, sizeof answer, NULL, 0,
                     MSG_DONTWAIT);
}

static void
start_reader(struct keeper *k)
{
    const pid_t pid = fork();
    if (pid == 0)
        weir_nursery_read(&k->setup);
    k->next_ms = weir_now_ms() + REST_MS;
    if (pid < 0)
        return;
    k->reader = pid;
    k->reader_fd = pidfd_open(pid, 0);
}

static void
bury_reader(struct keeper *k)
{
    int status = 0;
    waitpid(k->reader, &status, 0);
    close(k->reader_fd);
    k->reader = 0;
    k->reader_fd = -1;
    if (WIFSIGNALED(status))
        weir_log(WEIR_LOG_ERROR,
                 "the reader of plugins' descriptions died of SIG%s",
                 sigabbrev_np(WTERMSIG(status)) ? sigabbrev_np(WTERMSIG(status))
                                                : "?");
    tell_lost();
}

// False when weir has gone.
static bool
take_order(struct keeper *k)
{
    struct weir_nursery_request request;
    int fds[WEIR_PARCEL_FDS];
    const ssize_t n =
        weir_parcel_take(WEIR_NURSERY_KEEPER, &request, sizeof request, fds, 0);
    if (n == (ssize_t)sizeof request) {
        if (request.op == WEIR_NURSERY_KILL && fds[0] >= 0)
            pidfd_send_signal(fds[0], SIGKILL, NULL, 0);
        if (request.op == WEIR_NURSERY_RESET && k->reader != 0)
            kill(k->reader, SIGKILL);
    }
    weir_parcel_drop(fds);
    return n > 0 || (n < 0 && errno == EINTR);
}

static void
keep(struct keeper *k)
{
    for (;;) {
        const bool may_start = k->reader == 0 && weir_now_ms() >= k->next_ms;
        struct pollfd on[] = {
            {WEIR_NURSERY_KEEPER, POLLIN, 0},
            {k->reader != 0 ? k->reader_fd : -1, POLLIN, 0},
            {may_start ? WEIR_NURSERY_READER : -1, POLLIN, 0},
        };
        if (poll(on, 3, k->reader != 0 || may_start ? -1 : REST_MS) < 0)
            continue;
        if (on[0].revents && !take_order(k))
            return;
        if (on[1].revents)
            bury_reader(k);
        if (on[2].revents & POLLIN)
            start_reader(k);
        else if (on[2].revents)
            return;
    }
}

// Weir's end is its end, not a signal to all of a terminal or of a service.
static void
settle(void)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGINT, &ignore, NULL);
    sigaction(SIGTERM, &ignore, NULL);
    sigaction(SIGHUP, &ignore, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NAME, "weir-nursery");
    close_range(WEIR_NURSERY_READER + 1, ~0u, 0);
}

int
weir_nursery_main(void)
{
    static struct keeper k = {.reader_fd = -1};
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
    if (k.reader != 0)
        kill(k.reader, SIGKILL);
    return WEIR_EXIT_OK;
}
