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
#include "oscctl/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ADDRESS_BYTES = 256,
    PREFIX_BYTES = 128, // "/strip/ID/send/ID" is 77
    // So many values are asked for at a time: about 30 answering datagrams
    // at the most, which wait in the socket for us.
    VALUES_AT_A_TIME = 600,
    READINGS_MAX = 6,
};

// One reading.
struct reading {
    struct ctl_link *link;
    FILE *to;
};

static void
print_value(FILE *to, const struct ctl_replies *replies, const char *prefix,
            const char *leaf)
{
    char address[ADDRESS_BYTES];
    snprintf(address, sizeof address, "%s/%s", prefix, leaf);
    const struct ctl_reply *reply = ctl_replies_find(replies, address);
    if (reply)
        ctl_reply_print(to, reply);
}

// The rows of a table from `first` on.
static void
print_rows(FILE *to, const struct ctl_replies *replies, const char *prefix,
           const struct weir_value *table, int first, int n_rows)
{
    for (int i = first; i < n_rows; i++)
        if (table[i].in_dump)
            print_value(to, replies, prefix, table[i].leaf);
}

// "/strip/add ID CHANNELS NAME": the name needs no line of its own then.
static void
print_strip_add(FILE *to, const struct ctl_object *strip,
                const struct ctl_replies *replies)
{
    char address[ADDRESS_BYTES];
    lo_message add = lo_message_new();
    snprintf(address, sizeof address, "/strip/%s/name", strip->id);
    const struct ctl_reply *name = ctl_replies_find(replies, address);
    lo_message_add_string(add, strip->id);
    lo_message_add_int32(add, strip->n_channels);
    if (name && ctl_reply_string(name, 0))
        lo_message_add_string(add, ctl_reply_string(name, 0));
    weir_text_print(to, "/strip/add", add, 0);
    fputc('\n', to);
    lo_message_free(add);
}

static void
print_strip_values(FILE *to, const struct ctl_survey *survey,
                   const struct ctl_object *strip,
                   const struct ctl_replies *replies)
{
    char prefix[PREFIX_BYTES];
    snprintf(prefix, sizeof prefix, "/strip/%s", strip->id);
    print_rows(to, replies, prefix, weir_strip_values, WEIR_STRIP_NAME + 1,
               WEIR_STRIP_N_VALUES);
    for (int i = 0; i < survey->buses.n; i++) {
        snprintf(prefix, sizeof prefix, "/strip/%s/send/%s", strip->id,
                 survey->buses.list[i].id);
        print_rows(to, replies, prefix, weir_send_values, 0,
                   WEIR_SEND_N_VALUES);
    }
}

static int
print_buses(struct reading *r, const struct ctl_survey *survey)
{
    struct ctl_replies replies;
    const int status = ctl_survey_bus_values(r->link, survey, &replies);
    for (int i = 0; i < survey->buses.n; i++) // main is there without it
        if (ctl_survey_takes_sends(&survey->buses.list[i]))
            fprintf(r->to, "/bus/add %s %d\n", survey->buses.list[i].id,
                    survey->buses.list[i].n_channels);
    for (int i = 0; i < survey->buses.n; i++) {
        char prefix[PREFIX_BYTES];
        snprintf(prefix, sizeof prefix, "/bus/%s", survey->buses.list[i].id);
        print_rows(r->to, &replies, prefix, weir_bus_values, 0,
                   WEIR_BUS_N_VALUES);
    }
    ctl_replies_fini(&replies);
    return status;
}

static int
print_some_strips(struct reading *r, const struct ctl_survey *survey, int first,
                  int n)
{
    struct ctl_replies replies;
    const int status =
        ctl_survey_strip_values(r->link, survey, first, n, &replies);
    for (int i = first; status == WEIR_EXIT_OK && i < first + n; i++) {
        print_strip_add(r->to, &survey->strips.list[i], &replies);
        print_strip_values(r->to, survey, &survey->strips.list[i], &replies);
    }
    ctl_replies_fini(&replies);
    return status;
}

static int
print_strips(struct reading *r, const struct ctl_survey *survey)
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
    struct ctl_survey survey;
    int status = ctl_survey_take(r->link, &survey);
    fputs("# weir session: weirctl load makes the mixer this again\n", r->to);
    if (status == WEIR_EXIT_OK)
        status = print_buses(r, &survey);
    if (status == WEIR_EXIT_OK)
        status = print_strips(r, &survey);
    ctl_survey_fini(&survey);
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
