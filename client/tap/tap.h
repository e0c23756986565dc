// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The tap: from weir's ring to stdout.
#ifndef WEIR_TAP_TAP_H
#define WEIR_TAP_TAP_H

#include "tap/options.h"

/// Write until it is done, ended or impossible; returns the exit status.
/// @reader
int weir_tap_run(const struct weir_tap_options *options);

#endif
