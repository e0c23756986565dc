// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Racks as they come and go: with the first slot, and when the last one has
// gone and the mixer has given their insert back.
#include "desk/slots_private.h"

#include <stdio.h>
#include <stdlib.h>

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

// --------------------------------------------------------------------- going

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
            weir_desk_settle_asked(e->ticket, NULL);
        else if (e->kind != WEIR_ERRAND_ADD) // that is asked once more
            weir_desk_settle_asked(e->ticket, why);
        free(e);
    }
    for (uint32_t i = 0; i < r->n_slots; i++)
        r->slots[i]->in_rack = r->slots[i]->is_there = false;
}

static void
insert_back(void *owner, const struct weir_fault *fault)
{
    struct weir_desk_object *o = owner;
    (void)fault; // the mixer never refuses
    weir_desk_forget_told(o);
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
void
weir_desk_see_whether_rack_goes(struct weir_desk_object *o)
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
    weir_desk_forget_told(o);
    for (struct weir_desk_errand *e = r->errands; e; e = e->next) {
        if (e->kind != WEIR_ERRAND_ADD)
            weir_desk_settle_asked(
                e->ticket, e->kind == WEIR_ERRAND_REMOVE ? NULL : "gone");
        e->ticket = (struct weir_ticket){0};
    }
    for (uint32_t i = 0; i < r->n_slots; i++) {
        const struct weir_ticket ticket = r->slots[i]->ticket;
        r->slots[i]->ticket = (struct weir_ticket){0};
        weir_desk_settle_asked(ticket, "its strip or bus is being removed");
        weir_desk_take_acts(r->slots[i], "its strip or bus is being removed");
    }
}

void
weir_desk_free_slots(struct weir_desk_object *o)
{
    struct weir_desk_rack *r = &o->plugins;
    if (!o->desk)
        return; // it was never on one
    weir_desk_forget_told(o);
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

// -------------------------------------------------------------------- coming

bool
weir_desk_new_rack(struct weir_desk_object *o, struct weir_why *why)
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
                                       .is_cut = c->world && o->is_bus,
                                       .priority = c->priority,
                                       .folder =
                                           weir_desk_rack_folder(o, folder),
                                       .label = label},
            &r->rack, why))
        return false;
    weir_rack_listen(r->rack, weir_desk_hear_told, weir_desk_hear_property, o);
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

void
weir_desk_fail_slots(struct weir_desk_object *o, const struct weir_why *why)
{
    for (uint32_t i = 0; i < o->plugins.n_slots; i++) {
        struct weir_desk_slot *slot = o->plugins.slots[i];
        struct weir_desk_errand *e =
            slot->in_rack ? NULL
                          : weir_desk_new_errand(slot, WEIR_ERRAND_ADD,
                                                 (struct weir_ticket){0});
        slot->in_rack = true;
        if (e)
            weir_desk_errand_sent(e, 0, why);
    }
}

static void
bring(struct weir_desk_object *o)
{
    struct weir_why why;
    struct weir_desk_rack *r = &o->plugins;
    o->desk->n_busy++;
    if (!weir_desk_new_rack(o, &why)) {
        weir_desk_fail_slots(o, &why);
    } else {
        for (uint32_t i = 0; i < r->n_slots; i++) {
            weir_desk_ask_add(r->slots[i], i);
            weir_desk_ask_carried_state(r->slots[i]);
            weir_desk_take_acts(r->slots[i], NULL);
            weir_desk_ask_values(r->slots[i]);
        }
    }
    o->desk->n_busy--;
    weir_desk_drain_told(o->desk);
}

// ------------------------------------------------------------------- service

void
weir_desk_each_object(struct weir_desk *desk,
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
    weir_desk_look_at_shown(o);
    weir_desk_settle_shown(o);
    weir_desk_see_whether_rack_goes(o);
}

bool
weir_desk_service_racks(struct weir_desk *desk)
{
    bool any = false;
    weir_desk_each_object(desk, service, NULL);
    for (uint32_t i = 0; i < desk->n_strips; i++)
        any = any || has_rack(&desk->strips[i]->o);
    for (uint32_t i = 0; i < desk->n_buses; i++)
        any = any || has_rack(&desk->buses[i]->o);
    return any;
}
