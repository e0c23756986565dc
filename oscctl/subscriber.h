// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// One peer that values are sent to, and the patterns that it wants. What it
// gets, in this order: a snapshot that was begun, to its end; news; the next
// snapshot; changes, each pattern's at its own rate. A peer that does not
// take more goes on there when it does. Everything here is @control's.
#ifndef WEIR_OSCCTL_SUBSCRIBER_H
#define WEIR_OSCCTL_SUBSCRIBER_H

#include "oscctl/news.h"
#include "oscctl/peer.h"
#include "oscctl/snapshot.h"
#include "oscctl/watched.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    WEIR_PATTERN_BYTES = 256, ///< of a pattern that is subscribed to
    WEIR_SUBSCRIBE_RATE_HZ = 20,
    WEIR_SUBSCRIBE_RATE_MAX_HZ = 100,
    WEIR_SUBSCRIBE_LEASE_S = 10,
    WEIR_SUBSCRIBE_LEASE_MIN_S = 2,
    WEIR_SUBSCRIBE_LEASE_MAX_S = 3600,
};

/// One pattern of one peer.
struct weir_subscription {
    struct weir_subscriber *subscriber; // null: this place is free
    uint32_t number;                    // of the pattern, in the leaves' sets
    char pattern[WEIR_PATTERN_BYTES];
    struct weir_peer asker; // who subscribed; changes may go to another port
    uint32_t rate_hz;
    uint64_t until_ns;               // UINT64_MAX: as long as the connection
    bool has_kind[WEIR_SHOWN_KINDS]; // of values; one that had stays true
    // The snapshot that it waits for.
    bool wants_snapshot;
    uint64_t not_before_ns;
    uint64_t round; // of meters that must have been read
    // Changes, once the first snapshot has been begun.
    bool is_live;
    uint64_t sent;     // up to this one
    uint64_t interval; // the last in which some were sent; see rate_hz
};

struct weir_subscriber {
    uint32_t n_subscriptions; // 0: this place is free
    struct weir_peer peer;
    uint64_t next_news;
    struct weir_snapshot snapshot;
    const struct weir_subscription *snapshot_of;
    bool is_stuck; // did not take more
};

/// What is there to be sent.
struct weir_stock {
    struct weir_watched *watched;
    const struct weir_news *news;
    struct weir_subscription *subscriptions; // [WEIR_MAX_PATTERNS]
    uint64_t meter_round;                    // the last that was answered
    uint64_t now_ns;
};

/// Which interval of its rate a time lies in: changes are sent once in each.
static inline uint64_t
weir_subscription_interval(const struct weir_subscription *s, uint64_t now_ns)
{
    return now_ns / (1000000000u / s->rate_hz);
}

/// When the next one begins.
static inline uint64_t
weir_subscription_next_ns(const struct weir_subscription *s, uint64_t now_ns)
{
    return (weir_subscription_interval(s, now_ns) + 1) *
           (1000000000u / s->rate_hz);
}

/// Whether its snapshot can be taken.
bool weir_subscription_is_ready(const struct weir_subscription *s,
                                const struct weir_stock *stock);

/// Send what a peer is to have now, and takes; `n` bundles at most.  Returns
/// how many were sent.
unsigned weir_subscriber_serve(struct weir_subscriber *subscriber,
                               const struct weir_stock *stock, unsigned n);

/// A pattern goes: others of the same peer send what it has not sent yet, and
/// once more what else they have sent since then.
void weir_subscriber_inherit(const struct weir_subscription *gone,
                             const struct weir_stock *stock);

#endif
