// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Datagrams that a peer's queue had no room for: a Unix socket holds ten.
// They wait here for a while, in their order, and nobody waits for them.
// Everything here is @control's.
#ifndef WEIR_OSCCTL_OUTBOX_H
#define WEIR_OSCCTL_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>

struct weir_loop;
struct weir_outbox;
struct weir_peer;

/// Make an outbox; null when memory is short.  Borrows `loop`.
struct weir_outbox *weir_outbox_new(struct weir_loop *loop);
void weir_outbox_free(struct weir_outbox *box);

/// Send a datagram now, or not at all: false when the peer's queue is full,
/// or others wait for it already.  What cannot be sent for another reason is
/// as good as sent.
bool weir_outbox_offer(struct weir_outbox *box, const struct weir_peer *to,
                       const void *bytes, size_t n_bytes);

/// Send a datagram now or within two seconds.  What a
/// peer does not take by then, or what is more than 4 MB or 1024
/// datagrams in all, is dropped.
void weir_outbox_send(struct weir_outbox *box, const struct weir_peer *to,
                      const void *bytes, size_t n_bytes);

/// Whether nothing waits.
bool weir_outbox_is_empty(const struct weir_outbox *box);

#endif
