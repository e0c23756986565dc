// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What the values of strips, buses and sends show.
#include "oscctl/shown.h"

#include "desk/feeds.h"
#include "oscctl/tree_plugin.h"
#include "oscctl/tree_values.h"

#include <stddef.h>

struct weir_shown
weir_shown(const struct weir_found *found)
{
    return (struct weir_shown){.fn = found->leaf.fn,
                               .index = found->leaf.index,
                               .strip = found->strip,
                               .bus = found->bus,
                               .slot = found->slot};
}

void
weir_show_number(const struct weir_value *row, float number,
                 struct weir_args *args)
{
    if (row->kind == WEIR_VALUE_BOOL)
        weir_args_bool(args, number != 0.0f);
    else
        weir_args_float(args, number);
}

static void
show_strip(const struct weir_shown *s, struct weir_args *args)
{
    const enum weir_strip_value v = (enum weir_strip_value)s->index;
    if (v == WEIR_STRIP_NAME)
        weir_args_string(args, s->strip->o.name);
    else
        weir_show_number(&weir_strip_values[v],
                         weir_desk_strip_value(s->strip, v), args);
}

static void
show_bus(const struct weir_shown *s, struct weir_args *args)
{
    const enum weir_bus_value v = (enum weir_bus_value)s->index;
    if (v == WEIR_BUS_NAME)
        weir_args_string(args, s->bus->o.name);
    else
        weir_show_number(&weir_bus_values[v], weir_desk_bus_value(s->bus, v),
                         args);
}

static void
show_send(const struct weir_shown *s, struct weir_args *args)
{
    weir_show_number(&weir_send_values[s->index],
                     s->strip->sends[s->bus->slot][s->index], args);
}

static void
show_channels(const struct weir_shown *s, struct weir_args *args)
{
    const struct weir_desk_object *o = s->strip ? &s->strip->o : &s->bus->o;
    weir_args_int(args, (int32_t)o->n_channels);
}

static void
show_not_finite(const struct weir_shown *s, struct weir_args *args)
{
    weir_args_long(args, (int64_t)weir_desk_strip_not_finite(s->strip));
}

static void
show_loudness(const struct weir_shown *s, struct weir_args *args)
{
    for (int i = 0; i < 5; i++)
        weir_args_float(args, s->bus->loudness[i]);
}

static void
show_feed(const struct weir_shown *s, struct weir_args *args)
{
    struct weir_feed_facts facts;
    weir_desk_feed_facts(s->strip, &facts);
    weir_show_feed(s->index, &facts, args);
}

static void
show_version(const struct weir_shown *s, struct weir_args *args)
{
    (void)s;
    weir_args_string(args, "weir " WEIR_VERSION);
    weir_args_string(args, "weir-osc 1");
}

// Each leaf that is a value; `show` null: what it shows is fetched elsewhere.
static const struct row {
    weir_leaf_fn *fn;
    enum weir_shown_kind kind;
    void (*show)(const struct weir_shown *, struct weir_args *);
} rows[] = {
    {weir_leaf_strip_value, WEIR_SHOWN_SET, show_strip},
    {weir_leaf_bus_value, WEIR_SHOWN_SET, show_bus},
    {weir_leaf_send_value, WEIR_SHOWN_SET, show_send},
    {weir_leaf_channels, WEIR_SHOWN_SET, show_channels},
    {weir_leaf_version, WEIR_SHOWN_SET, show_version},
    {weir_leaf_meter, WEIR_SHOWN_METER, NULL},
    {weir_leaf_loudness, WEIR_SHOWN_LOUDNESS, show_loudness},
    {weir_leaf_status, WEIR_SHOWN_STATUS, NULL},
    {weir_leaf_reader, WEIR_SHOWN_READER, NULL},
    {weir_leaf_feed, WEIR_SHOWN_FEED, show_feed},
    {weir_leaf_slot_value, WEIR_SHOWN_SET, weir_show_slot_value},
    {weir_leaf_slot_property, WEIR_SHOWN_SET, weir_show_slot_property},
    {weir_leaf_slot_fact, WEIR_SHOWN_SET, weir_show_slot_fact},
    {weir_leaf_slot_output, WEIR_SHOWN_PLUGIN, weir_show_slot_value},
    {weir_leaf_slot_state, WEIR_SHOWN_PLUGIN, weir_show_slot_state},
    {weir_leaf_not_finite, WEIR_SHOWN_FEED, show_not_finite},
};
enum { N_ROWS = sizeof rows / sizeof *rows };

static const struct row *
find_row(const struct weir_shown *s)
{
    for (int i = 0; i < N_ROWS; i++)
        if (rows[i].fn == s->fn)
            return &rows[i];
    return NULL;
}

enum weir_shown_kind
weir_shown_kind(const struct weir_shown *s)
{
    const struct row *row = find_row(s);
    return row ? row->kind : WEIR_SHOWN_NOTHING;
}

void
weir_show(const struct weir_shown *s, struct weir_args *args)
{
    const struct row *row = find_row(s);
    if (row && row->show)
        row->show(s, args);
}
