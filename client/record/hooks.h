// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Programs that are started when a file is begun or finished. They run beside
// the recording, which does not wait for them.
#ifndef WEIR_RECORD_HOOKS_H
#define WEIR_RECORD_HOOKS_H

#include "record/take.h"

/// Commands, as options give them; null: none.
struct weir_hooks {
    const char *on_open;
    const char *on_close;
    const char *on_split;
};

/// Null when that is a command: words between spaces, the first a program.
/// @any
const char *weir_hooks_refuse(const char *command);

/// Run one with the names `file` and `next`, which may be null, as arguments,
/// and, if there are some, the file's counts in its environment. What goes
/// wrong is said.  @reader  Returns when the program has been started.
void weir_hooks_run(const char *command, const char *file, const char *next,
                    const struct weir_take_counts *counts);

/// Say which have failed since. To be called now and then.  @reader  Does not
/// wait.
void weir_hooks_reap(void);

#endif
