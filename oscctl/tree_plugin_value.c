// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A plugin's ports below its slot, what it shows of itself, and its bypass.
#include "oscctl/tree_plugin.h"

#include "desk/slots.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// ------------------------------------------------------------------- showing

// It is on or off. A trigger takes any value of its range, for a block.
static bool
is_switch(const struct weir_plugin_port *port)
{
    return port->flags & WEIR_PORT_TOGGLED &&
           !(port->flags & WEIR_PORT_TRIGGER);
}

// T or F, a whole number, or any.
static void
show_port_number(const struct weir_plugin_port *port, float number,
                 struct weir_args *args)
{
    const unsigned whole = WEIR_PORT_INTEGER | WEIR_PORT_ENUMERATION;
    // Most triggers are pressed or not; some say how hard.
    const bool is_press =
        port->flags & WEIR_PORT_TRIGGER && (number == 0.0f || number == 1.0f);
    if (is_press || is_switch(port))
        weir_args_bool(args, number > 0.0f);
    else if (port->flags & whole && floorf(number) == number &&
             fabsf(number) < 2e9f)
        weir_args_int(args, (int32_t)number);
    else
        weir_args_float(args, number);
}

static void
show_number(const struct weir_desk_slot *slot, uint32_t port, float number,
            struct weir_args *args)
{
    if (port == weir_desk_slot_bypass(slot))
        weir_args_bool(args, number != 0.0f);
    else
        show_port_number(&slot->type->ports[port], number, args);
}

void
weir_show_slot_value(const struct weir_shown *s, struct weir_args *args)
{
    const uint32_t port = (uint32_t)s->index;
    show_number(s->slot, port, weir_desk_slot_value(s->slot, port), args);
}

void
weir_show_slot_state(const struct weir_shown *s, struct weir_args *args)
{
    weir_args_string(args, weir_desk_slot_state(s->slot));
}

void
weir_show_slot_fact(const struct weir_shown *s, struct weir_args *args)
{
    weir_args_string(args, s->index == WEIR_SLOT_URI ? s->slot->type->uri
                                                     : s->slot->type->name);
}

enum weir_fault_code
weir_call_show(struct weir_call *c)
{
    const struct weir_shown shown = weir_shown(c->found);
    struct weir_args args;
    weir_args_begin(&args);
    weir_show(&shown, &args);
    return weir_call_answer(c, &args);
}

enum weir_fault_code
weir_leaf_slot_output(struct weir_call *c)
{
    return c->n_args > 0 ? weir_call_read_only(c) : weir_call_show(c);
}

enum weir_fault_code
weir_leaf_slot_fact(struct weir_call *c)
{
    return c->n_args > 0 ? weir_call_read_only(c) : weir_call_show(c);
}

enum weir_fault_code
weir_leaf_slot_state(struct weir_call *c)
{
    return c->n_args > 0 ? weir_call_read_only(c) : weir_call_show(c);
}

// ------------------------------------------------------------------- setting

static enum weir_fault_code
out_of_range(struct weir_call *c, const struct weir_plugin_port *p,
             double number)
{
    if (!isfinite(number))
        return weir_fault(c->fault, WEIR_FAULT_RANGE, "a number is wanted");
    return weir_fault(c->fault, WEIR_FAULT_RANGE,
                      "%g is out of range: from %g to %g", number,
                      (double)p->min, (double)p->max);
}

// A point of its scale may be named.
static bool
find_point(const struct weir_plugin_port *p, const char *label, float *out)
{
    for (uint32_t i = 0; i < p->n_points; i++)
        if (p->points[i].label && strcmp(p->points[i].label, label) == 0) {
            *out = p->points[i].value;
            return true;
        }
    return false;
}

