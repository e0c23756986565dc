// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Racks as they come, are asked, tell and go. A rack may tell how a call went
// before that returns; what is told is taken when no transaction and no call
// is under way, for it may end slots.
#include "desk/slots_private.h"

#include "common/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void bring(struct weir_desk_object *o);

static const struct weir_desk_plugins_config *
config_of(const struct weir_desk_object *o)
{
    return &o->desk->config.plugins;
}

void
weir_desk_name_in_mix(const struct weir_desk_object *o,
                      struct weir_command *command)
{
    if (o->is_bus)
        command->bus = ((const struct weir_desk_bus *)o)->mix;
    else
        command->strip = ((const struct weir_desk_strip *)o)->mix;
}

static void
settle(struct weir_ticket ticket, const char *why)
{
    struct weir_fault fault;
    if (why)
        weir_fault(&fault, WEIR_FAULT_FAILED, "%.190s", why);
    weir_ticket_settle(ticket, why ? &fault : NULL);
}

static void take_acts(struct weir_desk_slot *slot, const char *why);

// ------------------------------------------------------------------ errands

static struct weir_desk_errand *
new_errand(struct weir_desk_slot *slot, enum weir_errand_kind kind,
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

static void drain(struct weir_desk *desk);

static void
hear_told(void *owner, uint32_t serial, const char *why)
{
    struct weir_desk_object *o = owner;
    queue_told(o, serial, why);
    drain(o->desk);
}

// An errand that the rack has not taken has failed, under a number of its own.
static void
sent(struct weir_desk_errand *e, uint32_t serial, const struct weir_why *why)
{
    struct weir_desk_object *o = e->slot->object;
    if (serial == 0) {
        e->serial = o->desk->next_failure++;
        queue_told(o, e->serial, why->text);
        return;
    }
    e->serial = serial;
}

// --------------------------------------------------------------------- going

static void
tell_slot_leaves(struct weir_desk_slot *slot)
{
    const struct weir_desk *desk = slot->object->desk;
    if (slot->is_shown && desk->watcher.slot_leaves)
        desk->watcher.slot_leaves(desk->watcher.owner, slot);
}

// Its mixer is through with it; what was still asked of it has failed.
static void
lose_rack(struct weir_desk_object *o, const char *why)
{
    struct weir_desk_rack *r = &o->plugins;
    weir_rack_free(r->rack);
    r->rack = NULL;
    r->phase = WEIR_RACK_NONE;
    r->n_carried = 0;
    r->is_to_move = false;
    while (r->errands) {
        struct weir_desk_errand *e = r->errands;
        r->errands = e->next;
        if (e->kind == WEIR_ERRAND_REMOVE)
            weir_desk_slot_free(e->slot);
        if (e->kind == WEIR_ERRAND_REMOVE)
            settle(e->ticket, NULL);
        else if (e->kind != WEIR_ERRAND_ADD) // that is asked once more
            settle(e->ticket, why);
        free(e);
    }
    for (uint32_t i = 0; i < r->n_slots; i++)
        r->slots[i]->in_rack = r->slots[i]->is_there = false;
}

static void
forget_told(struct weir_desk_object *o)
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

static void
insert_back(void *owner, const struct weir_fault *fault)
{
    struct weir_desk_object *o = owner;
    (void)fault; // the mixer never refuses
    forget_told(o);
    lose_rack(o, "the plugins have moved to another process (try again)");
    if (o->leaving)
        weir_desk_send_off(o);
    else if (o->plugins.n_slots > 0)
        bring(o);
}

// Without room for the command it is tried again when racks are looked after.
static void
take_out(struct weir_desk_object *o)
{
    struct weir_desk_rack *r = &o->plugins;
    struct weir_command command = {.kind = WEIR_COMMAND_INSERT_REMOVE};
    weir_desk_name_in_mix(o, &command);
    command.insert = weir_rack_insert(r->rack);
    if (weir_link_send_one(o->desk->config.link, &command,
                           (struct weir_ticket){.fn = insert_back, .owner = o}))
        r->phase = WEIR_RACK_GOES;
}

static bool
is_wanted(const struct weir_desk_rack *r)
{
    return r->n_slots > 0 || r->errands;
}

// When the last slot has gone, or all states wait for the new rack.
static void
see_whether_it_goes(struct weir_desk_object *o)
{
    struct weir_desk_rack *r = &o->plugins;
    if (r->phase != WEIR_RACK_IN_MIX || o->leaving || o->desk->n_busy > 0)
        return;
    if (!is_wanted(r) || (r->is_to_move && r->n_carried == 0))
        take_out(o);
}

void
weir_desk_lose_slots(struct weir_desk_object *o)
{
    struct weir_desk_rack *r = &o->plugins;
    forget_told(o);
    for (struct weir_desk_errand *e = r->errands; e; e = e->next) {
        if (e->kind != WEIR_ERRAND_ADD)
            settle(e->ticket, e->kind == WEIR_ERRAND_REMOVE ? NULL : "gone");
        e->ticket = (struct weir_ticket){0};
    }
    for (uint32_t i = 0; i < r->n_slots; i++) {
        const struct weir_ticket ticket = r->slots[i]->ticket;
        r->slots[i]->ticket = (struct weir_ticket){0};
        settle(ticket, "its strip or bus is being removed");
        take_acts(r->slots[i], "its strip or bus is being removed");
    }
}

void
weir_desk_free_slots(struct weir_desk_object *o)
{
    struct weir_desk_rack *r = &o->plugins;
    if (!o->desk)
        return; // it was never on one
    forget_told(o);
    weir_rack_free(r->rack);
    r->rack = NULL;
    while (r->errands) {
        struct weir_desk_errand *e = r->errands;
        r->errands = e->next;
        if (e->kind == WEIR_ERRAND_REMOVE)
            weir_desk_slot_free(e->slot);
        free(e);
    }
    while (r->n_slots > 0)
        weir_desk_slot_free(r->slots[--r->n_slots]);
}

// A slot that could not be had.
static void
fail_slot(struct weir_desk_slot *slot, const char *why)
{
    const struct weir_ticket ticket = slot->ticket;
    weir_log(WEIR_LOG_ERROR, "%s: plugin %s (%s) not added: %s",
             slot->object->id, slot->id, slot->type->uri, why);
    tell_slot_leaves(slot);
    weir_desk_slot_take_off(slot);
    take_acts(slot, why);
    weir_desk_slot_free(slot);
    settle(ticket, why);
}

// ------------------------------------------------------------------- coming

static struct weir_desk_slot *
slot_called(struct weir_desk_object *o, const char *id)
{
    return weir_desk_find_slot(o, id);
}

static void
hear_property(void *owner, const char *id, const char *property,
              const char *value)
{
    struct weir_desk_object *o = owner;
    struct weir_desk_slot *slot = slot_called(o, id);
    for (uint32_t i = 0; slot && i < slot->type->n_properties; i++) {
        char *copy;
        if (strcmp(slot->type->properties[i].uri, property) != 0)
            continue;
        if (slot->properties[i] && strcmp(slot->properties[i], value) == 0)
            return;
        copy = strdup(value);
        if (!copy)
            return;
        free(slot->properties[i]);
        slot->properties[i] = copy;
        o->desk->n_commits++;
        weir_desk_tell_changed(o->desk, &slot->properties[i]);
        return;
    }
}

static const char *
folder_of(const struct weir_desk_object *o, char path[WEIR_SLOT_PATH_BYTES])
{
    const char *folder = config_of(o)->folder;
    if (!folder)
        return NULL;
    const int n = snprintf(path, WEIR_SLOT_PATH_BYTES, "%s/%s.%s", folder,
                           o->is_bus ? "bus" : "strip", o->id);
    if (n < 0 || n >= WEIR_SLOT_PATH_BYTES ||
        (mkdir(path, 0700) && errno != EEXIST))
        return NULL;
    return path;
}

// Where a slot's state waits while the rack is another.
static const char *
carry_path(const struct weir_desk_slot *slot, char path[WEIR_SLOT_PATH_BYTES])
{
    if (!folder_of(slot->object, path))
        return NULL;
    const size_t n = strlen(path);
    const int more =
        snprintf(path + n, WEIR_SLOT_PATH_BYTES - n, "/carried.%s", slot->id);
    return more > 0 && (size_t)more < WEIR_SLOT_PATH_BYTES - n ? path : NULL;
}

static bool
new_rack(struct weir_desk_object *o, struct weir_why *why)
{
    char label[16 + WEIR_ID_MAX];
    char folder[WEIR_SLOT_PATH_BYTES];
    struct weir_desk_rack *r = &o->plugins;
    const struct weir_desk_plugins_config *c = config_of(o);
    struct weir_command command = {.kind = WEIR_COMMAND_INSERT_ADD};
    snprintf(label, sizeof label, "%s/%s", o->is_bus ? "bus" : "strip", o->id);
    if (c->rack_comes)
        c->rack_comes(c->owner);
    if (!weir_rack_new(
            &(struct weir_rack_config){.nursery = c->world ? NULL : c->nursery,
                                       .world = c->world,
                                       .n_channels = o->n_channels,
                                       .rate_hz = o->desk->config.rate_hz,
                                       .block = c->block,
                                       .priority = c->priority,
                                       .folder = folder_of(o, folder),
                                       .label = label},
            &r->rack, why))
        return false;
    weir_rack_listen(r->rack, hear_told, hear_property, o);
    weir_rack_freewheel(r->rack, o->desk->is_freewheeling);
    weir_desk_name_in_mix(o, &command);
    command.insert = weir_rack_insert(r->rack);
    if (weir_link_send_one(o->desk->config.link, &command,
                           (struct weir_ticket){0})) {
        r->phase = WEIR_RACK_IN_MIX;
        return true;
    }
    weir_rack_free(r->rack);
    r->rack = NULL;
    return weir_why(why, "too many commands are under way (try again)");
}

static void
ask_add(struct weir_desk_slot *slot, uint32_t index)
{
    struct weir_why why = {"memory is short"};
    struct weir_desk_errand *e =
        new_errand(slot, WEIR_ERRAND_ADD, (struct weir_ticket){0});
    slot->in_rack = true;
    if (e)
        sent(e,
             weir_rack_add(slot->object->plugins.rack, slot->id, slot->type,
                           index, &why),
             &why);
}

// All that was set before it was there, or in another rack.
static void
ask_values(struct weir_desk_slot *slot)
{
    struct weir_rack *rack = slot->object->plugins.rack;
    const struct weir_plugin_type *t = slot->type;
    struct weir_why why;
    for (uint32_t i = 0; i < t->n_ports; i++)
        if (t->ports[i].is_input && weir_slot_port_is_shown(&t->ports[i]) &&
            !(t->ports[i].flags & WEIR_PORT_TRIGGER) &&
            (slot->carries || slot->values[i] != t->ports[i].by_default))
            (void)weir_rack_set(rack, slot->id, i, slot->values[i], &why);
    if (slot->values[t->n_ports] != 0.0f)
        (void)weir_rack_set(rack, slot->id, WEIR_RACK_BYPASS,
                            slot->values[t->n_ports], &why);
    for (uint32_t i = 0; i < t->n_properties; i++)
        if (!slot->carries && slot->properties[i] &&
            t->properties[i].is_writable)
            (void)weir_rack_set_property(rack, slot->id, t->properties[i].uri,
                                         slot->properties[i], &why);
}

static void
ask_carried_state(struct weir_desk_slot *slot)
{
    char path[WEIR_SLOT_PATH_BYTES];
    struct weir_why why;
    if (slot->carries && carry_path(slot, path))
        (void)weir_rack_load(slot->object->plugins.rack, slot->id, path, &why);
}

static void
ask_act(struct weir_desk_slot *slot, enum weir_slot_act act, char *const *words,
        struct weir_ticket ticket)
{
    struct weir_why why = {"memory is short"};
    struct weir_rack *rack = slot->object->plugins.rack;
    const bool loads = act == WEIR_SLOT_LOAD || act == WEIR_SLOT_PRESET;
    struct weir_desk_errand *e =
        new_errand(slot, loads ? WEIR_ERRAND_LOAD : WEIR_ERRAND_OTHER, ticket);
    uint32_t serial = 0;
    if (!e) {
        settle(ticket, why.text);
        return;
    }
    switch (act) {
    case WEIR_SLOT_PROPERTY:
        serial =
            weir_rack_set_property(rack, slot->id, words[0], words[1], &why);
        if (serial)
            hear_property(slot->object, slot->id, words[0], words[1]);
        break;
    case WEIR_SLOT_PRESET:
        serial = weir_rack_preset(rack, slot->id, words[0], &why);
        break;
    case WEIR_SLOT_LOAD:
        serial = weir_rack_load(rack, slot->id, words[0], &why);
        break;
    case WEIR_SLOT_SAVE:
        serial = weir_rack_save(rack, slot->id, words[0], &why);
        break;
    }
    sent(e, serial, &why);
}

// They come in their order, once it has a rack.
static void
keep_act(struct weir_desk_slot *slot, struct weir_change *change)
{
    struct weir_desk_act **at = &slot->acts;
    struct weir_desk_act *act = calloc(1, sizeof *act);
    if (!act) {
        settle(change->ticket, "memory is short");
        return;
    }
    act->act = change->act;
    act->ticket = change->ticket;
    for (int i = 0; i < 2; i++) {
        act->words[i] = change->words[i];
        change->words[i] = NULL;
    }
    while (*at)
        at = &(*at)->next;
    *at = act;
}

static void
take_acts(struct weir_desk_slot *slot, const char *why)
{
    while (slot->acts) {
        struct weir_desk_act *act = slot->acts;
        slot->acts = act->next;
        if (why)
            settle(act->ticket, why);
        else
            ask_act(slot, act->act, act->words, act->ticket);
        free(act->words[0]);
        free(act->words[1]);
        free(act);
    }
}

// Those that have no rack: as failed, though the rack knows nothing of them.
static void
fail_all(struct weir_desk_object *o, const struct weir_why *why)
{
    for (uint32_t i = 0; i < o->plugins.n_slots; i++) {
        struct weir_desk_slot *slot = o->plugins.slots[i];
        struct weir_desk_errand *e =
            slot->in_rack
                ? NULL
                : new_errand(slot, WEIR_ERRAND_ADD, (struct weir_ticket){0});
        slot->in_rack = true;
        if (e)
            sent(e, 0, why);
    }
}

static void
bring(struct weir_desk_object *o)
{
    struct weir_why why;
    struct weir_desk_rack *r = &o->plugins;
    o->desk->n_busy++;
    if (!new_rack(o, &why)) {
        fail_all(o, &why);
    } else {
        for (uint32_t i = 0; i < r->n_slots; i++) {
            ask_add(r->slots[i], i);
            ask_carried_state(r->slots[i]);
            take_acts(r->slots[i], NULL);
            ask_values(r->slots[i]);
            r->slots[i]->carries = false;
        }
    }
    o->desk->n_busy--;
    drain(o->desk);
}

// --------------------------------------------------------------------- told

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
    slot->number = weir_rack_number(rack, slot->id);
    if (ticket.fn)
        log_added(slot);
    if (slot->type->n_properties > 0)
        (void)weir_rack_get_properties(rack, slot->id, &why);
    const bool is_new = !slot->is_shown;
    slot->is_shown = true;
    if (is_new && desk->watcher.slot_came)
        desk->watcher.slot_came(desk->watcher.owner, slot);
    settle(ticket, NULL);
}

