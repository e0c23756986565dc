// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The branch /plugin: what is installed. Answers that are asked for from a
// number on fit into one Ethernet frame, where one entry does.
#include "oscctl/tree_plugin.h"

#include "desk/slots.h"
#include "oscctl/parking.h"

#include <math.h>
#include <string.h>

enum { PAGE_BYTES = 1200 };

// ------------------------------------------------------------------- finding

static enum weir_fault_code
check_plugins(struct weir_call *c)
{
    if (c->tree->parking && weir_desk_plugins(c->tree->desk)->nursery)
        return WEIR_FAULT_NONE;
    return weir_fault(c->fault, WEIR_FAULT_NOT_NOW,
                      "weir runs without plugins (--no-plugins)");
}

static enum weir_fault_code
wait_for(struct weir_call *c, const char *what)
{
    weir_transaction_wait(c->transaction);
    return weir_fault(c->fault, WEIR_FAULT_NOT_NOW,
                      "%s is still being read (try again)", what);
}

// Features that weir has not, or nothing of that name.
static enum weir_fault_code
refuse(struct weir_call *c, const char *why)
{
    return weir_fault(c->fault,
                      strstr(why, "installed") ? WEIR_FAULT_NO_OBJECT
                                               : WEIR_FAULT_FAILED,
                      "%.190s", why);
}

enum weir_fault_code
weir_call_type(struct weir_call *c, const char *uri,
               const struct weir_plugin_type **type)
{
    const char *why = NULL;
    if (check_plugins(c))
        return c->fault->code;
    switch (weir_parking_type(c->tree->parking, uri, type, &why)) {
    case WEIR_PARKING_KNOWN:
        return WEIR_FAULT_NONE;
    case WEIR_PARKING_REFUSED:
        return refuse(c, why);
    default:
        return wait_for(c, "the plugin's description");
    }
}

// -------------------------------------------------------------------- paging

static enum weir_fault_code
take_start(struct weir_call *c, int i, uint32_t *start, bool *whole)
{
    double number = 0.0;
    *whole = c->n_args == i;
    if (c->n_args > i + 1 || (!*whole && !weir_call_number(c, i, &number)))
        return weir_call_wrong_arguments(c, "the number to begin at, or "
                                            "nothing");
    if (!(number >= 0.0 && number <= INT32_MAX && floor(number) == number))
        return weir_fault(c->fault, WEIR_FAULT_RANGE,
                          "a list begins at 0, 1, 2...");
    *start = (uint32_t)number;
    return WEIR_FAULT_NONE;
}

// An answer of entries, each some arguments.
struct page {
    lo_message m;
    bool whole;
    uint32_t n_entries;
};

// False: it does not fit, and there is another one already.
static bool
put_entry(struct page *p, const struct weir_args *args)
{
    const size_t n =
        lo_message_length(p->m, "/reply") + args->n_bytes + args->n + 4;
    if (!p->whole && p->n_entries > 0 && n > PAGE_BYTES)
        return false;
    weir_args_to_message(args, p->m);
    p->n_entries++;
    return true;
}

static enum weir_fault_code
answer(struct weir_reply *r, const struct page *p)
{
    weir_reply_hold(r, p->m);
    weir_reply_settle(r, NULL);
    return WEIR_FAULT_NONE;
}

// -----------------------------------------------------------------
// /plugin/list

static enum weir_fault_code
list(struct weir_call *c)
{
    uint32_t start = 0;
    uint32_t n = 0;
    struct page page;
    struct weir_args args;
    const char *const *uris = NULL;
    const char *why = NULL;
    if (check_plugins(c) || take_start(c, 0, &start, &page.whole))
        return c->fault->code;
    switch (weir_parking_list(c->tree->parking, &uris, &n, &why)) {
    case WEIR_PARKING_WAITS:
        return wait_for(c, "the list of plugins");
    case WEIR_PARKING_REFUSED:
        return weir_fault(c->fault, WEIR_FAULT_FAILED, "%.190s", why);
    default:
        break;
    }
    struct weir_reply *r = weir_call_reply(c);
    if (!r)
        return weir_call_too_much(c);
    page = (struct page){weir_reply_begin(r), page.whole, 0};
    for (uint32_t i = start; i < n; i++) {
        weir_args_begin(&args);
        weir_args_string(&args, uris[i]);
        if (!put_entry(&page, &args))
            break;
    }
    return answer(r, &page);
}

// ------------------------------------------------------------------- describe

static void
put_points(const struct weir_plugin_port *p, struct weir_args *args)
{
    // As many as there is room for: a label has up to 40 bytes here.
    uint32_t n = p->n_points < 12 ? p->n_points : 12;
    weir_args_int(args, (int32_t)n);
    for (uint32_t i = 0; i < n; i++) {
        char label[41] = "";
        if (p->points[i].label)
            strncat(label, p->points[i].label, sizeof label - 1);
        weir_args_float(args, p->points[i].value);
        weir_args_string(args, label);
    }
}

static const char *
kind_of(const struct weir_plugin_port *p)
{
    if (p->flags & WEIR_PORT_TRIGGER)
        return "trigger";
    if (p->flags & WEIR_PORT_TOGGLED)
        return "toggle";
    if (p->flags & WEIR_PORT_ENUMERATION)
        return "enumeration";
    if (p->flags & WEIR_PORT_INTEGER)
        return "integer";
    return p->flags & WEIR_PORT_LOGARITHMIC ? "logarithmic" : "number";
}

