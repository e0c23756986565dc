// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Slots as part of a transaction: what is checked, changed and undone. The
// racks hear of it with the commit (slots_ask.c).
#include "desk/slots_private.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ------------------------------------------------------------ looking around

const struct weir_desk_plugins_config *
weir_desk_plugins(const struct weir_desk *desk)
{
    return &desk->config.plugins;
}

uint32_t
weir_desk_rate(const struct weir_desk *desk)
{
    return desk->config.rate_hz;
}

void
weir_desk_try(struct weir_desk *desk, bool is_trial)
{
    desk->is_trial = is_trial;
}

struct weir_desk_slot *
weir_desk_find_slot(const struct weir_desk_object *o, const char *id)
{
    for (uint32_t i = 0; i < o->plugins.n_slots; i++)
        if (strcmp(o->plugins.slots[i]->id, id) == 0)
            return o->plugins.slots[i];
    return NULL;
}

uint32_t
weir_desk_slot_place(const struct weir_desk_slot *slot)
{
    const struct weir_desk_rack *r = &slot->object->plugins;
    uint32_t i = 0;
    while (i < r->n_slots && r->slots[i] != slot)
        i++;
    return i;
}

const char *
weir_desk_slot_state(const struct weir_desk_slot *slot)
{
    static const char *const words[] = {
        [WEIR_RACK_STARTING] = "starting",
        [WEIR_RACK_RUNNING] = "running",
        [WEIR_RACK_BYPASSED] = "bypassed",
        [WEIR_RACK_RESTARTING] = "restarting",
        [WEIR_RACK_FAILED] = "failed",
    };
    const struct weir_rack *rack = slot->object->plugins.rack;
    if (slot->has_failed)
        return words[WEIR_RACK_FAILED];
    if (!slot->is_there || !rack)
        return words[WEIR_RACK_STARTING];
    return words[weir_rack_state(rack, slot->id)];
}

float
weir_desk_slot_value(const struct weir_desk_slot *slot, uint32_t port)
{
    const struct weir_rack *rack = slot->object->plugins.rack;
    if (port < slot->type->n_ports && !slot->type->ports[port].is_input &&
        slot->is_there && rack)
        return weir_rack_value(rack, slot->id, port);
    return slot->values[port];
}

bool
weir_slot_port_is_shown(const struct weir_plugin_port *port)
{
    if (port->kind == WEIR_PORT_CV)
        return port->is_input; // what comes out of one is not a value
    return port->kind == WEIR_PORT_CONTROL && port->role != WEIR_ROLE_ENABLED &&
           port->role != WEIR_ROLE_FREEWHEEL;
}

// --------------------------------------------------------------- properties

// The characters that an address may have, and no pattern does.
static void
last_part(const char *uri, char name[WEIR_ID_MAX + 1])
{
    const char *from = uri;
    size_t n = 0;
    for (const char *c = uri; *c; c++)
        if ((*c == '#' || *c == '/' || *c == ':') && c[1])
            from = c + 1;
    for (; *from && n < WEIR_ID_MAX; from++)
        if (isalnum((unsigned char)*from) || strchr("_-.", *from))
            name[n++] = *from;
    name[n] = '\0';
}

void
weir_slot_property_name(const struct weir_plugin_type *type, uint32_t i,
                        char name[WEIR_ID_MAX + 1])
{
    char other[WEIR_ID_MAX + 1];
    char plain[WEIR_ID_MAX + 1];
    last_part(type->properties[i].uri, plain);
    bool is_alone = plain[0] != '\0';
    for (uint32_t k = 0; k < i && is_alone; k++) {
        last_part(type->properties[k].uri, other);
        is_alone = strcmp(other, plain) != 0;
    }
    if (is_alone)
        memcpy(name, plain, sizeof plain);
    else
        snprintf(name, WEIR_ID_MAX + 1, "%.26s-%u", plain, i % 100000);
}

// ------------------------------------------------------------------ journal

static enum weir_fault_code
no_memory(struct weir_fault *fault)
{
    return weir_fault(fault, WEIR_FAULT_LIMIT, "memory is short");
}

static struct weir_change *
note(struct weir_desk_slot *slot, enum weir_change_kind kind,
     struct weir_ticket ticket)
{
    struct weir_change *change = weir_desk_note(slot->object->desk, kind);
    if (!change)
        return NULL;
    change->slot = slot;
    change->ticket = ticket;
    return change;
}

void
weir_desk_slot_free(struct weir_desk_slot *slot)
{
    if (!slot)
        return;
    for (uint32_t i = 0; slot->properties && i < slot->type->n_properties; i++)
        free(slot->properties[i]);
    while (slot->acts) {
        struct weir_desk_act *act = slot->acts;
        slot->acts = act->next;
        free(act->words[0]);
        free(act->words[1]);
        free(act);
    }
    weir_plugin_type_release(slot->type);
    free(slot->properties);
    free(slot->doubts);
    free(slot->values);
    free(slot);
}