// Its values are what the state says.
static void
see_values(struct weir_desk_slot *slot)
{
    struct weir_desk *desk = slot->object->desk;
    struct weir_rack *rack = slot->object->plugins.rack;
    const struct weir_plugin_type *t = slot->type;
    for (uint32_t i = 0; i < t->n_ports; i++) {
        const float now = t->ports[i].is_input
                              ? weir_rack_value(rack, slot->id, i)
                              : slot->values[i];
        if (now == slot->values[i] || !weir_slot_port_is_shown(&t->ports[i]))
            continue;
        slot->values[i] = now;
        weir_desk_tell_changed(desk, &slot->values[i]);
        desk->n_commits++;
    }
}

static void
ask_for_properties(struct weir_desk_slot *slot)
{
    struct weir_why ignored;
    if (slot->type->n_properties > 0)
        (void)weir_rack_get_properties(slot->object->plugins.rack, slot->id,
                                       &ignored);
}

// What a plugin shows follows what it was told within a look or two. Who asked
// hears of it then; and it is followed for longer, as it may have to work.
enum { LOOKS_TO_SETTLE = 3, LOOKS_TO_FOLLOW = 12 };

static void
begin_to_show(struct weir_desk_errand *e)
{
    struct weir_desk_rack *r = &e->slot->object->plugins;
    struct weir_desk_errand *show = malloc(sizeof *show);
    if (!show)
        return;
    *show = *e;
    show->kind = WEIR_ERRAND_SHOW;
    show->serial = 0; // never told
    show->looks = 0;
    show->next = r->errands;
    r->errands = show;
    e->ticket = (struct weir_ticket){0};
}

