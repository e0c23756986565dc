// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Which strips and buses there are, and their values: what list, dump and
// load begin with.
#ifndef WEIR_CTL_SURVEY_H
#define WEIR_CTL_SURVEY_H

#include "oscctl/ctl/ask.h"
#include "oscctl/values.h"

struct ctl_object {
    char id[WEIR_ID_MAX + 1];
    int n_channels;
};

struct ctl_objects {
    struct ctl_object *list;
    int n;
};

struct ctl_survey {
    struct ctl_objects strips;
    struct ctl_objects buses; ///< `main` among them
};

/// Ask for all strips and buses.  Returns an exit status, said why.
/// Free with ctl_survey_fini() in any case.
int ctl_survey_take(struct ctl_link *link, struct ctl_survey *out);
void ctl_survey_fini(struct ctl_survey *survey);

/// The one called `id`, or null.
const struct ctl_object *ctl_objects_find(const struct ctl_objects *objects,
                                          const char *id);

/// Whether strips can send to this bus: to all but main.
bool ctl_survey_takes_sends(const struct ctl_object *bus);

/// Ask for the settable values of `n` strips (with their sends) from number
/// `first` on, or of buses.  As ctl_ask_strictly().
int ctl_survey_strip_values(struct ctl_link *link,
                            const struct ctl_survey *survey, int first, int n,
                            struct ctl_replies *out);
int ctl_survey_bus_values(struct ctl_link *link,
                          const struct ctl_survey *survey,
                          struct ctl_replies *out);

#endif
