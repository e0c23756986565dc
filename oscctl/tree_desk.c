// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The branches /strip and /bus.
#include "oscctl/tree_plugin.h"
#include "oscctl/tree_values.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// -------------------------------------------------------------- add, remove

typedef enum weir_fault_code add_fn(struct weir_desk *desk, const char *id,
                                    uint32_t n_channels, const char *name,
                                    struct weir_ticket ticket,
                                    struct weir_fault *fault);

// ID [CHANNELS] [NAME]
static enum weir_fault_code
take_add(struct weir_call *c, uint32_t *n_channels, const char **name)
{
    double number = *n_channels;
    int next = 1;
    if (next < c->n_args && weir_call_number(c, next, &number))
        next++;
    *name = weir_call_string(c, next);
    if (*name)
        next++;
    if (!weir_call_string(c, 0) || next != c->n_args)
        return weir_call_wrong_arguments(
            c, "an id, the number of channels (or not) and a name (or not)");
    if (!(number >= 1.0 && number <= WEIR_MAX_CHANNELS &&
          floor(number) == number))
        return weir_fault(c->fault, WEIR_FAULT_RANGE,
                          "channels go from 1 to %d", WEIR_MAX_CHANNELS);
    *n_channels = (uint32_t)number;
    return WEIR_FAULT_NONE;
}

static enum weir_fault_code
add(struct weir_call *c, uint32_t n_channels, add_fn *add_it)
{
    const char *id = weir_call_string(c, 0);
    const char *name;
    if (take_add(c, &n_channels, &name))
        return c->fault->code;
    struct weir_reply *r = weir_call_reply(c);
    if (!r)
        return weir_call_too_much(c);
    lo_message m = weir_reply_begin(r);
    lo_message_add_string(m, id);
    lo_message_add_int32(m, (int32_t)n_channels);
    weir_reply_hold(r, m);
    return add_it(c->tree->desk, id, n_channels, name, weir_reply_ticket(r),
                  c->fault);
}

static enum weir_fault_code
add_strip(struct weir_call *c)
{
    return add(c, 1, weir_desk_add_strip);
}

static enum weir_fault_code
add_bus(struct weir_call *c)
{
    return add(c, 2, weir_desk_add_bus);
}

static enum weir_fault_code
remove_object(struct weir_call *c)
{
    struct weir_desk *desk = c->tree->desk;
    if (c->n_args > 0)
        return weir_call_wrong_arguments(c, "no arguments");
    struct weir_reply *r = weir_call_reply(c);
    if (!r)
        return weir_call_too_much(c);
    if (c->found->strip)
        return weir_desk_remove_strip(desk, c->found->strip,
                                      weir_reply_ticket(r), c->fault);
    return weir_desk_remove_bus(desk, c->found->bus, weir_reply_ticket(r),
                                c->fault);
}

// -------------------------------------------------------------------- lists

static const char *
strip_id(struct weir_call *c, uint32_t i)
{
    return weir_desk_strip_at(c->tree->desk, i)->o.id;
}

static enum weir_fault_code
list_strips(struct weir_call *c)
{
    return weir_call_list(c, weir_desk_n_strips(c->tree->desk), strip_id);
}

static const char *
bus_id(struct weir_call *c, uint32_t i)
{
    return weir_desk_bus_at(c->tree->desk, i)->o.id;
}

static enum weir_fault_code
list_buses(struct weir_call *c)
{
    return weir_call_list(c, weir_desk_n_buses(c->tree->desk), bus_id);
}

// ----------------------------------------------------------------- branches

static bool
concerns(const struct weir_walk *w, const struct weir_desk_object *o)
{
    return !w->only || w->only == o;
}

static void
walk_values(struct weir_walk *w, uint64_t states, const struct weir_value *rows,
            int n_rows, weir_leaf_fn *fn)
{
    for (int i = 0; i < n_rows; i++) {
        const struct weir_leaf leaf = {rows[i].leaf, fn, false, i};
        if (strchr(leaf.name, '/'))
            continue; // further down: another branch's
        weir_walk_leaves(w, states, &leaf, 1);
    }
}

static void
walk_sends(struct weir_walk *w, uint64_t states)
{
    struct weir_desk *desk = w->tree->desk;
    const uint32_t n_before = w->n_found;
    // Every strip has the same sends.
    if (states == w->barren && !w->only)
        return;
    for (uint32_t i = 0; i < weir_desk_n_buses(desk); i++) {
        struct weir_desk_bus *bus = weir_desk_bus_at(desk, i);
        // main has no send: it is S/main
        const bool skip = bus->slot == 0 || !(concerns(w, &w->at.strip->o) ||
                                              concerns(w, &bus->o));
        const uint64_t next = skip ? 0 : weir_walk_down(w, states, bus->o.id);
        if (next == 0)
            continue;
        w->at.bus = bus;
        walk_values(w, next, weir_send_values, WEIR_SEND_N_VALUES,
                    weir_leaf_send_value);
        w->at.bus = NULL;
        weir_walk_up(w, bus->o.id);
    }
    if (w->n_found == n_before)
        w->barren = states;
}

