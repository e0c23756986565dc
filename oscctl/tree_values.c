// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Queries and sets of values.
#include "oscctl/tree_values.h"

#include "oscctl/shown.h"

#include <math.h>

// ------------------------------------------------------------------ checks

static enum weir_fault_code
out_of_range(struct weir_call *c, const struct weir_value *row, double number)
{
    if (!isfinite(number))
        return weir_fault(c->fault, WEIR_FAULT_RANGE,
                          "a number is wanted, from %g to %g", (double)row->min,
                          (double)row->max);
    return weir_fault(c->fault, WEIR_FAULT_RANGE,
                      "%g is out of range: from %g to %g", number,
                      (double)row->min, (double)row->max);
}

// The one argument of a set, as the mixer takes it.
static enum weir_fault_code
take_number(struct weir_call *c, const struct weir_value *row, float *out)
{
    double number;
    if (c->n_args != 1 || !weir_call_number(c, 0, &number))
        return weir_call_wrong_arguments(c, "one number");
    if (row->kind == WEIR_VALUE_BOOL) {
        if (!isfinite(number))
            return out_of_range(c, row, number);
        *out = number != 0.0 ? 1.0f : 0.0f;
        return WEIR_FAULT_NONE;
    }
    if (!weir_value_in_range(row, number))
        return out_of_range(c, row, number);
    *out = (float)number;
    return WEIR_FAULT_NONE;
}

// ----------------------------------------------------------------- answers

static enum weir_fault_code
show(struct weir_call *c)
{
    const struct weir_shown shown = weir_shown(c->found);
    struct weir_args args;
    weir_args_begin(&args);
    weir_show(&shown, &args);
    return weir_call_answer(c, &args);
}

// The answer to a set, held until the mixer has obeyed.
static struct weir_reply *
hold_number(struct weir_call *c, const struct weir_value *row, float number)
{
    struct weir_args args;
    struct weir_reply *r = weir_call_reply(c);
    if (!r)
        return NULL;
    lo_message m = weir_reply_begin(r);
    weir_args_begin(&args);
    weir_show_number(row, number, &args);
    weir_args_to_message(&args, m);
    weir_reply_hold(r, m);
    return r;
}

// ------------------------------------------------------------------- names

static enum weir_fault_code
set_name(struct weir_call *c, struct weir_desk_object *object)
{
    const char *name = weir_call_string(c, 0);
    if (c->n_args != 1 || !name)
        return weir_call_wrong_arguments(c, "one string");
    if (!weir_name_ok(name))
        return weir_fault(c->fault, WEIR_FAULT_ARGUMENTS,
                          "a name is UTF-8 text of 1 to 64 characters");
    struct weir_reply *r = weir_call_reply(c);
    if (!r)
        return weir_call_too_much(c);
    lo_message m = weir_reply_begin(r);
    lo_message_add_string(m, name);
    weir_reply_hold(r, m);
    return weir_desk_rename(object, name, weir_reply_ticket(r), c->fault);
}

// ------------------------------------------------------------------ values

enum weir_fault_code
weir_leaf_strip_value(struct weir_call *c)
{
    struct weir_desk_strip *strip = c->found->strip;
    const enum weir_strip_value v = (enum weir_strip_value)c->found->leaf.index;
    const struct weir_value *row = &weir_strip_values[v];
    float number = 0.0f;
    if (c->n_args == 0)
        return show(c);
    if (v == WEIR_STRIP_NAME)
        return set_name(c, &strip->o);
    if (take_number(c, row, &number))
        return c->fault->code;
    struct weir_reply *r = hold_number(c, row, number);
    if (!r)
        return weir_call_too_much(c);
    return weir_desk_set_strip(c->tree->desk, strip, v, number,
                               weir_reply_ticket(r), c->fault);
}

enum weir_fault_code
weir_leaf_bus_value(struct weir_call *c)
{
    struct weir_desk_bus *bus = c->found->bus;
    const enum weir_bus_value v = (enum weir_bus_value)c->found->leaf.index;
    const struct weir_value *row = &weir_bus_values[v];
    float number = 0.0f;
    if (c->n_args == 0)
        return show(c);
    if (v == WEIR_BUS_NAME)
        return set_name(c, &bus->o);
    if (take_number(c, row, &number))
        return c->fault->code;
    struct weir_reply *r = hold_number(c, row, number);
    if (!r)
        return weir_call_too_much(c);
    return weir_desk_set_bus(c->tree->desk, bus, v, number,
                             weir_reply_ticket(r), c->fault);
}

enum weir_fault_code
weir_leaf_send_value(struct weir_call *c)
{
    struct weir_desk_strip *strip = c->found->strip;
    const struct weir_desk_bus *bus = c->found->bus;
    const enum weir_send_value v = (enum weir_send_value)c->found->leaf.index;
    const struct weir_value *row = &weir_send_values[v];
    float number = 0.0f;
    if (c->n_args == 0)
        return show(c);
    if (take_number(c, row, &number))
        return c->fault->code;
    struct weir_reply *r = hold_number(c, row, number);
    if (!r)
        return weir_call_too_much(c);
    return weir_desk_set_send(c->tree->desk, strip, bus, v, number,
                              weir_reply_ticket(r), c->fault);
}

enum weir_fault_code
weir_leaf_channels(struct weir_call *c)
{
    return c->n_args > 0 ? weir_call_read_only(c) : show(c);
}

enum weir_fault_code
weir_leaf_not_finite(struct weir_call *c)
{
    return c->n_args > 0 ? weir_call_read_only(c) : show(c);
}

enum weir_fault_code
weir_leaf_version(struct weir_call *c)
{
    return c->n_args > 0 ? weir_call_read_only(c) : show(c);
}
