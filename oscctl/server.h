// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// OSC over UDP, TCP and a Unix datagram socket, on sockets of weir's own:
// liblo's server would listen on every interface. Everything here is
// @control's.
#ifndef WEIR_OSCCTL_SERVER_H
#define WEIR_OSCCTL_SERVER_H

#include <stdbool.h>
#include <stddef.h>

struct weir_link;
struct weir_loop;
struct weir_osc_server;
struct weir_peer;
struct weir_tree;

struct weir_osc_config {
    struct weir_loop *loop;
    struct weir_tree *tree;
    struct weir_link *link; // to know when there is room for commands
    bool udp;
    bool tcp;                 // at the same address and port
    const char *bind_address; // see weir_bind()
    int port;                 // 0: any; `search`: up to 99 higher
    bool search;
    const char *unix_path;
    /// A connection over TCP has closed; null: nobody wants to know.
    void (*peer_gone)(void *owner, const struct weir_peer *peer);
    void *owner;
};

/// Open the sockets.  Null with `why` (what failed and why) when one of them
/// cannot be had.  Borrows what the config points to.
struct weir_osc_server *weir_osc_server_open(const struct weir_osc_config *c,
                                             char *why, size_t n_why);
void weir_osc_server_close(struct weir_osc_server *server);

/// The URL to reach it by: osc.udp://HOST:PORT/, or osc.tcp://HOST:PORT/
/// without UDP, or osc.unix://PATH without both.  Lives as long as the server.
const char *weir_osc_server_url(const struct weir_osc_server *server);

/// osc.tcp://HOST:PORT/, or null without TCP.
const char *weir_osc_server_tcp_url(const struct weir_osc_server *server);

/// Whether only this machine reaches it.
bool weir_osc_server_is_local(const struct weir_osc_server *server);

/// There may be room for commands again: go on reading.
void weir_osc_server_resume(struct weir_osc_server *server);

#endif
