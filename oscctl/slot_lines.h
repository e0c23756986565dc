// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The plugins of a strip or bus as lines of a session file.
#ifndef WEIR_OSCCTL_SLOT_LINES_H
#define WEIR_OSCCTL_SLOT_LINES_H

#include <stdio.h>

struct weir_desk_object;

/// What adds them and sets what is not at its default, a line each; outputs
/// and triggers are not set.  @control
void weir_slot_lines(FILE *to, const struct weir_desk_object *object);

#endif
