// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The branch plugin below strips and buses: which addresses there are.
#include "oscctl/tree_plugin.h"

#include "desk/slots.h"

#include <string.h>

static const struct weir_leaf slot_leaves[] = {
    {"uri", weir_leaf_slot_fact, false, WEIR_SLOT_URI},
    {"name", weir_leaf_slot_fact, false, WEIR_SLOT_NAME},
    {"state", weir_leaf_slot_state, false, 0},
    {"remove", weir_leaf_slot_remove, true, 0},
    {"move", weir_leaf_slot_move, true, 0},
    {"reset", weir_leaf_slot_reset, true, 0},
    {"preset", weir_leaf_slot_preset, true, 0},
    {"presets", weir_leaf_slot_presets, true, 0},
    {"describe", weir_leaf_slot_describe, true, 0},
    {"load", weir_leaf_slot_load, true, 0},
    {"property", weir_leaf_slot_property_by_uri, true, 0},
};
enum { N_SLOT_LEAVES = sizeof slot_leaves / sizeof *slot_leaves };

static const struct weir_leaf branch_leaves[] = {
    {"add", weir_leaf_chain_add, true, 0},
    {"list", weir_leaf_chain_list, true, 0},
    {"dump", weir_leaf_chain_dump, true, 0},
    {"clear", weir_leaf_chain_clear, true, 0}};

enum { N_BRANCH_LEAVES = sizeof branch_leaves / sizeof *branch_leaves };

static void
walk_ports(struct weir_walk *w, uint64_t states)
{
    const struct weir_plugin_type *t = w->at.slot->type;
    for (uint32_t i = 0; i < t->n_ports; i++) {
        const struct weir_leaf leaf = {
            t->ports[i].symbol,
            t->ports[i].is_input ? weir_leaf_slot_value : weir_leaf_slot_output,
            false, (int)i};
        if (weir_slot_port_is_shown(&t->ports[i]))
            weir_walk_leaves(w, states, &leaf, 1);
    }
}

static void
walk_properties(struct weir_walk *w, uint64_t states)
{
    const struct weir_plugin_type *t = w->at.slot->type;
    for (uint32_t i = 0; i < t->n_properties; i++) {
        char name[WEIR_ID_MAX + 1];
        weir_slot_property_name(t, i, name);
        const struct weir_leaf leaf = {name, weir_leaf_slot_property, false,
                                       (int)i};
        weir_walk_leaves(w, states, &leaf, 1);
    }
}

static void
walk_below(struct weir_walk *w, uint64_t states, const char *name,
           void (*walk)(struct weir_walk *, uint64_t))
{
    const uint64_t next = weir_walk_down(w, states, name);
    if (next == 0)
        return;
    walk(w, next);
    weir_walk_up(w, name);
}

static void
walk_preset(struct weir_walk *w, uint64_t states)
{
    static const struct weir_leaf leaf = {"save", weir_leaf_slot_preset_save,
                                          true, 0};
    weir_walk_leaves(w, states, &leaf, 1);
}

static void
walk_slot(struct weir_walk *w, uint64_t states)
{
    const struct weir_leaf bypass = {"bypass", weir_leaf_slot_value, false,
                                     (int)weir_desk_slot_bypass(w->at.slot)};
    weir_walk_leaves(w, states, slot_leaves, N_SLOT_LEAVES);
    weir_walk_leaves(w, states, &bypass, 1);
    walk_below(w, states, "preset", walk_preset);
    walk_below(w, states, "param", walk_ports);
    walk_below(w, states, "property", walk_properties);
}

static void
walk_slots(struct weir_walk *w, uint64_t states, struct weir_desk_object *o)
{
    weir_walk_leaves(w, states, branch_leaves, N_BRANCH_LEAVES);
    for (uint32_t i = 0; i < o->plugins.n_slots; i++) {
        w->at.slot = o->plugins.slots[i];
        walk_below(w, states, w->at.slot->id, walk_slot);
    }
    w->at.slot = NULL;
}

void
weir_walk_slots(struct weir_walk *w, uint64_t states,
                struct weir_desk_object *o)
{
    const uint64_t next = weir_walk_down(w, states, "plugin");
    if (next == 0)
        return;
    walk_slots(w, next, o);
    weir_walk_up(w, "plugin");
}

// What follows "SLOT/", or null.
static const char *
behind_slot(const char *rest)
{
    const char *slash = strchr(rest, '/');
    return slash && slash > rest ? slash + 1 : NULL;
}

bool
weir_tree_slot_has(const char *rest)
{
    if (strncmp(rest, "plugin/", 7) != 0)
        return false;
    for (int i = 0; i < N_BRANCH_LEAVES; i++)
        if (strcmp(rest + 7, branch_leaves[i].name) == 0)
            return true;
    const char *leaf = behind_slot(rest + 7);
    if (!leaf)
        return false;
    for (int i = 0; i < N_SLOT_LEAVES; i++)
        if (strcmp(slot_leaves[i].name, leaf) == 0)
            return true;
    return strcmp(leaf, "bypass") == 0 || strcmp(leaf, "preset/save") == 0 ||
           (strncmp(leaf, "param/", 6) == 0 && leaf[6]) ||
           (strncmp(leaf, "property/", 9) == 0 && leaf[9]);
}
