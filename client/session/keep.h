// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The mixer's state in a file of its own, as a session, for whoever is started
// after a crash. Everything here is @control's.
#ifndef WEIR_SESSION_KEEP_H
#define WEIR_SESSION_KEEP_H

#include <stdint.h>

struct weir_keep;
struct weir_tree;
struct weir_worker;

/// Keep what is on `tree` in FOLDER/last, with a number that stands for the
/// command line.  Null when memory is short.  Borrows
/// all but the name.
struct weir_keep *weir_keep_new(struct weir_tree *tree,
                                struct weir_worker *worker, const char *folder,
                                uint64_t begun_as);

/// When the worker has ended; null is allowed.
void weir_keep_free(struct weir_keep *keep);

/// Once a second: write what has changed, whole or not at all.  Null is
/// allowed.
void weir_keep_look(struct weir_keep *keep);

#endif
