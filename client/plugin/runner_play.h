// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A runner's thread for blocks (@mixer in its process): runner_page.h's right
// side.
#ifndef WEIR_PLUGIN_RUNNER_PLAY_H
#define WEIR_PLUGIN_RUNNER_PLAY_H

#include "plugin/runner_page.h"

struct weir_chain;

/// What weir wrote, copied before any plugin could change it.
struct weir_runner_player {
    uint32_t n_channels;
    uint32_t max_block; // frames
    uint32_t rate_hz;
    uint32_t unshown; // frames since values were shown
    struct weir_runner_page *page;
    struct weir_chain *chain;
};

/// What weir's mixer wants from this block on.  @mixer of its process
WEIR_RT void weir_runner_take_sets(struct weir_runner_player *player);

/// Show what the plugins' values are, a hundred times a second; when `n` more
/// frames are away.  @mixer of its process
WEIR_RT void weir_runner_show_values(struct weir_runner_player *player,
                                     uint32_t n);

/// Show what the slots are doing.  @control of its process
void weir_runner_show_states(struct weir_runner_player *player);

/// Play block after block; a thread's function, which does not return.
void *weir_runner_play(void *player);

#endif
