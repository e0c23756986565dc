// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What one peer is sent.
#include "oscctl/subscriber.h"

// Who renews and renews gets a snapshot so often.
#define SNAPSHOT_NS UINT64_C(1000000000)

// -------------------------------------------------------------- its patterns

static struct weir_subscription *
next_of(const struct weir_subscriber *subscriber,
        const struct weir_stock *stock, uint32_t *i)
{
    while (*i < WEIR_MAX_PATTERNS) {
        struct weir_subscription *s = &stock->subscriptions[(*i)++];
        if (s->subscriber == subscriber)
            return s;
    }
    return NULL;
}

// What two patterns of a peer match goes out once, at the faster rate.
static bool
is_before(const struct weir_subscription *a, const struct weir_subscription *b)
{
    return a->rate_hz > b->rate_hz ||
           (a->rate_hz == b->rate_hz && a->number < b->number);
}

// Which patterns send in the place of `s` what they match, too.
static struct weir_patterns
others_before(const struct weir_subscription *s, const struct weir_stock *stock)
{
    struct weir_patterns before = {{0}};
    const struct weir_subscription *other;
    for (uint32_t i = 0; (other = next_of(s->subscriber, stock, &i));)
        if (other->is_live && is_before(other, s))
            weir_patterns_set(&before, other->number, true);
    return before;
}

// ----------------------------------------------------------------- snapshots

static bool
waits_for_meters(const struct weir_subscription *s,
                 const struct weir_stock *stock)
{
    return s->has_kind[WEIR_SHOWN_METER] &&
           stock->watched->of_kind[WEIR_SHOWN_METER].n > 0 &&
           stock->meter_round < s->round;
}

bool
weir_subscription_is_ready(const struct weir_subscription *s,
                           const struct weir_stock *stock)
{
    return s->wants_snapshot && stock->now_ns >= s->not_before_ns &&
           !waits_for_meters(s, stock);
}

// From here on it gets what changes.
static bool
begin_snapshot(struct weir_subscription *s, const struct weir_stock *stock)
{
    struct weir_subscriber *subscriber = s->subscriber;
    if (!weir_snapshot_take(&subscriber->snapshot, stock->watched, s->number,
                            s->pattern))
        return false;
    subscriber->snapshot_of = s;
    s->wants_snapshot = false;
    s->not_before_ns = stock->now_ns + SNAPSHOT_NS;
    s->is_live = true;
    s->sent = stock->watched->now;
    weir_patterns_set(&stock->watched->stirred, s->number, false);
    s->interval = weir_subscription_interval(s, stock->now_ns);
    return true;
}

static bool
begin_next_snapshot(struct weir_subscriber *subscriber,
                    const struct weir_stock *stock)
{
    struct weir_subscription *s;
    for (uint32_t i = 0; (s = next_of(subscriber, stock, &i));)
        if (weir_subscription_is_ready(s, stock))
            return begin_snapshot(s, stock);
    return false;
}

// ------------------------------------------------------------------- changes

static bool
meet(const struct weir_patterns *a, const struct weir_patterns *b)
{
    uint64_t both = 0;
    for (int i = 0; i < WEIR_MAX_PATTERNS / 64; i++)
        both |= a->bits[i] & b->bits[i];
    return both != 0;
}

// The first change that has not been sent.
static const struct weir_watched_leaf *
first_after(const struct weir_watched *watched, uint64_t sent)
{
    const struct weir_watched_leaf *first = NULL;
    const struct weir_watched_leaf *leaf = watched->newest;
    for (; leaf && leaf->changed > sent; leaf = leaf->earlier)
        first = leaf;
    return first;
}

static bool
send_changes(struct weir_subscription *s, const struct weir_stock *stock,
             struct weir_sending *sending)
{
    const struct weir_patterns before = others_before(s, stock);
    const struct weir_watched_leaf *leaf = first_after(stock->watched, s->sent);
    for (; leaf; leaf = leaf->later)
        if (weir_patterns_has(&leaf->patterns, s->number) &&
            !meet(&leaf->patterns, &before) &&
            !weir_sending_add(sending, leaf->value, leaf->changed, &s->sent))
            return false;
    if (!weir_sending_end(sending, &s->sent))
        return false;
    s->sent = stock->watched->now;
    weir_patterns_set(&stock->watched->stirred, s->number, false);
    return true;
}

// Whether `gone` was to send something that `other` believes to be sent.
static bool
leaves_some(const struct weir_subscription *gone,
            const struct weir_subscription *other,
            const struct weir_watched *watched)
{
    const struct weir_watched_leaf *leaf = first_after(watched, gone->sent);
    for (; leaf && leaf->changed <= other->sent; leaf = leaf->later)
        if (weir_patterns_has(&leaf->patterns, gone->number) &&
            weir_patterns_has(&leaf->patterns, other->number))
            return true;
    return false;
}

void
weir_subscriber_inherit(const struct weir_subscription *gone,
                        const struct weir_stock *stock)
{
    struct weir_subscription *other;
    for (uint32_t i = 0; (other = next_of(gone->subscriber, stock, &i));) {
        if (!gone->is_live || other == gone || !other->is_live ||
            !leaves_some(gone, other, stock->watched))
            continue;
        other->sent = gone->sent;
        weir_patterns_set(&stock->watched->stirred, other->number, true);
    }
}

static bool
is_due(const struct weir_subscription *s, const struct weir_stock *stock)
{
    return s->is_live &&
           weir_patterns_has(&stock->watched->stirred, s->number) &&
           weir_subscription_interval(s, stock->now_ns) != s->interval;
}

static void
send_all_changes(struct weir_subscriber *subscriber,
                 const struct weir_stock *stock, struct weir_sending *sending)
{
    struct weir_subscription *s;
    for (uint32_t i = 0; (s = next_of(subscriber, stock, &i));) {
        const unsigned n_left = sending->n_left;
        if (!is_due(s, stock))
            continue;
        if (!send_changes(s, stock, sending))
            return;
        if (sending->n_left < n_left)
            s->interval = weir_subscription_interval(s, stock->now_ns);
    }
}

// --------------------------------------------------------------- all of them

static bool
send_structure(struct weir_subscriber *subscriber,
               const struct weir_stock *stock, struct weir_sending *sending)
{
    do {
        if (weir_snapshot_is_under_way(&subscriber->snapshot) &&
            !weir_snapshot_send(&subscriber->snapshot, sending))
            return false;
        if (!weir_news_send(stock->news, &subscriber->next_news, sending))
            return false;
    } while (begin_next_snapshot(subscriber, stock));
    return true;
}

unsigned
weir_subscriber_serve(struct weir_subscriber *subscriber,
                      const struct weir_stock *stock, unsigned n)
{
    struct weir_sending sending;
    weir_sending_begin(&sending, &subscriber->peer, n);
    if (send_structure(subscriber, stock, &sending))
        send_all_changes(subscriber, stock, &sending);
    subscriber->is_stuck = sending.is_stuck;
    return n - sending.n_left;
}
