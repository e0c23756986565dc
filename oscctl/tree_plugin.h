// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Handlers of plugins: those of strips and buses, and those installed.
#ifndef WEIR_OSCCTL_TREE_PLUGIN_H
#define WEIR_OSCCTL_TREE_PLUGIN_H

#include "oscctl/shown.h"
#include "oscctl/tree_private.h"

weir_leaf_fn weir_leaf_slot_value;    // index: the port; behind them bypass
weir_leaf_fn weir_leaf_slot_output;   // index: the port
weir_leaf_fn weir_leaf_slot_property; // index: which
weir_leaf_fn weir_leaf_slot_fact;     // index: enum weir_slot_fact
weir_leaf_fn weir_leaf_slot_state;

// Commands of a chain, and of a slot.
weir_leaf_fn weir_leaf_chain_add;
weir_leaf_fn weir_leaf_chain_list;
weir_leaf_fn weir_leaf_chain_dump;
weir_leaf_fn weir_leaf_chain_clear;
weir_leaf_fn weir_leaf_slot_remove;
weir_leaf_fn weir_leaf_slot_move;
weir_leaf_fn weir_leaf_slot_reset;
weir_leaf_fn weir_leaf_slot_describe;
weir_leaf_fn weir_leaf_slot_presets;
weir_leaf_fn weir_leaf_slot_preset;
weir_leaf_fn weir_leaf_slot_preset_save;
weir_leaf_fn weir_leaf_slot_load;
weir_leaf_fn weir_leaf_slot_property_by_uri;

enum weir_slot_fact { WEIR_SLOT_URI, WEIR_SLOT_NAME };

void weir_show_slot_value(const struct weir_shown *shown,
                          struct weir_args *args);
void weir_show_slot_property(const struct weir_shown *shown,
                             struct weir_args *args);
void weir_show_slot_fact(const struct weir_shown *shown,
                         struct weir_args *args);
void weir_show_slot_state(const struct weir_shown *shown,
                          struct weir_args *args);

/// Answer a query with what the value shows.
enum weir_fault_code weir_call_show(struct weir_call *call);

/// The strip or bus of a call.
struct weir_desk_object *weir_call_object(const struct weir_call *call);

/// Which plugin is called `uri`; a fault when there is none, or (and then the
/// packet waits) when that is not known yet.
enum weir_fault_code weir_call_type(struct weir_call *call, const char *uri,
                                    const struct weir_plugin_type **type);

/// Answer with a description.  Arguments from number `first` on: where in its
/// parameters the answer is to begin.
enum weir_fault_code weir_call_describe(struct weir_call *call, int first,
                                        const struct weir_plugin_type *type);
enum weir_fault_code weir_call_presets(struct weir_call *call, int first,
                                       const struct weir_plugin_type *type);

/// The branch below a strip or bus, at its states.
void weir_walk_slots(struct weir_walk *walk, uint64_t states,
                     struct weir_desk_object *object);

/// The branch /plugin.
void weir_walk_plugins(struct weir_walk *walk, uint64_t states);

/// Whether there could be such an address below a strip or bus.
bool weir_tree_slot_has(const char *rest);

#endif