// symbol name in|out kind min max default unit n (value label)*n
static void
put_port(const struct weir_plugin_port *p, struct weir_args *args)
{
    char name[65] = "";
    strncat(name, p->name ? p->name : p->symbol, sizeof name - 1);
    weir_args_string(args, p->symbol);
    weir_args_string(args, name);
    weir_args_string(args, p->is_input ? "in" : "out");
    weir_args_string(args, kind_of(p));
    weir_args_float(args, p->min);
    weir_args_float(args, p->max);
    weir_args_float(args, p->by_default);
    weir_args_string(args, p->unit ? p->unit : "");
    put_points(p, args);
}

// name label in|out range min max default
static void
put_property(const struct weir_plugin_type *t, uint32_t i,
             struct weir_args *args)
{
    char name[WEIR_ID_MAX + 1];
    char label[65] = "";
    const struct weir_plugin_property *p = &t->properties[i];
    weir_slot_property_name(t, i, name);
    strncat(label, p->label ? p->label : name, sizeof label - 1);
    weir_args_string(args, name);
    weir_args_string(args, label);
    weir_args_string(args, p->is_writable ? "in" : "out");
    weir_args_string(args, "property");
    weir_args_float(args, p->min);
    weir_args_float(args, p->max);
    weir_args_float(args, p->by_default);
    weir_args_string(args, p->range ? p->range : "");
    weir_args_int(args, 0);
}

static uint32_t
n_shown(const struct weir_plugin_type *t)
{
    uint32_t n = t->n_properties;
    for (uint32_t i = 0; i < t->n_ports; i++)
        n += weir_slot_port_is_shown(&t->ports[i]);
    return n;
}

static void
put_head(const struct weir_plugin_type *t, lo_message m)
{
    lo_message_add_string(m, t->uri);
    lo_message_add_string(m, t->name ? t->name : "");
    lo_message_add_string(m, t->class_label ? t->class_label : "");
    lo_message_add_string(m, t->author ? t->author : "");
    lo_message_add_int32(m, (int32_t)n_shown(t));
}

// False: the page is full.
static bool
put_parameter(struct page *page, const struct weir_plugin_type *t, uint32_t i,
              uint32_t *at, uint32_t start)
{
    struct weir_args args;
    weir_args_begin(&args);
    if (i < t->n_ports && !weir_slot_port_is_shown(&t->ports[i]))
        return true;
    if ((*at)++ < start)
        return true;
    if (i < t->n_ports)
        put_port(&t->ports[i], &args);
    else
        put_property(t, i - t->n_ports, &args);
    return put_entry(page, &args);
}

enum weir_fault_code
weir_call_describe(struct weir_call *c, int first,
                   const struct weir_plugin_type *t)
{
    uint32_t start = 0;
    uint32_t at = 0;
    struct page page;
    if (take_start(c, first, &start, &page.whole))
        return c->fault->code;
    struct weir_reply *r = weir_call_reply(c);
    if (!r)
        return weir_call_too_much(c);
    page = (struct page){weir_reply_begin(r), page.whole, 0};
    put_head(t, page.m);
    for (uint32_t i = 0; i < t->n_ports + t->n_properties; i++)
        if (!put_parameter(&page, t, i, &at, start))
            break;
    return answer(r, &page);
}

static enum weir_fault_code
describe(struct weir_call *c)
{
    const struct weir_plugin_type *type;
    const char *uri = weir_call_string(c, 0);
    if (!uri)
        return weir_call_wrong_arguments(c, "a plugin's URI");
    if (weir_call_type(c, uri, &type))
        return c->fault->code;
    return weir_call_describe(c, 1, type);
}

// -------------------------------------------------------------------- presets

enum weir_fault_code
weir_call_presets(struct weir_call *c, int first,
                  const struct weir_plugin_type *t)
{
    uint32_t start = 0;
    struct page page;
    struct weir_args args;
    if (take_start(c, first, &start, &page.whole))
        return c->fault->code;
    struct weir_reply *r = weir_call_reply(c);
    if (!r)
        return weir_call_too_much(c);
    page = (struct page){weir_reply_begin(r), page.whole, 0};
    for (uint32_t i = start; i < t->n_presets; i++) {
        weir_args_begin(&args);
        weir_args_string(&args, t->presets[i].uri);
        weir_args_string(&args, t->presets[i].label);
        if (!put_entry(&page, &args))
            break;
    }
    return answer(r, &page);
}

static enum weir_fault_code
presets(struct weir_call *c)
{
    const struct weir_plugin_type *type;
    const char *uri = weir_call_string(c, 0);
    if (!uri)
        return weir_call_wrong_arguments(c, "a plugin's URI");
    if (weir_call_type(c, uri, &type))
        return c->fault->code;
    return weir_call_presets(c, 1, type);
}

void
weir_walk_plugins(struct weir_walk *w, uint64_t states)
{
    static const struct weir_leaf leaves[] = {
        {"list", list, true, 0},
        {"describe", describe, true, 0},
        {"presets", presets, true, 0},
    };
    weir_walk_leaves(w, states, leaves, 3);
}