static struct weir_desk_slot *
new_slot(struct weir_desk_object *o, const char *id,
         const struct weir_plugin_type *type)
{
    struct weir_desk_slot *slot = calloc(1, sizeof *slot);
    if (!slot)
        return NULL;
    slot->object = o;
    slot->type = type;
    weir_plugin_type_hold(type);
    snprintf(slot->id, sizeof slot->id, "%s", id);
    slot->values = calloc(type->n_ports + 1, sizeof *slot->values);
    slot->properties = calloc(type->n_properties + 1, sizeof *slot->properties);
    slot->doubts = calloc(type->n_properties + 1, sizeof *slot->doubts);
    if (!slot->values || !slot->properties || !slot->doubts) {
        weir_desk_slot_free(slot);
        return NULL;
    }
    for (uint32_t i = 0; i < type->n_ports; i++)
        slot->values[i] =
            type->ports[i].is_input ? type->ports[i].by_default : 0.0f;
    return slot;
}

static void
put_at(struct weir_desk_rack *r, struct weir_desk_slot *slot, uint32_t place)
{
    memmove(&r->slots[place + 1], &r->slots[place],
            (r->n_slots - place) * sizeof(struct weir_desk_slot *));
    r->slots[place] = slot;
    r->n_slots++;
}

uint32_t
weir_desk_slot_take_off(struct weir_desk_slot *slot)
{
    struct weir_desk_rack *r = &slot->object->plugins;
    const uint32_t place = weir_desk_slot_place(slot);
    r->n_slots--;
    memmove(&r->slots[place], &r->slots[place + 1],
            (r->n_slots - place) * sizeof(struct weir_desk_slot *));
    return place;
}

// ------------------------------------------------------------------- checks

static bool
is_leaving(const struct weir_desk_object *o, const char *id)
{
    for (const struct weir_desk_errand *e = o->plugins.errands; e; e = e->next)
        if (e->kind == WEIR_ERRAND_REMOVE && strcmp(e->slot->id, id) == 0)
            return true;
    const struct weir_desk *desk = o->desk;
    for (uint32_t i = 0; i < desk->n_changes; i++)
        if (desk->journal[i].kind == WEIR_CHANGE_SLOT_REMOVE &&
            desk->journal[i].slot->object == o &&
            desk->journal[i].slot->in_rack &&
            strcmp(desk->journal[i].slot->id, id) == 0)
            return true;
    return false;
}

static enum weir_fault_code
check_new(const struct weir_desk_object *o, const char *id,
          struct weir_fault *fault)
{
    if (!o->desk->config.plugins.nursery)
        return weir_fault(fault, WEIR_FAULT_NOT_NOW,
                          "weir runs without plugins (--no-plugins)");
    if (!weir_id_ok(id))
        return weir_fault(fault, WEIR_FAULT_ARGUMENTS,
                          "an id is a-z, then at most 31 of a-z 0-9 _ -");
    if (strcmp(id, "add") == 0 || strcmp(id, "list") == 0 ||
        strcmp(id, "dump") == 0 || strcmp(id, "clear") == 0)
        return weir_fault(fault, WEIR_FAULT_ARGUMENTS,
                          "%s is a command's name (choose another id)", id);
    if (weir_desk_find_slot(o, id))
        return weir_fault(fault, WEIR_FAULT_EXISTS,
                          "%s has a plugin %s already", o->id, id);
    if (!o->desk->is_trial && is_leaving(o, id))
        return weir_fault(fault, WEIR_FAULT_NOT_NOW,
                          "%s is still being removed (wait for its reply)", id);
    if (o->plugins.n_slots == WEIR_DESK_SLOTS)
        return weir_fault(fault, WEIR_FAULT_LIMIT,
                          "%d plugins on one strip or bus are the limit",
                          WEIR_DESK_SLOTS);
    return WEIR_FAULT_NONE;
}

// ----------------------------------------------------------------- changing

enum weir_fault_code
weir_desk_add_slot(struct weir_desk_object *o, const char *id,
                   const struct weir_plugin_type *type, uint32_t index,
                   struct weir_ticket ticket, struct weir_fault *fault)
{
    if (check_new(o, id, fault))
        return fault->code;
    struct weir_desk_slot *slot = new_slot(o, id, type);
    struct weir_change *change =
        slot ? note(slot, WEIR_CHANGE_SLOT_ADD, (struct weir_ticket){0}) : NULL;
    if (!change) {
        weir_desk_slot_free(slot);
        return no_memory(fault);
    }
    slot->ticket = ticket;
    change->place = index < o->plugins.n_slots ? index : o->plugins.n_slots;
    put_at(&o->plugins, slot, change->place);
    return WEIR_FAULT_NONE;
}

