// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What a rack is asked for slots: with a commit, when it comes, and when it is
// asked beside any transaction.
#include "desk/slots_private.h"

#include <stdlib.h>

// Where a place is in the rack, which does not have those that failed.
static uint32_t
place_in_rack(const struct weir_desk_rack *r, uint32_t place)
{
    uint32_t n_failed = 0;
    for (uint32_t i = 0; i < place && i < r->n_slots; i++)
        n_failed += r->slots[i]->has_failed;
    return place - n_failed;
}

void
weir_desk_ask_add(struct weir_desk_slot *slot, uint32_t index)
{
    struct weir_why why = {"memory is short"};
    struct weir_desk_errand *e =
        weir_desk_new_errand(slot, WEIR_ERRAND_ADD, (struct weir_ticket){0});
    slot->in_rack = true;
    slot->has_failed = false;
    if (e)
        weir_desk_errand_sent(e,
                              weir_rack_add(slot->object->plugins.rack,
                                            slot->id, slot->type, index, &why),
                              &why);
}

// All that was set before it was there, or in another rack.
void
weir_desk_ask_values(struct weir_desk_slot *slot)
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
ask_act(struct weir_desk_slot *slot, enum weir_slot_act act, char *const *words,
        struct weir_ticket ticket)
{
    struct weir_why why = {"memory is short"};
    struct weir_rack *rack = slot->object->plugins.rack;
    const bool loads = act == WEIR_SLOT_LOAD || act == WEIR_SLOT_PRESET;
    struct weir_desk_errand *e = weir_desk_new_errand(
        slot, loads ? WEIR_ERRAND_LOAD : WEIR_ERRAND_OTHER, ticket);
    uint32_t serial = 0;
    if (!e) {
        weir_desk_settle_asked(ticket, why.text);
        return;
    }
    switch (act) {
    case WEIR_SLOT_PROPERTY:
        serial =
            weir_rack_set_property(rack, slot->id, words[0], words[1], &why);
        if (serial)
            weir_desk_keep_property(slot, words[0], words[1]);
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
    weir_desk_errand_sent(e, serial, &why);
}

// They come in their order, once it has a rack.
static void
keep_act(struct weir_desk_slot *slot, struct weir_change *change)
{
    struct weir_desk_act **at = &slot->acts;
    struct weir_desk_act *act = calloc(1, sizeof *act);
    if (!act) {
        weir_desk_settle_asked(change->ticket, "memory is short");
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

void
weir_desk_take_acts(struct weir_desk_slot *slot, const char *why)
{
    while (slot->acts) {
        struct weir_desk_act *act = slot->acts;
        slot->acts = act->next;
        if (why)
            weir_desk_settle_asked(act->ticket, why);
        else
            ask_act(slot, act->act, act->words, act->ticket);
        free(act->words[0]);
        free(act->words[1]);
        free(act);
    }
}

// ------------------------------------------------------------- after a commit

static void
follow_act(struct weir_change *change)
{
    if (change->slot->in_rack)
        ask_act(change->slot, change->act, change->words, change->ticket);
    else if (change->slot->has_failed)
        weir_desk_settle_asked(change->ticket, "the plugin has failed");
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
    if (r->phase == WEIR_RACK_NONE && !weir_desk_new_rack(o, &why)) {
        weir_desk_fail_slots(o, &why);
        return;
    }
    weir_desk_ask_add(change->slot, place_in_rack(r, change->place));
    weir_desk_ask_last_state(change->slot);
}

static void
follow_remove(const struct weir_change *change)
{
    struct weir_why why;
    struct weir_desk_slot *slot = change->slot;
    struct weir_desk_rack *r = &slot->object->plugins;
    weir_desk_tell_slot_leaves(slot);
    struct weir_desk_errand *e =
        slot->in_rack
            ? weir_desk_new_errand(slot, WEIR_ERRAND_REMOVE, change->ticket)
            : NULL;
    if (e) {
        weir_desk_errand_sent(e, weir_rack_remove(r->rack, slot->id, &why),
                              &why);
        return;
    }
    const struct weir_ticket added = slot->ticket;
    weir_desk_take_acts(slot, "removed before it was there");
    weir_desk_slot_free(slot);
    weir_desk_settle_asked(added, "removed before it was there");
    weir_desk_settle_asked(change->ticket, NULL);
}

static void
follow_move(const struct weir_change *change)
{
    struct weir_why why = {"memory is short"};
    struct weir_desk_slot *slot = change->slot;
    const struct weir_desk_rack *r = &slot->object->plugins;
    struct weir_desk_errand *e =
        slot->in_rack
            ? weir_desk_new_errand(slot, WEIR_ERRAND_OTHER, change->ticket)
            : NULL;
    if (e)
        weir_desk_errand_sent(e,
                              weir_rack_move(r->rack, slot->id,
                                             place_in_rack(r, change->to),
                                             &why),
                              &why);
    else
        weir_desk_settle_asked(change->ticket, NULL);
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
        slot->in_rack
            ? weir_desk_new_errand(slot, WEIR_ERRAND_OTHER, change->ticket)
            : NULL;
    if (e)
        weir_desk_errand_sent(
            e, weir_rack_set(rack, slot->id, port, change->value, &why), &why);
    else
        weir_desk_settle_asked(change->ticket, NULL);
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
        slot->is_there ? weir_desk_new_errand(slot, WEIR_ERRAND_OTHER, ticket)
                       : NULL;
    if (!e) {
        weir_desk_settle_asked(ticket, "the plugin is not there yet");
        return;
    }
    desk->n_busy++;
    weir_desk_errand_sent(
        e, weir_rack_save(slot->object->plugins.rack, slot->id, folder, &why),
        &why);
    desk->n_busy--;
    weir_desk_drain_told(desk);
}
