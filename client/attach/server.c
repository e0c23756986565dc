// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// attach.sock: connections come and go.
#include "attach/server_private.h"

#include "common/local_socket.h"
#include "common/log.h"
#include "desk/source.h"
#include "rt/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { GREETING_MS = 5000, TICK_MS = 250 };

// ------------------------------------------------------------ a connection

void
weir_reader_send(struct weir_reader_connection *r,
                 const struct weir_wire_out *message)
{
    unsigned char packet[WEIR_ATTACH_MAX_PACKET];
    const size_t n = weir_wire_end(message, packet, sizeof packet);
    if (n > 0)
        (void)send(r->watch.fd, packet, n, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void
take_off_list(struct weir_reader_connection *r)
{
    struct weir_attach *a = r->attach;
    uint32_t n = 0;
    for (uint32_t i = 0; i < a->n_readers; i++)
        if (a->readers[i] != r)
            a->readers[n++] = a->readers[i];
    a->n_readers = n;
}

static void
release(struct weir_reader_connection *r)
{
    for (uint32_t i = 0; i < r->n_sources; i++)
        weir_source_put(r->attach->desk, r->sources[i]);
    if (r->page)
        munmap(r->page, WEIR_READER_PAGE_BYTES);
    if (r->page_fd >= 0)
        close(r->page_fd);
    free(r);
}

static void
say_bye(struct weir_reader_connection *r, const char *reason)
{
    struct weir_wire_out bye;
    weir_wire_begin(&bye, "/bye");
    weir_wire_string(&bye, reason);
    weir_reader_send(r, &bye);
}

void
weir_reader_drop(struct weir_reader_connection *r, const char *reason)
{
    const int fd = r->watch.fd;
    if (reason)
        say_bye(r, reason);
    if (r->phase == WEIR_READER_SERVED)
        weir_log(WEIR_LOG_INFO, "reader %s detached%s%s", r->id,
                 reason ? ": " : "", reason ? reason : "");
    weir_loop_ignore(r->attach->loop, &r->watch);
    close(fd);
    take_off_list(r);
    weir_attach_tell(r->attach);
    weir_reader_end_questions(r);
    r->gone = true;
    if (r->n_pending == 0)
        release(r);
}

static void
take_packet(void *owner)
{
    struct weir_reader_connection *r = owner;
    unsigned char packet[WEIR_ATTACH_MAX_PACKET];
    struct weir_wire message;
    const ssize_t n =
        recv(r->watch.fd, packet, sizeof packet, MSG_DONTWAIT | MSG_TRUNC);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0)
        weir_reader_drop(r, NULL);
    else if ((size_t)n > sizeof packet ||
             !weir_wire_parse(&message, packet, (size_t)n))
        weir_reader_drop(r, "that was no message of the attach protocol");
    else if (r->phase == WEIR_READER_SILENT)
        weir_reader_greet(r, &message);
    else
        weir_reader_hear(r, &message);
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
refuse(int fd, int32_t code, const char *text)
{
    unsigned char packet[WEIR_ATTACH_MAX_PACKET];
    struct weir_wire_out error;
    weir_wire_begin(&error, "/error");
    weir_wire_string(&error, "/attach");
    weir_wire_int(&error, code);
    weir_wire_string(&error, text);
    const size_t n = weir_wire_end(&error, packet, sizeof packet);
    (void)send(fd, packet, n, MSG_DONTWAIT | MSG_NOSIGNAL);
    close(fd);
}

static void
welcome(struct weir_attach *a, int fd, pid_t pid)
{
    struct weir_reader_connection *r = calloc(1, sizeof *r);
    if (!r) {
        refuse(fd, WEIR_FAULT_LIMIT, "memory is short");
        return;
    }
    r->attach = a;
    r->pid = pid;
    r->page_fd = -1;
    r->until_ms = weir_now_ms() + GREETING_MS;
    if (!weir_loop_watch(a->loop, &r->watch, fd, take_packet, r)) {
        free(r);
        refuse(fd, WEIR_FAULT_LIMIT, "no more descriptors to watch");
        return;
    }
    a->readers[a->n_readers++] = r;
    if (a->n_readers == 1)
        weir_timer_set(&a->timer, TICK_MS, TICK_MS);
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
    else if (a->n_readers == WEIR_MAX_READERS)
        refuse(fd, WEIR_FAULT_LIMIT, "128 readers are the limit");
    else
        welcome(a, fd, pid);
}

static void
tick(void *owner)
{
    struct weir_attach *a = owner;
    const int64_t now = weir_now_ms();
    for (uint32_t i = a->n_readers; i-- > 0;) {
        struct weir_reader_connection *r = a->readers[i];
        weir_reader_check_questions(r, now);
        if (r->phase == WEIR_READER_SILENT && now > r->until_ms)
            weir_reader_drop(r, "nothing was asked for 5 seconds");
    }
    // Nobody to look after: no reason to wake up.
    if (a->n_readers == 0)
        weir_timer_set(&a->timer, 0, 0);
}

// ------------------------------------------------------------------ lifetime

static int
listen_at(const char *path)
{
    const int fd = weir_local_socket(path, SOCK_SEQPACKET);
    if (fd < 0 || listen(fd, WEIR_MAX_READERS) == 0)
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
    while (a->n_readers > 0)
        weir_reader_drop(a->readers[a->n_readers - 1], reason);
    const int fd = a->watch.fd;
    weir_loop_ignore(a->loop, &a->watch);
    close(fd);
    weir_timer_close(a->loop, &a->timer);
    close(a->spare_fd);
    free(a);
}
