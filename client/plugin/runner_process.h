// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A runner's process: how it is started, how its end is known. @control's.
// Whatever else is to start programs for weir would take weir_runner_spawn().
#ifndef WEIR_PLUGIN_RUNNER_PROCESS_H
#define WEIR_PLUGIN_RUNNER_PROCESS_H

#include "plugin/runner_private.h"

/// Where its identity goes.
struct weir_runner_process {
    pid_t *pid;
    int *pid_fd;
    int *socket;
};

/// Start a process with memory of its own.  False says why.
/// Free the link with weir_runner_link_free(), when @mixer is done with it.
bool weir_runner_spawn(const struct weir_runner_config *config,
                       const char *folder,
                       const struct weir_runner_process *process,
                       struct weir_runner_link **link, struct weir_why *why);

/// Free it; null is allowed.
void weir_runner_link_free(struct weir_runner_link *link);

/// Whether it has ended, and how, in words.  Never waits.
bool weir_runner_has_ended(int pid_fd, char *how, size_t size);

/// End it, whatever it does; waits a second at most for it to be gone.
void weir_runner_kill(int pid_fd);

#endif
