// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Asking what there is.
#include "oscctl/ctl/survey.h"

#include "common/log.h"

#include <stdio.h>
#include <string.h>

enum { ADDRESS_BYTES = 256, PREFIX_BYTES = 128 };

// The ids in the reply of /strip/list or /bus/list.
static void
take_ids(const struct ctl_replies *replies, const char *address,
         struct weir_listing *out)
{
    const struct ctl_reply *reply = ctl_replies_find(replies, address);
    const char *id;
    for (int i = 0; reply && (id = ctl_reply_string(reply, i)); i++)
        if (weir_id_ok(id) && !weir_listing_add(out, id, 0))
            return;
}

static void
take_channels(const struct ctl_replies *replies, const char *kind,
              struct weir_listing *objects)
{
    for (int i = 0; i < objects->n; i++) {
        char address[ADDRESS_BYTES];
        double n_channels = 0;
        snprintf(address, sizeof address, "/%s/%s/channels", kind,
                 objects->list[i].id);
        const struct ctl_reply *reply = ctl_replies_find(replies, address);
        if (reply && ctl_reply_number(reply, &n_channels))
            objects->list[i].n_channels = (int)n_channels;
    }
}

static int
ask_ids(struct ctl_link *link, struct ctl_batch *batch, struct weir_survey *out)
{
    struct ctl_replies replies;
    ctl_batch_add(batch, "/strip/list", NULL);
    ctl_batch_add(batch, "/bus/list", NULL);
    const int status = ctl_ask_strictly(link, batch, &replies);
    take_ids(&replies, "/strip/list", &out->strips);
    take_ids(&replies, "/bus/list", &out->buses);
    ctl_replies_fini(&replies);
    return status;
}

static void
take_plugins(const struct ctl_replies *replies, const char *kind,
             struct weir_listing *listing)
{
    for (int i = 0; i < listing->n; i++) {
        char address[ADDRESS_BYTES];
        snprintf(address, sizeof address, "/%s/%s/plugin/list", kind,
                 listing->list[i].id);
        const struct ctl_reply *reply = ctl_replies_find(replies, address);
        listing->list[i].has_plugins = reply && ctl_reply_string(reply, 0);
    }
}

static int
ask_channels(struct ctl_link *link, struct ctl_batch *batch,
             struct weir_survey *out)
{
    struct ctl_replies replies;
    // A pattern that nothing matches is an error.
    if (out->strips.n > 0)
        ctl_batch_add(batch, "/strip/*/channels", NULL);
    if (out->buses.n > 0)
        ctl_batch_add(batch, "/bus/*/channels", NULL);
    if (out->strips.n > 0)
        ctl_batch_add(batch, "/strip/*/plugin/list", NULL);
    if (out->buses.n > 0)
        ctl_batch_add(batch, "/bus/*/plugin/list", NULL);
    const int status = ctl_ask_strictly(link, batch, &replies);
    take_channels(&replies, "strip", &out->strips);
    take_channels(&replies, "bus", &out->buses);
    take_plugins(&replies, "strip", &out->strips);
    take_plugins(&replies, "bus", &out->buses);
    ctl_replies_fini(&replies);
    return status;
}

int
ctl_survey_take(struct ctl_link *link, struct weir_survey *out)
{
    struct ctl_batch batch;
    *out = (struct weir_survey){0};
    ctl_batch_init(&batch);
    int status = ask_ids(link, &batch, out);
    if (status == WEIR_EXIT_OK)
        status = ask_channels(link, &batch, out);
    ctl_batch_fini(&batch);
    return status;
}

// What lies further down is asked for by its own address.
static void
add_deep_rows(struct ctl_batch *batch, const char *prefix,
              const struct weir_value *table, int n_rows)
{
    char address[ADDRESS_BYTES];
    for (int i = 0; i < n_rows; i++) {
        if (!table[i].in_dump || !strchr(table[i].leaf, '/'))
            continue;
        snprintf(address, sizeof address, "%s/%s", prefix, table[i].leaf);
        ctl_batch_add(batch, address, NULL);
    }
}

// "PREFIX/{name,gain,...}" for all rows that belong in a dump.
static void
add_rows(struct ctl_batch *batch, const char *prefix,
         const struct weir_value *table, int n_rows)
{
    char address[ADDRESS_BYTES];
    int length = snprintf(address, sizeof address, "%s/", prefix);
    for (int i = 0; i < n_rows; i++)
        if (table[i].in_dump && !strchr(table[i].leaf, '/'))
            length += snprintf(
                address + length, sizeof address - (size_t)length, "%c%s",
                address[length - 1] == '/' ? '{' : ',', table[i].leaf);
    snprintf(address + length, sizeof address - (size_t)length, "}");
    ctl_batch_add(batch, address, NULL);
    add_deep_rows(batch, prefix, table, n_rows);
}

static void
add_plugins(struct ctl_batch *batch, const char *kind, const char *id)
{
    char address[ADDRESS_BYTES];
    snprintf(address, sizeof address, "/%s/%s/plugin/dump", kind, id);
    ctl_batch_add(batch, address, NULL);
}

