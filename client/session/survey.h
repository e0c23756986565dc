// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Which strips and buses there are: what a dump and a load begin with.
#ifndef WEIR_SESSION_SURVEY_H
#define WEIR_SESSION_SURVEY_H

#include "oscctl/values.h"

#include <stdbool.h>

/// A strip or a bus.
struct weir_listed {
    char id[WEIR_ID_MAX + 1];
    int n_channels;
    bool has_plugins;
    char *chain; ///< the lines that a dump has of them; owned; null: not known
};

struct weir_listing {
    struct weir_listed *list;
    int n;
};

/// Zeroed: nothing is there.  Free with weir_survey_fini().
struct weir_survey {
    struct weir_listing strips;
    struct weir_listing buses; ///< `main` among them
};

/// Add one; null when memory is short.  @any but @rt
struct weir_listed *weir_listing_add(struct weir_listing *listing,
                                     const char *id, int n_channels);

/// The one called `id`, or null.  @any  Linear.
const struct weir_listed *weir_listing_find(const struct weir_listing *listing,
                                            const char *id);

/// Whether strips can send to this bus: to all but main.  @any
bool weir_listed_takes_sends(const struct weir_listed *bus);

void weir_survey_fini(struct weir_survey *survey);

#endif
