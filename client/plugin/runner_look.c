// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What a runner shows of its slots. Everything here is @control's, and believes
// nothing that is out of bounds.
#include "plugin/runner_slots.h"

#include "rt/clock.h"

#include <math.h>
#include <string.h>

uint32_t
weir_runner_number(const struct weir_runner *r, const char *id)
{
    struct weir_why ignored;
    const struct weir_runner_slot *s = weir_runner_find(r, id, &ignored);
    return s ? s->number : UINT32_MAX;
}

float
weir_runner_value(const struct weir_runner *r, const char *id, uint32_t port)
{
    struct weir_why ignored;
    const struct weir_runner_slot *s = weir_runner_find(r, id, &ignored);
    return s && port < s->type->n_ports ? s->values[port] : 0.0f;
}

bool
weir_runner_slot_state(const struct weir_runner *r, const char *id,
                       enum weir_slot_state *out)
{
    struct weir_why ignored;
    const struct weir_runner_slot *s = weir_runner_find(r, id, &ignored);
    if (!s || !r->newest)
        return false;
    // relaxed: a number, believed within bounds.
    const uint32_t state = atomic_load_explicit(&r->newest->page->shown[s->at],
                                                memory_order_relaxed);
    if (state == 0 || state > WEIR_SLOT_FAILED + 1)
        return false;
    *out = (enum weir_slot_state)(state - 1);
    return true;
}

bool
weir_runner_is_adding(const struct weir_runner *r, const char *id)
{
    struct weir_why ignored;
    const struct weir_runner_slot *s = weir_runner_find(r, id, &ignored);
    return s && s->is_adding;
}

bool
weir_runner_is_bypassed(const struct weir_runner *r, const char *id)
{
    struct weir_why ignored;
    const struct weir_runner_slot *s = weir_runner_find(r, id, &ignored);
    return s && s->is_bypassed;
}

// ----------------------------------------------------------------------- looks

static bool
is_input(const struct weir_plugin_port *p)
{
    return p->is_input &&
           (p->kind == WEIR_PORT_CONTROL || p->kind == WEIR_PORT_CV);
}

static float
shown(const struct weir_runner *r, const struct weir_runner_slot *s,
      uint32_t port)
{
    // relaxed: a number, believed within bounds.
    const uint32_t bits = atomic_load_explicit(
        &r->newest->page->shown[s->at + 1 + port], memory_order_relaxed);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

// An input that was set is shown soon: until then what was set counts, and
// when it takes long it is set again.
static void
look_at_input(struct weir_runner *r, struct weir_runner_slot *s, uint32_t port)
{
    const struct weir_plugin_port *p = &s->type->ports[port];
    const float value = shown(r, s, port);
    if (!(value >= p->min && value <= p->max))
        return;
    if (value == s->values[port])
        s->wait[port] = 0;
    else if (s->wait[port] > 1)
        s->wait[port]--;
    else if (s->wait[port] == 1)
        weir_runner_set_again(r, s, port);
    else if (weir_now_ns() < s->changing_until_ns &&
             !(p->flags & WEIR_PORT_TRIGGER)) {
        s->values[port] = value;
        s->are_set[port] = true;
    }
}

// What presets and states have changed is to be so again in a new process;
// nothing else changes an input.
void
weir_runner_look(struct weir_runner *r, struct weir_runner_slot *s)
{
    for (uint32_t i = 0; i < s->type->n_properties; i++)
        s->doubts[i] -= s->doubts[i] > 0;
    // relaxed: a number; 0: nothing is shown yet.
    if (s->is_adding || s->n_loading > 0 ||
        atomic_load_explicit(&r->newest->page->shown[s->at],
                             memory_order_relaxed) == 0)
        return;
    for (uint32_t i = 0; i < s->type->n_ports; i++) {
        const struct weir_plugin_port *p = &s->type->ports[i];
        if (is_input(p) && p->role == WEIR_ROLE_NONE)
            look_at_input(r, s, i);
        else if (p->kind == WEIR_PORT_CONTROL && !p->is_input) {
            const float value = shown(r, s, i);
            s->values[i] = isfinite(value) ? value : 0.0f;
        }
    }
}