static void
add_strip(struct ctl_batch *batch, const struct weir_survey *survey,
          const char *id)
{
    char prefix[PREFIX_BYTES];
    bool sends = false;
    for (int i = 0; i < survey->buses.n; i++)
        sends |= weir_listed_takes_sends(&survey->buses.list[i]);
    snprintf(prefix, sizeof prefix, "/strip/%s", id);
    add_rows(batch, prefix, weir_strip_values, WEIR_STRIP_N_VALUES);
    snprintf(prefix, sizeof prefix, "/strip/%s/send/*", id);
    if (sends)
        add_rows(batch, prefix, weir_send_values, WEIR_SEND_N_VALUES);
    add_plugins(batch, "strip", id);
}

int
ctl_survey_strip_values(struct ctl_link *link, const struct weir_survey *survey,
                        int first, int n, struct ctl_replies *out)
{
    struct ctl_batch batch;
    ctl_batch_init(&batch);
    for (int i = first; i < first + n; i++)
        add_strip(&batch, survey, survey->strips.list[i].id);
    const int status = ctl_ask_strictly(link, &batch, out);
    ctl_batch_fini(&batch);
    return status;
}

int
ctl_survey_bus_values(struct ctl_link *link, const struct weir_survey *survey,
                      struct ctl_replies *out)
{
    struct ctl_batch batch;
    ctl_batch_init(&batch);
    if (survey->buses.n > 0)
        add_rows(&batch, "/bus/*", weir_bus_values, WEIR_BUS_N_VALUES);
    for (int i = 0; i < survey->buses.n; i++)
        add_plugins(&batch, "bus", survey->buses.list[i].id);
    const int status = ctl_ask_strictly(link, &batch, out);
    ctl_batch_fini(&batch);
    return status;
}

// ------------------------------------------------------------------ chains

enum { CHAINS_AT_ONCE = 8 }; // their lines are many

// Those that have failed are to be made anew.
static bool
has_failed(const struct ctl_replies *replies, const char *kind, const char *id)
{
    char prefix[PREFIX_BYTES];
    const int n = snprintf(prefix, sizeof prefix, "/%s/%s/plugin/", kind, id);
    for (int i = 0; i < replies->n; i++) {
        const struct ctl_reply *r = &replies->list[i];
        const char *last = strrchr(r->address, '/');
        const char *state = ctl_reply_string(r, 0);
        if (strncmp(r->address, prefix, (size_t)n) == 0 && last && state &&
            strcmp(last, "/state") == 0 && strcmp(state, "failed") == 0)
            return true;
    }
    return false;
}

static void
add_states(struct ctl_batch *batch, const char *kind, const char *id)
{
    char address[ADDRESS_BYTES];
    snprintf(address, sizeof address, "/%s/%s/plugin/*/state", kind, id);
    ctl_batch_add(batch, address, NULL);
}

static bool
take_chain(const struct ctl_replies *replies, const char *kind,
           struct weir_listed *listed)
{
    char address[ADDRESS_BYTES];
    size_t n_bytes;
    const char *line;
    snprintf(address, sizeof address, "/%s/%s/plugin/dump", kind, listed->id);
    const struct ctl_reply *reply = has_failed(replies, kind, listed->id)
                                        ? NULL
                                        : ctl_replies_find(replies, address);
    FILE *to = reply ? open_memstream(&listed->chain, &n_bytes) : NULL;
    if (!to)
        return reply == NULL;
    for (int i = 0; (line = ctl_reply_string(reply, i)); i++)
        fprintf(to, "%s\n", line);
    return fclose(to) == 0;
}

// Those of the first so many from number *next on that have plugins.
static int
ask_some_chains(struct ctl_link *link, const char *kind,
                struct weir_listing *listing, int *next)
{
    struct ctl_batch batch;
    struct ctl_replies replies;
    const int first = *next;
    int n = 0;
    ctl_batch_init(&batch);
    for (; *next < listing->n && n < CHAINS_AT_ONCE; ++*next)
        if (listing->list[*next].has_plugins) {
            add_plugins(&batch, kind, listing->list[*next].id);
            add_states(&batch, kind, listing->list[*next].id);
            n++;
        }
    int status = n > 0 ? ctl_ask_strictly(link, &batch, &replies) : 0;
    for (int i = first; n > 0 && status == 0 && i < *next; i++)
        if (!take_chain(&replies, kind, &listing->list[i])) {
            weir_log(WEIR_LOG_ERROR, "out of memory");
            status = WEIR_EXIT_FAILED;
        }
    if (n > 0)
        ctl_replies_fini(&replies);
    ctl_batch_fini(&batch);
    return status;
}

int
ctl_survey_chains(struct ctl_link *link, struct weir_survey *survey)
{
    int status = WEIR_EXIT_OK;
    for (int next = 0; status == WEIR_EXIT_OK && next < survey->strips.n;)
        status = ask_some_chains(link, "strip", &survey->strips, &next);
    for (int next = 0; status == WEIR_EXIT_OK && next < survey->buses.n;)
        status = ask_some_chains(link, "bus", &survey->buses, &next);
    return status;
}
