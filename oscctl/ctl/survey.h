// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Asking which strips and buses there are, and for their values: what list,
// dump and load begin with.
#ifndef WEIR_CTL_SURVEY_H
#define WEIR_CTL_SURVEY_H

#include "oscctl/ctl/ask.h"
#include "session/survey.h"

/// Ask for all strips and buses.  Returns an exit status, said why.
/// Free with weir_survey_fini() in any case.
int ctl_survey_take(struct ctl_link *link, struct weir_survey *out);

/// Ask for the lines of all chains, too.
int ctl_survey_chains(struct ctl_link *link, struct weir_survey *survey);

/// Ask for the settable values of `n` strips (with their sends) from number
/// `first` on, or of buses.  As ctl_ask_strictly().
int ctl_survey_strip_values(struct ctl_link *link,
                            const struct weir_survey *survey, int first, int n,
                            struct ctl_replies *out);
int ctl_survey_bus_values(struct ctl_link *link,
                          const struct weir_survey *survey,
                          struct ctl_replies *out);

#endif
