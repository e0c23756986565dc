// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Chains of plugins, @control's side: what is in them, and what they are told.
#include "plugin/chain.h"

#include "common/log.h"
#include "plugin/chain_private.h"
#include "plugin/post.h"
#include "plugin/state.h"
#include "rt/clock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// No command brings more than two events, and all that have come are taken
// before one is sent: so @mixer always finds room for its own.
enum { N_COMMANDS = 512, N_EVENTS = 2048 };

static const uint64_t state_every_ns = UINT64_C(2000000000);

// ------------------------------------------------------------------- to @mixer

static void take_events(struct weir_chain *c);

static bool
send(struct weir_chain *c, const struct weir_chain_command *command,
     struct weir_why *why)
{
    take_events(c);
    return weir_queue_push(c->commands, command, 1) ||
           weir_why(why, "too many changes at once: the mixer is behind");
}

static struct weir_slot *
find(const struct weir_chain *c, const char *id, struct weir_why *why)
{
    for (uint32_t i = 0; i < c->n_known; i++)
        if (strcmp(c->known[i]->id, id) == 0)
            return c->known[i];
    weir_why(why, "no plugin %s is here", id);
    return NULL;
}

static void
forget(struct weir_slot **slots, uint32_t *n, const struct weir_slot *slot)
{
    uint32_t i = 0;
    while (i < *n && slots[i] != slot)
        i++;
    if (i == *n)
        return;
    for (--*n; i < *n; i++)
        slots[i] = slots[i + 1];
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

// ----------------------------------------------------------------- voices anew

static bool
give_voices(struct weir_chain *c, struct weir_slot *s, struct weir_why *why)
{
    struct weir_voices *voices;
    if (!weir_voices_new(&c->config.instance, s, &voices, why))
        return false;
    const struct weir_chain_command command = {
        .op = WEIR_CHAIN_VOICES, .slot = s, .object = voices};
    if (!send(c, &command, why)) {
        weir_voices_free(voices);
        return false;
    }
    s->newest = voices;
    return true;
}

// Three times in a minute, and it stays out.
static bool
may_start_again(struct weir_slot *s)
{
    const uint64_t now_ns = weir_now_ns();
    const uint64_t oldest_ns = s->fault_ns[s->n_faults % WEIR_SLOT_RESTARTS];
    const bool too_often =
        s->n_faults >= WEIR_SLOT_RESTARTS &&
        now_ns - oldest_ns < WEIR_SLOT_RESTARTS_S * UINT64_C(1000000000);
    s->fault_ns[s->n_faults++ % WEIR_SLOT_RESTARTS] = now_ns;
    return !too_often;
}

static void
start_again(struct weir_chain *c, struct weir_slot *s)
{
    struct weir_why why = {"it did so too often"};
    if (may_start_again(s) && give_voices(c, s, &why)) {
        weir_log(WEIR_LOG_ERROR,
                 "plugin %s: gave what is not a number, and was started again",
                 s->id);
        return;
    }
    s->has_failed = true;
    weir_log(WEIR_LOG_ERROR,
             "plugin %s: gave what is not a number, and stays bypassed: %s",
             s->id, why.text);
}

static bool
is_known(const struct weir_chain *c, const struct weir_slot *slot)
{
    for (uint32_t i = 0; i < c->n_known; i++)
        if (c->known[i] == slot)
            return true;
    return false;
}

static void
give_delay(struct weir_chain *c, struct weir_slot *s)
{
    struct weir_why why;
    // relaxed: a number.
    const uint32_t latency =
        atomic_load_explicit(&s->latency, memory_order_relaxed);
    struct weir_delay *delay =
        weir_delay_new(s->join.n_channels, 2 * latency, s->max_block);
    const struct weir_chain_command command = {
        .op = WEIR_CHAIN_DELAY, .slot = s, .object = delay};
    if (!delay || !send(c, &command, &why))
        free(delay);
}

// ----------------------------------------------------------------- from @mixer

static void
take_event(struct weir_chain *c, const struct weir_chain_event *event)
{
    struct weir_slot *s = event->slot;
    switch (event->kind) {
    case WEIR_CHAIN_GONE:
        forget(c->leaving, &c->n_leaving, s);
        weir_slot_free(s);
        break;
    case WEIR_CHAIN_NONSENSE:
        if (s->newest == event->object)
            s->newest = NULL;
        weir_voices_free(event->object);
        if (is_known(c, s) && !s->newest)
            start_again(c, s);
        break;
    case WEIR_CHAIN_VOICES_OUT:
        weir_voices_free(event->object);
        break;
    case WEIR_CHAIN_LONGER:
        if (is_known(c, s))
            give_delay(c, s);
        break;
    case WEIR_CHAIN_DELAY_OUT:
    case WEIR_CHAIN_POSTED:
        free(event->object);
        break;
    }
}

static void
take_events(struct weir_chain *c)
{
    struct weir_chain_event event;
    while (weir_queue_pop(c->events, &event))
        take_event(c, &event);
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
    take_events(c);
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
    if (find(c, id, &ignored))
        return weir_why(why, "%s is here already", id);
    if (c->n_known + c->n_leaving >= WEIR_MAX_SLOTS)
        return weir_why(why, "no more than %d plugins in one chain",
                        WEIR_MAX_SLOTS);
    return true;
}

static bool
send_post(struct weir_chain *c, struct weir_slot *s, struct weir_post *post,
          struct weir_why *why)
{
    if (!post)
        return weir_why(why, "out of memory");
    const struct weir_chain_command command = {
        .op = WEIR_CHAIN_POST, .slot = s, .object = post};
    if (send(c, &command, why))
        return true;
    free(post);
    return false;
}

static bool
set_port(struct weir_chain *c, struct weir_slot *s, uint32_t port, float value,
         struct weir_why *why)
{
    const struct weir_chain_command command = {
        .op = WEIR_CHAIN_SET, .slot = s, .index = port, .value = value};
    return send(c, &command, why);
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
    return send(c, &command, why);
}

bool
weir_chain_add(struct weir_chain *c, const char *id, const char *uri,
               uint32_t index, struct weir_why *why)
{
    struct weir_plugin_type *type;
    struct weir_slot *s;
    const struct weir_instance_config *config = &c->config.instance;
    take_events(c);
    if (!check_free(c, id, why) ||
        !weir_plugin_describe(config->world, uri, config->rate_hz, &type, why))
        return false;
    if (!weir_plugin_check(config->world, type, config->promises, why)) {
        weir_plugin_type_free(type);
        return false;
    }
    if (!weir_slot_new(config, type, id, c->next_number++, c->config.n_channels,
                       &s, why))
        return false;
    if (!begin_slot(c, s, index, why)) {
        weir_slot_free(s);
        return false;
    }
    put(c, s, index);
    struct weir_why ignored;
    send_post(c, s, weir_post_time(config->world), &ignored);
    if (c->is_freewheeling && s->freewheel_port < s->type->n_ports)
        set_port(c, s, s->freewheel_port, 1.0f, &ignored);
    return true;
}

bool
weir_chain_remove(struct weir_chain *c, const char *id, struct weir_why *why)
{
    struct weir_slot *s = find(c, id, why);
    const struct weir_chain_command command = {.op = WEIR_CHAIN_REMOVE,
                                               .slot = s};
    if (!s || !send(c, &command, why))
        return false;
    forget(c->known, &c->n_known, s);
    c->leaving[c->n_leaving++] = s;
    return true;
}

bool
weir_chain_move(struct weir_chain *c, const char *id, uint32_t index,
                struct weir_why *why)
{
    struct weir_slot *s = find(c, id, why);
    const struct weir_chain_command command = {
        .op = WEIR_CHAIN_MOVE, .slot = s, .index = index};
    if (!s || !send(c, &command, why))
        return false;
    forget(c->known, &c->n_known, s);
    put(c, s, index);
    return true;
}

bool
weir_chain_bypass(struct weir_chain *c, const char *id, bool is_bypassed,
                  struct weir_why *why)
{
    struct weir_slot *s = find(c, id, why);
    const struct weir_chain_command command = {
        .op = WEIR_CHAIN_BYPASS, .slot = s, .index = is_bypassed};
    if (!s || !send(c, &command, why))
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
    struct weir_slot *s = find(c, id, why);
    if (!s)
        return false;
    const uint32_t port = weir_plugin_type_port(s->type, symbol);
    if (port == s->type->n_ports)
        return weir_why(why, "%s has no %s", s->id, symbol);
    return check_value(s, port, value, why) && set_port(c, s, port, value, why);
}

// ------------------------------------------------------------------ properties

static bool
takes_patches(const struct weir_slot *s)
{
    for (uint32_t i = 0; i < s->type->n_ports; i++)
        if (s->type->ports[i].is_input &&
            s->type->ports[i].flags & WEIR_PORT_PATCH)
            return true;
    return false;
}

static const struct weir_plugin_property *
find_property(const struct weir_slot *s, const char *uri)
{
    for (uint32_t i = 0; i < s->type->n_properties; i++)
        if (strcmp(s->type->properties[i].uri, uri) == 0)
            return &s->type->properties[i];
    return NULL;
}

bool
weir_chain_set_property(struct weir_chain *c, const char *id, const char *uri,
                        const LV2_Atom *atom, struct weir_why *why)
{
    struct weir_slot *s = find(c, id, why);
    if (!s)
        return false;
    const struct weir_plugin_property *p = find_property(s, uri);
    if (!p || !p->is_writable || !takes_patches(s))
        return weir_why(why, "%s has no property <%s> to be set", s->id, uri);
    s->state_ns = 0; // to be taken soon
    return send_post(c, s, weir_post_set(c->config.instance.world, uri, atom),
                     why);
}

bool
weir_chain_get_properties(struct weir_chain *c, const char *id,
                          struct weir_why *why)
{
    struct weir_slot *s = find(c, id, why);
    if (!s)
        return false;
    if (!takes_patches(s))
        return weir_why(why, "%s has no properties", s->id);
    return send_post(c, s, weir_post_get(c->config.instance.world), why);
}

void
weir_chain_listen(struct weir_chain *c, weir_chain_heard_fn *fn, void *owner)
{
    c->heard = fn;
    c->heard_owner = owner;
}

static void
hear(struct weir_chain *c, struct weir_slot *s)
{
    _Alignas(8) char record[16 * 1024];
    const LV2_Atom *atom = (const LV2_Atom *)(const void *)record;
    const char *property;
    const LV2_Atom *value;
    while (weir_bytes_pop(s->said, record, sizeof record) > 0)
        if (c->heard && weir_post_read_set(c->config.instance.world, atom,
                                           &property, &value))
            c->heard(c->heard_owner, s, property, value);
}

// ----------------------------------------------------------------------- state

// One state on its way into a slot.
struct giving {
    const struct weir_known_urids *known;
    const struct weir_slot *slot;
    struct weir_values *values; // has room for each port once
};

static bool
read_number(const struct weir_known_urids *k, const void *value, uint32_t size,
            uint32_t type, float *out)
{
    if (type == k->atom_float && size == sizeof(float))
        memcpy(out, value, sizeof *out);
    else if ((type == k->atom_int || type == k->atom_bool) &&
             size == sizeof(int32_t))
        *out = (float)*(const int32_t *)value;
    else if (type == k->atom_double && size == sizeof(double))
        *out = (float)*(const double *)value;
    else if (type == k->atom_long && size == sizeof(int64_t))
        *out = (float)*(const int64_t *)value;
    else
        return false;
    return isfinite(*out);
}

static void
set_value(const char *symbol, void *owner, const void *value, uint32_t size,
          uint32_t type)
{
    const struct giving *g = owner;
    struct weir_values *v = g->values;
    float number;
    const uint32_t port = weir_plugin_type_port(g->slot->type, symbol);
    if (port == g->slot->type->n_ports || v->n == g->slot->type->n_ports ||
        !read_number(g->known, value, size, type, &number))
        return;
    const struct weir_plugin_port *p = &g->slot->type->ports[port];
    if (!p->is_input || p->role != WEIR_ROLE_NONE ||
        (p->kind != WEIR_PORT_CONTROL && p->kind != WEIR_PORT_CV))
        return;
    v->each[v->n].port = port;
    v->each[v->n++].value = fmaxf(p->min, fminf(p->max, number));
}

// All of a state's values in one command: some plugins have a thousand.
static bool
give_values(struct weir_chain *c, struct weir_slot *s, const LilvState *state,
            struct weir_why *why)
{
    struct giving giving = {&c->config.instance.world->known, s, NULL};
    giving.values =
        calloc(1, sizeof *giving.values +
                      (s->type->n_ports + 1) * sizeof giving.values->each[0]);
    if (!giving.values)
        return weir_why(why, "out of memory");
    lilv_state_emit_port_values(state, set_value, &giving);
    const struct weir_chain_command command = {
        .op = WEIR_CHAIN_VALUES, .slot = s, .object = giving.values};
    if (send(c, &command, why))
        return true;
    free(giving.values);
    return false;
}

// Where the plugin takes a state only while it does not run, others that have
// it take over; a state of nothing but values only sets these.
static bool
give_state(struct weir_chain *c, struct weir_slot *s, LilvState *state,
           struct weir_why *why)
{
    if (!give_values(c, s, state, why)) {
        lilv_state_free(state);
        return false;
    }
    if (s->state)
        lilv_state_free(s->state);
    s->state = state;
    s->state_ns = weir_now_ns();
    if (lilv_state_get_num_properties(state) == 0 || s->has_failed)
        return true;
    if (!s->type->has_safe_restore || !s->newest)
        return give_voices(c, s, why);
    for (uint32_t i = 0; i < s->newest->n_copies; i++)
        weir_state_restore(state, s->newest->copies[i]);
    return true;
}

bool
weir_chain_load_preset(struct weir_chain *c, const char *id,
                       const char *preset_uri, struct weir_why *why)
{
    LilvState *state;
    struct weir_slot *s = find(c, id, why);
    return s &&
           weir_state_preset(c->config.instance.world, s->type->uri, preset_uri,
                             &state, why) &&
           give_state(c, s, state, why);
}

bool
weir_chain_save(struct weir_chain *c, const char *id, const char *folder,
                struct weir_why *why)
{
    struct weir_slot *s = find(c, id, why);
    if (!s)
        return false;
    take_events(c);
    LilvState *state = weir_state_take(&c->config.instance, s, folder);
    if (!state)
        return weir_why(why, "%s tells nothing of its state now", id);
    const bool ok =
        weir_state_write(c->config.instance.world, state, folder, why);
    lilv_state_free(state);
    return ok;
}

bool
weir_chain_load(struct weir_chain *c, const char *id, const char *folder,
                struct weir_why *why)
{
    LilvState *state;
    struct weir_slot *s = find(c, id, why);
    if (!s || !weir_state_read(c->config.instance.world, folder, &state, why))
        return false;
    const LilvNode *uri = lilv_state_get_plugin_uri(state);
    if (!uri || strcmp(lilv_node_as_uri(uri), s->type->uri) != 0) {
        lilv_state_free(state);
        return weir_why(why, "%s: the state is another plugin's", folder);
    }
    return give_state(c, s, state, why);
}

// What new voices will begin with, should these give nonsense.
static void
remember(struct weir_chain *c, struct weir_slot *s)
{
    const uint64_t now_ns = weir_now_ns();
    if (now_ns - s->state_ns < state_every_ns || !weir_slot_has_state(s))
        return;
    LilvState *state = weir_state_take(&c->config.instance, s, NULL);
    s->state_ns = now_ns;
    if (!state)
        return;
    if (s->state)
        lilv_state_free(s->state);
    s->state = state;
}

// ------------------------------------------------------------------------ rest

void
weir_chain_freewheel(struct weir_chain *c, bool is_freewheeling)
{
    struct weir_why ignored;
    c->is_freewheeling = is_freewheeling;
    for (uint32_t i = 0; i < c->n_known; i++) {
        struct weir_slot *s = c->known[i];
        if (s->freewheel_port < s->type->n_ports)
            set_port(c, s, s->freewheel_port, is_freewheeling ? 1.0f : 0.0f,
                     &ignored);
    }
}

void
weir_chain_service(struct weir_chain *c)
{
    take_events(c);
    for (uint32_t i = 0; i < c->n_known; i++) {
        struct weir_slot *s = c->known[i];
        hear(c, s);
        weir_notes_log(s->notes, s->id);
        remember(c, s);
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
    return find(c, id, &ignored);
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
