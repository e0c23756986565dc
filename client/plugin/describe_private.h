// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What describe.c and describe_port.c share.
#ifndef WEIR_PLUGIN_DESCRIBE_PRIVATE_H
#define WEIR_PLUGIN_DESCRIBE_PRIVATE_H

#include "plugin/describe.h"

#include <lilv/lilv.h>

// One plugin while it is being read.
struct weir_reading {
    LilvWorld *world;
    const LilvPlugin *plugin;
    double rate_hz;
    bool short_of_memory;
};

/// A text of its own; null when there is none, or no memory.
char *weir_reading_copy(struct weir_reading *r, const LilvNode *node);

/// The same, and the node is freed.
char *weir_reading_take(struct weir_reading *r, LilvNode *node);

/// A number that is there and finite, otherwise `otherwise`.
float weir_reading_number(const LilvNode *node, float otherwise);

/// Bounds the wrong way round are none; what is set first lies within.
void weir_reading_make_sense(float *by_default, float *min, float *max);

void weir_plugin_port_read(struct weir_reading *r, const LilvPort *port,
                           struct weir_plugin_port *p);
void weir_plugin_port_free(struct weir_plugin_port *p);

#endif
