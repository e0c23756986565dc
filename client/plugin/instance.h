// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// One instance of a plugin, with buffers for all its ports.
#ifndef WEIR_PLUGIN_INSTANCE_H
#define WEIR_PLUGIN_INSTANCE_H

#include "plugin/check.h"
#include "plugin/notes.h"
#include "plugin/worker.h"
#include "rt/tags.h"

#include <lv2/atom/atom.h>
#include <lv2/options/options.h>
#include <lv2/state/state.h>

/// What all instances of a chain have in common.
struct weir_instance_config {
    struct weir_plugin_world *world;
    double rate_hz;
    uint32_t nominal_block; // frames
    uint32_t max_block;     // frames
    unsigned promises;      // WEIR_BLOCKS_...: of those with all nominal_block
    const char *scratch;    // folder for its files; null: it gets none
};

enum { WEIR_INSTANCE_FEATURES = 12, WEIR_INSTANCE_OPTIONS = 6 };

/// Made by @control; weir_instance_run() and what it looks at is @mixer's.
struct weir_instance {
    const struct weir_plugin_type *type;
    LilvInstance *lilv;
    LV2_Handle handle;
    const LV2_Descriptor *descriptor;
    struct weir_plugin_worker *worker; // null: it does not use any
    const struct weir_known_urids *known;
    uint32_t max_block;
    float **buffers; // by port: max_block of an audio or CV port's
    LV2_Atom_Sequence **sequences; // by port: an atom port's
    uint32_t *sequence_sizes;      // by port: bytes that it has room for
    const float *values; // by port: control inputs, shared by all copies
    float *outputs;      // by port: control outputs
    uint32_t n_posted;   // events in the input sequences
    uint32_t connected;  // frame in the buffers that audio ports point to
    bool is_active;      // @control's

    // What features point to.
    LV2_Feature features[WEIR_INSTANCE_FEATURES];
    const LV2_Feature *feature_list[WEIR_INSTANCE_FEATURES + 1];
    LV2_Options_Option options[WEIR_INSTANCE_OPTIONS];
    int32_t option_ints[4];
    float option_rate;
    LV2_State_Make_Path make_path;
    LV2_State_Free_Path free_path;
    char *scratch; // null: none
};

/// Instantiate it, connect its ports; not yet activated.  False says why.
/// What can be hosted was checked before: weir_plugin_check().
/// @control  Runs the plugin's code.  Borrows `type`, `values` (by port) and
/// `notes`.  Free with weir_instance_free().
bool weir_instance_new(const struct weir_instance_config *config,
                       const struct weir_plugin_type *type, float *values,
                       struct weir_notes *notes, struct weir_instance **out,
                       struct weir_why *why);

/// Deactivate and free it; null is allowed.  @control
void weir_instance_free(struct weir_instance *instance);

/// From now on it may run.  @control
void weir_instance_activate(struct weir_instance *instance);

/// Put an event's body into the sequences of those atom inputs that have one
/// of `flags`, at the next run's first frame; false when it fits nowhere.
/// @mixer  Wait-free.
WEIR_RT bool weir_instance_post(struct weir_instance *instance, unsigned flags,
                                const LV2_Atom *atom);

/// Run it for the frames [offset, offset + n) of its buffers, at least one.
/// @mixer  Wait-free but for what the plugin does.
WEIR_RT void weir_instance_run(struct weir_instance *instance, uint32_t offset,
                               uint32_t n);

#endif
