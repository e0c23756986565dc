// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Whether a plugin can be hosted, before any of its code runs. @control's.
#ifndef WEIR_PLUGIN_CHECK_H
#define WEIR_PLUGIN_CHECK_H

#include "plugin/describe.h"

/// What can be promised where every block is a whole period of `n_frames`.
unsigned weir_plugin_promises(uint32_t n_frames);

/// Largest rsz:minimumSize of an atom port that is believed, in bytes.
enum { WEIR_MAX_ATOM_BYTES = 16 * 1024 * 1024 };

/// Whether every feature and option it requires, and every port it has, can
/// be given to it; `promises` are WEIR_BLOCKS_...  False says which cannot.
bool weir_plugin_check(const struct weir_plugin_world *world,
                       const struct weir_plugin_type *type, unsigned promises,
                       struct weir_why *why);

#endif
