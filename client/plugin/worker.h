// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The thread on which a plugin does what may take long (work:schedule).
#ifndef WEIR_PLUGIN_WORKER_H
#define WEIR_PLUGIN_WORKER_H

#include "rt/tags.h"

#include <lv2/worker/worker.h>
#include <stdbool.h>

struct weir_plugin_worker;

/// Make one for a plugin that is about to be instantiated; there is no thread
/// yet.  Null when memory is short.
/// @control  Free with weir_plugin_worker_free().
struct weir_plugin_worker *weir_plugin_worker_new(void);

/// Start the thread for a plugin that has an interface for it.  False when the
/// system refuses; what the plugin asks for then is refused, too.
/// @control  Borrows both.
bool weir_plugin_worker_start(struct weir_plugin_worker *worker,
                              const LV2_Worker_Interface *interface,
                              LV2_Handle plugin);

/// Stop the thread and free it; null is allowed.  Waits for the work that is
/// being done.  @control  Before the plugin is cleaned up.
void weir_plugin_worker_free(struct weir_plugin_worker *worker);

/// For the plugin's run(): never waits; what does not fit is refused.
LV2_Worker_Schedule *weir_plugin_worker_feature(struct weir_plugin_worker *w);

/// For its restore(): the work is done at once, in the caller's thread.
LV2_Worker_Schedule *
weir_plugin_worker_restoring(struct weir_plugin_worker *worker);

/// After each run(): give the plugin the answers that have come.
/// @mixer  Wait-free but for what the plugin does.
WEIR_RT void weir_plugin_worker_deliver(struct weir_plugin_worker *worker);

#endif