static void
look_at_shown(struct weir_desk_object *o)
{
    struct weir_desk_errand **at = &o->plugins.errands;
    for (struct weir_desk_errand *e = *at; e; e = *at) {
        if (e->kind != WEIR_ERRAND_SHOW) {
            at = &e->next;
            continue;
        }
        if (o->plugins.rack && !e->slot->leaving)
            see_values(e->slot);
        if (++e->looks < LOOKS_TO_FOLLOW) {
            at = &e->next;
            continue;
        }
        *at = e->next;
        free(e);
    }
}

// Who is told may ask for more.
static void
settle_shown(struct weir_desk_object *o)
{
    struct weir_desk_errand *e = o->plugins.errands;
    while (e) {
        const struct weir_ticket ticket = e->ticket;
        if (e->kind != WEIR_ERRAND_SHOW || !ticket.fn ||
            e->looks < LOOKS_TO_SETTLE) {
            e = e->next;
            continue;
        }
        e->ticket = (struct weir_ticket){0};
        settle(ticket, NULL);
        e = o->plugins.errands;
    }
}

static void
is_removed(struct weir_desk_errand *e)
{
    weir_log(WEIR_LOG_INFO, "%s: plugin %s removed", e->slot->object->id,
             e->slot->id);
    weir_desk_slot_free(e->slot);
    settle(e->ticket, NULL);
}

