// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Packets that name plugins whose descriptions are still being read: they
// wait, with all that their peers send behind them, and are taken in order
// when that is known. Everything here is @control's; nothing waits for a
// disk.
#ifndef WEIR_OSCCTL_PARKING_H
#define WEIR_OSCCTL_PARKING_H

#include "plugin/describe.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct weir_loop;
struct weir_parking;
struct weir_peer;
struct weir_tree;

enum {
    WEIR_PARKING_PACKETS = 1024,
    WEIR_PARKING_BYTES = 4 << 20,
    WEIR_PARKING_S = 10, // then it is answered by an error
};

/// Borrows both, and the desk's nursery.  Null when memory is short.
/// Free with weir_parking_free(), before the nursery.
struct weir_parking *weir_parking_new(struct weir_tree *tree,
                                      struct weir_loop *loop);
void weir_parking_free(struct weir_parking *parking);

/// Whether something of that peer waits, so that what it sends now has to.
bool weir_parking_holds(const struct weir_parking *parking,
                        const struct weir_peer *peer);

/// Keep a packet; false: there are too many.  Copies both.
bool weir_parking_add(struct weir_parking *parking,
                      const struct weir_peer *peer, const void *packet,
                      size_t n_bytes);

/// Take what can be taken.
void weir_parking_run(struct weir_parking *parking);

/// Have `fn` called, once, when something more is known of plugins.  False
/// when memory is short.
bool weir_parking_wait(struct weir_parking *parking, void (*fn)(void *owner),
                       void *owner);

enum weir_parking_answer {
    WEIR_PARKING_KNOWN,
    WEIR_PARKING_REFUSED, // `why` says why, until the next call
    WEIR_PARKING_WAITS,   // asked for
};

/// A plugin's description, as far as it is known.
enum weir_parking_answer weir_parking_type(struct weir_parking *parking,
                                           const char *uri,
                                           const struct weir_plugin_type **type,
                                           const char **why);

/// The URIs of all plugins, sorted.
enum weir_parking_answer weir_parking_list(struct weir_parking *parking,
                                           const char *const **uris,
                                           uint32_t *n, const char **why);

#endif
