// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// OSC over UDP and over a Unix datagram socket.
#include "oscctl/server.h"

#include "common/local_socket.h"
#include "common/loop.h"
#include "desk/link.h"
#include "oscctl/outbox.h"
#include "oscctl/packet.h"
#include "oscctl/peer.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    PACKET_BYTES = 65536,
    PACKETS_AT_ONCE = 32, // then the others' turn
    MORE_PORTS = 99,
    RECEIVE_BYTES = 1 << 20,
};

struct port {
    struct weir_osc_server *server;
    struct weir_watch watch;
};

struct weir_osc_server {
    struct weir_osc_config config;
    struct port udp;
    struct port local;
    struct weir_outbox *outbox;
    bool paused;
    char url[256];
    // 4: liblo reads arguments where they lie.
    _Alignas(8) unsigned char packet[PACKET_BYTES];
};

// ---------------------------------------------------------------- receiving

static void
pause_reading(struct weir_osc_server *s, bool pause)
{
    const unsigned wanted = pause ? 0 : WEIR_LOOP_READ;
    s->paused = pause;
    weir_loop_want(s->config.loop, &s->udp.watch, wanted);
    weir_loop_want(s->config.loop, &s->local.watch, wanted);
}

static bool
receive_one(struct port *port)
{
    struct weir_osc_server *s = port->server;
    struct weir_peer peer = weir_peer_of_datagrams(s->outbox, port->watch.fd);
    peer.n_address = sizeof peer.address;
    const ssize_t n =
        recvfrom(port->watch.fd, s->packet, sizeof s->packet, MSG_DONTWAIT,
                 (struct sockaddr *)&peer.address, &peer.n_address);
    if (n < 0)
        return errno == EINTR || errno == ECONNREFUSED;
    weir_packet_take(s->config.tree, &peer, s->packet, (size_t)n);
    return true;
}

// While the mixer has much to do already, packets wait in the kernel.
static void
receive(void *owner)
{
    struct port *port = owner;
    struct weir_osc_server *s = port->server;
    for (int i = 0; i < PACKETS_AT_ONCE; i++) {
        if (weir_link_room(s->config.link) < WEIR_LINK_ROOM_FOR_PACKET) {
            pause_reading(s, true);
            return;
        }
        if (!receive_one(port))
            return;
    }
}

void
weir_osc_server_resume(struct weir_osc_server *s)
{
    if (s->paused &&
        weir_link_room(s->config.link) >= WEIR_LINK_ROOM_FOR_PACKET)
        pause_reading(s, false);
}

// ------------------------------------------------------------------ opening

static int
bind_port(const struct addrinfo *info, int port)
{
    struct sockaddr_storage address;
    const int n_bytes = RECEIVE_BYTES;
    memcpy(&address, info->ai_addr, info->ai_addrlen);
    if (address.ss_family == AF_INET)
        ((struct sockaddr_in *)&address)->sin_port = htons((uint16_t)port);
    else
        ((struct sockaddr_in6 *)&address)->sin6_port = htons((uint16_t)port);
    const int fd =
        socket(address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &n_bytes, sizeof n_bytes);
    if (bind(fd, (struct sockaddr *)&address, info->ai_addrlen) == 0)
        return fd;
    const int why = errno;
    close(fd);
    errno = why;
    return -1;
}

static int
search_port(const struct addrinfo *info, int port, bool search)
{
    const int last = search ? port + MORE_PORTS : port;
    int fd = -1;
    for (int p = port; p <= last && p < 65536; p++) {
        fd = bind_port(info, p);
        if (fd >= 0 || errno != EADDRINUSE)
            return fd;
    }
    return fd;
}

static int
open_udp(const struct weir_osc_config *c, char *why, size_t n_why)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM,
                                   .ai_flags = AI_NUMERICHOST | AI_PASSIVE};
    const char *host = c->bind_address ? c->bind_address : "127.0.0.1";
    struct addrinfo *info;
    const int rc = getaddrinfo(host, NULL, &hints, &info);
    if (rc) {
        snprintf(why, n_why,
                 "--bind %s: %s (an IPv4 or IPv6 address of this "
                 "machine is wanted)",
                 host, gai_strerror(rc));
        return -1;
    }
    const int fd = search_port(info, c->port, c->search);
    if (fd < 0)
        snprintf(why, n_why, "OSC on UDP %s port %d: %s (try -p 0 for any)",
                 host, c->port, strerror(errno));
    freeaddrinfo(info);
    return fd;
}

static void
note_url(struct weir_osc_server *s)
{
    struct sockaddr_storage address = {0};
    socklen_t n_bytes = sizeof address;
    char host[128] = "";
    char port[16] = "";
    if (s->udp.watch.fd < 0) {
        snprintf(s->url, sizeof s->url, "osc.unix://%s", s->config.unix_path);
        return;
    }
    getsockname(s->udp.watch.fd, (struct sockaddr *)&address, &n_bytes);
    getnameinfo((struct sockaddr *)&address, n_bytes, host, sizeof host, port,
                sizeof port, NI_NUMERICHOST | NI_NUMERICSERV | NI_DGRAM);
    const bool v6 = address.ss_family == AF_INET6;
    snprintf(s->url, sizeof s->url, "osc.udp://%s%s%s:%s/", v6 ? "[" : "", host,
             v6 ? "]" : "", port);
}

static bool
watch_port(struct weir_osc_server *s, struct port *port, int fd)
{
    port->server = s;
    return weir_loop_watch(s->config.loop, &port->watch, fd, receive, port);
}

static bool
open_ports(struct weir_osc_server *s, char *why, size_t n_why)
{
    const int local = weir_local_socket(s->config.unix_path, SOCK_DGRAM);
    if (local < 0 || !watch_port(s, &s->local, local)) {
        snprintf(why, n_why, "OSC on %s: %s", s->config.unix_path,
                 strerror(errno));
        return false;
    }
    if (!s->config.udp)
        return true;
    const int udp = open_udp(&s->config, why, n_why);
    return udp >= 0 && watch_port(s, &s->udp, udp);
}

struct weir_osc_server *
weir_osc_server_open(const struct weir_osc_config *config, char *why,
                     size_t n_why)
{
    struct weir_osc_server *s = calloc(1, sizeof *s);
    if (!s) {
        snprintf(why, n_why, "memory is short");
        return NULL;
    }
    s->config = *config;
    s->udp.watch.fd = -1;
    s->local.watch.fd = -1;
    s->outbox = weir_outbox_new(config->loop);
    if (!s->outbox)
        snprintf(why, n_why, "memory is short");
    if (!s->outbox || !open_ports(s, why, n_why)) {
        weir_osc_server_close(s);
        return NULL;
    }
    note_url(s);
    return s;
}

const char *
weir_osc_server_url(const struct weir_osc_server *s)
{
    return s->url;
}

static void
close_port(struct weir_osc_server *s, struct port *port)
{
    const int fd = port->watch.fd;
    if (fd < 0)
        return;
    weir_loop_ignore(s->config.loop, &port->watch);
    close(fd);
}

void
weir_osc_server_close(struct weir_osc_server *s)
{
    if (!s)
        return;
    close_port(s, &s->udp);
    close_port(s, &s->local);
    weir_outbox_free(s->outbox);
    free(s);
}
