// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What racks are asked, and what they tell of it: before a call returns, or
// some time later. What is told is taken when no transaction and no call is
// under way, for it may end slots.
#include "desk/slots_private.h"

#include "common/log.h"

#include <stdlib.h>

void
weir_desk_settle_asked(struct weir_ticket ticket, const char *why)
{
    struct weir_fault fault;
    if (why)
        weir_fault(&fault, WEIR_FAULT_FAILED, "%.190s", why);
    weir_ticket_settle(ticket, why ? &fault : NULL);
}

// -------------------------------------------------------------------- asked

struct weir_desk_errand *
weir_desk_new_errand(struct weir_desk_slot *slot, enum weir_errand_kind kind,
                     struct weir_ticket ticket)
{
    struct weir_desk_rack *r = &slot->object->plugins;
    struct weir_desk_errand *e = calloc(1, sizeof *e);
    if (!e)
        return NULL;
    *e = (struct weir_desk_errand){
        .kind = kind, .slot = slot, .ticket = ticket, .next = r->errands};
    r->errands = e;
    return e;
}

// Those it was asked before it had a number are told by that number later.
static void
queue_told(struct weir_desk_object *o, uint32_t serial, const char *why)
{
    struct weir_desk *desk = o->desk;
    struct weir_desk_told *told = calloc(1, sizeof *told);
    struct weir_desk_told **at = &desk->told;
    if (!told)
        return; // memory is short: who asked waits in vain
    *told = (struct weir_desk_told){
        .object = o, .serial = serial, .failed = why != NULL};
    if (why)
        weir_why(&told->why, "%s", why);
    while (*at)
        at = &(*at)->next;
    *at = told;
}

void
weir_desk_hear_told(void *owner, uint32_t serial, const char *why)
{
    struct weir_desk_object *o = owner;
    queue_told(o, serial, why);
    weir_desk_drain_told(o->desk);
}

// An errand that the rack has not taken has failed, under a number of its own.
void
weir_desk_errand_sent(struct weir_desk_errand *e, uint32_t serial,
                      const struct weir_why *why)
{
    struct weir_desk_object *o = e->slot->object;
    if (serial == 0) {
        e->serial = o->desk->next_failure++;
        queue_told(o, e->serial, why->text);
        return;
    }
    e->serial = serial;
}

void
weir_desk_forget_told(struct weir_desk_object *o)
{
    struct weir_desk_told **at = &o->desk->told;
    while (*at) {
        struct weir_desk_told *told = *at;
        if (told->object != o) {
            at = &told->next;
            continue;
        }
        *at = told->next;
        free(told);
    }
}

// --------------------------------------------------------------------- told

void
weir_desk_tell_slot_leaves(struct weir_desk_slot *slot)
{
    const struct weir_desk *desk = slot->object->desk;
    if (slot->is_shown && desk->watcher.slot_leaves)
        desk->watcher.slot_leaves(desk->watcher.owner, slot);
}

// A slot that could not be had.
static void
fail_slot(struct weir_desk_slot *slot, const char *why)
{
    const struct weir_ticket ticket = slot->ticket;
    weir_log(WEIR_LOG_ERROR, "%s: plugin %s (%s) not added: %s",
             slot->object->id, slot->id, slot->type->uri, why);
    weir_desk_tell_slot_leaves(slot);
    weir_desk_slot_take_off(slot);
    weir_desk_take_acts(slot, why);
    weir_desk_slot_free(slot);
    weir_desk_settle_asked(ticket, why);
}

// One that an earlier rack had: another period or rate may suit it again.
static void
let_wait(struct weir_desk_slot *slot, const char *why)
{
    weir_log(WEIR_LOG_ERROR, "%s: plugin %s (%s) has failed: %s",
             slot->object->id, slot->id, slot->type->uri, why);
    slot->in_rack = false;
    slot->has_failed = true;
    weir_desk_take_acts(slot, why);
}

static void
log_added(const struct weir_desk_slot *slot)
{
    weir_log(WEIR_LOG_INFO, "%s: plugin %s added: %s", slot->object->id,
             slot->id, slot->type->uri);
}

