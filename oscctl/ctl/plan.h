// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// From the mixer as it is and a session file to the messages that lead from
// the one to the other, in order.
#ifndef WEIR_CTL_PLAN_H
#define WEIR_CTL_PLAN_H

#include "oscctl/ctl/script.h"
#include "oscctl/ctl/survey.h"

struct ctl_step {
    int line; ///< of the file; 0: follows from all of it
    char *address;
    lo_message message;
};

struct ctl_plan {
    struct ctl_step *steps;
    size_t n_steps;
    size_t n_removes; ///< the first so many
    bool failed;      ///< memory was short
};

/// Plan to make the mixer what the file says.  Remove what it does not add
/// (or adds with other channels), add what is missing, put what stays to its
/// defaults unless the file sets it, then do the file's lines.
void ctl_plan_replace(const struct ctl_script *script,
                      const struct ctl_survey *now, struct ctl_plan *out);

/// Plan to add what is missing and do the file's lines.
void ctl_plan_merge(const struct ctl_script *script,
                    const struct ctl_survey *now, struct ctl_plan *out);

void ctl_plan_fini(struct ctl_plan *plan);

#endif
