// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A nursery as real processes, and questions to it.
#ifndef WEIR_TEST_PLUGINS_NURSERY_RIG_H
#define WEIR_TEST_PLUGINS_NURSERY_RIG_H

#include "nursery_find.h"

#include "plugin/nursery.h"

#include <criterion/criterion.h>

enum { RATE = 48000, PATIENCE_MS = 30000 };

extern struct weir_nursery *nursed;

struct told {
    unsigned n;
    const struct weir_plugin_type *type;
    char why[200];
};

/// Start it; or one that lies.
void nursed_start(bool lies);

/// Serve it for a moment.
void nursed_serve(void);
/// Serve it until so much is told.
void nursed_serve_until(const unsigned *n, unsigned wanted);

/// As a weir_nursery_described_fn, to a struct told.
void nursed_hear(void *owner, const char *uri,
                 const struct weir_plugin_type *type, const char *why);

/// Ask, and wait for the answer.
const struct weir_plugin_type *nursed_ask(const char *uri, struct told *told);

#endif