static void
is_added(struct weir_desk_slot *slot)
{
    struct weir_why why;
    const struct weir_desk *desk = slot->object->desk;
    struct weir_rack *rack = slot->object->plugins.rack;
    const struct weir_ticket ticket = slot->ticket;
    slot->ticket = (struct weir_ticket){0};
    slot->is_there = true;
    slot->carries = false;
    slot->number = weir_rack_number(rack, slot->id);
    if (ticket.fn)
        log_added(slot);
    if (slot->type->n_properties > 0)
        (void)weir_rack_get_properties(rack, slot->id, &why);
    const bool is_new = !slot->is_shown;
    slot->is_shown = true;
    if (is_new && desk->watcher.slot_came)
        desk->watcher.slot_came(desk->watcher.owner, slot);
    weir_desk_settle_asked(ticket, NULL);
}

static void
is_removed(struct weir_desk_errand *e)
{
    weir_log(WEIR_LOG_INFO, "%s: plugin %s removed", e->slot->object->id,
             e->slot->id);
    weir_desk_slot_free(e->slot);
    weir_desk_settle_asked(e->ticket, NULL);
}

static void
take_errand(struct weir_desk_errand *e, const char *why)
{
    struct weir_desk_object *o = e->slot->object;
    switch (e->kind) {
    case WEIR_ERRAND_ADD:
        if (e->slot->leaving)
            break; // its remove was asked after it
        if (why && e->slot->is_shown && o->plugins.rack)
            let_wait(e->slot, why);
        else if (why)
            fail_slot(e->slot, why);
        else
            is_added(e->slot);
        break;
    case WEIR_ERRAND_REMOVE: // even if the rack knew nothing of it
        is_removed(e);
        break;
    case WEIR_ERRAND_CARRY:
        e->slot->carries = !why;
        o->plugins.n_carried--;
        break;
    case WEIR_ERRAND_LOAD:
        if (!why && !e->slot->leaving)
            weir_desk_begin_to_show(e);
        if (!why && !e->slot->leaving)
            weir_desk_ask_for_properties(e->slot);
        if (why && !e->ticket.fn)
            weir_log(WEIR_LOG_ERROR,
                     "%s: the state of plugin %s is not there "
                     "again: %s",
                     o->id, e->slot->id, why);
        weir_desk_settle_asked(e->ticket, why);
        break;
    case WEIR_ERRAND_SHOW: // is told by nobody
    case WEIR_ERRAND_OTHER:
        weir_desk_settle_asked(e->ticket, why);
        break;
    }
}

// Those of a slot that has failed are freed with it, one errand after the
// other: its own later ones have failed before it, or name it no more.
static void
drop_errands_of(struct weir_desk_object *o, const struct weir_desk_slot *slot,
                const char *why)
{
    struct weir_desk_errand **at = &o->plugins.errands;
    while (*at) {
        struct weir_desk_errand *e = *at;
        if (e->slot != slot || e->kind == WEIR_ERRAND_REMOVE) {
            at = &e->next;
            continue;
        }
        *at = e->next;
        if (e->kind == WEIR_ERRAND_CARRY)
            o->plugins.n_carried--;
        weir_desk_settle_asked(e->ticket, why);
        free(e);
    }
}

static void
take_told(const struct weir_desk_told *told)
{
    struct weir_desk_object *o = told->object;
    struct weir_desk_errand **at = &o->plugins.errands;
    const char *why = told->failed ? told->why.text : NULL;
    while (*at && (*at)->serial != told->serial)
        at = &(*at)->next;
    struct weir_desk_errand *e = *at;
    if (!e)
        return; // a value of a slot that was not there yet
    *at = e->next;
    if (e->kind == WEIR_ERRAND_ADD && why && !e->slot->leaving)
        drop_errands_of(o, e->slot, why);
    if (e->kind == WEIR_ERRAND_REMOVE)
        drop_errands_of(o, e->slot, NULL);
    take_errand(e, why);
    free(e);
    weir_desk_see_whether_rack_goes(o);
}

// One after the other: each may have the rack asked for more.
void
weir_desk_drain_told(struct weir_desk *desk)
{
    while (desk->told && desk->n_busy == 0) {
        struct weir_desk_told *told = desk->told;
        desk->told = told->next;
        take_told(told);
        free(told);
    }
}

void
weir_desk_hear_racks(struct weir_desk *desk)
{
    weir_desk_drain_told(desk);
    for (uint32_t i = 0; i < desk->n_strips; i++)
        weir_desk_see_whether_rack_goes(&desk->strips[i]->o);
    for (uint32_t i = 0; i < desk->n_buses; i++)
        weir_desk_see_whether_rack_goes(&desk->buses[i]->o);
}
