// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// All subscriptions: how they begin, go on and end.
#include "oscctl/subscriptions_private.h"

#include "desk/desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ------------------------------------------------------------------- lifetime

struct weir_subscriptions *
weir_subscriptions_new(struct weir_tree *tree, struct weir_link *link,
                       struct weir_loop *loop,
                       const struct weir_subscriptions_clock *clock)
{
    struct weir_subscriptions *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->tree = tree;
    s->loop = loop;
    s->wake_ns = UINT64_MAX;
    s->readers_changed = true;
    if (clock)
        s->clock = *clock;
    if (!weir_watched_init(&s->watched) ||
        !weir_timer_open(loop, &s->timer, weir_subscriptions_ring, s)) {
        weir_watched_fini(&s->watched);
        free(s);
        return NULL;
    }
    weir_polled_init(&s->polled, tree, link, &s->watched);
    weir_subscriptions_watch(s);
    return s;
}

void
weir_subscriptions_free(struct weir_subscriptions *s)
{
    if (!s)
        return;
    weir_desk_watch(s->tree->desk, NULL);
    weir_timer_close(s->loop, &s->timer);
    for (int i = 0; i < WEIR_MAX_SUBSCRIBERS; i++)
        weir_snapshot_drop(&s->subscribers[i].snapshot);
    weir_news_forget(&s->news);
    weir_polled_fini(&s->polled);
    weir_watched_fini(&s->watched);
    free(s);
}

// ------------------------------------------------------------------- ending

// Nobody wants anything: nothing is kept.
static void
let_go(struct weir_subscriptions *s)
{
    s->wake_ns = UINT64_MAX;
    weir_timer_set(&s->timer, 0, 0);
    s->next_served = 0;
    memset(s->looked, 0, sizeof s->looked);
    weir_news_forget(&s->news);
    weir_polled_forget(&s->polled);
    weir_watched_forget(&s->watched);
}

// Which are to end: their values go together, in one pass over all.
struct ending {
    struct weir_patterns numbers;
    uint32_t n;
};

static void
end_later(struct weir_subscriptions *s, struct weir_subscription *sub,
          struct ending *ending)
{
    struct weir_subscriber *subscriber = sub->subscriber;
    const struct weir_stock all = weir_subscriptions_stock(s);
    weir_subscriber_inherit(sub, &all);
    weir_patterns_set(&ending->numbers, sub->number, true);
    ending->n++;
    sub->subscriber = NULL;
    subscriber->n_subscriptions--;
    if (subscriber->snapshot_of == sub || subscriber->n_subscriptions == 0)
        weir_snapshot_drop(&subscriber->snapshot);
}

static void
end_now(struct weir_subscriptions *s, const struct ending *ending)
{
    if (ending->n == 0)
        return;
    weir_watched_drop_patterns(&s->watched, &ending->numbers);
    s->n -= ending->n;
    if (s->n == 0)
        let_go(s);
}

static void
end_subscription(struct weir_subscriptions *s, struct weir_subscription *sub)
{
    struct ending ending = {.n = 0};
    end_later(s, sub, &ending);
    end_now(s, &ending);
}

static void
end_subscriber(struct weir_subscriptions *s,
               const struct weir_subscriber *subscriber, struct ending *ending)
{
    for (uint32_t i = 0; i < WEIR_MAX_PATTERNS; i++)
        if (s->subscriptions[i].subscriber == subscriber)
            end_later(s, &s->subscriptions[i], ending);
}

static bool
is_of(const struct weir_subscription *sub, const struct weir_peer *peer)
{
    return weir_peer_is_same(&sub->asker, peer) ||
           weir_peer_is_same(&sub->subscriber->peer, peer);
}

uint32_t
weir_subscriptions_remove(struct weir_subscriptions *s,
                          const struct weir_peer *peer, const char *pattern)
{
    struct ending ending = {.n = 0};
    for (uint32_t i = 0; i < WEIR_MAX_PATTERNS; i++) {
        struct weir_subscription *sub = &s->subscriptions[i];
        if (sub->subscriber && strcmp(sub->pattern, pattern) == 0 &&
            is_of(sub, peer))
            end_later(s, sub, &ending);
    }
    end_now(s, &ending);
    return ending.n;
}

static struct weir_subscriber *
find_subscriber(struct weir_subscriptions *s, const struct weir_peer *peer)
{
    for (uint32_t i = 0; i < WEIR_MAX_SUBSCRIBERS; i++) {
        struct weir_subscriber *one = &s->subscribers[i];
        if (one->n_subscriptions > 0 && weir_peer_is_same(&one->peer, peer))
            return one;
    }
    return NULL;
}

void
weir_subscriptions_drop_peer(struct weir_subscriptions *s,
                             const struct weir_peer *peer)
{
    const struct weir_subscriber *one = find_subscriber(s, peer);
    struct ending ending = {.n = 0};
    if (one)
        end_subscriber(s, one, &ending);
    end_now(s, &ending);
}

void
weir_subscriptions_end_run_out(struct weir_subscriptions *s, uint64_t now_ns)
{
    struct ending ending = {.n = 0};
    for (uint32_t i = 0; i < WEIR_MAX_PATTERNS; i++)
        if (s->subscriptions[i].subscriber &&
            now_ns >= s->subscriptions[i].until_ns)
            end_later(s, &s->subscriptions[i], &ending);
    for (uint32_t i = 0; i < WEIR_MAX_SUBSCRIBERS; i++)
        if (s->subscribers[i].n_subscriptions > 0 &&
            weir_news_missed(&s->news, s->subscribers[i].next_news))
            end_subscriber(s, &s->subscribers[i], &ending);
    end_now(s, &ending);
}

// ----------------------------------------------------------------- beginning

