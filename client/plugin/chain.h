// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The plugins of a strip or a bus, one after the other. @control makes, sets
// and removes them; @mixer runs them, block by block, and is never waited for:
// between the two are rings.
#ifndef WEIR_PLUGIN_CHAIN_H
#define WEIR_PLUGIN_CHAIN_H

#include "plugin/slot.h"
#include "rt/tags.h"

enum {
    WEIR_MAX_SLOTS = 16,
    WEIR_SLOT_RESTARTS = 3,    // in this time, then it is given up
    WEIR_SLOT_RESTARTS_S = 60, // seconds
};
enum { WEIR_CHAIN_BYPASS_PORT = UINT32_MAX };

struct weir_chain;

struct weir_chain_config {
    struct weir_instance_config instance;
    uint32_t n_channels; // 1..WEIR_MAX_CHANNELS
};

/// Make a chain without plugins.  Null when memory is short.
/// @control  Borrows what `config` points to.  Free with weir_chain_free().
struct weir_chain *weir_chain_new(const struct weir_chain_config *config);

/// Free it with all that is in it; null is allowed.
/// @control  @mixer is done with it.
void weir_chain_free(struct weir_chain *chain);

// ------------------------------------------------------------------- @control
//
// Everything here takes effect at the next block; a change that was not
// possible is false, and says why. Slots are known by their ids.

/// Put a plugin at `index` (beyond the end: at the end) under that id.
/// Runs the plugin's code.
bool weir_chain_add(struct weir_chain *chain, const char *id, const char *uri,
                    uint32_t index, struct weir_why *why);

/// The same under a number for weir_chain_set_at() that is the caller's to
/// choose, and with a mark of his own.
bool weir_chain_add_as(struct weir_chain *chain, const char *id,
                       const char *uri, uint32_t index, uint32_t number,
                       uint32_t mark, struct weir_why *why);

/// Fade it out and take it away.
bool weir_chain_remove(struct weir_chain *chain, const char *id,
                       struct weir_why *why);

/// Fade it out, put it to `index`, fade it in.
bool weir_chain_move(struct weir_chain *chain, const char *id, uint32_t index,
                     struct weir_why *why);

bool weir_chain_bypass(struct weir_chain *chain, const char *id,
                       bool is_bypassed, struct weir_why *why);

/// Set a control or CV input by its symbol.  Out of its range is false.
bool weir_chain_set(struct weir_chain *chain, const char *id,
                    const char *symbol, float value, struct weir_why *why);

/// Set a patch:writable property.  `atom` is copied.
bool weir_chain_set_property(struct weir_chain *chain, const char *id,
                             const char *uri, const LV2_Atom *atom,
                             struct weir_why *why);

/// Ask the plugin for all its properties (patch:Get): the answers come to the
/// function given to weir_chain_listen().
bool weir_chain_get_properties(struct weir_chain *chain, const char *id,
                               struct weir_why *why);

/// What plugins tell of their properties.  Borrows; null: nobody.
typedef void weir_chain_heard_fn(void *owner, const struct weir_slot *slot,
                                 const char *property, const LV2_Atom *value);
void weir_chain_listen(struct weir_chain *chain, weir_chain_heard_fn *fn,
                       void *owner);

bool weir_chain_load_preset(struct weir_chain *chain, const char *id,
                            const char *preset_uri, struct weir_why *why);

/// Save what a plugin remembers into a folder, load it from there.
bool weir_chain_save(struct weir_chain *chain, const char *id,
                     const char *folder, struct weir_why *why);
bool weir_chain_load(struct weir_chain *chain, const char *id,
                     const char *folder, struct weir_why *why);

/// Save it there unless that is what was kept last and is still there, which is
/// what a plugin that nobody touches has.
bool weir_chain_keep(struct weir_chain *chain, const char *id,
                     const char *folder, struct weir_why *why);

/// Do what has come up: free what came back, start again what gave nonsense,
/// hear what plugins say.  Every 50 ms or so.
void weir_chain_service(struct weir_chain *chain);

uint32_t weir_chain_count(const struct weir_chain *chain);

/// A slot by its place, or by its id; null when there is none.  Lives until
/// it is removed.
const struct weir_slot *weir_chain_slot(const struct weir_chain *chain,
                                        uint32_t index);
const struct weir_slot *weir_chain_find(const struct weir_chain *chain,
                                        const char *id);
enum weir_slot_state weir_chain_state(const struct weir_slot *slot);

// --------------------------------------------------------------------- @mixer

/// Run `n` frames (1..max_block) in place.  Wait-free but for what plugins do.
WEIR_RT void weir_chain_process(struct weir_chain *chain,
                                float *const *channels, uint32_t n);

/// Whether the block to come is one of freewheel: those plugins are told that
/// want to know.
WEIR_RT void weir_chain_freewheel(struct weir_chain *chain, bool freewheels);

/// Set a control or CV input of the slot of that number, from frame `at` of the
/// block to come on, in the order of their frames; a plugin that wants its
/// blocks whole has it from the first.  What does not exist or is out of range
/// is left alone.  As port WEIR_CHAIN_BYPASS_PORT: 0 plays, 1 is bypassed.
WEIR_RT void weir_chain_set_at(struct weir_chain *chain, uint32_t number,
                               uint32_t port, float value, uint32_t at);

// ----------------------------------------------------------------------- @any

/// Frames by which the chain's output is late.  Changes with what is in it.
WEIR_RT uint32_t weir_chain_latency(const struct weir_chain *chain);

/// Blocks that were silenced because a plugin gave what is not finite.
WEIR_RT uint32_t weir_chain_faults(const struct weir_chain *chain);

#endif
