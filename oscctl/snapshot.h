// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What all values that match a pattern showed at one moment, on its way to a
// peer. What changes meanwhile does not change it: it holds the old messages
// until they are sent. Everything here is @control's.
#ifndef WEIR_OSCCTL_SNAPSHOT_H
#define WEIR_OSCCTL_SNAPSHOT_H

#include "oscctl/sending.h"
#include "oscctl/watched.h"

/// Zeroed: none.
struct weir_snapshot {
    struct weir_encoded **parts; // /snapshot, the values, /snapshot_end
    uint64_t n;
    uint64_t n_sent;
};

/// Take one of a pattern, by its number.  False when memory is short.
bool weir_snapshot_take(struct weir_snapshot *snapshot,
                        const struct weir_watched *watched, uint32_t number,
                        const char *pattern);

/// Let go of it, sent or not.
void weir_snapshot_drop(struct weir_snapshot *snapshot);

/// Whether there is one that is not sent yet.
static inline bool
weir_snapshot_is_under_way(const struct weir_snapshot *snapshot)
{
    return snapshot->n > 0;
}

/// Send more of it, and let go of it at its end.  False when no more can be
/// sent now.
bool weir_snapshot_send(struct weir_snapshot *snapshot,
                        struct weir_sending *sending);

#endif
