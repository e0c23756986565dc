// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The clockwork: looks at what is to be looked at, sends what is to be sent,
// and sets the timer for the next time.
#include "oscctl/subscriptions_private.h"

#include "rt/clock.h"

enum {
    BUNDLES_AT_ONCE = 128, // then others' turn in the loop
    BUNDLES_TO_ONE = 16,   // and a pause: receive buffers are small
    RETRY_MS = 5,
};

// --------------------------------------------------------------------- time

uint64_t
weir_subscriptions_clock_ns(const struct weir_subscriptions *s)
{
    return s->clock.now_ns ? s->clock.now_ns(s->clock.owner) : weir_now_ns();
}

uint64_t
weir_subscriptions_now_ns(const struct weir_subscriptions *s)
{
    return weir_subscriptions_clock_ns(s) - s->origin_ns;
}

static void
set_timer(struct weir_subscriptions *s)
{
    const uint64_t now = weir_subscriptions_now_ns(s);
    const uint64_t ns = s->wake_ns > now ? s->wake_ns - now : 0;
    const uint64_t ms = (ns + WEIR_MS_NS - 1) / WEIR_MS_NS;
    if (s->wake_ns < UINT64_MAX)
        weir_timer_set(&s->timer, ms > 0 ? (uint32_t)ms : 1, 0);
}

void
weir_subscriptions_wake_at(struct weir_subscriptions *s, uint64_t at_ns)
{
    if (at_ns >= s->wake_ns)
        return;
    s->wake_ns = at_ns;
    if (!s->is_running)
        set_timer(s);
}

void
weir_subscriptions_wake_soon(struct weir_subscriptions *s)
{
    if (s->n > 0)
        weir_subscriptions_wake_at(s,
                                   weir_subscriptions_now_ns(s) + WEIR_MS_NS);
}

void
weir_subscriptions_ring(void *owner)
{
    struct weir_subscriptions *s = owner;
    s->wake_ns = UINT64_MAX;
    weir_subscriptions_run(s);
}

struct weir_stock
weir_subscriptions_stock(struct weir_subscriptions *s)
{
    return (struct weir_stock){.watched = &s->watched,
                               .news = &s->news,
                               .subscriptions = s->subscriptions,
                               .meter_round = s->polled.n_answered,
                               .now_ns = weir_subscriptions_now_ns(s)};
}

// --------------------------------------------------------------------- looking

// The one with the highest rate of those that want values of a kind.
static const struct weir_subscription *
keenest(const struct weir_subscriptions *s, int kind)
{
    const struct weir_subscription *best = NULL;
    for (uint32_t i = 0; i < WEIR_MAX_PATTERNS; i++) {
        const struct weir_subscription *sub = &s->subscriptions[i];
        if (sub->subscriber && sub->has_kind[kind] &&
            (!best || sub->rate_hz > best->rate_hz))
            best = sub;
    }
    return best;
}

// A snapshot waits for its round of meters, whatever the rate.
static bool
is_awaited(const struct weir_subscriptions *s, int kind)
{
    if (kind != WEIR_SHOWN_METER)
        return false;
    for (uint32_t i = 0; i < WEIR_MAX_PATTERNS; i++) {
        const struct weir_subscription *sub = &s->subscriptions[i];
        if (sub->subscriber && sub->wants_snapshot && sub->has_kind[kind] &&
            sub->round > s->polled.n_asked)
            return true;
    }
    return false;
}

static void
look_at_kind(struct weir_subscriptions *s, int kind, uint64_t now)
{
    const struct weir_subscription *best =
        s->watched.of_kind[kind].n > 0 ? keenest(s, kind) : NULL;
    if (!best)
        return;
    const uint64_t interval = weir_subscription_interval(best, now);
    if ((interval != s->looked[kind] || is_awaited(s, kind)) &&
        weir_polled_look(&s->polled, (enum weir_shown_kind)kind))
        s->looked[kind] = interval;
    weir_subscriptions_wake_at(s, interval == s->looked[kind]
                                      ? weir_subscription_next_ns(best, now)
                                      : now + RETRY_MS * WEIR_MS_NS);
}

static void
look(struct weir_subscriptions *s, uint64_t now)
{
    weir_subscriptions_see_readers(s);
    weir_watched_look(&s->watched);
    for (int kind = 0; kind < WEIR_SHOWN_KINDS; kind++)
        if (kind != WEIR_SHOWN_SET)
            look_at_kind(s, kind, now);
}

// Who found no bundles left is the first the next time.
static void
serve(struct weir_subscriptions *s)
{
    const struct weir_stock all = weir_subscriptions_stock(s);
    unsigned n_left = BUNDLES_AT_ONCE;
    for (uint32_t i = 0; i < WEIR_MAX_SUBSCRIBERS && n_left > 0; i++) {
        struct weir_subscriber *one = &s->subscribers[s->next_served];
        if (one->n_subscriptions > 0)
            n_left -= weir_subscriber_serve(
                one, &all, n_left < BUNDLES_TO_ONE ? n_left : BUNDLES_TO_ONE);
        s->next_served = (s->next_served + 1) % WEIR_MAX_SUBSCRIBERS;
    }
    if (n_left == 0)
        weir_subscriptions_wake_at(s, all.now_ns + WEIR_MS_NS);
}

static void
wake_for(struct weir_subscriptions *s, const struct weir_subscription *sub,
         const struct weir_stock *all)
{
    weir_subscriptions_wake_at(s, sub->until_ns);
    if (sub->subscriber->is_stuck)
        weir_subscriptions_wake_at(s, all->now_ns + RETRY_MS * WEIR_MS_NS);
    else if (sub->wants_snapshot && all->now_ns < sub->not_before_ns)
        weir_subscriptions_wake_at(s, sub->not_before_ns);
    else if (weir_subscription_is_ready(sub, all)) // memory was short
        weir_subscriptions_wake_at(s, all->now_ns + RETRY_MS * WEIR_MS_NS);
    if (sub->is_live && weir_patterns_has(&s->watched.stirred, sub->number))
        weir_subscriptions_wake_at(s,
                                   weir_subscription_next_ns(sub, all->now_ns));
}

void
weir_subscriptions_run(struct weir_subscriptions *s)
{
    const uint64_t now = weir_subscriptions_now_ns(s);
    weir_subscriptions_end_run_out(s, now);
    if (s->n == 0)
        return;
    s->is_running = true;
    s->wake_ns = UINT64_MAX;
    look(s, now);
    serve(s);
    const struct weir_stock all = weir_subscriptions_stock(s);
    for (uint32_t i = 0; i < WEIR_MAX_PATTERNS; i++)
        if (s->subscriptions[i].subscriber)
            wake_for(s, &s->subscriptions[i], &all);
    s->is_running = false;
    set_timer(s);
}
