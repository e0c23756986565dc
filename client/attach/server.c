// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// attach.sock: connections come and go.
#include "attach/server_private.h"

#include "common/descriptors.h"
#include "common/local_socket.h"
#include "rt/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    GREETING_MS = 5000,
    TICK_MS = 250,
    // The system has no memory, or no descriptor left: until it is asked again.
    REST_MS = 1000,
    LINE_BYTES = 400,
};

// ------------------------------------------------------------------ the log

void
weir_attach_say(struct weir_attach *a, enum weir_log_level level,
                const char *format, ...)
{
    char line[LINE_BYTES];
    weir_attach_look_after(a); // for the lines that are left out
    if (!weir_chatter_may_say(&a->chatter, weir_now_ms()))
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    weir_log(level, "%s", line);
}

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
peer_allowed(struct weir_attach *a, int fd, pid_t *pid)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size))
        return false;
    *pid = peer.pid;
    if (peer.uid == geteuid())
        return true;
    weir_attach_say(a, WEIR_LOG_ERROR, "reader refused: user %u is not user %u",
                    (unsigned)peer.uid, (unsigned)geteuid());
    return false;
}

static void
refuse(int fd, const struct weir_fault *fault)
{
    weir_attach_send_error(fd, fault);
    close(fd);
}

// Turned away for a limit, which the log names, too.
static void
refuse_for(struct weir_attach *a, int fd, const struct weir_fault *fault)
{
    weir_attach_say(a, WEIR_LOG_INFO, "a connection refused: %s", fault->text);
    refuse(fd, fault);
}

static void
welcome(struct weir_attach *a, int fd, pid_t pid)
{
    struct weir_fault fault;
    struct weir_caller *c = calloc(1, sizeof *c);
    if (!c) {
        weir_fault(&fault, WEIR_FAULT_LIMIT, "memory is short");
        refuse_for(a, fd, &fault);
        return;
    }
    c->attach = a;
    c->pid = pid;
    c->until_ms = weir_now_ms() + GREETING_MS;
    if (!weir_loop_watch(a->loop, &c->watch, fd, take_first, c)) {
        weir_fault_system(&fault, "the connection cannot be watched", errno);
        free(c);
        refuse_for(a, fd, &fault);
        return;
    }
    a->callers[a->n_callers++] = c;
    weir_attach_look_after(a);
}

// A connection for which there is no descriptor would keep the loop turning:
// the spare one takes it and lets it go.
static bool
turn_away(struct weir_attach *a, int why)
{
    struct weir_fault fault;
    if (a->spare_fd < 0)
        return false;
    close(a->spare_fd);
    a->spare_fd = -1;
    const int fd = accept4(a->watch.fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0) {
        weir_fault_system(&fault, "weir has no room for a connection", why);
        refuse_for(a, fd, &fault);
    }
    a->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return fd >= 0;
}

// They wait in the kernel meanwhile: asking at once again would be a loop.
static void
rest(struct weir_attach *a, int why)
{
    weir_attach_say(a, WEIR_LOG_ERROR, "nobody can attach for a second: %s",
                    strerror(why));
    a->closed_until_ms = weir_now_ms() + REST_MS;
    weir_loop_want(a->loop, &a->watch, 0);
    weir_attach_look_after(a);
}

static void
accept_failed(struct weir_attach *a, int why)
{
    const bool no_descriptor = why == EMFILE || why == ENFILE;
    const bool no_memory = why == ENOBUFS || why == ENOMEM;
    if ((no_descriptor && !turn_away(a, why)) || no_memory)
        rest(a, why);
}

static void
decide(struct weir_attach *a, int fd)
{
    struct weir_fault fault;
    pid_t pid;
    if (!peer_allowed(a, fd, &pid)) {
        weir_fault(&fault, WEIR_FAULT_PERMISSION,
                   "this weir belongs to another user");
        refuse(fd, &fault);
    } else if (a->n_callers == WEIR_MAX_CALLERS) {
        weir_fault(&fault, WEIR_FAULT_LIMIT,
                   "%d readers are the limit, also of those that ask for "
                   "nothing, which have %d seconds (try again then)",
                   WEIR_MAX_CALLERS, GREETING_MS / 1000);
        refuse_for(a, fd, &fault);
    } else if (weir_descriptor_is_kept(fd)) {
        weir_fault_system(&fault, "weir has no room for a connection", EMFILE);
        refuse_for(a, fd, &fault);
    } else {
        welcome(a, fd, pid);
    }
}

static void
take_connection(void *owner)
{
    struct weir_attach *a = owner;
    const int fd =
        accept4(a->watch.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        accept_failed(a, errno);
    else
        decide(a, fd);
}

// Whether it has to be looked after further.
static bool
look_at_door(struct weir_attach *a, int64_t now)
{
    if (a->closed_until_ms == 0)
        return false;
    if (now < a->closed_until_ms)
        return true;
    if (a->spare_fd < 0)
        a->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    a->closed_until_ms = 0;
    weir_loop_want(a->loop, &a->watch, WEIR_LOOP_READ);
    return false;
}

// Whether somebody waits for an answer, or might.
static bool
check_questions(struct weir_attach *a, int64_t now)
{
    bool are_some = a->n_readers > 0;
    for (uint32_t i = a->n_readers; i-- > 0;) {
        weir_questions_check(&a->readers[i]->questions, now);
        weir_reader_check_patience(a->readers[i]);
    }
    for (uint32_t i = a->n_feeds; i-- > 0;)
        are_some |= weir_feed_check_questions(a->feeds[i], now);
    return are_some;
}

static void
tick(void *owner)
{
    struct weir_attach *a = owner;
    const int64_t now = weir_now_ms();
    bool are_some = check_questions(a, now);
    are_some |= look_at_door(a, now);
    are_some |= weir_chatter_look(&a->chatter, now);
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

void
weir_attach_set_rate(struct weir_attach *a, uint32_t rate_hz)
{
    a->rate_hz = rate_hz;
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
    a->chatter.about = "readers and feeds";
    a->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && weir_timer_open(loop, &a->timer, tick, a) &&
        weir_loop_watch(loop, &a->watch, fd, take_connection, a))
        return a;
    const int why = errno;
    if (fd >= 0)
        close(fd);
    if (a->spare_fd >= 0)
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
    if (a->spare_fd >= 0)
        close(a->spare_fd);
    free(a);
}
