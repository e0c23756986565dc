// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// attach.sock: connections come and go.
#include "attach/server_private.h"

#include "common/local_socket.h"
#include "common/log.h"
#include "rt/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { GREETING_MS = 5000, TICK_MS = 250 };

// ------------------------------------------------------ who has just called

// Its descriptor is somebody else's from here on.
static void
forget(struct weir_caller *c)
{
    struct weir_attach *a = c->attach;
    uint32_t n = 0;
    for (uint32_t i = 0; i < a->n_callers; i++)
        if (a->callers[i] != c)
            a->callers[n++] = a->callers[i];
    a->n_callers = n;
    weir_loop_ignore(a->loop, &c->watch);
    free(c);
}

static void
hang_up(struct weir_caller *c, const char *reason)
{
    const int fd = c->watch.fd;
    if (reason)
        weir_attach_send_bye(fd, reason);
    forget(c);
    close(fd);
}

static void
take_first(void *owner)
{
    struct weir_caller *c = owner;
    struct weir_attach *a = c->attach;
    const int fd = c->watch.fd;
    const pid_t pid = c->pid;
    unsigned char packet[WEIR_ATTACH_MAX_PACKET];
    struct weir_wire message;
    switch (weir_attach_receive(fd, packet, &message)) {
    case WEIR_PACKET_NONE:
        return;
    case WEIR_PACKET_END:
        hang_up(c, NULL);
        return;
    case WEIR_PACKET_RUBBISH:
        hang_up(c, WEIR_ATTACH_RUBBISH);
        return;
    case WEIR_PACKET_MESSAGE:
        forget(c);
        if (strcmp(message.address, "/feed") == 0)
            weir_feed_greet(a, fd, pid, &message);
        else
            weir_reader_greet(a, fd, pid, &message);
    }
}

// ---------------------------------------------------------------- accepting

static bool
peer_allowed(int fd, pid_t *pid)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size))
        return false;
    *pid = peer.pid;
    if (peer.uid == geteuid())
        return true;
    weir_log(WEIR_LOG_ERROR, "reader refused: user %u is not user %u",
             (unsigned)peer.uid, (unsigned)geteuid());
    return false;
}

static void
refuse(int fd, enum weir_fault_code code, const char *text)
{
    struct weir_fault fault;
    weir_fault(&fault, code, "%s", text);
    weir_attach_send_error(fd, &fault);
    close(fd);
}

static void
welcome(struct weir_attach *a, int fd, pid_t pid)
{
    struct weir_caller *c = calloc(1, sizeof *c);
    if (!c) {
        refuse(fd, WEIR_FAULT_LIMIT, "memory is short");
        return;
    }
    c->attach = a;
    c->pid = pid;
    c->until_ms = weir_now_ms() + GREETING_MS;
    if (!weir_loop_watch(a->loop, &c->watch, fd, take_first, c)) {
        free(c);
        refuse(fd, WEIR_FAULT_LIMIT, "no more descriptors to watch");
        return;
    }
    a->callers[a->n_callers++] = c;
    weir_attach_look_after(a);
}

// Without descriptors a connection would wait for ever, and the loop spin:
// the spare one takes it and lets it go.
static void
turn_away(struct weir_attach *a)
{
    close(a->spare_fd);
    const int fd = accept4(a->watch.fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0)
        refuse(fd, WEIR_FAULT_LIMIT,
               "weir has no more file descriptors (see ulimit -n)");
    a->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void
take_connection(void *owner)
{
    struct weir_attach *a = owner;
    pid_t pid;
    const int fd =
        accept4(a->watch.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE)
            turn_away(a);
        return;
    }
    if (!peer_allowed(fd, &pid))
        refuse(fd, WEIR_FAULT_PERMISSION, "this weir belongs to another user");
    else if (a->n_callers == WEIR_MAX_CALLERS)
        refuse(fd, WEIR_FAULT_LIMIT,
               "128 readers are the limit, also of those that ask for "
               "nothing");
    else
        welcome(a, fd, pid);
}

// Whether somebody waits for an answer, or might.
static bool
check_questions(struct weir_attach *a, int64_t now)
{
    bool are_some = a->n_readers > 0;
    for (uint32_t i = a->n_readers; i-- > 0;)
        weir_questions_check(&a->readers[i]->questions, now);
    for (uint32_t i = a->n_feeds; i-- > 0;)
        are_some |= weir_feed_check_questions(a->feeds[i], now);
    return are_some;
}

static void
tick(void *owner)
{
    struct weir_attach *a = owner;
    const int64_t now = weir_now_ms();
    const bool are_some = check_questions(a, now);
    for (uint32_t i = a->n_callers; i-- > 0;)
        if (now > a->callers[i]->until_ms)
            hang_up(a->callers[i], "nothing was asked for 5 seconds");
    // Nobody to look after: no reason to wake up.
    a->ticks = are_some || a->n_callers > 0;
    if (!a->ticks)
        weir_timer_set(&a->timer, 0, 0);
}

void
weir_attach_look_after(struct weir_attach *a)
{
    if (!a->ticks)
        weir_timer_set(&a->timer, TICK_MS, TICK_MS);
    a->ticks = true;
}

// ------------------------------------------------------------------ lifetime

static int
listen_at(const char *path)
{
    const int fd = weir_local_socket(path, SOCK_SEQPACKET);
    if (fd < 0 || listen(fd, WEIR_MAX_CALLERS) == 0)
        return fd;
    const int why = errno;
    close(fd);
    errno = why;
    return -1;
}

struct weir_attach *
weir_attach_open(struct weir_loop *loop, struct weir_desk *desk,
                 uint32_t rate_hz, const char *path)
{
    struct weir_attach *a = calloc(1, sizeof *a);
    if (!a)
        return NULL;
    const int fd = listen_at(path);
    a->loop = loop;
    a->desk = desk;
    a->rate_hz = rate_hz;
    a->next_number = 1;
    a->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && weir_timer_open(loop, &a->timer, tick, a) &&
        weir_loop_watch(loop, &a->watch, fd, take_connection, a))
        return a;
    const int why = errno;
    if (fd >= 0)
        close(fd);
    close(a->spare_fd);
    free(a);
    errno = why;
    return NULL;
}

void
weir_attach_close(struct weir_attach *a, const char *reason)
{
    if (!a)
        return;
    while (a->n_callers > 0)
        hang_up(a->callers[a->n_callers - 1], reason);
    while (a->n_readers > 0)
        weir_reader_drop(a->readers[a->n_readers - 1], reason);
    while (a->n_feeds > 0)
        weir_feed_drop(a->feeds[a->n_feeds - 1], reason);
    const int fd = a->watch.fd;
    weir_loop_ignore(a->loop, &a->watch);
    close(fd);
    weir_timer_close(a->loop, &a->timer);
    close(a->spare_fd);
    free(a);
}
