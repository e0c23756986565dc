// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Peers, and the carrier of datagrams.
#include "oscctl/peer.h"

#include "oscctl/address.h"
#include "oscctl/outbox.h"

#include <string.h>

// ---------------------------------------------------------------- datagrams

// Who has no address of its own (an unbound Unix socket) gets no answer.
static bool
has_address(const struct weir_peer *peer)
{
    return peer->n_address > sizeof(sa_family_t);
}

static void
send_datagram(const struct weir_peer *peer, const void *bytes, size_t n)
{
    if (has_address(peer))
        weir_outbox_send(peer->owner, peer, bytes, n);
}

static bool
offer_datagram(const struct weir_peer *peer, const void *bytes, size_t n)
{
    return !has_address(peer) || weir_outbox_offer(peer->owner, peer, bytes, n);
}

static const struct weir_carrier datagrams = {.send = send_datagram,
                                              .offer = offer_datagram};

struct weir_peer
weir_peer_of_datagrams(struct weir_outbox *outbox, int fd)
{
    return (struct weir_peer){.carrier = &datagrams, .owner = outbox, .fd = fd};
}

// ---------------------------------------------------------------- any peers

void
weir_peer_send(const struct weir_peer *peer, const void *bytes, size_t n)
{
    peer->carrier->send(peer, bytes, n);
}

bool
weir_peer_offer(const struct weir_peer *peer, const void *bytes, size_t n)
{
    return peer->carrier->offer(peer, bytes, n);
}

bool
weir_peer_is_same(const struct weir_peer *a, const struct weir_peer *b)
{
    if (a->carrier != b->carrier || a->owner != b->owner)
        return false;
    if (a->carrier->is_stream)
        return a->connection == b->connection;
    return a->fd == b->fd && a->n_address == b->n_address &&
           memcmp(&a->address, &b->address, a->n_address) == 0;
}

bool
weir_peer_is_gone(const struct weir_peer *peer)
{
    return peer->carrier->is_gone && peer->carrier->is_gone(peer);
}

bool
weir_peer_is_proven(const struct weir_peer *peer)
{
    return peer->carrier->is_stream || weir_address_is_local(&peer->address);
}
