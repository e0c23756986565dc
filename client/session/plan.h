// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// From the mixer as it is and a session file to the messages that lead from
// the one to the other, in order.
#ifndef WEIR_SESSION_PLAN_H
#define WEIR_SESSION_PLAN_H

#include "session/script.h"
#include "session/survey.h"

struct weir_step {
    int line; ///< of the file; 0: follows from all of it
    char *address;
    lo_message message;
};

struct weir_plan {
    struct weir_step *steps;
    size_t n_steps;
    size_t n_room;
    size_t n_removes; ///< the first so many have to be gone before the rest; 0:
                      ///< all that goes can go together with what comes
    size_t n_wishes;  ///< the last so many: connections
    bool failed;      ///< memory was short
};

/// Plan to make the mixer what the file says.  Remove what it does not add
/// (or adds with other channels), add what is missing, put what stays to its
/// defaults unless the file sets it, then do the file's lines.
void weir_plan_replace(struct weir_script *script,
                       const struct weir_survey *now, struct weir_plan *out);

/// Plan to add what is missing and do the file's lines.
void weir_plan_merge(struct weir_script *script, const struct weir_survey *now,
                     struct weir_plan *out);

void weir_plan_fini(struct weir_plan *plan);

#endif
