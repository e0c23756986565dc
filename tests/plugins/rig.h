// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A chain that is driven block by block.
#ifndef WEIR_TEST_PLUGINS_RIG_H
#define WEIR_TEST_PLUGINS_RIG_H

#include "plugin/chain.h"

#include <criterion/criterion.h>

enum { RATE = 48000, FADE = 240, MOST = 2048 }; // Hz, frames, frames

struct rig {
    struct weir_plugin_world *world;
    struct weir_chain *chain;
    uint32_t n_channels;
    uint64_t position; // frames driven so far
    struct weir_why why;
    float sound[WEIR_MAX_CHANNELS][MOST]; // the last block, as it came out
};

/// Where the next chain's plugins may write; null: nowhere.
extern const char *rig_scratch;

/// Begin with an empty chain; `promises` as for an instance.
void rig_begin(struct rig *rig, uint32_t n_channels, unsigned promises);
void rig_end(struct rig *rig);

/// What goes into `channel` at `position`: never the same, never zero.
float rig_input(uint32_t channel, uint64_t position);

/// Drive one block of `n` frames with that.
void rig_block(struct rig *rig, uint32_t n);

/// The same until `n` frames have gone by, in blocks of 128.
void rig_run(struct rig *rig, uint32_t n);

/// Frames before the end of the last block: what went in at frame `f` of it.
float rig_in(const struct rig *rig, uint32_t channel, uint32_t n, uint32_t f);

/// Add a plugin of the test set, and let it fade in.
void rig_add(struct rig *rig, const char *id, const char *name);

/// The slot's shown value by symbol.
float rig_shown(const struct rig *rig, const char *id, const char *symbol);

#endif
