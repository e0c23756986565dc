// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Properties of plugins as text. Everything here is @control's.
#ifndef WEIR_PLUGIN_PROPERTY_H
#define WEIR_PLUGIN_PROPERTY_H

#include "plugin/chain.h"

/// Set a property to what the text says, as its range wants it: a number, a
/// path, a URI, a text.  False says why.
bool weir_property_set(struct weir_chain *chain, const char *id,
                       const char *property, const char *text,
                       struct weir_why *why);

/// An atom as text.  False: it has none, or it is too long.  `value` has been
/// looked at: its body is there.
bool weir_property_text(const struct weir_plugin_world *world,
                        const LV2_Atom *value, char *text, size_t size);

#endif
