// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Loudness: @control's side, which asks and is told, over two queues.
#include "observe/loudness.h"

#include "common/loop.h"
#include "desk/desk.h"
#include "desk/source.h"
#include "observe/loudness_thread.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_WAITING = 256 };

// Requests are numbered, and results tell the newest that they know: a
// result that was on its way before a request does not answer it.
struct waiting {
    uint32_t slot;
    uint64_t generation;
    struct weir_ticket ticket;
};

struct weir_loudness {
    struct weir_loop *loop;
    struct weir_watch watch;
    struct weir_loudness_thread *thread;
    struct weir_desk_bus *buses[WEIR_MAX_BUSES]; // that are observed, by slot
    uint64_t generation[WEIR_MAX_BUSES];         // of the newest request
    bool has_result[WEIR_MAX_BUSES];             // that answers it
    struct weir_ticket gone[WEIR_MAX_BUSES];     // of those that are left
    uint32_t n_leaving;
    struct waiting waiting[MAX_WAITING];
    uint32_t n_waiting;
};

// Settle who waits for a slot's result of this generation, or an older one.
static void
settle_slot(struct weir_loudness *l, uint32_t slot, uint64_t generation)
{
    struct waiting now[MAX_WAITING];
    uint32_t n_now = 0;
    uint32_t n = 0;
    for (uint32_t i = 0; i < l->n_waiting; i++) {
        const struct waiting *w = &l->waiting[i];
        if (w->slot == slot && w->generation <= generation)
            now[n_now++] = *w;
        else
            l->waiting[n++] = *w;
    }
    l->n_waiting = n;
    for (uint32_t i = 0; i < n_now; i++)
        weir_ticket_settle(now[i].ticket, NULL);
}

static void
settle_gone(struct weir_loudness *l, uint32_t slot)
{
    const struct weir_ticket gone = l->gone[slot];
    l->gone[slot] = (struct weir_ticket){0};
    l->n_leaving--;
    weir_ticket_settle(gone, NULL);
}

// So no more requests are ever under way than the thread's queue holds.
static bool
has_room(const struct weir_loudness *l, struct weir_ticket ticket)
{
    struct weir_fault fault;
    if (l->n_waiting < MAX_WAITING)
        return true;
    weir_fault(&fault, WEIR_FAULT_LIMIT,
               "%d questions about loudness wait already (ask again)",
               MAX_WAITING);
    weir_ticket_settle(ticket, &fault);
    return false;
}

static void
await(struct weir_loudness *l, uint32_t slot, struct weir_ticket ticket)
{
    l->waiting[l->n_waiting++] =
        (struct waiting){slot, l->generation[slot], ticket};
}

static void
take_result(struct weir_loudness *l, const struct weir_loudness_result *r)
{
    struct weir_desk_bus *bus = l->buses[r->slot];
    const bool newest = r->generation == l->generation[r->slot];
    if (newest && bus && !r->left) {
        memcpy(bus->loudness, r->values, sizeof r->values);
        l->has_result[r->slot] = true;
    }
    settle_slot(l, r->slot, r->generation);
    if (r->left)
        settle_gone(l, r->slot);
}

static void
take_results(void *owner)
{
    struct weir_loudness *l = owner;
    struct weir_loudness_result r;
    weir_loop_drain(l->watch.fd);
    while (weir_loudness_thread_take(l->thread, &r))
        take_result(l, &r);
}

static bool
start_thread(struct weir_loudness *l, unsigned rate_hz)
{
    int fd;
    l->thread = weir_loudness_thread_start(rate_hz, &fd);
    return l->thread &&
           weir_loop_watch(l->loop, &l->watch, fd, take_results, l);
}

static void
stop_thread(struct weir_loudness *l)
{
    weir_loop_ignore(l->loop, &l->watch);
    weir_loudness_thread_stop(l->thread);
    l->thread = NULL;
}

struct weir_loudness *
weir_loudness_start(struct weir_loop *loop, unsigned rate_hz)
{
    struct weir_loudness *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    l->loop = loop;
    l->watch.fd = -1;
    if (start_thread(l, rate_hz))
        return l;
    weir_loudness_stop(l);
    return NULL;
}

static void
ask(struct weir_loudness *l, enum weir_loudness_kind kind,
    const struct weir_desk_bus *bus)
{
    l->has_result[bus->slot] = false;
    weir_loudness_thread_ask(l->thread,
                             &(struct weir_loudness_request){
                                 .kind = kind,
                                 .slot = bus->slot,
                                 .generation = ++l->generation[bus->slot],
                                 .ring = bus->out->tap.ring,
                             });
}

static void
begin(struct weir_loudness *l, struct weir_desk_bus *bus)
{
    if (l->buses[bus->slot])
        return;
    l->buses[bus->slot] = bus;
    ask(l, WEIR_LOUDNESS_OBSERVE, bus);
}

void
weir_loudness_observe(struct weir_loudness *l, struct weir_desk_bus *bus,
                      struct weir_ticket ready)
{
    begin(l, bus);
    if (l->has_result[bus->slot])
        weir_ticket_settle(ready, NULL);
    else if (has_room(l, ready))
        await(l, bus->slot, ready);
}

void
weir_loudness_reset(struct weir_loudness *l, struct weir_desk_bus *bus,
                    struct weir_ticket done)
{
    if (!has_room(l, done))
        return;
    begin(l, bus);
    ask(l, WEIR_LOUDNESS_RESET, bus);
    await(l, bus->slot, done);
}

void
weir_loudness_leave(struct weir_loudness *l, struct weir_desk_bus *bus,
                    struct weir_ticket gone)
{
    if (!l->buses[bus->slot]) {
        weir_ticket_settle(gone, NULL);
        return;
    }
    l->buses[bus->slot] = NULL; // results that are on their way go nowhere
    l->gone[bus->slot] = gone;  // the bus's ring is in use until then
    l->n_leaving++;
    ask(l, WEIR_LOUDNESS_LEAVE, bus);
}

// Who waits for a value is answered by the next thread's.
void
weir_loudness_pause(struct weir_loudness *l)
{
    stop_thread(l);
    for (uint32_t slot = 0; slot < WEIR_MAX_BUSES; slot++)
        if (l->gone[slot].fn)
            settle_gone(l, slot);
}

bool
weir_loudness_resume(struct weir_loudness *l, unsigned rate_hz)
{
    if (!start_thread(l, rate_hz))
        return false;
    for (uint32_t slot = 0; slot < WEIR_MAX_BUSES; slot++)
        if (l->buses[slot])
            ask(l, WEIR_LOUDNESS_OBSERVE, l->buses[slot]);
    return true;
}

bool
weir_loudness_is_awaited(const struct weir_loudness *l)
{
    return l->n_waiting > 0 || l->n_leaving > 0;
}

void
weir_loudness_stop(struct weir_loudness *l)
{
    if (!l)
        return;
    stop_thread(l);
    for (uint32_t slot = 0; slot < WEIR_MAX_BUSES; slot++)
        settle_slot(l, slot, UINT64_MAX);
    free(l);
}
