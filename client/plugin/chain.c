// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Chains of plugins, @control's side: what is in them, and what they are told.
#include "plugin/chain.h"

#include "plugin/chain_control.h"
#include "plugin/chain_private.h"
#include "plugin/post.h"
#include "rt/clock.h"

#include <stdlib.h>
#include <string.h>

// No command brings more than two events, and all that have come are taken
// before one is sent: so @mixer always finds room for its own.
enum { N_COMMANDS = 512, N_EVENTS = 2048 };

struct weir_slot *
weir_chain_look_up(const struct weir_chain *c, const char *id,
                   struct weir_why *why)
{
    for (uint32_t i = 0; i < c->n_known; i++)
        if (strcmp(c->known[i]->id, id) == 0)
            return c->known[i];
    weir_why(why, "no plugin %s is here", id);
    return NULL;
}

static void
put(struct weir_chain *c, struct weir_slot *slot, uint32_t index)
{
    const uint32_t at = weir_min_u32(index, c->n_known);
    for (uint32_t i = c->n_known; i > at; i--)
        c->known[i] = c->known[i - 1];
    c->known[at] = slot;
    c->n_known++;
}

// ---------------------------------------------------------------------- itself

struct weir_chain *
weir_chain_new(const struct weir_chain_config *config)
{
    struct weir_chain *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->config = *config;
    c->commands = weir_queue_new(sizeof(struct weir_chain_command), N_COMMANDS);
    c->events = weir_queue_new(sizeof(struct weir_chain_event), N_EVENTS);
    if (c->commands && c->events)
        return c;
    weir_queue_free(c->commands);
    weir_queue_free(c->events);
    free(c);
    return NULL;
}

void
weir_chain_free(struct weir_chain *c)
{
    if (!c)
        return;
    // Nobody else obeys any more, so this thread does; what comes back is
    // freed, and nothing is started again.
    weir_chain_obey(c);
    c->n_known = 0;
    weir_chain_take_events(c);
    for (uint32_t i = 0; i < c->n_slots; i++)
        weir_slot_free(c->slots[i]);
    weir_queue_free(c->commands);
    weir_queue_free(c->events);
    free(c);
}

static bool
check_free(const struct weir_chain *c, const char *id, struct weir_why *why)
{
    struct weir_why ignored;
    if (weir_chain_look_up(c, id, &ignored))
        return weir_why(why, "%s is here already", id);
    if (c->n_known + c->n_leaving >= WEIR_MAX_SLOTS)
        return weir_why(why, "no more than %d plugins in one chain",
                        WEIR_MAX_SLOTS);
    return true;
}

static bool
set_port(struct weir_chain *c, struct weir_slot *s, uint32_t port, float value,
         struct weir_why *why)
{
    const struct weir_chain_command command = {
        .op = WEIR_CHAIN_SET, .slot = s, .index = port, .value = value};
    return weir_chain_send(c, &command, why);
}

static bool
begin_slot(struct weir_chain *c, struct weir_slot *s, uint32_t index,
           struct weir_why *why)
{
    struct weir_voices *voices;
    if (!weir_voices_new(&c->config.instance, s, &voices, why))
        return false;
    s->voices = s->newest = voices;
    s->state_ns = weir_now_ns();
    const struct weir_chain_command command = {
        .op = WEIR_CHAIN_ADD, .slot = s, .index = index};
    return weir_chain_send(c, &command, why);
}

bool
weir_chain_add(struct weir_chain *c, const char *id, const char *uri,
               uint32_t index, struct weir_why *why)
{
    return weir_chain_add_as(c, id, uri, index, c->next_number++, 0, why);
}

bool
weir_chain_add_as(struct weir_chain *c, const char *id, const char *uri,
                  uint32_t index, uint32_t number, uint32_t mark,
                  struct weir_why *why)
{
    struct weir_plugin_type *type;
    struct weir_slot *s;
    const struct weir_instance_config *config = &c->config.instance;
    weir_chain_take_events(c);
    if (!check_free(c, id, why) ||
        !weir_plugin_describe(config->world, uri, config->rate_hz, &type, why))
        return false;
    if (!weir_plugin_check(config->world, type, config->promises, why)) {
        weir_plugin_type_free(type);
        return false;
    }
    if (!weir_slot_new(config, type, id, number, c->config.n_channels, &s, why))
        return false;
    s->mark = mark;
    if (!begin_slot(c, s, index, why)) {
        weir_slot_free(s);
        return false;
    }
    put(c, s, index);
    struct weir_why ignored;
    weir_chain_send_post(c, s, weir_post_time(config->world), &ignored);
    return true;
}

