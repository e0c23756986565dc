// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The plugins of a strip or bus as lines of a session file.
#ifndef WEIR_OSCCTL_SLOT_LINES_H
#define WEIR_OSCCTL_SLOT_LINES_H

#include <stdio.h>

struct weir_desk_object;
struct weir_desk_slot;

/// Where the states of a strip's or bus's slots are: each in
/// FOLDER/KIND.ID.SLOT. Null: they have none.
struct weir_slot_states {
    const char *folder; // as a session names it
};

/// The name of a slot's state there, "strip.mic.eq".
enum { WEIR_SLOT_STATE_BYTES = 80 };
void weir_slot_state_name(const struct weir_desk_slot *slot,
                          char name[WEIR_SLOT_STATE_BYTES]);

/// What adds them and sets what is not at its default, a line each; outputs
/// and triggers are not set.  @control
void weir_slot_lines(FILE *to, const struct weir_desk_object *object,
                     const struct weir_slot_states *states);

#endif
