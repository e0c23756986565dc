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
    struct weir_runner_page *page;
    struct weir_chain *chain;
};

/// Play block after block; a thread's function, which does not return.
void *weir_runner_play(void *player);

#endif