static const struct weir_leaf strip_leaves[] = {
    {"channels", weir_leaf_channels, false, 0},
    {"meter", weir_leaf_meter, false, 0},
    {"not_finite", weir_leaf_not_finite, false, 0},
    {"remove", remove_object, true, 0},
};
enum { N_STRIP_LEAVES = sizeof strip_leaves / sizeof *strip_leaves };

static const struct weir_leaf bus_leaves[] = {
    {"channels", weir_leaf_channels, false, 0},
    {"meter", weir_leaf_meter, false, 0},
    {"loudness", weir_leaf_loudness, false, 0},
    {"remove", remove_object, true, 0},
};
enum { N_BUS_LEAVES = sizeof bus_leaves / sizeof *bus_leaves };

static const struct weir_leaf reset_leaf = {"reset", weir_leaf_loudness_reset,
                                            true, 0};

static void
walk_strip(struct weir_walk *w, uint64_t states)
{
    if (concerns(w, &w->at.strip->o)) {
        walk_values(w, states, weir_strip_values, WEIR_STRIP_N_VALUES,
                    weir_leaf_strip_value);
        weir_walk_leaves(w, states, strip_leaves, N_STRIP_LEAVES);
        weir_walk_feed(w, states);
        weir_walk_slots(w, states, &w->at.strip->o);
    }
    const uint64_t next = weir_walk_down(w, states, "send");
    if (next == 0)
        return;
    walk_sends(w, next);
    weir_walk_up(w, "send");
}

void
weir_walk_strips(struct weir_walk *w, uint64_t states)
{
    static const struct weir_leaf leaves[] = {{"add", add_strip, true, 0},
                                              {"list", list_strips, true, 0}};
    struct weir_desk *desk = w->tree->desk;
    weir_walk_leaves(w, states, leaves, 2);
    for (uint32_t i = 0; i < weir_desk_n_strips(desk); i++) {
        struct weir_desk_strip *strip = weir_desk_strip_at(desk, i);
        const bool skip = w->only && !w->only->is_bus && w->only != &strip->o;
        const uint64_t next = skip ? 0 : weir_walk_down(w, states, strip->o.id);
        if (next == 0)
            continue;
        w->at.strip = strip;
        walk_strip(w, next);
        w->at.strip = NULL;
        weir_walk_up(w, strip->o.id);
    }
}

static void
walk_bus(struct weir_walk *w, uint64_t states)
{
    walk_values(w, states, weir_bus_values, WEIR_BUS_N_VALUES,
                weir_leaf_bus_value);
    weir_walk_leaves(w, states, bus_leaves, N_BUS_LEAVES);
    weir_walk_slots(w, states, &w->at.bus->o);
    const uint64_t next = weir_walk_down(w, states, "loudness");
    if (next == 0)
        return;
    weir_walk_leaves(w, next, &reset_leaf, 1);
    weir_walk_up(w, "loudness");
}

void
weir_walk_buses(struct weir_walk *w, uint64_t states)
{
    static const struct weir_leaf leaves[] = {{"add", add_bus, true, 0},
                                              {"list", list_buses, true, 0}};
    struct weir_desk *desk = w->tree->desk;
    weir_walk_leaves(w, states, leaves, 2);
    for (uint32_t i = 0; i < weir_desk_n_buses(desk); i++) {
        struct weir_desk_bus *bus = weir_desk_bus_at(desk, i);
        const bool skip = !concerns(w, &bus->o);
        const uint64_t next = skip ? 0 : weir_walk_down(w, states, bus->o.id);
        if (next == 0)
            continue;
        w->at.bus = bus;
        walk_bus(w, next);
        w->at.bus = NULL;
        weir_walk_up(w, bus->o.id);
    }
}

// ------------------------------------------------------ what there could be

static bool
is_leaf(const struct weir_leaf *leaves, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (strcmp(leaves[i].name, name) == 0)
            return true;
    return false;
}

bool
weir_tree_strip_has(const char *rest)
{
    int n_bus = 0;
    if (sscanf(rest, "send/%*[^/]/%n", &n_bus) == 0 && n_bus > 0)
        return weir_values_find(weir_send_values, WEIR_SEND_N_VALUES,
                                rest + n_bus) >= 0;
    return weir_values_find(weir_strip_values, WEIR_STRIP_N_VALUES, rest) >=
               0 ||
           is_leaf(strip_leaves, N_STRIP_LEAVES, rest) ||
           weir_tree_feed_has(rest) || weir_tree_slot_has(rest);
}

bool
weir_tree_bus_has(const char *rest)
{
    return weir_values_find(weir_bus_values, WEIR_BUS_N_VALUES, rest) >= 0 ||
           is_leaf(bus_leaves, N_BUS_LEAVES, rest) ||
           strcmp(rest, "loudness/reset") == 0 || weir_tree_slot_has(rest);
}
