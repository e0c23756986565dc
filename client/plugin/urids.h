// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// URIs as small numbers, for plugins (urid:map, urid:unmap). Plugins map from
// any thread, also from run(): nothing here locks or allocates once made.
#ifndef WEIR_PLUGIN_URIDS_H
#define WEIR_PLUGIN_URIDS_H

#include "rt/tags.h"

#include <stdatomic.h>
#include <stdint.h>

enum {
    WEIR_URID_PLACES = 16384, // a power of two
    WEIR_MAX_URIDS = 12000,
    WEIR_URID_BYTES = 1024 * 1024,
};

/// Nobody but urids.c looks into it.
struct weir_urids {
    _Atomic(const char *)
        places[WEIR_URID_PLACES]; // into the arena; null: free
    _Atomic uint32_t n_uris;
    _Atomic uint32_t used; // bytes of the arena
    char arena[WEIR_URID_BYTES];
};

/// Make a table for 12,000 URIs or 1 MiB of them.  Null when memory is
/// short.  @control  Free with weir_urids_free().
struct weir_urids *weir_urids_new(void);

/// Free it; null is allowed.  @control  No plugin may be left.
void weir_urids_free(struct weir_urids *urids);

/// The number of `uri`, the same for ever; 0 when the table is full.
/// @any  Wait-free for a URI that is known, lock-free otherwise.  Copies it.
WEIR_RT uint32_t weir_urids_map(struct weir_urids *urids, const char *uri);

/// The URI of a number; null when there is none.  @any  Wait-free.  Lives as
/// long as the table.
WEIR_RT const char *weir_urids_unmap(const struct weir_urids *urids,
                                     uint32_t urid);

#endif
