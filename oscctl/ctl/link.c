// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Sockets: connected, so that only the mixer asked is heard.
#include "oscctl/ctl/link.h"

#include "common/log.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { RECEIVE_BUFFER_BYTES = 4 << 20, LOOK_BYTES = 16384 };

static int
say_bad_url(const char *url)
{
    weir_log(WEIR_LOG_ERROR,
             "-t %s: not an address (osc.udp://HOST:PORT/, "
             "osc.tcp://HOST:PORT/ or osc.unix:///PATH)",
             url);
    return WEIR_EXIT_USAGE;
}

int
ctl_link_nobody(const struct ctl_link *link)
{
    if (!link->quiet)
        weir_log(WEIR_LOG_ERROR, "nobody answers at %s (is weir running?)",
                 link->url);
    return WEIR_EXIT_NOBODY;
}

static int
say_failed(const struct ctl_link *link, const char *what)
{
    if (errno == ECONNREFUSED || errno == ENOENT || errno == EINPROGRESS ||
        errno == ETIMEDOUT)
        return ctl_link_nobody(link);
    if (!link->quiet)
        weir_log(WEIR_LOG_ERROR, "%s: %s: %s", link->url, what,
                 strerror(errno));
    return WEIR_EXIT_FAILED;
}

// ---- Unix datagrams

// A peer must have an address to be answered: the kernel picks one in the
// abstract namespace.
static bool
bind_anywhere(int fd)
{
    const struct sockaddr_un none = {.sun_family = AF_UNIX};
    return bind(fd, (const struct sockaddr *)&none, sizeof none.sun_family) ==
           0;
}

static int
open_unix(struct ctl_link *link, const char *path)
{
    struct sockaddr_un peer = {.sun_family = AF_UNIX};
    if (*path != '/' || strlen(path) >= sizeof peer.sun_path)
        return say_bad_url(link->url);
    strcpy(peer.sun_path, path);
    link->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (link->fd < 0 || !bind_anywhere(link->fd))
        return say_failed(link, "socket");
    if (connect(link->fd, (const struct sockaddr *)&peer, sizeof peer) != 0)
        return say_failed(link, "connect");
    return WEIR_EXIT_OK;
}

// ---- UDP, TCP

// HOST:PORT or [HOST]:PORT, with or without a final '/', to its parts.
static bool
split_host(char *text, const char **host, const char **port)
{
    char *slash = strchr(text, '/');
    if (slash && slash[1] != '\0')
        return false;
    if (slash)
        *slash = '\0';
    char *colon = strrchr(text, ':');
    if (!colon || colon == text || colon[1] == '\0')
        return false;
    *colon = '\0';
    *port = colon + 1;
    *host = text;
    if (*text != '[')
        return strchr(text, ':') == NULL;
    *host = text + 1;
    return colon[-1] == ']' && (colon[-1] = '\0', true);
}