static void
take_errand(struct weir_desk_errand *e, const char *why)
{
    struct weir_desk_object *o = e->slot->object;
    switch (e->kind) {
    case WEIR_ERRAND_ADD:
        if (e->slot->leaving)
            break; // its remove was asked after it
        if (why)
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
            begin_to_show(e);
        if (!why && !e->slot->leaving)
            ask_for_properties(e->slot);
        if (why && !e->ticket.fn)
            weir_log(WEIR_LOG_ERROR,
                     "%s: the state of plugin %s is not there "
                     "again: %s",
                     o->id, e->slot->id, why);
        settle(e->ticket, why);
        break;
    case WEIR_ERRAND_SHOW: // is told by nobody
    case WEIR_ERRAND_OTHER:
        settle(e->ticket, why);
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
        settle(e->ticket, why);
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
    see_whether_it_goes(o);
}

// One after the other: each may have the rack asked for more.
static void
drain(struct weir_desk *desk)
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
    drain(desk);
    for (uint32_t i = 0; i < desk->n_strips; i++)
        see_whether_it_goes(&desk->strips[i]->o);
    for (uint32_t i = 0; i < desk->n_buses; i++)
        see_whether_it_goes(&desk->buses[i]->o);
}

// ------------------------------------------------------------- after a commit

