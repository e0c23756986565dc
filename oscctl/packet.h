// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// One packet from anybody: validated, carried out as a whole, answered; at
// once, or in two steps when its time comes (schedule.h).
#ifndef WEIR_OSCCTL_PACKET_H
#define WEIR_OSCCTL_PACKET_H

#include "oscctl/transaction.h"

#include <stddef.h>
#include <stdint.h>

struct weir_tree;

/// Take a packet; every answer goes to `peer`.  Nothing of it is done unless
/// all of it is good.  @control  Borrows `packet`.
void weir_packet_take(struct weir_tree *tree, const struct weir_peer *peer,
                      const void *packet, size_t n_bytes);

enum weir_packet_ahead {
    WEIR_PACKET_SENT,  ///< `ticket` will be settled: then _catch_up()
    WEIR_PACKET_ENDED, ///< the answers go by themselves
};

/// Send a bundle's changes to the mixer, to take effect at a time of
/// CLOCK_MONOTONIC; the packet was found good before.  What adds or removes
/// something shows on the desk at once.  @control  Borrows `packet`.
enum weir_packet_ahead weir_packet_send_ahead(struct weir_tree *tree,
                                              const struct weir_peer *peer,
                                              const void *packet,
                                              size_t n_bytes, uint64_t at_ns,
                                              struct weir_ticket ticket);

/// They have taken effect: now the desk shows them, and they are answered.
/// @control  Borrows `packet`.
void weir_packet_catch_up(struct weir_tree *tree, const struct weir_peer *peer,
                          const void *packet, size_t n_bytes);

/// The same, but false: it names a plugin that is not known yet, and nothing
/// of it was done.
bool weir_packet_try(struct weir_tree *tree, const struct weir_peer *peer,
                     const void *packet, size_t n_bytes);

/// Answer a packet by an error, in the name of its first message.
void weir_packet_refuse(struct weir_tree *tree, const struct weir_peer *peer,
                        const void *packet, size_t n_bytes,
                        const struct weir_fault *fault);

/// Carry out, now, a packet that was found good before.  @control
void weir_packet_do(struct weir_tree *tree, const struct weir_peer *peer,
                    const void *packet, size_t n_bytes);

#endif
