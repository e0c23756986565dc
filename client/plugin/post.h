// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Messages to plugins, as atoms. Everything here is @control's.
#ifndef WEIR_PLUGIN_POST_H
#define WEIR_PLUGIN_POST_H

#include "plugin/chain_private.h"

/// patch:Set of a property.  Null when memory is short.  Free with free().
struct weir_post *weir_post_set(struct weir_plugin_world *world,
                                const char *property, const LV2_Atom *value);

/// patch:Get of all.
struct weir_post *weir_post_get(struct weir_plugin_world *world);

/// time:Position: weir is no sequencer, so time runs from 0 at 120 beats a
/// minute in four quarters.
struct weir_post *weir_post_time(struct weir_plugin_world *world);

/// Take a patch:Set apart; false when it is none.  Borrows `object`, of which
/// every size is looked at.
bool weir_post_read_set(const struct weir_plugin_world *world,
                        const LV2_Atom *object, const char **property,
                        const LV2_Atom **value);

#endif
