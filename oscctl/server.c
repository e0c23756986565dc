// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// OSC over UDP, TCP and a Unix datagram socket.
#include "oscctl/server.h"

#include "common/local_socket.h"
#include "common/log.h"
#include "common/loop.h"
#include "desk/link.h"
#include "oscctl/bind.h"
#include "oscctl/outbox.h"
#include "oscctl/packet.h"
#include "oscctl/peer.h"
#include "oscctl/streams.h"
#include "rt/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    PACKET_BYTES = 65536,
    PACKETS_AT_ONCE = 32, // then the others' turn, or after so long:
    MS_AT_ONCE = 4,
};

struct port {
    struct weir_osc_server *server;
    struct weir_watch watch;
};

struct weir_osc_server {
    struct weir_osc_config config;
    struct port udp;
    struct port local;
    struct weir_streams *streams; // null: no TCP
    struct weir_outbox *outbox;
    bool paused;
    bool stranger_logged;
    bool is_local; // reached from this machine alone
    char url[256];
    char tcp_url[256];
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
    if (s->streams)
        weir_streams_pause(s->streams, pause);
}

// While the mixer has much to do already, packets wait in the kernel.
static bool
may_take(void *owner)
{
    struct weir_osc_server *s = owner;
    if (weir_link_room(s->config.link) >= WEIR_LINK_ROOM_FOR_PACKET)
        return true;
    pause_reading(s, true);
    return false;
}

static void
take_from_stream(void *owner, const struct weir_peer *peer, const void *packet,
                 size_t n)
{
    const struct weir_osc_server *s = owner;
    weir_packet_take(s->config.tree, peer, packet, n);
}

static void
tell_gone(void *owner, const struct weir_peer *peer)
{
    const struct weir_osc_server *s = owner;
    if (s->config.peer_gone)
        s->config.peer_gone(s->config.owner, peer);
}

// Said once: who may write to the socket is not likely to stop.
static void
refuse_stranger(struct weir_osc_server *s)
{
    if (!s->stranger_logged)
        weir_log(WEIR_LOG_ERROR,
                 "%s: packets of another user's process are refused (chmod "
                 "600)",
                 s->config.unix_path);
    s->stranger_logged = true;
}

static bool
receive_one(struct port *port)
{
    struct weir_osc_server *s = port->server;
    struct weir_peer peer = weir_peer_of_datagrams(s->outbox, port->watch.fd);
    const ssize_t n =
        weir_datagram_receive(port->watch.fd, s->packet, sizeof s->packet,
                              &peer.address, &peer.n_address, &peer.own);
    if (n < 0 && errno == EPERM)
        refuse_stranger(s);
    if (n < 0)
        return errno == EINTR || errno == ECONNREFUSED || errno == EPERM;
    weir_packet_take(s->config.tree, &peer, s->packet, (size_t)n);
    return true;
}

static void
receive(void *owner)
{
    struct port *port = owner;
    const int64_t until_ms = weir_now_ms() + MS_AT_ONCE;
    for (int i = 0; i < PACKETS_AT_ONCE && weir_now_ms() <= until_ms; i++)
        if (!may_take(port->server) || !receive_one(port))
            return;
}

void
weir_osc_server_resume(struct weir_osc_server *s)
{
    if (s->paused &&
        weir_link_room(s->config.link) >= WEIR_LINK_ROOM_FOR_PACKET)
        pause_reading(s, false);
}

// ------------------------------------------------------------------ opening

static bool
watch_port(struct weir_osc_server *s, struct port *port, int fd)
{
    port->server = s;
    if (weir_loop_watch(s->config.loop, &port->watch, fd, receive, port))
        return true;
    close(fd);
    return false;
}

static bool
serve_streams(struct weir_osc_server *s, int fd)
{
    const struct weir_streams_config config = {
        .loop = s->config.loop,
        .may_take = may_take,
        .take = take_from_stream,
        .gone = tell_gone,
        .owner = s,
    };
    s->streams = weir_streams_new(&config, fd);
    if (!s->streams)
        close(fd);
    return s->streams != NULL;
}

static bool
open_network(struct weir_osc_server *s, char *why, size_t n_why)
{
    const struct weir_bind_wanted wanted = {
        .address = s->config.bind_address,
        .port = s->config.port,
        .search = s->config.search,
        .udp = s->config.udp,
        .tcp = s->config.tcp,
    };
    struct weir_bound bound;
    if (!weir_bind(&wanted, &bound, why, n_why))
        return false;
    s->is_local = bound.is_local;
    snprintf(s->url, sizeof s->url, "osc.%s://%s/", wanted.udp ? "udp" : "tcp",
             bound.address);
    snprintf(s->tcp_url, sizeof s->tcp_url, "osc.tcp://%s/", bound.address);
    const bool udp = !wanted.udp || watch_port(s, &s->udp, bound.udp);
    const bool tcp = !wanted.tcp || serve_streams(s, bound.tcp);
    if (!udp || !tcp)
        snprintf(why, n_why, "OSC at %s: %s", bound.address, strerror(errno));
    return udp && tcp;
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
    weir_datagram_want_own(local, AF_UNIX);
    s->is_local = true;
    snprintf(s->url, sizeof s->url, "osc.unix://%s", s->config.unix_path);
    return (!s->config.udp && !s->config.tcp) || open_network(s, why, n_why);
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
    return s;
}

const char *
weir_osc_server_url(const struct weir_osc_server *s)
{
    return s->url;
}

const char *
weir_osc_server_tcp_url(const struct weir_osc_server *s)
{
    return s->streams ? s->tcp_url : NULL;
}

bool
weir_osc_server_is_local(const struct weir_osc_server *s)
{
    return s->is_local;
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
    weir_streams_free(s->streams);
    weir_outbox_free(s->outbox);
    free(s);
}