// A connect gives up when nobody would answer any more.
static void
set_stream_options(int fd)
{
    const struct timeval patience = {.tv_sec = CTL_PATIENCE_MS / 1000};
    const int yes = 1;
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

// Who is quiet has more to do than to wait for a connection: what is sent
// waits for it.
static bool
connect_to(struct ctl_link *link, const struct addrinfo *to)
{
    const bool waits = !link->quiet || !link->is_stream;
    link->fd =
        socket(to->ai_family,
               to->ai_socktype | SOCK_CLOEXEC | (waits ? 0 : SOCK_NONBLOCK), 0);
    if (link->fd < 0)
        return false;
    if (link->is_stream)
        set_stream_options(link->fd);
    return connect(link->fd, to->ai_addr, to->ai_addrlen) == 0 ||
           (!waits && errno == EINPROGRESS);
}

static int
connect_first(struct ctl_link *link, const struct addrinfo *list)
{
    for (; list; list = list->ai_next) {
        if (connect_to(link, list))
            return WEIR_EXIT_OK;
        const int error = errno;
        ctl_link_close(link);
        errno = error;
    }
    return say_failed(link, "connect");
}

static int
open_network(struct ctl_link *link, const char *host_port)
{
    char text[256];
    const char *host, *port;
    struct addrinfo *list = NULL;
    const struct addrinfo hints = {.ai_socktype = link->is_stream ? SOCK_STREAM
                                                                  : SOCK_DGRAM};
    if (snprintf(text, sizeof text, "%s", host_port) >= (int)sizeof text ||
        !split_host(text, &host, &port))
        return say_bad_url(link->url);
    const int error = getaddrinfo(host, port, &hints, &list);
    if (error != 0) {
        weir_log(WEIR_LOG_ERROR, "%s: %s", link->url, gai_strerror(error));
        return WEIR_EXIT_NOBODY;
    }
    const int status = connect_first(link, list);
    freeaddrinfo(list);
    return status;
}

// ---- all of them

static const char *
after(const char *prefix, const char *text)
{
    const size_t length = strlen(prefix);
    return strncmp(text, prefix, length) == 0 ? text + length : NULL;
}

int
ctl_link_open(struct ctl_link *link, const char *url)
{
    const int n_bytes = RECEIVE_BUFFER_BYTES;
    link->fd = -1;
    link->patience_ms = CTL_PATIENCE_MS;
    link->n_asked = 0;
    link->url = url;
    link->is_stream = after("osc.tcp://", url) != NULL;
    link->deframer = (struct weir_deframer){0};
    link->backlog = (struct weir_backlog){0};
    int status;
    if (after("osc.udp://", url))
        status = open_network(link, after("osc.udp://", url));
    else if (link->is_stream)
        status = open_network(link, after("osc.tcp://", url));
    else if (after("osc.unix://", url))
        status = open_unix(link, after("osc.unix://", url));
    else
        return say_bad_url(url);
    // The kernel cuts this down to what is allowed; all of it helps.
    if (status == WEIR_EXIT_OK && !link->is_stream)
        setsockopt(link->fd, SOL_SOCKET, SO_RCVBUF, &n_bytes, sizeof n_bytes);
    return status;
}

void
ctl_link_close(struct ctl_link *link)
{
    if (link->fd < 0)
        return;
    close(link->fd);
    link->fd = -1;
    weir_deframer_fini(&link->deframer);
    weir_backlog_clear(&link->backlog);
}

// Whether errno means that another try will do.
static bool
is_passing(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ||
           errno == ENOBUFS;
}

// ---- out

// Behind what waits already; half a packet would spoil all that follow.
static bool
put_into_stream(struct ctl_link *link, const void *data, size_t size)
{
    unsigned char *at = weir_backlog_reserve(
        &link->backlog, weir_frame_bound(WEIR_FRAMING_LENGTH, size));
    if (!at)
        return false;
    weir_backlog_add(&link->backlog,
                     weir_frame_put(WEIR_FRAMING_LENGTH, data, size, at));
    return weir_backlog_send(&link->backlog, link->fd) >= 0;
}

bool
ctl_link_put(struct ctl_link *link, const void *data, size_t size)
{
    if (link->is_stream)
        return put_into_stream(link, data, size);
    return send(link->fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0 ||
           is_passing();
}

static int
send_into_stream(struct ctl_link *link, const void *data, size_t size)
{
    struct pollfd wait = {.fd = link->fd, .events = POLLOUT};
    bool is_there = put_into_stream(link, data, size);
    while (is_there && weir_backlog_length(&link->backlog) > 0)
        is_there = poll(&wait, 1, link->patience_ms) > 0 &&
                   weir_backlog_send(&link->backlog, link->fd) >= 0;
    return is_there ? WEIR_EXIT_OK : ctl_link_nobody(link);
}

int
ctl_link_send(struct ctl_link *link, const void *data, size_t size)
{
    if (link->is_stream)
        return send_into_stream(link, data, size);
    if (send(link->fd, data, size, MSG_NOSIGNAL) == (ssize_t)size)
        return WEIR_EXIT_OK;
    return say_failed(link, "send");
}

// ---- in

// One look at what has come: 0 while no packet is whole.
static ssize_t
look_into_stream(struct ctl_link *link, bool *is_empty)
{
    unsigned char bytes[LOOK_BYTES];
    size_t n_taken;
    const ssize_t n =
        recv(link->fd, bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT);
    *is_empty = n <= 0;
    if (n <= 0)
        return n < 0 && is_passing() ? 0 : -1;
    const enum weir_frame found =
        weir_deframer_take(&link->deframer, bytes, (size_t)n, &n_taken);
    if (recv(link->fd, bytes, n_taken, MSG_DONTWAIT) != (ssize_t)n_taken)
        return -1;
    if (found == WEIR_FRAME_MORE)
        return 0;
    if (found != WEIR_FRAME_PACKET)
        return -1;
    memcpy(link->datagram, link->deframer.packet, link->deframer.n_bytes);
    return (ssize_t)link->deframer.n_bytes;
}

static ssize_t
take_from_stream(struct ctl_link *link)
{
    ssize_t size = 0;
    for (bool is_empty = false; size == 0 && !is_empty;)
        size = look_into_stream(link, &is_empty);
    return size;
}

ssize_t
ctl_link_take(struct ctl_link *link)
{
    if (link->is_stream)
        return take_from_stream(link);
    const ssize_t size =
        recv(link->fd, link->datagram, sizeof link->datagram, MSG_DONTWAIT);
    return size < 0 && is_passing() ? 0 : size;
}
