// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// weir's side of the nursery: its process. What is asked of it:
// nursery_asked.c.
#include "plugin/nursery.h"

#include "common/log.h"
#include "plugin/nursery_private.h"
#include "plugin/parcel.h"
#include "rt/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

// Packets that are taken in a turn: no flood of them keeps @control. How long
// the reader may take over one.
enum { PACKETS = 256, PATIENCE_MS = 10000 };

extern char **environ;

// ------------------------------------------------------------------ its
// process

// With no signal blocked or ignored, nothing on its input, and its output
// where the log goes: weir's own has promises to keep. In a process group of
// its own: whoever ends in there nobody asks about.
static int
spawn(const char *const *argv, int keeper, int reader, pid_t *pid)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attr);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, 2, 1);
    posix_spawn_file_actions_adddup2(&files, keeper, WEIR_NURSERY_KEEPER);
    posix_spawn_file_actions_adddup2(&files, reader, WEIR_NURSERY_READER);
    posix_spawnattr_setsigdefault(&attr, &all);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF |
                                        POSIX_SPAWN_SETSIGMASK |
                                        POSIX_SPAWN_SETPGROUP);
    // posix_spawn() changes none of the arguments.
    const int rc = posix_spawn(pid, argv[0], &files, &attr,
                               (char *const *)(uintptr_t)argv, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attr);
    return rc;
}

// A pair whose second end is out of the way of the numbers that the process
// gets it under.
static bool
make_pair(int pair[2])
{
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return false;
    const int up = fcntl(pair[1], F_DUPFD_CLOEXEC, 16);
    close(pair[1]);
    pair[1] = up;
    if (up >= 0)
        return true;
    close(pair[0]);
    return false;
}

static bool
send_setup(int keeper, const struct weir_nursery_config *c)
{
    struct weir_nursery_setup setup = {
        .memory_bytes = c->memory_bytes,
        .log_level = WEIR_LOG_INFO,
        .is_confined = c->is_confined,
    };
    for (unsigned i = 0; i < WEIR_NURSERY_WRITTEN && c->written[i]; i++)
        if (snprintf(setup.written[i], sizeof setup.written[i], "%s",
                     c->written[i]) >= (int)sizeof setup.written[i])
            return false;
    return weir_parcel_send(keeper, &setup, sizeof setup, NULL, 0, 0);
}

static bool
start(struct weir_nursery *n, const struct weir_nursery_config *c,
      const int keeper[2], const int reader[2], struct weir_why *why)
{
    static const char *const self[] = {"/proc/self/exe", "--plugin-nursery",
                                       NULL};
    const int rc =
        spawn(c->argv ? c->argv : self, keeper[1], reader[1], &n->group);
    n->pid_fd = rc == 0 ? pidfd_open(n->group, 0) : -1;
    if (n->pid_fd >= 0 && send_setup(keeper[0], c))
        return true;
    return weir_why(why, "no process that reads plugins: %s",
                    strerror(rc ? rc : errno));
}

bool
weir_nursery_new(const struct weir_nursery_config *config,
                 struct weir_nursery **out, struct weir_why *why)
{
    int keeper[2], reader[2];
    struct weir_nursery *n = calloc(1, sizeof *n);
    if (!n)
        return weir_why(why, "out of memory");
    *n = (struct weir_nursery){.keeper = -1,
                               .reader = -1,
                               .pid_fd = -1,
                               .keep_ms = WEIR_NURSERY_TYPES_MS};
    if (!make_pair(keeper)) {
        free(n);
        return weir_why(why, "no sockets: %s", strerror(errno));
    }
    n->keeper = keeper[0];
    if (!make_pair(reader)) {
        close(keeper[1]);
        weir_nursery_free(n);
        return weir_why(why, "no sockets: %s", strerror(errno));
    }
    n->reader = reader[0];
    // Where it is refused, a runner's end is seen all the same.
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    const bool ok = start(n, config, keeper, reader, why);
    close(keeper[1]);
    close(reader[1]);
    if (!ok) {
        weir_nursery_free(n);
        return false;
    }
    *out = n;
    return true;
}

// ------------------------------------------------------------------- its dead

static void
bury(struct weir_nursery *n)
{
    uint32_t left = 0;
    siginfo_t any = {.si_pid = 0};
    while (n->group > 0 &&
           waitid(P_PGID, (id_t)n->group, &any, WEXITED | WNOHANG) == 0 &&
           any.si_pid != 0)
        any.si_pid = 0;
    for (uint32_t i = 0; i < n->n_dying; i++) {
        struct pollfd end = {n->dying[i], POLLIN, 0};
        siginfo_t info;
        if (poll(&end, 1, 0) == 0) {
            n->dying[left++] = n->dying[i];
            continue;
        }
        waitid(P_PIDFD, (id_t)n->dying[i], &info, WEXITED | WNOHANG);
        close(n->dying[i]);
    }
    n->n_dying = left;
}