static void
follow_act(struct weir_change *change)
{
    if (change->slot->in_rack)
        ask_act(change->slot, change->act, change->words, change->ticket);
    else
        keep_act(change->slot, change);
    free(change->words[0]);
    free(change->words[1]);
}

static void
follow_add(const struct weir_change *change)
{
    struct weir_why why;
    struct weir_desk_object *o = change->slot->object;
    struct weir_desk_rack *r = &o->plugins;
    if (r->phase == WEIR_RACK_GOES)
        return; // with the next one
    if (r->phase == WEIR_RACK_NONE && !new_rack(o, &why))
        fail_all(o, &why);
    else
        ask_add(change->slot, change->place);
}

static void
follow_remove(const struct weir_change *change)
{
    struct weir_why why;
    struct weir_desk_slot *slot = change->slot;
    struct weir_desk_rack *r = &slot->object->plugins;
    tell_slot_leaves(slot);
    struct weir_desk_errand *e =
        slot->in_rack ? new_errand(slot, WEIR_ERRAND_REMOVE, change->ticket)
                      : NULL;
    if (e) {
        sent(e, weir_rack_remove(r->rack, slot->id, &why), &why);
        return;
    }
    const struct weir_ticket added = slot->ticket;
    take_acts(slot, "removed before it was there");
    weir_desk_slot_free(slot);
    settle(added, "removed before it was there");
    settle(change->ticket, NULL);
}

