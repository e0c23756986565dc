// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Parked packets, and what they wait for.
#include "oscctl/parking.h"

#include "common/loop.h"
#include "desk/desk.h"
#include "desk/link.h"
#include "oscctl/packet.h"
#include "oscctl/peer.h"
#include "oscctl/tree.h"
#include "plugin/nursery.h"
#include "rt/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RETRY_MS = 5 };
#define S_NS UINT64_C(1000000000)

struct parked {
    struct weir_peer peer;
    uint64_t until_ns;
    struct parked *next;
    size_t n_bytes;
    _Alignas(8) unsigned char bytes[];
};

// A description that was asked for, and has not come.
struct asked {
    char *uri;
    struct asked *next;
};

// Who wants to know.
struct waiter {
    void (*fn)(void *owner);
    void *owner;
    struct waiter *next;
};

struct weir_parking {
    struct waiter *waiters;
    struct weir_tree *tree;
    struct weir_loop *loop;
    struct weir_timer timer;
    struct parked *first; // in the order in which they came
    uint32_t n;
    size_t n_bytes;
    bool is_running;
    struct asked *asked;
    bool list_asked;
    char *list_why; // null: it could be had, or was not asked for
    char **uris;    // null: not known
    uint32_t n_uris;
    char why[200];
};

static void
ring(void *owner)
{
    weir_parking_run(owner);
}

struct weir_parking *
weir_parking_new(struct weir_tree *tree, struct weir_loop *loop)
{
    struct weir_parking *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->tree = tree;
    p->loop = loop;
    if (weir_timer_open(loop, &p->timer, ring, p))
        return p;
    free(p);
    return NULL;
}

static void
free_list(struct weir_parking *p)
{
    for (uint32_t i = 0; i < p->n_uris; i++)
        free(p->uris[i]);
    free(p->uris);
    free(p->list_why);
    p->uris = NULL;
    p->n_uris = 0;
    p->list_why = NULL;
}

static struct weir_nursery *
nursery_of(const struct weir_parking *p)
{
    return weir_desk_plugins(p->tree->desk)->nursery;
}

void
weir_parking_free(struct weir_parking *p)
{
    if (!p)
        return;
    if (nursery_of(p))
        weir_nursery_forget(nursery_of(p), p);
    weir_timer_close(p->loop, &p->timer);
    while (p->first) {
        struct parked *parked = p->first;
        p->first = parked->next;
        free(parked);
    }
    while (p->asked) {
        struct asked *a = p->asked;
        p->asked = a->next;
        free(a->uri);
        free(a);
    }
    while (p->waiters) {
        struct waiter *w = p->waiters;
        p->waiters = w->next;
        free(w);
    }
    free_list(p);
    free(p);
}

// ------------------------------------------------------------------ packets

bool
weir_parking_holds(const struct weir_parking *p, const struct weir_peer *peer)
{
    for (const struct parked *at = p->first; at && !p->is_running;
         at = at->next)
        if (weir_peer_is_same(&at->peer, peer))
            return true;
    return false;
}

static void
wake(struct weir_parking *p)
{
    uint64_t ms = WEIR_PARKING_S * 1000;
    const uint64_t now = weir_now_ns();
    if (p->first)
        ms = p->first->until_ns > now ? (p->first->until_ns - now) / 1000000 + 1
                                      : 1;
    weir_timer_set(&p->timer, (uint32_t)ms, 0);
}

bool
weir_parking_add(struct weir_parking *p, const struct weir_peer *peer,
                 const void *packet, size_t n_bytes)
{
    struct parked **at = &p->first;
    struct parked *parked =
        p->n < WEIR_PARKING_PACKETS && p->n_bytes + n_bytes < WEIR_PARKING_BYTES
            ? malloc(sizeof *parked + n_bytes)
            : NULL;
    if (!parked)
        return false;
    *parked = (struct parked){.peer = *peer,
                              .until_ns = weir_now_ns() + WEIR_PARKING_S * S_NS,
                              .n_bytes = n_bytes};
    memcpy(parked->bytes, packet, n_bytes);
    while (*at)
        at = &(*at)->next;
    *at = parked;
    p->n++;
    p->n_bytes += n_bytes;
    if (p->first == parked)
        wake(p);
    return true;
}

// Whether one that waits before `parked` is its peer's.
static bool
is_behind(const struct weir_parking *p, const struct parked *parked)
{
    for (const struct parked *at = p->first; at != parked; at = at->next)
        if (weir_peer_is_same(&at->peer, &parked->peer))
            return true;
    return false;
}

