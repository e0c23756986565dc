// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A runner's process: how it is started, how its end is known. @control's.
#ifndef WEIR_PLUGIN_RUNNER_PROCESS_H
#define WEIR_PLUGIN_RUNNER_PROCESS_H

#include "plugin/runner_private.h"

/// Have a process started for it, with memory of its own.  False says why.
/// Free the link with weir_runner_link_free(), when @mixer is done with it.
bool weir_runner_spawn(struct weir_runner *runner,
                       struct weir_runner_link **link, struct weir_why *why);

/// Free it; null is allowed.
void weir_runner_link_free(struct weir_runner_link *link);

/// Whether it has ended, and how, in words.  Never waits.
bool weir_runner_has_ended(const struct weir_runner *runner, char *how,
                           size_t size);

/// End it, whatever it does.  Never waits.
void weir_runner_kill(struct weir_runner *runner);

#endif
