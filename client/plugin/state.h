// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What a plugin remembers: its values, its properties, its files; in folders
// that any LV2 host reads. Everything here is @control's.
#ifndef WEIR_PLUGIN_STATE_H
#define WEIR_PLUGIN_STATE_H

#include "plugin/slot.h"

/// Give a new instance `state`, or the plugin's own default state; the
/// values of its ports are left as they are.  Before it is activated.
void weir_state_begin(const LilvState *state,
                      const struct weir_instance_config *config,
                      struct weir_instance *instance);

/// Give a running instance of a plugin that allows it `state`.
void weir_state_restore(const LilvState *state, struct weir_instance *instance);

/// Read what the slot's plugin remembers now; its own files go to `folder`
/// (null: it gets none).  Null when it has no voices, or memory is short.
/// Free with lilv_state_free().
LilvState *weir_state_take(const struct weir_instance_config *config,
                           const struct weir_slot *slot, const char *folder);

/// Whether the slot's plugin remembers what `state`, read from a file, says,
/// whatever the values of its ports are.  Writes what it remembers to `folder`
/// for that, and removes it.
bool weir_state_is_remembered(const struct weir_instance_config *config,
                              const struct weir_slot *slot,
                              const LilvState *state, const char *folder);

enum weir_state_safety {
    WEIR_STATE_FLUSHED, ///< on the disk
    WEIR_STATE_RENAMED, ///< survives this process, perhaps not the machine
};

/// Write it to FOLDER/state.ttl, whole or not at all; makes the folder.
bool weir_state_write(struct weir_plugin_world *world, const LilvState *state,
                      const char *folder, enum weir_state_safety safety,
                      struct weir_why *why);

/// Whether one that was written so is there.
bool weir_state_is_there(const char *folder);

/// Read one that was written so.  False says why.
bool weir_state_read(struct weir_plugin_world *world, const char *folder,
                     LilvState **out, struct weir_why *why);

/// Read the preset of that URI.  False says why.
bool weir_state_preset(struct weir_plugin_world *world, const char *plugin_uri,
                       const char *preset_uri, LilvState **out,
                       struct weir_why *why);

/// Show each preset of a plugin to `fn`; returns how many there are.
uint32_t
weir_preset_list(struct weir_plugin_world *world, const char *plugin_uri,
                 void (*fn)(void *owner, const char *uri, const char *label),
                 void *owner);

#endif