static void
follow_move(const struct weir_change *change)
{
    struct weir_why why = {"memory is short"};
    struct weir_desk_slot *slot = change->slot;
    struct weir_desk_errand *e =
        slot->in_rack ? new_errand(slot, WEIR_ERRAND_OTHER, change->ticket)
                      : NULL;
    if (e)
        sent(e,
             weir_rack_move(slot->object->plugins.rack, slot->id, change->to,
                            &why),
             &why);
    else
        settle(change->ticket, NULL);
}

static void
follow_number(const struct weir_change *change)
{
    struct weir_why why = {"memory is short"};
    struct weir_desk_slot *slot = change->slot;
    struct weir_rack *rack = slot->object->plugins.rack;
    const uint32_t port = change->place == weir_desk_slot_bypass(slot)
                              ? (uint32_t)WEIR_RACK_BYPASS
                              : change->place;
    weir_desk_tell_changed(slot->object->desk, change->number);
    if (change->by_mixer) {
        if (rack && slot->in_rack)
            weir_rack_keep(rack, slot->id, port, change->value);
        return;
    }
    struct weir_desk_errand *e =
        slot->in_rack ? new_errand(slot, WEIR_ERRAND_OTHER, change->ticket)
                      : NULL;
    if (e)
        sent(e, weir_rack_set(rack, slot->id, port, change->value, &why), &why);
    else
        settle(change->ticket, NULL);
}

void
weir_desk_slot_follow(struct weir_change *change)
{
    switch (change->kind) {
    case WEIR_CHANGE_SLOT_ADD:
        follow_add(change);
        break;
    case WEIR_CHANGE_SLOT_REMOVE:
        follow_remove(change);
        break;
    case WEIR_CHANGE_SLOT_MOVE:
        follow_move(change);
        break;
    case WEIR_CHANGE_SLOT_NUMBER:
        follow_number(change);
        break;
    default: // WEIR_CHANGE_SLOT_ACT
        follow_act(change);
        break;
    }
}