bool
weir_chain_remove(struct weir_chain *c, const char *id, struct weir_why *why)
{
    struct weir_slot *s = weir_chain_look_up(c, id, why);
    const struct weir_chain_command command = {.op = WEIR_CHAIN_REMOVE,
                                               .slot = s};
    if (!s || !weir_chain_send(c, &command, why))
        return false;
    weir_chain_forget(c->known, &c->n_known, s);
    c->leaving[c->n_leaving++] = s;
    return true;
}

bool
weir_chain_move(struct weir_chain *c, const char *id, uint32_t index,
                struct weir_why *why)
{
    struct weir_slot *s = weir_chain_look_up(c, id, why);
    const struct weir_chain_command command = {
        .op = WEIR_CHAIN_MOVE, .slot = s, .index = index};
    if (!s || !weir_chain_send(c, &command, why))
        return false;
    weir_chain_forget(c->known, &c->n_known, s);
    put(c, s, index);
    return true;
}

bool
weir_chain_bypass(struct weir_chain *c, const char *id, bool is_bypassed,
                  struct weir_why *why)
{
    struct weir_slot *s = weir_chain_look_up(c, id, why);
    const struct weir_chain_command command = {
        .op = WEIR_CHAIN_BYPASS, .slot = s, .index = is_bypassed};
    if (!s || !weir_chain_send(c, &command, why))
        return false;
    s->bypass_wanted = is_bypassed;
    return true;
}

static bool
check_value(const struct weir_slot *s, uint32_t port, float value,
            struct weir_why *why)
{
    const struct weir_plugin_port *p = &s->type->ports[port];
    if (!p->is_input ||
        (p->kind != WEIR_PORT_CONTROL && p->kind != WEIR_PORT_CV))
        return weir_why(why, "%s of %s cannot be set", p->symbol, s->id);
    if (!(value >= p->min && value <= p->max))
        return weir_why(why, "%s of %s lies in %g..%g", p->symbol, s->id,
                        (double)p->min, (double)p->max);
    return true;
}

bool
weir_chain_set(struct weir_chain *c, const char *id, const char *symbol,
               float value, struct weir_why *why)
{
    struct weir_slot *s = weir_chain_look_up(c, id, why);
    if (!s)
        return false;
    const uint32_t port = weir_plugin_type_port(s->type, symbol);
    if (port == s->type->n_ports)
        return weir_why(why, "%s has no %s", s->id, symbol);
    return check_value(s, port, value, why) && set_port(c, s, port, value, why);
}

// ------------------------------------------------------------------------ rest

void
weir_chain_service(struct weir_chain *c)
{
    weir_chain_take_events(c);
    for (uint32_t i = 0; i < c->n_known; i++) {
        struct weir_slot *s = c->known[i];
        weir_chain_hear(c, s);
        weir_notes_log(s->notes, s->id);
        weir_chain_remember(c, s);
    }
}

uint32_t
weir_chain_count(const struct weir_chain *c)
{
    return c->n_known;
}

const struct weir_slot *
weir_chain_slot(const struct weir_chain *c, uint32_t index)
{
    return index < c->n_known ? c->known[index] : NULL;
}

const struct weir_slot *
weir_chain_find(const struct weir_chain *c, const char *id)
{
    struct weir_why ignored;
    return weir_chain_look_up(c, id, &ignored);
}

enum weir_slot_state
weir_chain_state(const struct weir_slot *s)
{
    if (s->has_failed)
        return WEIR_SLOT_FAILED;
    if (!s->newest)
        return WEIR_SLOT_RESTARTING;
    return s->bypass_wanted ? WEIR_SLOT_BYPASSED : WEIR_SLOT_RUNNING;
}
