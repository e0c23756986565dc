// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The nursery's reader: descriptions, lists, and runners that are its forks.
#ifndef WEIR_PLUGIN_NURSERY_READER_H
#define WEIR_PLUGIN_NURSERY_READER_H

#include "plugin/nursery_protocol.h"

/// Take a request off: it has been answered, or will be.  Nothing when another
/// one has done so.
void weir_nursery_drop(const struct weir_nursery_request *request);

/// Serve weir until it has gone.  In a process of its own.
_Noreturn void weir_nursery_read(const struct weir_nursery_setup *setup);

#endif
