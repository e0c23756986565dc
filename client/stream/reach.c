// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Looking whether a server is there.
#include "stream/reach.h"
#include "rt/clock.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECT_MS = 5000, ASK_MS = 3000 };

// Wait until `fd` can do that: 0, or why not: ETIMEDOUT, ECANCELED at the end
// of all.
static int
wait_for(int fd, short events, int end_fd, int64_t until_ms)
{
    struct pollfd fds[] = {{.fd = fd, .events = events},
                           {.fd = end_fd, .events = POLLIN}};
    for (;;) {
        const int64_t left_ms = until_ms - weir_now_ms();
        const int n = poll(fds, 2, left_ms > 0 ? (int)left_ms : 0);
        if (n < 0 && errno != EINTR)
            return errno;
        if (n > 0)
            return fds[1].revents ? ECANCELED : 0;
        if (n == 0)
            return ETIMEDOUT;
    }
}

// A connection, or -1 with *cause.
static int
connect_to(const struct addrinfo *to, int end_fd, int64_t until_ms, int *cause)
{
    socklen_t size = sizeof *cause;
    const int fd =
        socket(to->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        *cause = errno;
        return -1;
    }
    *cause = 0;
    if (connect(fd, to->ai_addr, to->ai_addrlen) != 0)
        *cause = errno == EINPROGRESS ? wait_for(fd, POLLOUT, end_fd, until_ms)
                                      : errno;
    if (*cause == 0)
        getsockopt(fd, SOL_SOCKET, SO_ERROR, cause, &size);
    if (*cause == 0)
        return fd;
    close(fd);
    return -1;
}

static struct addrinfo *
look_up(const char *host, uint16_t port, int *cause)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    char service[8];
    snprintf(service, sizeof service, "%u", port);
    *cause = getaddrinfo(host, service, &hints, &list);
    return list;
}

// How long each address may take: one that is silent must not cost the others
// their turn.
static int64_t
share_ms(const struct addrinfo *list)
{
    int n = 0;
    for (; list; list = list->ai_next)
        n++;
    return CONNECT_MS / n;
}

static enum weir_reach
fail(struct weir_reached *out, int cause)
{
    snprintf(out->why, sizeof out->why, "%s",
             cause == ETIMEDOUT ? "no answer within 5 s" : strerror(cause));
    return cause == ECANCELED ? WEIR_REACH_ENDED : WEIR_REACH_FAILED;
}

enum weir_reach
weir_reach(const struct weir_stream_address *address, int end_fd,
           struct weir_reached *out)
{
    int cause;
    int fd = -1;
    struct addrinfo *list = look_up(address->host, address->port, &cause);
    if (!list) {
        snprintf(out->why, sizeof out->why, "%s: %.100s", address->host,
                 gai_strerror(cause));
        return WEIR_REACH_FAILED;
    }
    snprintf(out->host, sizeof out->host, "%s", address->host);
    cause = ETIMEDOUT;
    for (struct addrinfo *a = list; a && fd < 0 && cause != ECANCELED;
         a = a->ai_next) {
        fd = connect_to(a, end_fd, weir_now_ms() + share_ms(list), &cause);
        // libshout finds the first one by the name itself.
        if (fd >= 0 && a != list)
            getnameinfo(a->ai_addr, a->ai_addrlen, out->host, sizeof out->host,
                        NULL, 0, NI_NUMERICHOST);
    }
    freeaddrinfo(list);
    if (fd < 0)
        return fail(out, cause);
    close(fd);
    return WEIR_REACHED;
}

// ---------------------------------------------------------------- the mount

// The first bytes of the answer, as a string; "" when there is none.
static void
ask(int fd, const struct weir_stream_address *address, int end_fd,
    char answer[16])
{
    char request[800];
    const int64_t until_ms = weir_now_ms() + ASK_MS;
    const int n = snprintf(request, sizeof request,
                           "GET %s HTTP/1.0\r\nHost: %s:%u\r\n\r\n",
                           address->mount, address->host, address->port);
    size_t n_got = 0;
    if (send(fd, request, (size_t)n, MSG_NOSIGNAL) != n)
        return;
    while (n_got < 12 && wait_for(fd, POLLIN, end_fd, until_ms) == 0) {
        const ssize_t got = recv(fd, answer + n_got, 12 - n_got, 0);
        if (got <= 0)
            break;
        n_got += (size_t)got;
    }
    answer[n_got] = '\0';
}

bool
weir_reach_is_taken(const struct weir_stream_address *address, const char *host,
                    int end_fd)
{
    char answer[16] = "";
    int cause;
    struct addrinfo *list = look_up(host, address->port, &cause);
    if (!list)
        return false;
    const int fd = connect_to(list, end_fd, weir_now_ms() + ASK_MS, &cause);
    freeaddrinfo(list);
    if (fd < 0)
        return false;
    ask(fd, address, end_fd, answer);
    close(fd);
    return strncmp(answer, "HTTP/", 5) == 0 && strcmp(answer + 8, " 200") == 0;
}
