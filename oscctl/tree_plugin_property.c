// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A plugin's properties below its slot. What was set or told is a text,
// whatever it is of.
#include "oscctl/tree_plugin.h"

#include "desk/slots.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ------------------------------------------------------------------- showing

static bool
has_range(const struct weir_plugin_property *p, const char *name)
{
    static const char atom[] = "http://lv2plug.in/ns/ext/atom#";
    return p->range && strncmp(p->range, atom, sizeof atom - 1) == 0 &&
           strcmp(p->range + sizeof atom - 1, name) == 0;
}

static bool
is_number(const struct weir_plugin_property *p)
{
    return has_range(p, "Float") || has_range(p, "Double") ||
           has_range(p, "Int") || has_range(p, "Long");
}

static void
show_property_number(const struct weir_plugin_property *p, double number,
                     struct weir_args *args)
{
    if (has_range(p, "Bool"))
        weir_args_bool(args, number != 0.0);
    else if (has_range(p, "Int"))
        weir_args_int(args,
                      (int32_t)fmax(fmin(number, 2147483647.0), -2147483648.0));
    else if (has_range(p, "Long"))
        weir_args_long(args, (int64_t)number);
    else
        weir_args_float(args, (float)number);
}

void
weir_show_slot_property(const struct weir_shown *s, struct weir_args *args)
{
    const struct weir_plugin_property *p = &s->slot->type->properties[s->index];
    const char *text = s->slot->properties[s->index];
    char *end = NULL;
    if (!is_number(p) && !has_range(p, "Bool")) {
        weir_args_string(args, text ? text : "");
        return;
    }
    double number = text ? strtod(text, &end) : (double)p->by_default;
    if (text && strcmp(text, "true") == 0)
        number = 1.0;
    show_property_number(p, isfinite(number) ? number : 0.0, args);
}

// ------------------------------------------------------------------- setting

static enum weir_fault_code
property_text(struct weir_call *c, const struct weir_plugin_property *p,
              char *text, size_t n_text)
{
    double number;
    const char *word = weir_call_string(c, 0);
    const bool has_number = weir_call_number(c, 0, &number);
    if (c->n_args != 1 || (!word && !has_number) || (word && is_number(p)))
        return weir_call_wrong_arguments(c, is_number(p) ? "one number"
                                                         : "one value");
    if (has_number && !isfinite(number))
        return weir_fault(c->fault, WEIR_FAULT_RANGE, "a number is wanted");
    if (has_number && is_number(p) &&
        ((float)number < p->min || (float)number > p->max))
        return weir_fault(c->fault, WEIR_FAULT_RANGE,
                          "%g is out of range: from %g to %g", number,
                          (double)p->min, (double)p->max);
    if (word && strlen(word) >= n_text)
        return weir_fault(c->fault, WEIR_FAULT_RANGE,
                          "a value of up to %zu bytes is wanted", n_text - 1);
    if (word)
        snprintf(text, n_text, "%s", word);
    else if (has_range(p, "Bool"))
        snprintf(text, n_text, "%s", number != 0.0 ? "true" : "false");
    else
        snprintf(text, n_text, "%.9g", number);
    return WEIR_FAULT_NONE;
}

static void
clone_argument(const struct weir_call *c, lo_message m)
{
    double number;
    if (weir_call_string(c, 0))
        lo_message_add_string(m, weir_call_string(c, 0));
    else if (c->types[0] == 'T' || c->types[0] == 'F')
        lo_message_add(m, c->types[0] == 'T' ? "T" : "F");
    else if (weir_call_number(c, 0, &number))
        lo_message_add_float(m, (float)number);
}

enum weir_fault_code
weir_leaf_slot_property(struct weir_call *c)
{
    char text[WEIR_ARGS_STRING];
    struct weir_desk_slot *slot = c->found->slot;
    const struct weir_plugin_property *p =
        &slot->type->properties[c->found->leaf.index];
    if (c->n_args == 0)
        return weir_call_show(c);
    if (!p->is_writable)
        return weir_call_read_only(c);
    if (property_text(c, p, text, sizeof text))
        return c->fault->code;
    struct weir_reply *r = weir_call_reply(c);
    if (!r)
        return weir_call_too_much(c);
    lo_message m = weir_reply_begin(r);
    clone_argument(c, m);
    weir_reply_hold(r, m);
    return weir_desk_act_slot(slot, WEIR_SLOT_PROPERTY, p->uri, text,
                              weir_reply_ticket(r), c->fault);
}
