// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A plugin's properties below its slot: by name as addresses of their own, by
// URI as an argument, for '/', '#' and others cannot stand in an address. What
// was set or told is a text, whatever it is of.
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

// The value that is argument `at`, and the last one, as text.
static enum weir_fault_code
take_text(struct weir_call *c, int at, const struct weir_plugin_property *p,
          char *text, size_t n_text)
{
    double number;
    const char *word = weir_call_string(c, at);
    const bool has_number = weir_call_number(c, at, &number);
    if (c->n_args != at + 1 || (!word && !has_number) || (word && is_number(p)))
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
clone_argument(const struct weir_call *c, int at, lo_message m)
{
    double number;
    if (weir_call_string(c, at))
        lo_message_add_string(m, weir_call_string(c, at));
    else if (c->types[at] == 'T' || c->types[at] == 'F')
        lo_message_add(m, c->types[at] == 'T' ? "T" : "F");
    else if (weir_call_number(c, at, &number))
        lo_message_add_float(m, (float)number);
}

// To argument `at`; the answer repeats it, and the URI before it if it was
// named by that.
static enum weir_fault_code
set(struct weir_call *c, const struct weir_plugin_property *p, int at)
{
    char text[WEIR_ARGS_STRING];
    if (!p->is_writable)
        return weir_call_read_only(c);
    if (take_text(c, at, p, text, sizeof text))
        return c->fault->code;
    struct weir_reply *r = weir_call_reply(c);
    if (!r)
        return weir_call_too_much(c);
    lo_message m = weir_reply_begin(r);
    for (int i = 0; i <= at; i++)
        clone_argument(c, i, m);
    weir_reply_hold(r, m);
    return weir_desk_act_slot(c->found->slot, WEIR_SLOT_PROPERTY, p->uri, text,
                              weir_reply_ticket(r), c->fault);
}

enum weir_fault_code
weir_leaf_slot_property(struct weir_call *c)
{
    const struct weir_plugin_type *t = c->found->slot->type;
    return c->n_args == 0 ? weir_call_show(c)
                          : set(c, &t->properties[c->found->leaf.index], 0);
}

// -------------------------------------------------------------------- by URI

// Name and URI of each.
static enum weir_fault_code
list(struct weir_call *c)
{
    const struct weir_plugin_type *t = c->found->slot->type;
    struct weir_reply *r = weir_call_reply(c);
    if (!r)
        return weir_call_too_much(c);
    lo_message m = weir_reply_begin(r);
    for (uint32_t i = 0; i < t->n_properties; i++) {
        char name[WEIR_ID_MAX + 1];
        weir_slot_property_name(t, i, name);
        lo_message_add_string(m, name);
        lo_message_add_string(m, t->properties[i].uri);
    }
    weir_reply_hold(r, m);
    weir_reply_settle(r, NULL);
    return WEIR_FAULT_NONE;
}

static enum weir_fault_code
show_by_uri(struct weir_call *c, uint32_t i)
{
    const struct weir_shown shown = {.slot = c->found->slot, .index = (int)i};
    struct weir_args args;
    struct weir_reply *r = weir_call_reply(c);
    if (!r)
        return weir_call_too_much(c);
    lo_message m = weir_reply_begin(r);
    lo_message_add_string(m, weir_call_string(c, 0));
    weir_args_begin(&args);
    weir_show_slot_property(&shown, &args);
    weir_args_to_message(&args, m);
    weir_reply_hold(r, m);
    weir_reply_settle(r, NULL);
    return WEIR_FAULT_NONE;
}

enum weir_fault_code
weir_leaf_slot_property_by_uri(struct weir_call *c)
{
    const struct weir_plugin_type *t = c->found->slot->type;
    const char *uri = weir_call_string(c, 0);
    uint32_t i = 0;
    if (c->n_args == 0)
        return list(c);
    if (!uri || c->n_args > 2)
        return weir_call_wrong_arguments(
            c, "nothing, or a property's URI and a value (or not)");
    while (i < t->n_properties && strcmp(t->properties[i].uri, uri) != 0)
        i++;
    if (i == t->n_properties)
        return weir_fault(c->fault, WEIR_FAULT_NO_OBJECT,
                          "no such property (without arguments it lists them)");
    return c->n_args == 1 ? show_by_uri(c, i) : set(c, &t->properties[i], 1);
}
