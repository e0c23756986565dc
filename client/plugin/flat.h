// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Descriptions as bytes, on their way from the nursery to weir, which
// believes nothing of them before it has looked. Everything here is
// @control's, or the nursery's.
#ifndef WEIR_PLUGIN_FLAT_H
#define WEIR_PLUGIN_FLAT_H

#include "plugin/describe.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WEIR_FLAT_BYTES = 16 * 1024 * 1024, // at most
    WEIR_FLAT_PORTS = 16384,            // of a plugin
    WEIR_FLAT_PLUGINS = 65536,
};

/// Grows; zeroed, it is empty.
struct weir_flat {
    unsigned char *bytes; // free()
    size_t n;
    size_t room;
    bool failed; // memory is short, or it is too long
};

/// Put a description, with its presets, at the end.
void weir_flat_put_type(struct weir_flat *flat,
                        const struct weir_plugin_type *type);

/// Make one of the bytes.  False: they are none, or memory is short.
/// Free with weir_plugin_type_free().
bool weir_flat_get_type(const unsigned char *bytes, size_t n,
                        struct weir_plugin_type **out);

/// Put a line of a list at the end.
void weir_flat_put_entry(struct weir_flat *flat,
                         const struct weir_plugin_entry *entry);

/// Look through a list: its lines, which point into `bytes`.  False as above.
/// Free with free().
bool weir_flat_get_entries(const unsigned char *bytes, size_t n,
                           struct weir_plugin_entry **out, uint32_t *n_out);

#endif
