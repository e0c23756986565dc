// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Making the mixer what a script says. Everything here is @control's.
#ifndef WEIR_SESSION_APPLY_H
#define WEIR_SESSION_APPLY_H

#include "desk/fault.h"
#include "session/script.h"

struct weir_tree;

/// What the script does not name is removed, or set to its default.  All of
/// it is tried first, and nothing is done when something is wrong.  Then what
/// is to go, goes; when that is gone, all the rest is one transaction (several
/// where it is more than the mixer takes at once).  Connections come last.
/// The ticket is settled when all is done.  Takes what is in `script`.
void weir_apply(struct weir_tree *tree, struct weir_script *script,
                struct weir_ticket ticket);

#endif
