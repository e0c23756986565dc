// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Values that are set in a chain at a frame of its block.
// Everything here belongs to @mixer.
#include "plugin/chain_private.h"

static WEIR_RT void
set(struct weir_slot *s, uint32_t port, float value)
{
    if (port == WEIR_CHAIN_BYPASS_PORT)
        weir_slot_bypass(s, value > 0.0f);
    if (port >= s->type->n_ports)
        return;
    const struct weir_plugin_port *p = &s->type->ports[port];
    const bool is_set = p->is_input && (p->kind == WEIR_PORT_CONTROL ||
                                        p->kind == WEIR_PORT_CV);
    if (is_set && value >= p->min && value <= p->max)
        weir_slot_set(s, port, value);
}

static WEIR_RT void
set_now(const struct weir_chain *c, uint32_t number, uint32_t port, float value)
{
    for (uint32_t i = 0; i < c->n_slots; i++)
        if (c->slots[i]->number == number)
            set(c->slots[i], port, value);
}

// Without room for another the last one of that port has the value; one that
// has none there is set at once.
static WEIR_RT struct weir_chain_set *
place_of(struct weir_chain *c, uint32_t number, uint32_t port)
{
    if (c->n_sets < WEIR_CHAIN_SETS)
        return &c->sets[c->n_sets++];
    for (uint32_t i = c->n_sets; i > 0; i--)
        if (c->sets[i - 1].number == number && c->sets[i - 1].port == port)
            return &c->sets[i - 1];
    return NULL;
}

WEIR_RT void
weir_chain_set_at(struct weir_chain *c, uint32_t number, uint32_t port,
                  float value, uint32_t at)
{
    struct weir_chain_set *place = at > 0 ? place_of(c, number, port) : NULL;
    if (place)
        *place = (struct weir_chain_set){number, port, value, at};
    else
        set_now(c, number, port, value);
}

WEIR_RT uint32_t
weir_chain_take_sets(const struct weir_chain *c, struct weir_slot *s,
                     uint32_t from, uint32_t n)
{
    uint32_t end = n;
    for (uint32_t i = 0; i < c->n_sets; i++) {
        const struct weir_chain_set *x = &c->sets[i];
        if (x->number != s->number)
            continue;
        if (x->at == from || (!s->splits && x->at < n))
            set(s, x->port, x->value);
        else if (x->at > from && x->at < end)
            end = x->at;
    }
    return end;
}

WEIR_RT void
weir_chain_pass_sets(struct weir_chain *c, uint32_t n)
{
    uint32_t n_left = 0;
    for (uint32_t i = 0; i < c->n_sets; i++) {
        if (c->sets[i].at < n)
            continue;
        c->sets[n_left] = c->sets[i];
        c->sets[n_left++].at -= n;
    }
    c->n_sets = n_left;
}
