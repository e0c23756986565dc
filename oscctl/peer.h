// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Whoever sent a packet, and how answers get there. Everything here is
// @control's.
#ifndef WEIR_OSCCTL_PEER_H
#define WEIR_OSCCTL_PEER_H

#include "oscctl/datagram.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct weir_outbox;
struct weir_peer;

/// How packets travel to a peer.  Neither call ever waits.
struct weir_carrier {
    /// Send a packet now or soon; what the peer does not take is dropped.
    void (*send)(const struct weir_peer *peer, const void *bytes, size_t n);
    /// Send it now, or not at all: false when the peer has no room yet.
    bool (*offer)(const struct weir_peer *peer, const void *bytes, size_t n);
    /// Whether its connection has closed; null: there is none.
    bool (*is_gone)(const struct weir_peer *peer);
    bool is_stream;
};

/// Where a packet came from, and its answers go.  A plain value: it may
/// outlive the peer, and what is sent then is dropped.
struct weir_peer {
    const struct weir_carrier *carrier;
    void *owner;         // the carrier's; outlives all transactions
    int fd;              // datagrams: of the socket; outlives them, too
    uint64_t connection; // streams: its number, which no other ever has
    struct sockaddr_storage address;
    socklen_t n_address;
    struct weir_datagram_own own; // datagrams: where answers come from
};

/// A peer of the datagram socket `fd`; its address is for the caller to
/// fill.  Borrows `outbox`.
struct weir_peer weir_peer_of_datagrams(struct weir_outbox *outbox, int fd);

/// Send a packet; see struct weir_carrier.
void weir_peer_send(const struct weir_peer *peer, const void *bytes, size_t n);
bool weir_peer_offer(const struct weir_peer *peer, const void *bytes, size_t n);

/// Whether both are the same socket or connection of the same program.
bool weir_peer_is_same(const struct weir_peer *a, const struct weir_peer *b);

/// Whether it is known that nothing reaches it any more: its connection has
/// closed.
bool weir_peer_is_gone(const struct weir_peer *peer);

/// Whether nobody else can have sent in its name: it has a connection, or is
/// on this machine (a Unix socket, loopback).  The source of any other
/// datagram can be forged.
bool weir_peer_is_proven(const struct weir_peer *peer);

#endif
