// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Programs that are started when a file is begun or finished. They run beside
// the recording, which does not wait for them.
#ifndef WEIR_RECORD_HOOKS_H
#define WEIR_RECORD_HOOKS_H

#include "record/take.h"

#include <stdbool.h>

/// Commands, as options give them; null: none.
struct weir_hooks {
    const char *on_open;
    const char *on_close;
    const char *on_split;
};

/// Null when that is a command: words between spaces, the first a program.
/// @any
const char *weir_hooks_refuse(const char *command);

enum weir_hook { WEIR_HOOK_OPEN, WEIR_HOOK_CLOSE, WEIR_HOOK_SPLIT };

/// Make the process that runs them, if there are some.  False after saying why
/// not.  @reader  Borrows `hooks`; before there are threads, and before the
/// sandbox, which it is not in.
bool weir_hooks_start(const struct weir_hooks *hooks);

/// Have that one run, if there is such a one, with the names `file` and
/// `next`, which may be null, as arguments, and, if there are some, the file's
/// counts in its environment. What goes wrong is said.  @reader  Does not
/// wait.
void weir_hooks_run(enum weir_hook hook, const char *file, const char *next,
                    const struct weir_take_counts *counts);

/// All that were asked for have been started.  @reader  Does not wait for
/// their ends.
void weir_hooks_stop(void);

#endif
