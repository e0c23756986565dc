// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A target's own thread: it connects, sends what the store has, and begins
// anew when that is lost, for ever. Nothing that happens to it concerns
// anybody else.
#ifndef WEIR_STREAM_SENDER_H
#define WEIR_STREAM_SENDER_H

#include "stream/icecast.h"
#include "stream/store.h"

struct weir_sender;
struct weir_titles;

/// Borrowed for ever.
struct weir_sender_config {
    struct weir_icecast_config icecast;
    struct weir_store *store;
    struct weir_titles *titles; ///< who tells the server; null: nobody has to
    unsigned index;             ///< of the target, for them
};

/// Start its thread; null after saying why not.  @control  Never freed, as its
/// thread may be stuck in looking up a name when all ends.
struct weir_sender *weir_sender_start(const struct weir_sender_config *config);

/// Whether it is connected now.  @any
bool weir_sender_is_connected(struct weir_sender *sender);

/// Wait until it has ended, after weir_store_end(); whether it has.  @control
/// Once, if it has.
bool weir_sender_wait(struct weir_sender *sender, int timeout_ms);

#endif
