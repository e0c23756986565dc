// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A runner's slots as weir knows them. Everything here is @control's.
#ifndef WEIR_PLUGIN_RUNNER_SLOTS_H
#define WEIR_PLUGIN_RUNNER_SLOTS_H

#include "plugin/runner_private.h"

/// The slot of that id.  Null says why.
struct weir_runner_slot *weir_runner_find(const struct weir_runner *runner,
                                          const char *id, struct weir_why *why);

/// Free what it points to.
void weir_runner_slot_fini(struct weir_runner_slot *slot);

/// Forget those whose adds have not been answered: their process has ended.
void weir_runner_drop_added(struct weir_runner *runner);

/// Have a new process add it, and set what was loaded and set.
void weir_runner_ask_again(struct weir_runner *runner,
                           struct weir_runner_slot *slot);

/// The plugin tells of a property: what was set is not to be set again when it
/// is another by now.
void weir_runner_note_property(struct weir_runner_slot *slot, uint32_t i,
                               const char *value);

/// Set a value once more.
void weir_runner_set_again(struct weir_runner *runner,
                           struct weir_runner_slot *slot, uint32_t port);

/// Set all properties that were set once more.
void weir_runner_set_properties_again(struct weir_runner *runner,
                                      struct weir_runner_slot *slot);

/// Look at what it shows; the process plays.
void weir_runner_look(struct weir_runner *runner,
                      struct weir_runner_slot *slot);

#endif