// -------------------------------------------------------------- as it comes

void
weir_desk_save_slot(struct weir_desk_slot *slot, const char *folder,
                    struct weir_ticket ticket)
{
    struct weir_why why = {"memory is short"};
    struct weir_desk *desk = slot->object->desk;
    struct weir_desk_errand *e =
        slot->is_there ? new_errand(slot, WEIR_ERRAND_OTHER, ticket) : NULL;
    if (!e) {
        settle(ticket, "the plugin is not there yet");
        return;
    }
    desk->n_busy++;
    sent(e, weir_rack_save(slot->object->plugins.rack, slot->id, folder, &why),
         &why);
    desk->n_busy--;
    drain(desk);
}

static void
each_object(struct weir_desk *desk,
            void (*fn)(struct weir_desk_object *o, const void *with),
            const void *with)
{
    for (uint32_t i = 0; i < desk->n_strips; i++)
        fn(&desk->strips[i]->o, with);
    for (uint32_t i = 0; i < desk->n_buses; i++)
        fn(&desk->buses[i]->o, with);
}

static bool
has_rack(const struct weir_desk_object *o)
{
    return o->plugins.rack || o->plugins.phase != WEIR_RACK_NONE ||
           o->plugins.n_slots > 0;
}

static void
service(struct weir_desk_object *o, const void *with)
{
    (void)with;
    if (o->plugins.rack)
        weir_rack_service(o->plugins.rack);
    look_at_shown(o);
    settle_shown(o);
    see_whether_it_goes(o);
}

bool
weir_desk_service_racks(struct weir_desk *desk)
{
    bool any = false;
    each_object(desk, service, NULL);
    for (uint32_t i = 0; i < desk->n_strips; i++)
        any = any || has_rack(&desk->strips[i]->o);
    for (uint32_t i = 0; i < desk->n_buses; i++)
        any = any || has_rack(&desk->buses[i]->o);
    return any;
}

static void
freewheel(struct weir_desk_object *o, const void *with)
{
    if (o->plugins.rack)
        weir_rack_freewheel(o->plugins.rack, *(const bool *)with);
}

void
weir_desk_freewheel_racks(struct weir_desk *desk, bool is_freewheeling)
{
    if (is_freewheeling == desk->is_freewheeling)
        return;
    desk->is_freewheeling = is_freewheeling;
    each_object(desk, freewheel, &is_freewheeling);
}

static void
carry(struct weir_desk_slot *slot)
{
    char path[WEIR_SLOT_PATH_BYTES];
    struct weir_why why = {"memory is short"};
    struct weir_desk_rack *r = &slot->object->plugins;
    if (!slot->is_there || !carry_path(slot, path))
        return;
    struct weir_desk_errand *e =
        new_errand(slot, WEIR_ERRAND_CARRY, (struct weir_ticket){0});
    if (!e)
        return;
    r->n_carried++;
    sent(e, weir_rack_save(r->rack, slot->id, path, &why), &why);
}

static void
move_rack(struct weir_desk_object *o, const void *with)
{
    struct weir_desk_rack *r = &o->plugins;
    (void)with;
    if (r->phase != WEIR_RACK_IN_MIX || r->is_to_move)
        return; // the next one will be right
    r->is_to_move = true;
    for (uint32_t i = 0; i < r->n_slots; i++)
        carry(r->slots[i]);
}

void
weir_desk_move_racks(struct weir_desk *desk, uint32_t block, uint32_t rate_hz)
{
    struct weir_desk_plugins_config *c = &desk->config.plugins;
    if (block == c->block && rate_hz == desk->plugins_rate_hz)
        return;
    c->block = block;
    desk->plugins_rate_hz = rate_hz;
    desk->n_busy++;
    each_object(desk, move_rack, NULL);
    desk->n_busy--;
    weir_desk_hear_racks(desk);
}
