// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What the files of a rack share.
#ifndef WEIR_PLUGIN_RACK_PRIVATE_H
#define WEIR_PLUGIN_RACK_PRIVATE_H

#include "plugin/property.h"
#include "plugin/rack.h"
#include "plugin/runner.h"

struct weir_rack {
    struct weir_insert insert;  // first: a rack is one
    struct weir_runner *runner; // null: inside,
    struct weir_chain *chain;   // where this is it
    // @control's; inside only, but for who listens.
    struct weir_plugin_world *world;
    char *folder;     // null: none
    uint64_t kept_ns; // when states were last kept there
    uint32_t block;   // frames: fixed; @mixer, too, reads it
    uint32_t next_serial;
    weir_rack_fn *fn;
    weir_rack_heard_fn *heard;
    void *owner;
};

/// The insert's calls of a rack in a runner, and of one inside.
extern const struct weir_insert_calls weir_rack_runner_calls;
extern const struct weir_insert_calls weir_rack_inside_calls;

/// Begin it with a chain.  False says why.  End with weir_rack_end_inside(),
/// also on failure.
bool weir_rack_begin_inside(struct weir_rack *rack,
                            const struct weir_rack_config *config,
                            struct weir_why *why);
void weir_rack_end_inside(struct weir_rack *rack);

/// Look after it; keep what its plugins remember.
void weir_rack_service_inside(struct weir_rack *rack);

/// Set a port of its chain's slot.
bool weir_rack_set_inside(struct weir_rack *rack, const char *id, uint32_t port,
                          float value, struct weir_why *why);

/// Set a property of its chain's slot.
bool weir_rack_set_property_inside(struct weir_rack *rack, const char *id,
                                   const char *property, const char *value,
                                   struct weir_why *why);

#endif
