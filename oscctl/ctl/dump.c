// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// dump: the session file of the running mixer, in an order that stays the
// same, so that two of them can be compared.
//
// What is large is asked in parts, between which others may change it. So it
// is read until two readings in a row are the same: then all of it was so at
// one time, the end of the first.
#include "oscctl/ctl/commands.h"

#include "common/log.h"
#include "oscctl/ctl/survey.h"
#include "session/dump.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    // So many values are asked for at a time: about 30 answering datagrams
    // at the most, which wait in the socket for us.
    VALUES_AT_A_TIME = 600,
    READINGS_MAX = 6,
};

// What a reading goes by.
struct replied {
    const struct weir_survey *survey;
    struct ctl_replies *replies;
};

// One reading.
struct reading {
    struct ctl_link *link;
    FILE *to;
};

static void
print_value(void *owner, FILE *to, const struct weir_dump_item *item)
{
    const struct replied *r = owner;
    const struct ctl_reply *reply = ctl_replies_find(r->replies, item->address);
    if (reply)
        ctl_reply_print(to, reply);
}

static const char *
find_name(void *owner, int strip, const char *address)
{
    const struct replied *r = owner;
    const struct ctl_reply *reply = ctl_replies_find(r->replies, address);
    (void)strip;
    return reply ? ctl_reply_string(reply, 0) : NULL;
}

static void
print_plugins(void *owner, FILE *to, bool is_bus, int number)
{
    const struct replied *r = owner;
    const struct weir_listing *all =
        is_bus ? &r->survey->buses : &r->survey->strips;
    char address[64 + WEIR_ID_MAX];
    const char *line;
    snprintf(address, sizeof address, "/%s/%s/plugin/dump",
             is_bus ? "bus" : "strip", all->list[number].id);
    const struct ctl_reply *reply = ctl_replies_find(r->replies, address);
    for (int i = 0; reply && (line = ctl_reply_string(reply, i)); i++)
        fprintf(to, "%s\n", line);
}

static struct weir_dump_source
source(const struct replied *replied)
{
    return (struct weir_dump_source){.survey = replied->survey,
                                     .print = print_value,
                                     .name = find_name,
                                     .plugins = print_plugins,
                                     .owner = (void *)(uintptr_t)replied};
}

static int
print_buses(struct reading *r, const struct weir_survey *survey)
{
    struct ctl_replies replies;
    const int status = ctl_survey_bus_values(r->link, survey, &replies);
    const struct replied replied = {survey, &replies};
    const struct weir_dump_source from = source(&replied);
    weir_dump_buses(r->to, &from);
    ctl_replies_fini(&replies);
    return status;
}

static int
print_some_strips(struct reading *r, const struct weir_survey *survey,
                  int first, int n)
{
    struct ctl_replies replies;
    const int status =
        ctl_survey_strip_values(r->link, survey, first, n, &replies);
    const struct replied replied = {survey, &replies};
    const struct weir_dump_source from = source(&replied);
    for (int i = first; status == WEIR_EXIT_OK && i < first + n; i++)
        weir_dump_strip(r->to, &from, i);
    ctl_replies_fini(&replies);
    return status;
}

static int
print_strips(struct reading *r, const struct weir_survey *survey)
{
    const int n_values =
        WEIR_STRIP_N_VALUES + survey->buses.n * WEIR_SEND_N_VALUES;
    const int step =
        n_values < VALUES_AT_A_TIME ? VALUES_AT_A_TIME / n_values : 1;
    int status = WEIR_EXIT_OK;
    for (int i = 0; status == WEIR_EXIT_OK && i < survey->strips.n; i += step) {
        const int left = survey->strips.n - i;
        status = print_some_strips(r, survey, i, left < step ? left : step);
    }
    return status;
}

static int
print_all(struct reading *r)
{
    struct weir_survey survey;
    int status = ctl_survey_take(r->link, &survey);
    weir_dump_head(r->to);
    if (status == WEIR_EXIT_OK)
        status = print_buses(r, &survey);
    if (status == WEIR_EXIT_OK)
        status = print_strips(r, &survey);
    weir_survey_fini(&survey);
    return status;
}

// Read all of it; free `text`, which is null when memory is short.
static int
read_once(struct ctl_link *link, char **text)
{
    size_t size = 0;
    *text = NULL;
    struct reading r = {link, open_memstream(text, &size)};
    if (!r.to) {
        weir_log(WEIR_LOG_ERROR, "out of memory");
        return WEIR_EXIT_FAILED;
    }
    const int status = print_all(&r);
    fclose(r.to);
    return status;
}

// One more reading, into `text`; whether it is like the one before.  A
// refusal, too, comes of changes: of what has gone since it was listed.
static bool
read_again(struct ctl_link *link, char **text, int *status)
{
    char *before = *text;
    const bool had_one = before && *status == WEIR_EXIT_OK;
    *status = read_once(link, text);
    const bool same = had_one && *status == WEIR_EXIT_OK && *text &&
                      strcmp(*text, before) == 0;
    free(before);
    return same;
}

int
ctl_dump(struct ctl_link *link, int n_words, const char *const words[])
{
    char *text = NULL;
    int status = WEIR_EXIT_OK;
    bool same = false;
    (void)n_words;
    (void)words;
    for (int i = 0; !same && i < READINGS_MAX; i++) {
        link->quiet = i < READINGS_MAX - 1;
        same = read_again(link, &text, &status);
        if (status == WEIR_EXIT_NOBODY)
            break;
    }
    if (status == WEIR_EXIT_NOBODY && link->quiet) {
        link->quiet = false;
        ctl_link_nobody(link);
    }
    if (status == WEIR_EXIT_OK && text)
        fputs(text, stdout);
    if (status == WEIR_EXIT_OK && !same)
        weir_log(WEIR_LOG_INFO,
                 "the mixer never stood still: values may be of different "
                 "moments");
    free(text);
    return status;
}