static struct weir_subscriber *
take_subscriber(struct weir_subscriptions *s, const struct weir_peer *peer)
{
    struct weir_subscriber *one = find_subscriber(s, peer);
    for (uint32_t i = 0; !one && i < WEIR_MAX_SUBSCRIBERS; i++)
        if (s->subscribers[i].n_subscriptions == 0) {
            one = &s->subscribers[i];
            *one =
                (struct weir_subscriber){.peer = *peer, .next_news = s->news.n};
        }
    return one;
}

static struct weir_subscription *
find_subscription(struct weir_subscriptions *s,
                  const struct weir_subscribe *ask)
{
    const struct weir_subscriber *one = find_subscriber(s, &ask->to);
    for (uint32_t i = 0; one && i < WEIR_MAX_PATTERNS; i++) {
        struct weir_subscription *sub = &s->subscriptions[i];
        if (sub->subscriber == one && strcmp(sub->pattern, ask->pattern) == 0)
            return sub;
    }
    return NULL;
}

static struct weir_subscription *
take_subscription(struct weir_subscriptions *s,
                  struct weir_subscriber *subscriber,
                  const struct weir_subscribe *ask)
{
    uint32_t i = 0;
    while (i < WEIR_MAX_PATTERNS && s->subscriptions[i].subscriber)
        i++;
    if (i == WEIR_MAX_PATTERNS)
        return NULL;
    struct weir_subscription *sub = &s->subscriptions[i];
    if (s->n++ == 0)
        s->origin_ns = weir_subscriptions_clock_ns(s);
    *sub = (struct weir_subscription){.subscriber = subscriber, .number = i};
    snprintf(sub->pattern, sizeof sub->pattern, "%s", ask->pattern);
    subscriber->n_subscriptions++;
    return sub;
}

// What was asked for takes effect; a snapshot follows, for who asks again may
// have started anew.
static void
renew(struct weir_subscriptions *s, struct weir_subscription *sub,
      const struct weir_subscribe *ask)
{
    const uint64_t now = weir_subscriptions_now_ns(s);
    sub->asker = ask->from;
    sub->rate_hz = ask->rate_hz;
    sub->until_ns = ask->to.carrier->is_stream
                        ? UINT64_MAX
                        : now + ask->lease_s * 1000 * WEIR_MS_NS;
    sub->wants_snapshot = true;
    sub->round = s->polled.n_asked + 1;
    weir_subscriptions_wake_at(s, now + WEIR_MS_NS);
}

static enum weir_fault_code
begin(struct weir_subscriptions *s, const struct weir_subscribe *ask,
      struct weir_fault *fault)
{
    weir_subscriptions_see_readers(s); // news of them are not for who comes now
    struct weir_subscriber *subscriber = take_subscriber(s, &ask->to);
    struct weir_subscription *sub =
        subscriber ? take_subscription(s, subscriber, ask) : NULL;
    if (!subscriber)
        return weir_fault(fault, WEIR_FAULT_LIMIT,
                          "there are %d subscribers already",
                          WEIR_MAX_SUBSCRIBERS);
    if (!sub)
        return weir_fault(fault, WEIR_FAULT_LIMIT,
                          "there are %d subscriptions already (unsubscribe "
                          "from some)",
                          WEIR_MAX_PATTERNS);
    if (!weir_subscriptions_take_all(s, sub)) {
        end_subscription(s, sub);
        return weir_fault(fault, WEIR_FAULT_LIMIT, "it matches too much");
    }
    weir_polled_look(&s->polled, WEIR_SHOWN_STATUS);
    weir_polled_look(&s->polled, WEIR_SHOWN_READER);
    renew(s, sub, ask);
    return WEIR_FAULT_NONE;
}

enum weir_fault_code
weir_subscriptions_add(struct weir_subscriptions *s,
                       const struct weir_subscribe *ask,
                       struct weir_fault *fault)
{
    // Its bundle has waited for its time, and nobody would end it any more.
    if (weir_peer_is_gone(&ask->to))
        return WEIR_FAULT_NONE;
    struct weir_subscription *sub = find_subscription(s, ask);
    if (!sub)
        return begin(s, ask, fault);
    renew(s, sub, ask);
    return WEIR_FAULT_NONE;
}

// -------------------------------------------------------------------- tokens

static void
send_token(const struct weir_peer *to, const char *token)
{
    struct weir_args args;
    weir_args_begin(&args);
    weir_args_string(&args, token);
    struct weir_encoded *e = weir_encoded_new("/token", &args);
    if (!e)
        return;
    size_t n;
    const void *bytes = weir_encoded_message(e, &n);
    weir_peer_offer(to, bytes, n);
    weir_encoded_drop(e);
}

enum weir_fault_code
weir_subscriptions_ask_token(struct weir_subscriptions *s,
                             const struct weir_subscribe *ask, size_t n_chars,
                             struct weir_fault *fault)
{
    if (find_subscription(s, ask))
        return weir_subscriptions_add(s, ask, fault);
    const char *token = weir_tokens_give(&s->tokens, ask, n_chars,
                                         weir_subscriptions_clock_ns(s));
    if (token)
        send_token(&ask->to, token);
    return WEIR_FAULT_NONE;
}

enum weir_fault_code
weir_subscriptions_take_token(struct weir_subscriptions *s,
                              const struct weir_peer *peer, const char *token,
                              struct weir_fault *fault)
{
    const struct weir_subscribe *ask = weir_tokens_take(
        &s->tokens, peer, token, weir_subscriptions_clock_ns(s));
    if (!ask)
        return weir_fault(fault, WEIR_FAULT_PERMISSION,
                          "no such token (any more)");
    return weir_subscriptions_add(s, ask, fault);
}
