// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// list: strips and buses as a table for people.
#include "oscctl/ctl/commands.h"

#include "common/log.h"
#include "oscctl/ctl/survey.h"

#include <stdio.h>

enum { ADDRESS_BYTES = 256, STRIPS_AT_A_TIME = 8 };

static double
number_of(const struct ctl_replies *replies, const char *kind, const char *id,
          const char *leaf)
{
    char address[ADDRESS_BYTES];
    double number = 0;
    snprintf(address, sizeof address, "/%s/%s/%s", kind, id, leaf);
    const struct ctl_reply *reply = ctl_replies_find(replies, address);
    if (reply)
        ctl_reply_number(reply, &number);
    return number;
}

// Names are UTF-8 without control characters: the mixer takes no others; but
// whoever answers may not be a mixer.
static const char *
name_of(const struct ctl_replies *replies, const char *kind, const char *id)
{
    char address[ADDRESS_BYTES];
    snprintf(address, sizeof address, "/%s/%s/name", kind, id);
    const struct ctl_reply *reply = ctl_replies_find(replies, address);
    const char *name = reply ? ctl_reply_string(reply, 0) : NULL;
    return name && weir_name_ok(name) ? name : "";
}

static void
print_strip(const struct weir_listed *strip, const struct ctl_replies *replies)
{
    const char *id = strip->id;
    printf("%-12s %3d %7.1f  %-4s %-4s  %5.2f  %-4s %s\n", id,
           strip->n_channels, number_of(replies, "strip", id, "gain"),
           number_of(replies, "strip", id, "mute") != 0 ? "mute" : "-",
           number_of(replies, "strip", id, "solo") != 0 ? "solo" : "-",
           number_of(replies, "strip", id, "pan"),
           number_of(replies, "strip", id, "main") != 0 ? "main" : "-",
           name_of(replies, "strip", id));
}

static void
print_bus(const struct weir_listed *bus, const struct ctl_replies *replies)
{
    printf("%-12s %3d %7.1f  %-4s %-4s  %5s  %-4s %s\n", bus->id,
           bus->n_channels, number_of(replies, "bus", bus->id, "gain"),
           number_of(replies, "bus", bus->id, "mute") != 0 ? "mute" : "-", "",
           "", "", name_of(replies, "bus", bus->id));
}

static int
print_strips(struct ctl_link *link, const struct weir_survey *survey)
{
    int status = WEIR_EXIT_OK;
    printf("%-12s %3s %7s  %-4s %-4s  %5s  %-4s %s\n", "STRIP", "CH", "GAIN",
           "MUTE", "SOLO", "PAN", "MAIN", "NAME");
    for (int i = 0; status == WEIR_EXIT_OK && i < survey->strips.n;
         i += STRIPS_AT_A_TIME) {
        struct ctl_replies replies;
        const int left = survey->strips.n - i;
        const int n = left < STRIPS_AT_A_TIME ? left : STRIPS_AT_A_TIME;
        status = ctl_survey_strip_values(link, survey, i, n, &replies);
        for (int k = i; status == WEIR_EXIT_OK && k < i + n; k++)
            print_strip(&survey->strips.list[k], &replies);
        ctl_replies_fini(&replies);
    }
    return status;
}

static int
print_buses(struct ctl_link *link, const struct weir_survey *survey)
{
    struct ctl_replies replies;
    const int status = ctl_survey_bus_values(link, survey, &replies);
    printf("%-12s %3s %7s  %-4s %-4s  %5s  %-4s %s\n", "BUS", "CH", "GAIN",
           "MUTE", "", "", "", "NAME");
    for (int i = 0; status == WEIR_EXIT_OK && i < survey->buses.n; i++)
        print_bus(&survey->buses.list[i], &replies);
    ctl_replies_fini(&replies);
    return status;
}

int
ctl_list(struct ctl_link *link, int n_words, const char *const words[])
{
    struct weir_survey survey;
    (void)n_words;
    (void)words;
    int status = ctl_survey_take(link, &survey);
    if (status == WEIR_EXIT_OK)
        status = print_strips(link, &survey);
    if (status == WEIR_EXIT_OK)
        status = print_buses(link, &survey);
    weir_survey_fini(&survey);
    return status;
}
