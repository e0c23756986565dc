// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Who has subscribed to what, and the clockwork that sends it: snapshots,
// news, changes. Everything here is @control's.
#ifndef WEIR_OSCCTL_SUBSCRIPTIONS_H
#define WEIR_OSCCTL_SUBSCRIPTIONS_H

#include "desk/fault.h"
#include "oscctl/peer.h"
#include "oscctl/subscriber.h"

#include <stdbool.h>
#include <stdint.h>

struct weir_link;
struct weir_loop;
struct weir_subscriptions;
struct weir_tree;

enum { WEIR_MAX_SUBSCRIBERS = 64 };

/// CLOCK_MONOTONIC, or a test's own.
struct weir_subscriptions_clock {
    uint64_t (*now_ns)(void *owner);
    void *owner;
};

/// None yet, over what the tree shows; null when memory is short.  `clock`
/// null: weir's.  Borrows all of these, and watches the tree's desk and
/// readers.  Free with weir_subscriptions_free(), when the mixer has ended.
struct weir_subscriptions *
weir_subscriptions_new(struct weir_tree *tree, struct weir_link *link,
                       struct weir_loop *loop,
                       const struct weir_subscriptions_clock *clock);
void weir_subscriptions_free(struct weir_subscriptions *subscriptions);

/// What is asked for, found to be in range.
struct weir_subscribe {
    struct weir_peer from;
    struct weir_peer to; // the same host, perhaps another port
    char pattern[WEIR_PATTERN_BYTES];
    uint32_t rate_hz;
    uint32_t lease_s;
};

/// Begin, or renew; the snapshot follows by itself.  A fault when there are
/// too many, or the pattern matches too much.
enum weir_fault_code weir_subscriptions_add(struct weir_subscriptions *s,
                                            const struct weir_subscribe *ask,
                                            struct weir_fault *fault);

/// The same for a peer that anybody can pretend to be: what it goes to gets a
/// token of at most `n_chars` characters, and it begins when that comes back.
/// To renew needs none.
enum weir_fault_code
weir_subscriptions_ask_token(struct weir_subscriptions *s,
                             const struct weir_subscribe *ask, size_t n_chars,
                             struct weir_fault *fault);
enum weir_fault_code weir_subscriptions_take_token(struct weir_subscriptions *s,
                                                   const struct weir_peer *peer,
                                                   const char *token,
                                                   struct weir_fault *fault);

/// End those of a pattern that `peer` asked for, or that go there; how many.
uint32_t weir_subscriptions_remove(struct weir_subscriptions *s,
                                   const struct weir_peer *peer,
                                   const char *pattern);

/// A connection has gone, and with it what it subscribed to.
void weir_subscriptions_drop_peer(struct weir_subscriptions *s,
                                  const struct weir_peer *peer);

/// Do what is due now: the timer does, and whoever has news.
void weir_subscriptions_run(struct weir_subscriptions *s);

#endif
