// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// All subscriptions, and the clockwork.
#include "oscctl/subscriptions.h"

#include "common/loop.h"
#include "desk/desk.h"
#include "observe/loudness.h"
#include "oscctl/polled.h"
#include "oscctl/tokens.h"
#include "rt/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS_NS UINT64_C(1000000)

enum {
    BUNDLES_AT_ONCE = 512, // then others' turn in the loop
    BUNDLES_TO_ONE = 16,   // and a pause: receive buffers are small
    RETRY_MS = 5,
};

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
    uint32_t first_served;
    struct weir_subscription subscriptions[WEIR_MAX_PATTERNS];
    struct weir_subscriber subscribers[WEIR_MAX_SUBSCRIBERS];
};

static uint64_t
clock_ns(const struct weir_subscriptions *s)
{
    return s->clock.now_ns ? s->clock.now_ns(s->clock.owner) : weir_now_ns();
}

static uint64_t
now_ns(const struct weir_subscriptions *s)
{
    return clock_ns(s) - s->origin_ns;
}

static struct weir_stock
stock(struct weir_subscriptions *s)
{
    return (struct weir_stock){.watched = &s->watched,
                               .news = &s->news,
                               .subscriptions = s->subscriptions,
                               .meter_round = s->polled.n_answered,
                               .now_ns = now_ns(s)};
}

static void
set_timer(struct weir_subscriptions *s)
{
    const uint64_t now = now_ns(s);
    const uint64_t ns = s->wake_ns > now ? s->wake_ns - now : 0;
    const uint64_t ms = (ns + MS_NS - 1) / MS_NS;
    if (s->wake_ns < UINT64_MAX)
        weir_timer_set(&s->timer, ms > 0 ? (uint32_t)ms : 1, 0);
}

// Have weir_subscriptions_run() called at a time, or before.
static void
wake_at(struct weir_subscriptions *s, uint64_t at_ns)
{
    if (at_ns >= s->wake_ns)
        return;
    s->wake_ns = at_ns;
    if (!s->is_running)
        set_timer(s);
}

static void
wake_soon(struct weir_subscriptions *s)
{
    if (s->n > 0)
        wake_at(s, now_ns(s) + MS_NS);
}

// ------------------------------------------------------- what a pattern takes

// Not what is still being added: it comes when it is there.
static bool
is_there(const struct weir_found *found)
{
    return !(found->strip && found->strip->o.ports_pending) &&
           !(found->bus && found->bus->o.ports_pending);
}

static void
take_found(struct weir_subscriptions *s, struct weir_subscription *sub,
           const struct weir_found *found)
{
    const struct weir_known_reader *reader =
        found->reader[0] ? weir_polled_reader(&s->polled, found->reader) : NULL;
    if (!is_there(found) || (found->reader[0] && !reader))
        return;
    const struct weir_watched_leaf *leaf =
        weir_watched_add(&s->watched, sub->number, found, reader);
    if (!leaf)
        return;
    sub->has_kind[leaf->kind] = true;
    if (leaf->kind == WEIR_SHOWN_LOUDNESS)
        weir_loudness_observe(s->tree->loudness, found->bus,
                              (struct weir_ticket){0});
}

// Take what the walk finds below a branch ("": from the root).
static bool
take_branch(struct weir_subscriptions *s, struct weir_subscription *sub,
            const char *branch, weir_walk_fn *walk,
            const struct weir_desk_object *only)
{
    struct weir_pattern pattern;
    struct weir_walk w = {.tree = s->tree, .pattern = &pattern, .only = only};
    weir_pattern_compile(sub->pattern, &pattern);
    weir_walk_branch(&w, branch, walk);
    for (uint32_t i = 0; i < w.n_found && !w.failed; i++)
        take_found(s, sub, &w.found[i]);
    free(w.found);
    return !w.failed;
}

