// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What rack.c (@control) and rack_run.c (@mixer) share.
#ifndef WEIR_PLUGIN_RACK_PRIVATE_H
#define WEIR_PLUGIN_RACK_PRIVATE_H

#include "plugin/rack.h"
#include "plugin/runner.h"

struct weir_rack {
    struct weir_insert insert; // first: a rack is one
    struct weir_runner *runner;
};

/// The insert's calls of a rack in a runner.
extern const struct weir_insert_calls weir_rack_runner_calls;

#endif
