// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What a plugin is, in plain data: its ports, their ranges, its properties.
// Everything here is @control's; a description, once made, is read by all.
#ifndef WEIR_PLUGIN_DESCRIBE_H
#define WEIR_PLUGIN_DESCRIBE_H

#include "plugin/why.h"

#include <stdbool.h>
#include <stdint.h>

struct weir_plugin_world;

enum weir_port_kind {
    WEIR_PORT_UNKNOWN,
    WEIR_PORT_AUDIO,
    WEIR_PORT_CONTROL,
    WEIR_PORT_CV,
    WEIR_PORT_ATOM,
};

/// What is promised of the blocks that come, or what a plugin asks for: a sum
/// of these.
enum {
    WEIR_BLOCKS_FIXED = 1,       // every block has the nominal length
    WEIR_BLOCKS_POWER_OF_TWO = 2 // which is a power of two
};

/// What a port is for, where it says so.
enum weir_port_role {
    WEIR_ROLE_NONE,
    WEIR_ROLE_LATENCY,   // lv2:latency, lv2:reportsLatency: frames
    WEIR_ROLE_ENABLED,   // lv2:enabled: 0 is bypass
    WEIR_ROLE_FREEWHEEL, // lv2:freeWheeling
    WEIR_ROLE_CONTROL,   // lv2:control: the main atom port
    WEIR_ROLE_SIDECHAIN, // lv2:isSideChain, or pg:sideChainOf
};

/// Properties of a port, a sum of these.
enum {
    WEIR_PORT_TOGGLED = 1 << 0,
    WEIR_PORT_INTEGER = 1 << 1,
    WEIR_PORT_ENUMERATION = 1 << 2,
    WEIR_PORT_LOGARITHMIC = 1 << 3,
    WEIR_PORT_TRIGGER = 1 << 4,
    WEIR_PORT_NOT_ON_GUI = 1 << 5,
    WEIR_PORT_EXPENSIVE = 1 << 6,
    WEIR_PORT_CAUSES_ARTIFACTS = 1 << 7,
    WEIR_PORT_NOT_AUTOMATIC = 1 << 8,
    WEIR_PORT_OPTIONAL = 1 << 9, // lv2:connectionOptional
    WEIR_PORT_STRICT = 1 << 10,  // pprops:hasStrictBounds
    // Atom ports.
    WEIR_PORT_SEQUENCE = 1 << 11, // atom:bufferType atom:Sequence
    WEIR_PORT_MIDI = 1 << 12,
    WEIR_PORT_PATCH = 1 << 13,
    WEIR_PORT_TIME = 1 << 14,
};

struct weir_scale_point {
    float value;
    char *label;
};

struct weir_plugin_port {
    char *symbol;
    char *name;
    enum weir_port_kind kind;
    enum weir_port_role role;
    bool is_input;
    unsigned flags;        // WEIR_PORT_...
    float min, max;        // -FLT_MAX, FLT_MAX: no bound
    float by_default;      // within them
    char *unit;            // its symbol (dB, Hz); null: none
    char *unit_render;     // printf format (%f dB); null: none
    uint32_t minimum_size; // rsz:minimumSize in bytes; 0: none
    uint32_t n_points;
    struct weir_scale_point *points; // by value
};

/// A patch:writable or patch:readable property.
struct weir_plugin_property {
    char *uri;
    char *label; // null: none
    char *range; // URI of its type (atom:Path); null: unknown
    bool is_writable;
    float min, max, by_default; // as a port's; only numbers have them
};

/// A preset that is installed for it.
struct weir_plugin_preset {
    char *uri;
    char *label;
};

struct weir_plugin_type {
    uint32_t n_held; // by slots: it is there as long
    char *uri;
    char *name;
    char *class_label;
    char *author; // null: none
    uint32_t n_ports;
    struct weir_plugin_port *ports; // by index
    uint32_t n_properties;
    struct weir_plugin_property *properties;
    uint32_t n_presets;
    struct weir_plugin_preset *presets; // those of a nursery's types
    bool has_safe_restore;              // state:threadSafeRestore
    bool has_default_state;             // state:loadDefaultState
    bool has_worker;
    bool needs_coarse_blocks; // bufsz: must not be split
    unsigned blocks;          // WEIR_BLOCKS_...: that it asks for
};

/// Describe the plugin of that URI at that rate.  False says why.
/// Free with weir_plugin_type_free().
bool weir_plugin_describe(struct weir_plugin_world *world, const char *uri,
                          double rate_hz, struct weir_plugin_type **out,
                          struct weir_why *why);

/// Free it; null is allowed.
void weir_plugin_type_free(struct weir_plugin_type *type);

/// Have it stay, and be done with it.  What it says does not change by that.
static inline void
weir_plugin_type_hold(const struct weir_plugin_type *type)
{
    ((struct weir_plugin_type *)(uintptr_t)type)->n_held++;
}

static inline void
weir_plugin_type_release(const struct weir_plugin_type *type)
{
    ((struct weir_plugin_type *)(uintptr_t)type)->n_held--;
}

/// The index of the port with that symbol; `n_ports` when there is none.
uint32_t weir_plugin_type_port(const struct weir_plugin_type *type,
                               const char *symbol);

/// What a list of plugins shows of each.  Strings are borrowed for the call.
struct weir_plugin_entry {
    const char *uri;
    const char *name;
    const char *class_label;
    const char *author; // "" when there is none
};

/// Show every plugin to `fn`; returns how many there are.
uint32_t weir_plugin_list(const struct weir_plugin_world *world,
                          void (*fn)(void *owner,
                                     const struct weir_plugin_entry *entry),
                          void *owner);

#endif
