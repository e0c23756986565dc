// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What slots show: the values that presets and states have set, and the
// properties that plugins tell.
#include "desk/slots_private.h"

#include <stdlib.h>
#include <string.h>

// What a plugin tells may be from before it was set, half a second ago at
// most: then it is asked once more.
enum { LOOKS_TO_DOUBT = 10 };

static bool
find_property(const struct weir_desk_slot *slot, const char *uri, uint32_t *i)
{
    *i = 0;
    while (*i < slot->type->n_properties &&
           strcmp(slot->type->properties[*i].uri, uri) != 0)
        ++*i;
    return *i < slot->type->n_properties;
}

static void
show_property(struct weir_desk_slot *slot, uint32_t i, const char *value)
{
    struct weir_desk *desk = slot->object->desk;
    char *copy = strdup(value);
    if (!copy)
        return;
    free(slot->properties[i]);
    slot->properties[i] = copy;
    desk->n_commits++;
    weir_desk_tell_changed(desk, &slot->properties[i]);
}

static bool
shows(const struct weir_desk_slot *slot, uint32_t i, const char *value)
{
    return slot->properties[i] && strcmp(slot->properties[i], value) == 0;
}

void
weir_desk_keep_property(struct weir_desk_slot *slot, const char *uri,
                        const char *value)
{
    uint32_t i;
    if (!find_property(slot, uri, &i))
        return;
    slot->doubts[i] = LOOKS_TO_DOUBT;
    if (!shows(slot, i, value))
        show_property(slot, i, value);
}

void
weir_desk_hear_property(void *owner, const char *id, const char *property,
                        const char *value)
{
    uint32_t i;
    struct weir_desk_slot *slot = weir_desk_find_slot(owner, id);
    if (!slot || !find_property(slot, property, &i) || shows(slot, i, value))
        return;
    if (slot->doubts[i] > 0)
        slot->is_doubted = true;
    else
        show_property(slot, i, value);
}

static void
see_doubts(struct weir_desk_slot *slot)
{
    bool any = false;
    for (uint32_t i = 0; i < slot->type->n_properties; i++)
        if (slot->doubts[i] > 0 && --slot->doubts[i] > 0)
            any = true;
    if (any || !slot->is_doubted || !slot->is_there)
        return;
    slot->is_doubted = false;
    weir_desk_ask_for_properties(slot);
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

void
weir_desk_ask_for_properties(struct weir_desk_slot *slot)
{
    struct weir_why ignored;
    if (slot->type->n_properties > 0)
        (void)weir_rack_get_properties(slot->object->plugins.rack, slot->id,
                                       &ignored);
}

// What a plugin shows follows what it was told within a look or two. Who asked
// hears of it then; and it is followed for longer, as it may have to work.
enum { LOOKS_TO_SETTLE = 3, LOOKS_TO_FOLLOW = 12 };

void
weir_desk_begin_to_show(struct weir_desk_errand *e)
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

void
weir_desk_look_at_shown(struct weir_desk_object *o)
{
    for (uint32_t i = 0; o->plugins.rack && i < o->plugins.n_slots; i++)
        see_doubts(o->plugins.slots[i]);
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
void
weir_desk_settle_shown(struct weir_desk_object *o)
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
        weir_desk_settle_asked(ticket, NULL);
        e = o->plugins.errands;
    }
}
