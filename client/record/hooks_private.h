// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What the process that runs hooks does.
#ifndef WEIR_RECORD_HOOKS_PRIVATE_H
#define WEIR_RECORD_HOOKS_PRIVATE_H

#include "record/hooks.h"

#include <stdbool.h>

/// Run `command`, as weir_hooks_run() says it.
void weir_hooks_spawn(const char *command, const char *file, const char *next,
                      const struct weir_take_counts *counts);

/// Say which have failed since; whether some run.  To be called now and then.
bool weir_hooks_reap(void);

#endif
