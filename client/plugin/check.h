// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Whether a plugin can be hosted, before any of its code runs. @control's.
#ifndef WEIR_PLUGIN_CHECK_H
#define WEIR_PLUGIN_CHECK_H

#include "plugin/describe.h"

/// What the caller promises of the blocks that will come, a sum of these.
enum {
    WEIR_BLOCKS_FIXED = 1,       // every block has the nominal length
    WEIR_BLOCKS_POWER_OF_TWO = 2 // the nominal length is a power of two
};

/// Largest rsz:minimumSize of an atom port that is believed, in bytes.
enum { WEIR_MAX_ATOM_BYTES = 16 * 1024 * 1024 };

/// Whether every feature and option it requires, and every port it has, can
/// be given to it.  False says which cannot.
bool weir_plugin_check(const struct weir_plugin_world *world,
                       const struct weir_plugin_type *type, unsigned promises,
                       struct weir_why *why);

#endif
