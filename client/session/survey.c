// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Lists of strips and buses.
#include "session/survey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct weir_listed *
weir_listing_add(struct weir_listing *listing, const char *id, int n_channels)
{
    struct weir_listed *list =
        realloc(listing->list, (size_t)(listing->n + 1) * sizeof *list);
    if (!list)
        return NULL;
    listing->list = list;
    struct weir_listed *listed = &list[listing->n++];
    *listed = (struct weir_listed){.n_channels = n_channels};
    snprintf(listed->id, sizeof listed->id, "%s", id);
    return listed;
}

const struct weir_listed *
weir_listing_find(const struct weir_listing *listing, const char *id)
{
    for (int i = 0; i < listing->n; i++)
        if (strcmp(listing->list[i].id, id) == 0)
            return &listing->list[i];
    return NULL;
}

bool
weir_listed_takes_sends(const struct weir_listed *bus)
{
    return strcmp(bus->id, "main") != 0;
}

static void
free_listing(struct weir_listing *listing)
{
    for (int i = 0; i < listing->n; i++)
        free(listing->list[i].chain);
    free(listing->list);
}

void
weir_survey_fini(struct weir_survey *survey)
{
    free_listing(&survey->strips);
    free_listing(&survey->buses);
    *survey = (struct weir_survey){0};
}