// Too much for a pattern: it goes on with what it has.
static void
take_for_all(struct weir_subscriptions *s, const char *branch,
             weir_walk_fn *walk, const struct weir_desk_object *only)
{
    for (uint32_t i = 0; i < WEIR_MAX_PATTERNS; i++)
        if (s->subscriptions[i].subscriber)
            (void)take_branch(s, &s->subscriptions[i], branch, walk, only);
}

// ------------------------------------------------------------ what they hear

static void
hear_changed(void *owner, const void *value)
{
    struct weir_subscriptions *s = owner;
    weir_watched_note(&s->watched, value);
    if (s->watched.noted.n > 0)
        wake_soon(s);
}

static void
tell(struct weir_subscriptions *s, const char *address, const char *text,
     const char *second)
{
    if (s->n == 0)
        return;
    weir_news_add(&s->news, address, text, second);
    wake_soon(s);
}

static void
hear_came(void *owner, struct weir_desk_object *o)
{
    struct weir_subscriptions *s = owner;
    tell(s, "/created", o->id, NULL);
    take_for_all(s, "strip", weir_walk_strips, o);
    if (o->is_bus)
        take_for_all(s, "bus", weir_walk_buses, o);
}

static void
hear_leaves(void *owner, struct weir_desk_object *o)
{
    struct weir_subscriptions *s = owner;
    weir_watched_drop_object(&s->watched, o);
    tell(s, "/removed", o->id, NULL);
}

static void
hear_renamed(void *owner, struct weir_desk_object *o)
{
    if (!o->ports_pending)
        tell(owner, "/renamed", o->id, o->name);
}

static void
hear_readers(void *owner)
{
    struct weir_subscriptions *s = owner;
    s->readers_changed = true;
    wake_soon(s);
}

static void
hear_reader(void *owner, const struct weir_known_reader *reader)
{
    char name[sizeof "reader/" + WEIR_ID_MAX];
    snprintf(name, sizeof name, "reader/%s", reader->id);
    tell(owner, reader->is_there ? "/created" : "/removed", name, NULL);
}

static void
see_readers(struct weir_subscriptions *s)
{
    if (!s->readers_changed)
        return;
    s->readers_changed = false;
    weir_polled_see_readers(&s->polled, hear_reader, s);
    take_for_all(s, "reader", weir_walk_readers, NULL);
    weir_polled_look(&s->polled, WEIR_SHOWN_READER);
}

static void
hear_meters(void *owner)
{
    weir_subscriptions_run(owner);
}

// ------------------------------------------------------------------- lifetime

static void
ring(void *owner)
{
    struct weir_subscriptions *s = owner;
    s->wake_ns = UINT64_MAX;
    weir_subscriptions_run(s);
}

static void
watch(struct weir_subscriptions *s)
{
    weir_desk_watch(s->tree->desk,
                    &(struct weir_desk_watcher){.changed = hear_changed,
                                                .came = hear_came,
                                                .leaves = hear_leaves,
                                                .renamed = hear_renamed,
                                                .owner = s});
    weir_attach_watch(s->tree->attach, hear_readers, s);
    s->polled.metered = hear_meters;
    s->polled.owner = s;
}

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
        !weir_timer_open(loop, &s->timer, ring, s)) {
        weir_watched_fini(&s->watched);
        free(s);
        return NULL;
    }
    weir_polled_init(&s->polled, tree, link, &s->watched);
    watch(s);
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
    s->first_served = 0;
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
    const struct weir_stock all = stock(s);
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
        s->origin_ns = clock_ns(s);
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
    const uint64_t now = now_ns(s);
    sub->asker = ask->from;
    sub->rate_hz = ask->rate_hz;
    sub->until_ns = ask->to.carrier->is_stream
                        ? UINT64_MAX
                        : now + ask->lease_s * 1000 * MS_NS;
    sub->wants_snapshot = true;
    sub->round = s->polled.n_asked + 1;
    wake_at(s, now + MS_NS);
}

