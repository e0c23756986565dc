// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Bundles in the order of their times, and of their coming.
#include "oscctl/schedule.h"

#include "common/loop.h"
#include "desk/desk.h"
#include "desk/link.h"
#include "oscctl/packet.h"
#include "oscctl/peer.h"
#include "oscctl/time.h"
#include "oscctl/tree.h"

#include <stdlib.h>
#include <string.h>

#define LEAD_NTP ((UINT64_C(1) << 32) / 10)
#define MS_NTP ((UINT64_C(1) << 32) / 1000)

struct bundle {
    uint64_t tag;
    uint64_t at_ns; // CLOCK_MONOTONIC, once it is with the mixer
    struct weir_peer peer;
    size_t n_bytes;
    struct weir_schedule *schedule;
    struct bundle *next; // of those that are with the mixer
    _Alignas(8) unsigned char bytes[];
};

struct weir_schedule {
    struct weir_tree *tree;
    struct weir_loop *loop;
    struct weir_timer timer;
    size_t n_bytes;
    uint32_t n;
    struct bundle *waiting[WEIR_SCHEDULE_BUNDLES]; // the latest first
    struct bundle *sent;
    uint32_t n_sent;
};

static void
ring(void *owner)
{
    weir_schedule_run(owner, weir_ntp_now());
}

struct weir_schedule *
weir_schedule_new(struct weir_tree *tree, struct weir_loop *loop)
{
    struct weir_schedule *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->tree = tree;
    s->loop = loop;
    if (!weir_timer_open(loop, &s->timer, ring, s)) {
        free(s);
        return NULL;
    }
    return s;
}

void
weir_schedule_free(struct weir_schedule *s)
{
    if (!s)
        return;
    weir_timer_close(s->loop, &s->timer);
    while (s->n > 0)
        free(s->waiting[--s->n]);
    while (s->sent) {
        struct bundle *b = s->sent;
        s->sent = b->next;
        free(b);
    }
    free(s);
}

// ------------------------------------------------------------------ putting

// At its time, if the mixer has no clock of its own.
static uint64_t
due(const struct weir_schedule *s, const struct bundle *b)
{
    return weir_desk_has_clock(s->tree->desk) ? b->tag - LEAD_NTP : b->tag;
}

// As for packets that come: while the mixer has much to do already they wait.
static bool
has_room(const struct weir_schedule *s)
{
    return weir_desk_room(s->tree->desk) >= WEIR_LINK_ROOM_FOR_PACKET;
}

static void
set_timer(struct weir_schedule *s, uint64_t now)
{
    if (s->n == 0)
        return;
    uint64_t at = due(s, s->waiting[s->n - 1]);
    if (!has_room(s))
        at = now + MS_NTP;
    const uint64_t ms = at > now ? (at - now + MS_NTP - 1) / MS_NTP : 0;
    weir_timer_set(&s->timer, ms > 0 ? (uint32_t)ms : 1, 0);
}

static enum weir_fault_code
check_room(const struct weir_schedule *s, uint64_t tag, size_t n_bytes,
           struct weir_fault *fault)
{
    if (tag - weir_ntp_now() > (uint64_t)WEIR_SCHEDULE_AHEAD_S << 32)
        return weir_fault(fault, WEIR_FAULT_RANGE,
                          "the time tag is more than %d s ahead",
                          WEIR_SCHEDULE_AHEAD_S);
    if (s->n + s->n_sent >= WEIR_SCHEDULE_BUNDLES)
        return weir_fault(fault, WEIR_FAULT_LIMIT,
                          "%d bundles are waiting for their time already "
                          "(send this one later)",
                          WEIR_SCHEDULE_BUNDLES);
    if (s->n_bytes + n_bytes > WEIR_SCHEDULE_BYTES)
        return weir_fault(fault, WEIR_FAULT_LIMIT,
                          "the bundles that wait for their time take %d MB "
                          "already (send this one later)",
                          WEIR_SCHEDULE_BYTES >> 20);
    return WEIR_FAULT_NONE;
}

// Before all that are later, behind those of the same time.
static void
insert(struct weir_schedule *s, struct bundle *b)
{
    uint32_t low = 0;
    uint32_t high = s->n;
    while (low < high) {
        const uint32_t mid = (low + high) / 2;
        if (s->waiting[mid]->tag > b->tag)
            low = mid + 1;
        else
            high = mid;
    }
    memmove(&s->waiting[low + 1], &s->waiting[low],
            (s->n - low) * sizeof(struct bundle *));
    s->waiting[low] = b;
    s->n++;
}

enum weir_fault_code
weir_schedule_add(struct weir_schedule *s, uint64_t tag,
                  const struct weir_peer *peer, const void *packet,
                  size_t n_bytes, struct weir_fault *fault)
{
    if (check_room(s, tag, n_bytes, fault))
        return fault->code;
    struct bundle *b = malloc(sizeof *b + n_bytes);
    if (!b)
        return weir_fault(fault, WEIR_FAULT_LIMIT, "memory is short");
    *b = (struct bundle){
        .tag = tag, .peer = *peer, .n_bytes = n_bytes, .schedule = s};
    memcpy(b->bytes, packet, n_bytes);
    insert(s, b);
    s->n_bytes += n_bytes;
    if (s->waiting[s->n - 1] == b)
        weir_schedule_run(s, weir_ntp_now());
    return WEIR_FAULT_NONE;
}

// ------------------------------------------------------------------ sending

static void
let_go(struct bundle *b)
{
    b->schedule->n_bytes -= b->n_bytes;
    free(b);
}

static void
take_off_sent(struct bundle *b)
{
    struct bundle **at = &b->schedule->sent;
    while (*at != b)
        at = &(*at)->next;
    *at = b->next;
    b->schedule->n_sent--;
}

static void
catch_up(void *owner, const struct weir_fault *fault)
{
    struct bundle *b = owner;
    (void)fault; // the mixer has none
    take_off_sent(b);
    weir_packet_catch_up(b->schedule->tree, &b->peer, b->bytes, b->n_bytes);
    let_go(b);
}

// To look at two clocks twice gives two answers, and what has the same tag
// must have the same time.
static uint64_t
time_of(const struct weir_schedule *s, uint64_t tag)
{
    for (const struct bundle *b = s->sent; b; b = b->next)
        if (b->tag == tag)
            return b->at_ns;
    return weir_mono_from_real_ns(weir_ntp_to_ns(tag));
}

static void
send_ahead(struct weir_schedule *s, struct bundle *b)
{
    b->at_ns = time_of(s, b->tag);
    b->next = s->sent;
    s->sent = b;
    s->n_sent++;
    if (weir_packet_send_ahead(s->tree, &b->peer, b->bytes, b->n_bytes,
                               b->at_ns, (struct weir_ticket){catch_up, b}) ==
        WEIR_PACKET_SENT)
        return;
    take_off_sent(b);
    let_go(b);
}

static void
send_or_do(struct weir_schedule *s, struct bundle *b)
{
    if (weir_desk_has_clock(s->tree->desk)) {
        send_ahead(s, b);
        return;
    }
    weir_packet_do(s->tree, &b->peer, b->bytes, b->n_bytes);
    let_go(b);
}

void
weir_schedule_run(struct weir_schedule *s, uint64_t now)
{
    while (s->n > 0 && has_room(s) && due(s, s->waiting[s->n - 1]) <= now)
        send_or_do(s, s->waiting[--s->n]);
    set_timer(s, now);
}
