// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// One packet from anybody: validated, carried out as a whole, answered.
#ifndef WEIR_OSCCTL_PACKET_H
#define WEIR_OSCCTL_PACKET_H

#include "oscctl/transaction.h"

#include <stddef.h>

struct weir_tree;

/// Take a packet; every answer goes to `peer`.  Nothing of it is done unless
/// all of it is good.  @control  Borrows `packet`.
void weir_packet_take(struct weir_tree *tree, const struct weir_peer *peer,
                      const void *packet, size_t n_bytes);

#endif