static enum weir_fault_code
begin(struct weir_subscriptions *s, const struct weir_subscribe *ask,
      struct weir_fault *fault)
{
    see_readers(s); // news of them are not for who comes now
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
    if (!take_branch(s, sub, "", weir_walk_root, NULL)) {
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
    const char *token = weir_tokens_give(&s->tokens, ask, n_chars, clock_ns(s));
    if (token)
        send_token(&ask->to, token);
    return WEIR_FAULT_NONE;
}

enum weir_fault_code
weir_subscriptions_take_token(struct weir_subscriptions *s,
                              const struct weir_peer *peer, const char *token,
                              struct weir_fault *fault)
{
    const struct weir_subscribe *ask =
        weir_tokens_take(&s->tokens, peer, token, clock_ns(s));
    if (!ask)
        return weir_fault(fault, WEIR_FAULT_PERMISSION,
                          "no such token (any more)");
    return weir_subscriptions_add(s, ask, fault);
}

// ------------------------------------------------------------------ clockwork

static void
end_what_has_run_out(struct weir_subscriptions *s, uint64_t now)
{
    struct ending ending = {.n = 0};
    for (uint32_t i = 0; i < WEIR_MAX_PATTERNS; i++)
        if (s->subscriptions[i].subscriber &&
            now >= s->subscriptions[i].until_ns)
            end_later(s, &s->subscriptions[i], &ending);
    for (uint32_t i = 0; i < WEIR_MAX_SUBSCRIBERS; i++)
        if (s->subscribers[i].n_subscriptions > 0 &&
            weir_news_missed(&s->news, s->subscribers[i].next_news))
            end_subscriber(s, &s->subscribers[i], &ending);
    end_now(s, &ending);
}

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
    wake_at(s, interval == s->looked[kind]
                   ? weir_subscription_next_ns(best, now)
                   : now + RETRY_MS * MS_NS);
}

static void
look(struct weir_subscriptions *s, uint64_t now)
{
    see_readers(s);
    weir_watched_look(&s->watched);
    for (int kind = 0; kind < WEIR_SHOWN_KINDS; kind++)
        if (kind != WEIR_SHOWN_SET)
            look_at_kind(s, kind, now);
}

// Somebody else is the first each time.
static void
serve(struct weir_subscriptions *s)
{
    const struct weir_stock all = stock(s);
    unsigned n_left = BUNDLES_AT_ONCE;
    const uint32_t first = s->first_served++;
    for (uint32_t i = 0; i < WEIR_MAX_SUBSCRIBERS; i++) {
        struct weir_subscriber *one =
            &s->subscribers[(first + i) % WEIR_MAX_SUBSCRIBERS];
        if (one->n_subscriptions > 0)
            n_left -= weir_subscriber_serve(
                one, &all, n_left < BUNDLES_TO_ONE ? n_left : BUNDLES_TO_ONE);
    }
}

static void
wake_for(struct weir_subscriptions *s, const struct weir_subscription *sub,
         const struct weir_stock *all)
{
    wake_at(s, sub->until_ns);
    if (sub->subscriber->is_stuck)
        wake_at(s, all->now_ns + RETRY_MS * MS_NS);
    else if (sub->wants_snapshot && all->now_ns < sub->not_before_ns)
        wake_at(s, sub->not_before_ns);
    else if (weir_subscription_is_ready(sub, all)) // memory was short
        wake_at(s, all->now_ns + RETRY_MS * MS_NS);
    if (sub->is_live && weir_patterns_has(&s->watched.stirred, sub->number))
        wake_at(s, weir_subscription_next_ns(sub, all->now_ns));
}

void
weir_subscriptions_run(struct weir_subscriptions *s)
{
    const uint64_t now = now_ns(s);
    end_what_has_run_out(s, now);
    if (s->n == 0)
        return;
    s->is_running = true;
    s->wake_ns = UINT64_MAX;
    look(s, now);
    serve(s);
    const struct weir_stock all = stock(s);
    for (uint32_t i = 0; i < WEIR_MAX_PATTERNS; i++)
        if (s->subscriptions[i].subscriber)
            wake_for(s, &s->subscriptions[i], &all);
    s->is_running = false;
    set_timer(s);
}