enum weir_fault_code
weir_desk_remove_slot(struct weir_desk_slot *slot, struct weir_ticket ticket,
                      struct weir_fault *fault)
{
    if (slot->ticket.fn)
        return weir_fault(fault, WEIR_FAULT_NOT_NOW,
                          "%s is still being added (wait for its reply)",
                          slot->id);
    struct weir_change *change = note(slot, WEIR_CHANGE_SLOT_REMOVE, ticket);
    if (!change)
        return no_memory(fault);
    change->place = weir_desk_slot_take_off(slot);
    slot->leaving = true;
    return WEIR_FAULT_NONE;
}

enum weir_fault_code
weir_desk_move_slot(struct weir_desk_slot *slot, uint32_t index,
                    struct weir_ticket ticket, struct weir_fault *fault)
{
    struct weir_desk_rack *r = &slot->object->plugins;
    struct weir_change *change = note(slot, WEIR_CHANGE_SLOT_MOVE, ticket);
    if (!change)
        return no_memory(fault);
    change->place = weir_desk_slot_take_off(slot);
    change->to = index < r->n_slots ? index : r->n_slots;
    put_at(r, slot, change->to);
    return WEIR_FAULT_NONE;
}

// A slot that is there has it set by the mixer, at its block.
static enum weir_fault_code
ask_mixer(struct weir_desk_slot *slot, uint32_t port, float number,
          struct weir_ticket ticket, struct weir_fault *fault)
{
    const bool is_bypass = port == weir_desk_slot_bypass(slot);
    struct weir_desk_object *o = slot->object;
    struct weir_command command = {
        .kind = WEIR_COMMAND_INSERT_SET,
        .slot = slot->number,
        .number = is_bypass ? (uint64_t)WEIR_RACK_BYPASS : port,
        .value = number,
    };
    weir_desk_name_in_mix(o, &command);
    return weir_desk_ask(o->desk, &command, ticket, &slot->values[port], fault);
}

// It is pressed, and stays at nothing.
static bool
is_trigger(const struct weir_desk_slot *slot, uint32_t port)
{
    return port < slot->type->n_ports &&
           slot->type->ports[port].flags & WEIR_PORT_TRIGGER;
}

enum weir_fault_code
weir_desk_set_slot(struct weir_desk_slot *slot, uint32_t port, float number,
                   struct weir_ticket ticket, struct weir_fault *fault)
{
    const struct weir_desk_rack *r = &slot->object->plugins;
    const bool by_mixer =
        slot->is_there && r->phase == WEIR_RACK_IN_MIX && !r->is_to_move;
    struct weir_change *change =
        note(slot, WEIR_CHANGE_SLOT_NUMBER,
             by_mixer ? (struct weir_ticket){0} : ticket);
    if (!change)
        return no_memory(fault);
    change->number = &slot->values[port];
    change->was = slot->values[port];
    change->place = port;
    change->by_mixer = by_mixer;
    change->value = number;
    if (!is_trigger(slot, port))
        slot->values[port] = number;
    return by_mixer ? ask_mixer(slot, port, number, ticket, fault)
                    : WEIR_FAULT_NONE;
}

enum weir_fault_code
weir_desk_act_slot(struct weir_desk_slot *slot, enum weir_slot_act act,
                   const char *what, const char *value,
                   struct weir_ticket ticket, struct weir_fault *fault)
{
    char *words[2] = {strdup(what), strdup(value ? value : "")};
    struct weir_change *change =
        words[0] && words[1] ? note(slot, WEIR_CHANGE_SLOT_ACT, ticket) : NULL;
    if (!change) {
        free(words[0]);
        free(words[1]);
        return no_memory(fault);
    }
    change->act = act;
    change->words[0] = words[0];
    change->words[1] = words[1];
    return WEIR_FAULT_NONE;
}

// ------------------------------------------------------------------ rollback

void
weir_desk_slot_undo(struct weir_change *change)
{
    struct weir_desk_slot *slot = change->slot;
    switch (change->kind) {
    case WEIR_CHANGE_SLOT_ADD:
        weir_desk_slot_take_off(slot);
        weir_desk_slot_free(slot);
        break;
    case WEIR_CHANGE_SLOT_REMOVE:
        slot->leaving = false;
        put_at(&slot->object->plugins, slot, change->place);
        break;
    case WEIR_CHANGE_SLOT_MOVE:
        weir_desk_slot_take_off(slot);
        put_at(&slot->object->plugins, slot, change->place);
        break;
    case WEIR_CHANGE_SLOT_NUMBER:
        *change->number = change->was;
        break;
    default: // WEIR_CHANGE_SLOT_ACT
        free(change->words[0]);
        free(change->words[1]);
        break;
    }
}
