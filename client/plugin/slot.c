// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Making and freeing slots and voices. Everything here is @control's.
#include "plugin/slot.h"

#include "plugin/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SAID_BYTES = 16 * 1024, LEAST_DELAY = 8192 };

static uint32_t
find_role(const struct weir_plugin_type *t, enum weir_port_role role)
{
    uint32_t i = 0;
    while (i < t->n_ports && t->ports[i].role != role)
        i++;
    return i;
}

static bool
get_memory(struct weir_slot *s)
{
    const uint32_t n = s->type->n_ports + 1;
    s->values = calloc(n, sizeof *s->values);
    s->params = calloc(n, sizeof *s->params);
    s->shown = calloc(n, sizeof *s->shown);
    s->late = calloc(s->max_block, sizeof *s->late);
    s->said = weir_bytes_new(SAID_BYTES);
    s->delay = weir_delay_new(s->join.n_channels, LEAST_DELAY, s->max_block);
    if (!s->values || !s->params || !s->shown || !s->late || !s->said ||
        !s->delay)
        return false;
    weir_prefault(s->late, s->max_block * sizeof *s->late);
    return true;
}

static void
set_defaults(struct weir_slot *s)
{
    for (uint32_t i = 0; i < s->type->n_ports; i++) {
        const struct weir_plugin_port *p = &s->type->ports[i];
        uint32_t bits;
        float value = p->by_default;
        if (p->role == WEIR_ROLE_ENABLED)
            value = 1.0f;
        if (p->role == WEIR_ROLE_FREEWHEEL)
            value = 0.0f;
        if (!p->is_input)
            value = 0.0f;
        s->values[i] = s->params[i].target = value;
        memcpy(&bits, &value, sizeof bits);
        atomic_init(&s->shown[i], bits);
    }
}

bool
weir_slot_new(const struct weir_instance_config *c,
              struct weir_plugin_type *type, const char *id, uint32_t number,
              uint32_t n_channels, struct weir_slot **out, struct weir_why *why)
{
    struct weir_slot *s = calloc(1, sizeof *s);
    if (!s) {
        weir_plugin_type_free(type);
        return weir_why(why, "out of memory");
    }
    s->type = type;
    s->number = number;
    s->max_block = c->max_block;
    snprintf(s->id, sizeof s->id, "%s", id);
    s->splits = !type->needs_coarse_blocks;
    s->whole = type->blocks & c->promises ? c->nominal_block : 0;
    s->enabled_port = find_role(type, WEIR_ROLE_ENABLED);
    s->latency_port = find_role(type, WEIR_ROLE_LATENCY);
    s->freewheel_port = find_role(type, WEIR_ROLE_FREEWHEEL);
    s->notes = weir_notes_new(&c->world->known);
    weir_join_make(type, n_channels, &s->join);
    if (!s->notes || !get_memory(s)) {
        weir_slot_free(s);
        return weir_why(why, "out of memory");
    }
    set_defaults(s);
    weir_crossfade_init(&s->fade, WEIR_HEARD_DIRECT,
                        (uint32_t)(c->rate_hz * WEIR_RAMP_MS / 1000.0));
    *out = s;
    return true;
}

void
weir_slot_free(struct weir_slot *s)
{
    if (!s)
        return;
    weir_voices_free(s->voices);
    weir_voices_free(s->waiting);
    lilv_state_free(s->state);
    lilv_state_free(s->kept);
    weir_plugin_type_free(s->type);
    weir_notes_free(s->notes);
    weir_bytes_free(s->said);
    free(s->values);
    free(s->params);
    free(s->shown);
    free(s->late);
    free(s->delay);
    free(s);
}

bool
weir_voices_new(const struct weir_instance_config *c, struct weir_slot *s,
                struct weir_voices **out, struct weir_why *why)
{
    struct weir_voices *v = calloc(1, sizeof *v);
    if (!v)
        return weir_why(why, "out of memory");
    while (v->n_copies < s->join.n_copies) {
        struct weir_instance **copy = &v->copies[v->n_copies];
        if (!weir_instance_new(c, s->type, s->values, s->notes, copy, why)) {
            weir_voices_free(v);
            return false;
        }
        v->n_copies++;
        weir_state_begin(s->state, c, *copy);
        weir_instance_activate(*copy);
    }
    *out = v;
    return true;
}

void
weir_voices_free(struct weir_voices *v)
{
    if (!v)
        return;
    for (uint32_t i = 0; i < v->n_copies; i++)
        weir_instance_free(v->copies[i]);
    free(v);
}

bool
weir_slot_has_state(const struct weir_slot *s)
{
    return s->newest && lilv_instance_get_extension_data(
                            s->newest->copies[0]->lilv, LV2_STATE__interface);
}