static enum weir_fault_code
take_number(struct weir_call *c, const struct weir_plugin_port *p, float *out)
{
    double number;
    const char *label = weir_call_string(c, 0);
    if (c->n_args == 1 && label && p && find_point(p, label, out))
        return WEIR_FAULT_NONE;
    if (c->n_args == 1 && label && p && p->n_points > 0)
        return weir_fault(c->fault, WEIR_FAULT_RANGE,
                          "%.60s is none of its scale points (describe shows "
                          "them)",
                          label);
    if (c->n_args != 1 || !weir_call_number(c, 0, &number))
        return weir_call_wrong_arguments(c, "one number");
    if (!isfinite(number))
        return p ? out_of_range(c, p, number)
                 : weir_fault(c->fault, WEIR_FAULT_RANGE,
                              "a bool is wanted, T or F");
    const bool is_bool = !p || is_switch(p);
    *out = is_bool ? (number != 0.0 ? 1.0f : 0.0f) : (float)number;
    if (is_bool)
        return WEIR_FAULT_NONE;
    if (*out < p->min || *out > p->max || !isfinite(*out))
        return out_of_range(c, p, number);
    if (p->flags & WEIR_PORT_INTEGER && floorf(*out) != *out &&
        *out != p->by_default)
        return weir_fault(c->fault, WEIR_FAULT_RANGE,
                          "a whole number is wanted, not %g", number);
    return WEIR_FAULT_NONE;
}

enum weir_fault_code
weir_leaf_slot_value(struct weir_call *c)
{
    struct weir_desk_slot *slot = c->found->slot;
    const uint32_t port = (uint32_t)c->found->leaf.index;
    const bool is_bypass = port == weir_desk_slot_bypass(slot);
    struct weir_args args;
    float number = 0.0f;
    if (c->n_args == 0)
        return weir_call_show(c);
    if (take_number(c, is_bypass ? NULL : &slot->type->ports[port], &number))
        return c->fault->code;
    struct weir_reply *r = weir_call_reply(c);
    if (!r)
        return weir_call_too_much(c);
    lo_message m = weir_reply_begin(r);
    weir_args_begin(&args);
    show_number(slot, port, number, &args);
    weir_args_to_message(&args, m);
    weir_reply_hold(r, m);
    return weir_desk_set_slot(slot, port, number, weir_reply_ticket(r),
                              c->fault);
}

// ----------------------------------------------------------------- defaults

static bool
is_reset(const struct weir_desk_slot *slot, uint32_t port)
{
    const struct weir_plugin_port *p = &slot->type->ports[port];
    return p->is_input && weir_slot_port_is_shown(p) &&
           !(p->flags & WEIR_PORT_TRIGGER) &&
           slot->values[port] != p->by_default;
}

// Of `n_ports`, those that the call names, or all.
static enum weir_fault_code
take_names(struct weir_call *c, bool *is_named)
{
    const struct weir_plugin_type *t = c->found->slot->type;
    for (uint32_t i = 0; c->n_args == 0 && i < t->n_ports; i++)
        is_named[i] = true;
    for (int k = 0; k < c->n_args; k++) {
        const char *name = weir_call_string(c, k);
        const uint32_t i = name ? weir_plugin_type_port(t, name) : t->n_ports;
        if (!name)
            return weir_call_wrong_arguments(c, "symbols, or nothing");
        if (i == t->n_ports || !weir_slot_port_is_shown(&t->ports[i]))
            return weir_fault(c->fault, WEIR_FAULT_NO_OBJECT,
                              "there is no parameter %.60s", name);
        if (!t->ports[i].is_input)
            return weir_call_read_only(c);
        is_named[i] = true;
    }
    return WEIR_FAULT_NONE;
}

// Answered with the last one.
static enum weir_fault_code
reset(struct weir_call *c, const bool *is_named, struct weir_reply *r)
{
    struct weir_desk_slot *slot = c->found->slot;
    const struct weir_plugin_type *t = slot->type;
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->n_ports; i++)
        n += is_named[i] && is_reset(slot, i);
    if (n == 0)
        weir_reply_settle(r, NULL);
    for (uint32_t i = 0; i < t->n_ports; i++) {
        if (!is_named[i] || !is_reset(slot, i))
            continue;
        const struct weir_ticket ticket =
            --n == 0 ? weir_reply_ticket(r) : (struct weir_ticket){0};
        if (weir_desk_set_slot(slot, i, t->ports[i].by_default, ticket,
                               c->fault))
            return c->fault->code;
    }
    return WEIR_FAULT_NONE;
}

enum weir_fault_code
weir_leaf_slot_reset(struct weir_call *c)
{
    bool *is_named = calloc(c->found->slot->type->n_ports + 1, sizeof(bool));
    if (!is_named)
        return weir_fault(c->fault, WEIR_FAULT_LIMIT, "memory is short");
    enum weir_fault_code code = take_names(c, is_named);
    struct weir_reply *r = code ? NULL : weir_call_reply(c);
    if (!code)
        code = r ? reset(c, is_named, r) : weir_call_too_much(c);
    free(is_named);
    return code;
}
