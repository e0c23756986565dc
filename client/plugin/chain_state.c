// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What a chain's plugins remember, @control's side: presets, folders of state,
// and what new voices begin with.
#include "plugin/chain.h"

#include "plugin/chain_control.h"
#include "plugin/chain_private.h"
#include "plugin/state.h"
#include "rt/clock.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t state_every_ns = UINT64_C(2000000000);

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
    if (weir_chain_send(c, &command, why))
        return true;
    free(giving.values);
    return false;
}

// A plugin that remembers it already goes on as it is. One that has just been
// told something else, or has nowhere to write for that, is given it once more.
static bool
is_so(const struct weir_chain *c, const struct weir_slot *s,
      const LilvState *state)
{
    char folder[4096];
    const char *scratch = c->config.instance.scratch;
    return s->state_ns > 0 && scratch &&
           snprintf(folder, sizeof folder, "%s/compare.%s", scratch, s->id) <
               (int)sizeof folder &&
           weir_state_is_remembered(&c->config.instance, s, state, folder);
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
    const bool stays = lilv_state_get_num_properties(state) == 0 ||
                       s->has_failed || is_so(c, s, state);
    if (s->state)
        lilv_state_free(s->state);
    s->state = state;
    s->state_ns = weir_now_ns();
    if (stays)
        return true;
    if (!s->type->has_safe_restore || !s->newest)
        return weir_chain_give_voices(c, s, why);
    for (uint32_t i = 0; i < s->newest->n_copies; i++)
        weir_state_restore(state, s->newest->copies[i]);
    return true;
}

bool
weir_chain_load_preset(struct weir_chain *c, const char *id,
                       const char *preset_uri, struct weir_why *why)
{
    LilvState *state;
    struct weir_slot *s = weir_chain_look_up(c, id, why);
    return s &&
           weir_state_preset(c->config.instance.world, s->type->uri, preset_uri,
                             &state, why) &&
           give_state(c, s, state, why);
}

// What its slot remembers now.  Null says why.
static LilvState *
take(struct weir_chain *c, const struct weir_slot *s, const char *folder,
     struct weir_why *why)
{
    weir_chain_take_events(c);
    LilvState *state = weir_state_take(&c->config.instance, s, folder);
    if (!state)
        weir_why(why, "%s tells nothing of its state now", s->id);
    return state;
}

bool
weir_chain_save(struct weir_chain *c, const char *id, const char *folder,
                struct weir_why *why)
{
    struct weir_slot *s = weir_chain_look_up(c, id, why);
    LilvState *state = s ? take(c, s, folder, why) : NULL;
    const bool ok = state && weir_state_write(c->config.instance.world, state,
                                              folder, WEIR_STATE_FLUSHED, why);
    lilv_state_free(state);
    return ok;
}

bool
weir_chain_keep(struct weir_chain *c, const char *id, const char *folder,
                struct weir_why *why)
{
    struct weir_slot *s = weir_chain_look_up(c, id, why);
    LilvState *state = s ? take(c, s, folder, why) : NULL;
    if (!state)
        return false;
    if (s->kept && lilv_state_equals(state, s->kept) &&
        weir_state_is_there(folder)) {
        lilv_state_free(state);
        return true;
    }
    const bool ok = weir_state_write(c->config.instance.world, state, folder,
                                     WEIR_STATE_RENAMED, why);
    lilv_state_free(s->kept);
    s->kept = ok ? state : NULL;
    if (!ok)
        lilv_state_free(state);
    return ok;
}

bool
weir_chain_load(struct weir_chain *c, const char *id, const char *folder,
                struct weir_why *why)
{
    LilvState *state;
    struct weir_slot *s = weir_chain_look_up(c, id, why);
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
void
weir_chain_remember(struct weir_chain *c, struct weir_slot *s)
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