void
weir_nursery_kill(struct weir_nursery *n, int pid_fd)
{
    const struct weir_nursery_request request = {.op = WEIR_NURSERY_KILL};
    // Its keeper may; this process no more, where Landlock keeps signals in.
    if (n->keeper < 0 || !weir_parcel_send(n->keeper, &request, sizeof request,
                                           &pid_fd, 1, MSG_DONTWAIT))
        pidfd_send_signal(pid_fd, SIGKILL, NULL, 0);
    bury(n);
    if (n->n_dying < WEIR_NURSERY_DYING)
        n->dying[n->n_dying++] = pid_fd;
    else
        close(pid_fd);
}

// -------------------------------------------------------------------- its life

static void
close_sockets(struct weir_nursery *n)
{
    if (n->keeper >= 0)
        close(n->keeper);
    if (n->reader >= 0)
        close(n->reader);
    n->keeper = n->reader = -1;
}

static void
lose(struct weir_nursery *n)
{
    if (n->keeper < 0)
        return;
    close_sockets(n);
    weir_log(WEIR_LOG_ERROR,
             "all processes that read plugins were killed: no others can be "
             "added, and none starts again (start weir again)");
    weir_nursery_give_up(n, WEIR_NURSERY_GONE);
}

// False when the other side has gone.
static bool
take_packets(struct weir_nursery *n, int socket)
{
    for (int i = 0; i < PACKETS; i++) {
        struct weir_nursery_answer answer;
        int fds[WEIR_PARCEL_FDS];
        const ssize_t size =
            weir_parcel_take(socket, &answer, sizeof answer, fds, MSG_DONTWAIT);
        if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR))
            return false;
        if (size < 0)
            return true;
        answer.why[sizeof answer.why - 1] = '\0';
        if (size == (ssize_t)sizeof answer && socket == n->reader)
            weir_nursery_tell(n, &answer, &fds[0], NULL);
        else if (size == (ssize_t)sizeof answer &&
                 answer.op == WEIR_NURSERY_KEPT && fds[0] >= 0) {
            close(n->pid_fd);
            n->pid_fd = fds[0];
            fds[0] = -1;
        }
        weir_parcel_drop(fds);
    }
    return true;
}

// One that loops over a bundle is ended: the next one goes on.
static void
watch_reader(struct weir_nursery *n)
{
    const uint32_t oldest = weir_nursery_oldest(n);
    const struct weir_nursery_request reset = {.op = WEIR_NURSERY_RESET,
                                               .serial = oldest};
    if (oldest != n->oldest) {
        n->oldest = oldest;
        n->oldest_ms = weir_now_ms();
    }
    if (oldest == 0 || weir_now_ms() - n->oldest_ms < PATIENCE_MS)
        return;
    n->oldest_ms = weir_now_ms();
    weir_parcel_send(n->keeper, &reset, sizeof reset, NULL, 0, MSG_DONTWAIT);
}

void
weir_nursery_service(struct weir_nursery *n)
{
    bury(n);
    weir_nursery_forget_unused(n);
    if (n->keeper < 0)
        return;
    // What the reader said before it ended comes first.
    if (!take_packets(n, n->reader) || !take_packets(n, n->keeper)) {
        lose(n);
        return;
    }
    weir_nursery_send(n);
    watch_reader(n);
}

int
weir_nursery_fd(const struct weir_nursery *n)
{
    return n->reader;
}

static void
free_known(struct weir_nursery *n)
{
    while (n->known) {
        struct weir_nursery_known *k = n->known;
        n->known = k->next;
        weir_plugin_type_free(k->type);
        free(k->uri);
        free(k);
    }
}

void
weir_nursery_free(struct weir_nursery *n)
{
    if (!n)
        return;
    close_sockets(n);
    weir_nursery_give_up(n, "weir ends");
    if (n->pid_fd >= 0) {
        struct pollfd end = {n->pid_fd, POLLIN, 0};
        poll(&end, 1, 1000);
        close(n->pid_fd);
    }
    bury(n);
    for (uint32_t i = 0; i < n->n_dying; i++)
        close(n->dying[i]);
    free_known(n);
    free(n->list);
    free(n->entries);
    free(n);
}
