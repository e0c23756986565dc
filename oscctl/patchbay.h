// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What the tree asks of whoever has the graph of ports and connections:
// JACK's side, or a test. Everything here is @control's; nothing waits.
#ifndef WEIR_OSCCTL_PATCHBAY_H
#define WEIR_OSCCTL_PATCHBAY_H

#include "desk/fault.h"

#include <stdbool.h>
#include <stdint.h>

enum weir_patch_change { WEIR_PATCH_CONNECT, WEIR_PATCH_DISCONNECT };

/// Ports are rows of name, direction (`in` or `out`, as JACK sees it) and
/// type; connections are rows of the names from and to.
enum weir_patch_kind { WEIR_PATCH_PORTS, WEIR_PATCH_CONNECTIONS };
enum { WEIR_PATCH_PORT_COLUMNS = 3, WEIR_PATCH_CONNECTION_COLUMNS = 2 };

/// Rows of words, one row after the other; whoever shows it owns it.
struct weir_patch_list {
    uint32_t n_rows;
    uint32_t n_columns;
    uint32_t n_words; // all rows'; more when the last is not whole
    const char **words;
};

/// Called once with what there is, or with the fault why that is not known.
typedef void weir_patch_seen_fn(void *owner, const struct weir_patch_list *list,
                                const struct weir_fault *fault);

/// A connection, by the full names of its ports.
typedef void weir_patch_each_fn(void *owner, const char *from, const char *to);

struct weir_patchbay {
    /// Connect or disconnect two ports, by their full names or aliases.  The
    /// ticket is settled later or at once.  Borrows the names for the call.
    void (*change)(struct weir_patchbay *bay, enum weir_patch_change change,
                   const char *from, const char *to, struct weir_ticket ticket);
    /// Have two ports connected as soon as both are there, from now on.
    /// False: memory is short.  Null: that is not possible here.
    bool (*want)(struct weir_patchbay *bay, const char *from, const char *to);
    /// Show each connection of weir's own ports, made or wanted, in an order
    /// that stays.  Null: they are not known here.
    void (*each)(struct weir_patchbay *bay, weir_patch_each_fn *fn,
                 void *owner);
    /// Look at all ports or connections; later or at once.
    void (*look)(struct weir_patchbay *bay, enum weir_patch_kind kind,
                 weir_patch_seen_fn *seen, void *owner);
};

#endif
