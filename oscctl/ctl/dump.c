// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// dump: the session file of the running mixer, in an order that stays the
// same, so that two of them can be compared.
#include "oscctl/ctl/commands.h"

#include "common/log.h"
#include "oscctl/ctl/survey.h"
#include "oscctl/text.h"

#include <stdio.h>

enum {
    ADDRESS_BYTES = 256,
    PREFIX_BYTES = 128, // "/strip/ID/send/ID" is 77
    // So many values are asked for at a time: about 30 answering datagrams
    // at the most, which wait in the socket for us.
    VALUES_AT_A_TIME = 600,
};

static void
print_value(const struct ctl_replies *replies, const char *prefix,
            const char *leaf)
{
    char address[ADDRESS_BYTES];
    snprintf(address, sizeof address, "%s/%s", prefix, leaf);
    const struct ctl_reply *reply = ctl_replies_find(replies, address);
    if (reply)
        ctl_reply_print(stdout, reply);
}

// The rows of a table from `first` on.
static void
print_rows(const struct ctl_replies *replies, const char *prefix,
           const struct weir_value *table, int first, int n_rows)
{
    for (int i = first; i < n_rows; i++)
        if (table[i].in_dump)
            print_value(replies, prefix, table[i].leaf);
}

// "/strip/add ID CHANNELS NAME": the name needs no line of its own then.
static void
print_strip_add(const struct ctl_object *strip,
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
    weir_text_print(stdout, "/strip/add", add, 0);
    putchar('\n');
    lo_message_free(add);
}

static void
print_strip_values(const struct ctl_survey *survey,
                   const struct ctl_object *strip,
                   const struct ctl_replies *replies)
{
    char prefix[PREFIX_BYTES];
    snprintf(prefix, sizeof prefix, "/strip/%s", strip->id);
    print_rows(replies, prefix, weir_strip_values, WEIR_STRIP_NAME + 1,
               WEIR_STRIP_N_VALUES);
    for (int i = 0; i < survey->buses.n; i++) {
        snprintf(prefix, sizeof prefix, "/strip/%s/send/%s", strip->id,
                 survey->buses.list[i].id);
        print_rows(replies, prefix, weir_send_values, 0, WEIR_SEND_N_VALUES);
    }
}

static int
print_buses(struct ctl_link *link, const struct ctl_survey *survey)
{
    struct ctl_replies replies;
    const int status = ctl_survey_bus_values(link, survey, &replies);
    for (int i = 0; i < survey->buses.n; i++) // main is there without it
        if (ctl_survey_takes_sends(&survey->buses.list[i]))
            printf("/bus/add %s %d\n", survey->buses.list[i].id,
                   survey->buses.list[i].n_channels);
    for (int i = 0; i < survey->buses.n; i++) {
        char prefix[PREFIX_BYTES];
        snprintf(prefix, sizeof prefix, "/bus/%s", survey->buses.list[i].id);
        print_rows(&replies, prefix, weir_bus_values, 0, WEIR_BUS_N_VALUES);
    }
    ctl_replies_fini(&replies);
    return status;
}

static int
print_some_strips(struct ctl_link *link, const struct ctl_survey *survey,
                  int first, int n)
{
    struct ctl_replies replies;
    const int status =
        ctl_survey_strip_values(link, survey, first, n, &replies);
    for (int i = first; status == WEIR_EXIT_OK && i < first + n; i++) {
        print_strip_add(&survey->strips.list[i], &replies);
        print_strip_values(survey, &survey->strips.list[i], &replies);
    }
    ctl_replies_fini(&replies);
    return status;
}

static int
print_strips(struct ctl_link *link, const struct ctl_survey *survey)
{
    const int n_values =
        WEIR_STRIP_N_VALUES + survey->buses.n * WEIR_SEND_N_VALUES;
    const int step =
        n_values < VALUES_AT_A_TIME ? VALUES_AT_A_TIME / n_values : 1;
    int status = WEIR_EXIT_OK;
    for (int i = 0; status == WEIR_EXIT_OK && i < survey->strips.n; i += step) {
        const int left = survey->strips.n - i;
        status = print_some_strips(link, survey, i, left < step ? left : step);
    }
    return status;
}

int
ctl_dump(struct ctl_link *link, int n_words, const char *const words[])
{
    struct ctl_survey survey;
    (void)n_words;
    (void)words;
    int status = ctl_survey_take(link, &survey);
    if (status == WEIR_EXIT_OK) {
        puts("# weir session: weirctl load makes the mixer this again");
        status = print_buses(link, &survey);
    }
    if (status == WEIR_EXIT_OK)
        status = print_strips(link, &survey);
    ctl_survey_fini(&survey);
    return status;
}
