// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// How a plugin's audio ports meet a strip's channels: docs/plugins.md has the
// table.
#ifndef WEIR_PLUGIN_JOIN_H
#define WEIR_PLUGIN_JOIN_H

#include "engine/limits.h"
#include "plugin/describe.h"
#include "rt/tags.h"

enum { WEIR_MAX_JOINED = 64 }; // audio ports on one side of a plugin

struct weir_join {
    uint32_t n_channels; // the strip's
    uint32_t n_copies;   // instances side by side
    uint32_t n_in, n_out;
    uint32_t in[WEIR_MAX_JOINED], out[WEIR_MAX_JOINED]; // ports, by order
};

struct weir_instance;

/// Find out for a plugin on a strip of `n_channels`.  @control
void weir_join_make(const struct weir_plugin_type *type, uint32_t n_channels,
                    struct weir_join *join);

/// Fill the copies' inputs with `n` frames of `channels`.  @mixer
WEIR_RT void weir_join_in(const struct weir_join *join,
                          struct weir_instance *const *copies,
                          const float *const *channels, uint32_t n);

/// Fill `channel`, one of the strip's, with `n` frames of the copies' outputs;
/// false when none belongs to it: it passes the plugin by.  @mixer
WEIR_RT bool weir_join_out(const struct weir_join *join,
                           struct weir_instance *const *copies,
                           uint32_t channel, float *to, uint32_t n);

#endif
