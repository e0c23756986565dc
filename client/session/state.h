// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The mixer's state as a session's text, from the desk itself. Everything here
// is @control's.
#ifndef WEIR_SESSION_STATE_H
#define WEIR_SESSION_STATE_H

#include "session/survey.h"

#include <lo/lo.h>
#include <stdbool.h>
#include <stddef.h>

struct weir_desk;
struct weir_patchbay;
struct weir_slot_states;

enum weir_state_extent {
    WEIR_STATE_ALL,   ///< as weirctl dump has it
    WEIR_STATE_BRIEF, ///< what is at its default has no line
};

/// Which strips and buses there are.  False: memory is short.  Free with
/// weir_survey_fini() in any case.
bool weir_state_survey(struct weir_desk *desk, struct weir_survey *out);

/// The session's text; the connections are `patchbay`'s, which may be null, and
/// so may `states`: then plugins have none.
/// Null when memory is short.  Free with free().  A large mixer has some
/// megabytes.
char *weir_state_text(struct weir_desk *desk, struct weir_patchbay *patchbay,
                      enum weir_state_extent extent,
                      const struct weir_slot_states *states, size_t *n_bytes);

/// Whether the desk shows already what a line would set.
bool weir_state_is_so(struct weir_desk *desk, const char *address,
                      lo_message message);

#endif
