// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The subscriptions' inside, between their own files.
#ifndef WEIR_OSCCTL_SUBSCRIPTIONS_PRIVATE_H
#define WEIR_OSCCTL_SUBSCRIPTIONS_PRIVATE_H

#include "common/loop.h"
#include "oscctl/polled.h"
#include "oscctl/subscriptions.h"
#include "oscctl/tokens.h"

#define WEIR_MS_NS UINT64_C(1000000)

struct weir_subscriptions {
    struct weir_tree *tree;
    struct weir_loop *loop;
    struct weir_subscriptions_clock clock;
    struct weir_timer timer;
    uint64_t origin_ns; // times count from here: when the first came
    bool is_running;    // sets the timer at its end
    uint64_t wake_ns;   // when the timer fires; UINT64_MAX: not set
    struct weir_watched watched;
    struct weir_polled polled;
    struct weir_news news;
    struct weir_tokens tokens;
    bool readers_changed;
    uint64_t looked[WEIR_SHOWN_KINDS]; // in which interval
    uint32_t n;                        // subscriptions
    uint32_t next_served;
    struct weir_subscription subscriptions[WEIR_MAX_PATTERNS];
    struct weir_subscriber subscribers[WEIR_MAX_SUBSCRIBERS];
};

/// The clock, and what has passed since the first came.
uint64_t weir_subscriptions_clock_ns(const struct weir_subscriptions *s);
uint64_t weir_subscriptions_now_ns(const struct weir_subscriptions *s);

/// What there is to be sent now.
struct weir_stock weir_subscriptions_stock(struct weir_subscriptions *s);

/// Have weir_subscriptions_run() called at a time, or before; or in a moment,
/// if there is anybody.
void weir_subscriptions_wake_at(struct weir_subscriptions *s, uint64_t at_ns);
void weir_subscriptions_wake_soon(struct weir_subscriptions *s);

/// What the timer calls.
void weir_subscriptions_ring(void *subscriptions);

/// Hear of what happens to the desk, the readers and the meters.
void weir_subscriptions_watch(struct weir_subscriptions *s);

/// Take into a new subscription all that its pattern matches.  False when
/// that is too much.
bool weir_subscriptions_take_all(struct weir_subscriptions *s,
                                 struct weir_subscription *sub);

/// Tell of the readers that have come and gone.
void weir_subscriptions_see_readers(struct weir_subscriptions *s);

/// End those whose lease has, and those who have missed too much.
void weir_subscriptions_end_run_out(struct weir_subscriptions *s,
                                    uint64_t now_ns);

#endif
