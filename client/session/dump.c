// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A mixer's session file, line by line.
#include "session/dump.h"

#include "oscctl/text.h"

#include <lo/lo.h>

enum {
    ADDRESS_BYTES = 256,
    PREFIX_BYTES = 128, // "/strip/ID/send/ID" is 77
};

void
weir_dump_head(FILE *to)
{
    fputs("# weir session: weirctl load makes the mixer this again\n", to);
}

// The rows of a table from item.value on.
static void
print_rows(FILE *to, const struct weir_dump_source *source, const char *prefix,
           const struct weir_value *table, int n_rows,
           struct weir_dump_item item)
{
    char address[ADDRESS_BYTES];
    item.address = address;
    for (; item.value < n_rows; item.value++) {
        if (!table[item.value].in_dump)
            continue;
        snprintf(address, sizeof address, "%s/%s", prefix,
                 table[item.value].leaf);
        source->print(source->owner, to, &item);
    }
}

// "/strip/add ID CHANNELS NAME": the name needs no line of its own then.
static void
print_strip_add(FILE *to, const struct weir_dump_source *source, int i)
{
    char address[ADDRESS_BYTES];
    const struct weir_listed *strip = &source->survey->strips.list[i];
    lo_message add = lo_message_new();
    snprintf(address, sizeof address, "/strip/%s/name", strip->id);
    const char *name = source->name(source->owner, i, address);
    lo_message_add_string(add, strip->id);
    lo_message_add_int32(add, strip->n_channels);
    if (name)
        lo_message_add_string(add, name);
    weir_text_print(to, "/strip/add", add, 0);
    fputc('\n', to);
    lo_message_free(add);
}

void
weir_dump_buses(FILE *to, const struct weir_dump_source *source)
{
    const struct weir_listing *buses = &source->survey->buses;
    for (int i = 0; i < buses->n; i++) // main is there without it
        if (weir_listed_takes_sends(&buses->list[i]))
            fprintf(to, "/bus/add %s %d\n", buses->list[i].id,
                    buses->list[i].n_channels);
    for (int i = 0; i < buses->n; i++) {
        char prefix[PREFIX_BYTES];
        snprintf(prefix, sizeof prefix, "/bus/%s", buses->list[i].id);
        print_rows(to, source, prefix, weir_bus_values, WEIR_BUS_N_VALUES,
                   (struct weir_dump_item){.kind = WEIR_DUMP_BUS, .bus = i});
        source->plugins(source->owner, to, true, i);
    }
}

void
weir_dump_strip(FILE *to, const struct weir_dump_source *source, int i)
{
    const struct weir_listed *strip = &source->survey->strips.list[i];
    const struct weir_listing *buses = &source->survey->buses;
    char prefix[PREFIX_BYTES];
    print_strip_add(to, source, i);
    snprintf(prefix, sizeof prefix, "/strip/%s", strip->id);
    print_rows(to, source, prefix, weir_strip_values, WEIR_STRIP_N_VALUES,
               (struct weir_dump_item){.kind = WEIR_DUMP_STRIP,
                                       .strip = i,
                                       .value = WEIR_STRIP_NAME + 1});
    source->plugins(source->owner, to, false, i);
    for (int k = 0; k < buses->n; k++) {
        snprintf(prefix, sizeof prefix, "/strip/%s/send/%s", strip->id,
                 buses->list[k].id);
        if (weir_listed_takes_sends(&buses->list[k]))
            print_rows(to, source, prefix, weir_send_values, WEIR_SEND_N_VALUES,
                       (struct weir_dump_item){
                           .kind = WEIR_DUMP_SEND, .strip = i, .bus = k});
    }
}
