// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// list: strips, buses and their plugins as tables for people.
#include "oscctl/ctl/commands.h"

#include "common/log.h"
#include "oscctl/ctl/survey.h"

#include <stdio.h>
#include <string.h>

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

// ---- plugins

// The slot in "PREFIX/SLOT/state"; false: it is another address.
static bool
take_slot(const char *address, const char *prefix, char slot[WEIR_ID_MAX + 1])
{
    const size_t n_prefix = strlen(prefix);
    if (strncmp(address, prefix, n_prefix) != 0 || address[n_prefix] != '/')
        return false;
    const char *id = address + n_prefix + 1;
    const size_t length = strcspn(id, "/");
    if (length > WEIR_ID_MAX || strcmp(id + length, "/state") != 0)
        return false;
    memcpy(slot, id, length);
    slot[length] = '\0';
    return weir_id_ok(slot);
}

// What a plugin is called, or what it is doing, is its own word or that of
// whoever answers.
static const char *
word_at(const struct ctl_replies *replies, const char *prefix, const char *slot,
        const char *leaf)
{
    char address[ADDRESS_BYTES];
    snprintf(address, sizeof address, "%s/%s/%s", prefix, slot, leaf);
    const struct ctl_reply *reply = ctl_replies_find(replies, address);
    const char *word = reply ? ctl_reply_string(reply, 0) : NULL;
    return word && weir_name_ok(word) ? word : "?";
}

static void
print_slots(const char *id, const char *prefix,
            const struct ctl_replies *replies, bool *has_heading)
{
    char slot[WEIR_ID_MAX + 1];
    char where[2 * WEIR_ID_MAX + 2];
    for (int i = 0; i < replies->n; i++) {
        if (!take_slot(replies->list[i].address, prefix, slot))
            continue;
        if (!*has_heading)
            printf("%-24s  %-10s  %s\n", "PLUGIN", "STATE", "NAME");
        *has_heading = true;
        snprintf(where, sizeof where, "%s/%s", id, slot);
        printf("%-24s  %-10s  %s\n", where,
               word_at(replies, prefix, slot, "state"),
               word_at(replies, prefix, slot, "name"));
    }
}

// Those of one strip or bus, in their order. They may have gone by now.
static int
print_plugins_of(struct ctl_link *link, const char *kind, const char *id,
                 bool *has_heading)
{
    char prefix[ADDRESS_BYTES / 2];
    char address[ADDRESS_BYTES];
    struct ctl_batch batch;
    struct ctl_replies replies;
    snprintf(prefix, sizeof prefix, "/%s/%s/plugin", kind, id);
    snprintf(address, sizeof address, "%s/*/{name,state}", prefix);
    ctl_batch_init(&batch);
    ctl_batch_add(&batch, address, NULL);
    const int status = ctl_ask(link, &batch, &replies);
    if (status == WEIR_EXIT_OK)
        print_slots(id, prefix, &replies, has_heading);
    ctl_replies_fini(&replies);
    ctl_batch_fini(&batch);
    return status;
}

static int
print_plugins(struct ctl_link *link, const char *kind,
              const struct weir_listing *objects, bool *has_heading)
{
    int status = WEIR_EXIT_OK;
    for (int i = 0; status == WEIR_EXIT_OK && i < objects->n; i++)
        if (objects->list[i].has_plugins)
            status =
                print_plugins_of(link, kind, objects->list[i].id, has_heading);
    return status;
}

int
ctl_list(struct ctl_link *link, int n_words, const char *const words[])
{
    struct weir_survey survey;
    bool has_heading = false;
    (void)n_words;
    (void)words;
    int status = ctl_survey_take(link, &survey);
    if (status == WEIR_EXIT_OK)
        status = print_strips(link, &survey);
    if (status == WEIR_EXIT_OK)
        status = print_buses(link, &survey);
    if (status == WEIR_EXIT_OK)
        status = print_plugins(link, "strip", &survey.strips, &has_heading);
    if (status == WEIR_EXIT_OK)
        status = print_plugins(link, "bus", &survey.buses, &has_heading);
    weir_survey_fini(&survey);
    return status;
}