// False: it waits on.
static bool
try_one(struct weir_parking *p, const struct parked *parked)
{
    struct weir_fault fault;
    if (weir_peer_is_gone(&parked->peer))
        return true;
    if (is_behind(p, parked))
        return false;
    if (weir_packet_try(p->tree, &parked->peer, parked->bytes, parked->n_bytes))
        return true;
    if (weir_now_ns() < parked->until_ns)
        return false;
    weir_fault(&fault, WEIR_FAULT_FAILED,
               "what is known of the plugin did not come within %d s",
               WEIR_PARKING_S);
    weir_packet_refuse(p->tree, &parked->peer, parked->bytes, parked->n_bytes,
                       &fault);
    return true;
}

bool
weir_parking_wait(struct weir_parking *p, void (*fn)(void *owner), void *owner)
{
    struct waiter *w = calloc(1, sizeof *w);
    if (!w)
        return false;
    *w = (struct waiter){fn, owner, p->waiters};
    p->waiters = w;
    return true;
}

static void
tell_waiters(struct weir_parking *p)
{
    struct waiter *w = p->waiters;
    p->waiters = NULL; // they may wait again
    while (w) {
        struct waiter *next = w->next;
        w->fn(w->owner);
        free(w);
        w = next;
    }
}

void
weir_parking_run(struct weir_parking *p)
{
    tell_waiters(p);
    struct parked **at = &p->first;
    p->is_running = true;
    while (*at) {
        struct parked *parked = *at;
        if (weir_desk_room(p->tree->desk) < WEIR_LINK_ROOM_FOR_PACKET) {
            weir_timer_set(&p->timer, RETRY_MS, 0);
            break;
        }
        if (!try_one(p, parked)) {
            at = &parked->next;
            continue;
        }
        *at = parked->next;
        p->n--;
        p->n_bytes -= parked->n_bytes;
        free(parked);
    }
    p->is_running = false;
    if (p->first && !*at)
        wake(p);
}

// ------------------------------------------------------------- descriptions

static struct asked **
find_asked(struct weir_parking *p, const char *uri)
{
    struct asked **at = &p->asked;
    while (*at && strcmp((*at)->uri, uri) != 0)
        at = &(*at)->next;
    return at;
}

// From the loop, or from within the question: packets go on in a moment.
static void
hear_described(void *owner, const char *uri,
               const struct weir_plugin_type *type, const char *why)
{
    struct weir_parking *p = owner;
    struct asked **at = find_asked(p, uri);
    struct asked *a = *at;
    (void)type;
    (void)why;
    if (a) {
        *at = a->next;
        free(a->uri);
        free(a);
    }
    weir_timer_set(&p->timer, 1, 0);
}

static void
ask(struct weir_parking *p, const char *uri)
{
    if (*find_asked(p, uri))
        return;
    struct asked *a = calloc(1, sizeof *a);
    if (a)
        a->uri = strdup(uri);
    if (!a || !a->uri) {
        free(a);
        return; // it is tried again
    }
    a->next = p->asked;
    p->asked = a;
    weir_nursery_describe(nursery_of(p), uri, weir_desk_rate(p->tree->desk),
                          hear_described, p);
}

enum weir_parking_answer
weir_parking_type(struct weir_parking *p, const char *uri,
                  const struct weir_plugin_type **type, const char **why)
{
    for (int i = 0; i < 2; i++) {
        *why = NULL;
        *type = weir_nursery_known(nursery_of(p), uri, why);
        if (*type)
            return WEIR_PARKING_KNOWN;
        if (*why)
            return WEIR_PARKING_REFUSED;
        if (i == 0)
            ask(p, uri); // it may be told at once
    }
    return WEIR_PARKING_WAITS;
}

// --------------------------------------------------------------------- list

static int
compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
hear_listed(void *owner, uint32_t n, const struct weir_plugin_entry *entries,
            const char *why)
{
    struct weir_parking *p = owner;
    free_list(p);
    p->list_asked = false;
    p->uris = calloc(n + 1, sizeof *p->uris);
    for (uint32_t i = 0; p->uris && !why && i < n; i++)
        if ((p->uris[p->n_uris] = strdup(entries[i].uri)))
            p->n_uris++;
    if (p->uris)
        qsort(p->uris, p->n_uris, sizeof *p->uris, compare);
    if (why)
        p->list_why = strdup(why);
    weir_timer_set(&p->timer, 1, 0);
}

enum weir_parking_answer
weir_parking_list(struct weir_parking *p, const char *const **uris, uint32_t *n,
                  const char **why)
{
    if (!p->uris && !p->list_asked) {
        p->list_asked = true;
        weir_nursery_list(nursery_of(p), hear_listed, p);
    }
    if (p->list_why) { // the next one asks again
        snprintf(p->why, sizeof p->why, "%s", p->list_why);
        *why = p->why;
        free_list(p);
        return WEIR_PARKING_REFUSED;
    }
    if (!p->uris)
        return WEIR_PARKING_WAITS;
    *uris = (const char *const *)p->uris;
    *n = p->n_uris;
    return WEIR_PARKING_KNOWN;
}
