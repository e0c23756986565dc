// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The mixer's state as text.
#include "session/state.h"

#include "desk/desk.h"
#include "oscctl/arguments.h"
#include "oscctl/patchbay.h"
#include "oscctl/slot_lines.h"
#include "oscctl/text.h"
#include "session/dump.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// What the printing goes by.
struct reading {
    struct weir_desk *desk;
    enum weir_state_extent extent;
    FILE *to;
    const struct weir_slot_states *states;
};

// ------------------------------------------------------------------- values

static float
number_of(struct weir_desk *desk, const struct weir_dump_item *item)
{
    struct weir_desk_strip *strip;
    struct weir_desk_bus *bus;
    switch (item->kind) {
    case WEIR_DUMP_STRIP:
        strip = weir_desk_strip_at(desk, (uint32_t)item->strip);
        return weir_desk_strip_value(strip, (enum weir_strip_value)item->value);
    case WEIR_DUMP_BUS:
        bus = weir_desk_bus_at(desk, (uint32_t)item->bus);
        return weir_desk_bus_value(bus, (enum weir_bus_value)item->value);
    default: // WEIR_DUMP_SEND
        strip = weir_desk_strip_at(desk, (uint32_t)item->strip);
        bus = weir_desk_bus_at(desk, (uint32_t)item->bus);
        return strip->sends[bus->slot][item->value];
    }
}

static const struct weir_value *
row_of(const struct weir_dump_item *item)
{
    switch (item->kind) {
    case WEIR_DUMP_STRIP:
        return &weir_strip_values[item->value];
    case WEIR_DUMP_BUS:
        return &weir_bus_values[item->value];
    default: // WEIR_DUMP_SEND
        return &weir_send_values[item->value];
    }
}

static void
print_line(FILE *to, const char *address, lo_message message)
{
    weir_text_print(to, address, message, 0);
    fputc('\n', to);
    lo_message_free(message);
}

static void
print_name(const struct reading *r, const struct weir_dump_item *item)
{
    const struct weir_desk_bus *bus =
        weir_desk_bus_at(r->desk, (uint32_t)item->bus);
    if (r->extent == WEIR_STATE_BRIEF && strcmp(bus->o.name, bus->o.id) == 0)
        return;
    lo_message m = lo_message_new();
    lo_message_add_string(m, bus->o.name);
    print_line(r->to, item->address, m);
}

static void
print_value(void *owner, FILE *to, const struct weir_dump_item *item)
{
    const struct reading *r = owner;
    const struct weir_value *row = row_of(item);
    if (row->kind == WEIR_VALUE_STRING) { // a bus's; strips are added by it
        print_name(r, item);
        return;
    }
    const float number = number_of(r->desk, item);
    if (r->extent == WEIR_STATE_BRIEF && number == row->initial)
        return;
    lo_message m = lo_message_new();
    if (row->kind == WEIR_VALUE_BOOL)
        lo_message_add(m, number != 0.0f ? "T" : "F");
    else
        lo_message_add_float(m, number);
    print_line(to, item->address, m);
}

static const char *
strip_name(void *owner, int strip, const char *address)
{
    const struct reading *r = owner;
    (void)address;
    return weir_desk_strip_at(r->desk, (uint32_t)strip)->o.name;
}

static void
print_plugins(void *owner, FILE *to, bool is_bus, int number)
{
    const struct reading *r = owner;
    const uint32_t i = (uint32_t)number;
    weir_slot_lines(to,
                    is_bus ? &weir_desk_bus_at(r->desk, i)->o
                           : &weir_desk_strip_at(r->desk, i)->o,
                    r->states);
}

static void
print_connection(void *owner, const char *from, const char *to)
{
    const struct reading *r = owner;
    lo_message m = lo_message_new();
    lo_message_add_string(m, from);
    lo_message_add_string(m, to);
    print_line(r->to, "/connect", m);
}

// --------------------------------------------------------------------- text

static bool
has_failed(const struct weir_desk_object *o)
{
    for (uint32_t i = 0; i < o->plugins.n_slots; i++)
        if (strcmp(weir_desk_slot_state(o->plugins.slots[i]), "failed") == 0)
            return true;
    return false;
}

static bool
list_object(struct weir_listing *listing, const struct weir_desk_object *o)
{
    struct weir_listed *listed =
        weir_listing_add(listing, o->id, (int)o->n_channels);
    if (!listed || o->plugins.n_slots == 0)
        return listed != NULL;
    listed->has_plugins = true;
    if (has_failed(o))
        return true; // it is made anew
    size_t n_bytes;
    FILE *to = open_memstream(&listed->chain, &n_bytes);
    if (to) {
        weir_slot_lines(to, o, NULL);
        fclose(to);
    }
    return to != NULL;
}

bool
weir_state_survey(struct weir_desk *desk, struct weir_survey *out)
{
    *out = (struct weir_survey){0};
    for (uint32_t i = 0; i < weir_desk_n_strips(desk); i++)
        if (!list_object(&out->strips, &weir_desk_strip_at(desk, i)->o))
            return false;
    for (uint32_t i = 0; i < weir_desk_n_buses(desk); i++)
        if (!list_object(&out->buses, &weir_desk_bus_at(desk, i)->o))
            return false;
    return true;
}

static void
print_all(struct reading *r, const struct weir_survey *survey,
          struct weir_patchbay *patchbay)
{
    const struct weir_dump_source source = {.survey = survey,
                                            .print = print_value,
                                            .name = strip_name,
                                            .plugins = print_plugins,
                                            .owner = r};
    weir_dump_head(r->to);
    weir_dump_buses(r->to, &source);
    for (int i = 0; i < survey->strips.n; i++)
        weir_dump_strip(r->to, &source, i);
    if (patchbay && patchbay->each)
        patchbay->each(patchbay, print_connection, r);
}

char *
weir_state_text(struct weir_desk *desk, struct weir_patchbay *patchbay,
                enum weir_state_extent extent,
                const struct weir_slot_states *states, size_t *n_bytes)
{
    char *text = NULL;
    struct weir_survey survey;
    struct reading r = {desk, extent, open_memstream(&text, n_bytes), states};
    const bool surveyed = weir_state_survey(desk, &survey);
    if (r.to && surveyed)
        print_all(&r, &survey, patchbay);
    weir_survey_fini(&survey);
    if (r.to && fclose(r.to) == 0 && surveyed)
        return text;
    free(text);
    return NULL;
}

// ---------------------------------------------------------- what is so already

// The segment at *at, and *at behind it.
static bool
take_id(const char **at, char id[WEIR_ID_MAX + 1])
{
    const size_t n = strcspn(*at, "/");
    if (n > WEIR_ID_MAX || (*at)[n] != '/')
        return false;
    memcpy(id, *at, n);
    id[n] = '\0';
    *at += n + 1;
    return true;
}

static bool
is_number(lo_message message, float now)
{
    double number;
    return lo_message_get_argc(message) == 1 &&
           weir_message_number(message, 0, &number) && (float)number == now;
}

static bool
is_name(const struct weir_desk_object *o, lo_message message)
{
    const char *name = weir_message_string(message, 0);
    return lo_message_get_argc(message) == 1 && name &&
           strcmp(name, o->name) == 0;
}

static bool
strip_is_so(struct weir_desk *desk, const char *rest, lo_message message)
{
    char id[WEIR_ID_MAX + 1];
    char bus_id[WEIR_ID_MAX + 1];
    const struct weir_desk_strip *strip =
        take_id(&rest, id) ? weir_desk_find_strip(desk, id) : NULL;
    if (!strip)
        return false;
    int v = weir_values_find(weir_strip_values, WEIR_STRIP_N_VALUES, rest);
    if (v == WEIR_STRIP_NAME)
        return is_name(&strip->o, message);
    if (v >= 0)
        return v != WEIR_STRIP_FADER && is_number(message, strip->values[v]);
    if (strncmp(rest, "send/", 5) != 0)
        return false;
    rest += 5;
    const struct weir_desk_bus *bus =
        take_id(&rest, bus_id) ? weir_desk_find_bus(desk, bus_id) : NULL;
    v = weir_values_find(weir_send_values, WEIR_SEND_N_VALUES, rest);
    return bus && bus->slot > 0 && v >= 0 &&
           is_number(message, strip->sends[bus->slot][v]);
}

static bool
bus_is_so(struct weir_desk *desk, const char *rest, lo_message message)
{
    char id[WEIR_ID_MAX + 1];
    const struct weir_desk_bus *bus =
        take_id(&rest, id) ? weir_desk_find_bus(desk, id) : NULL;
    const int v = weir_values_find(weir_bus_values, WEIR_BUS_N_VALUES, rest);
    if (!bus || v < 0)
        return false;
    if (v == WEIR_BUS_NAME)
        return is_name(&bus->o, message);
    return v != WEIR_BUS_FADER && is_number(message, bus->values[v]);
}

bool
weir_state_is_so(struct weir_desk *desk, const char *address,
                 lo_message message)
{
    if (strncmp(address, "/strip/", 7) == 0)
        return strip_is_so(desk, address + 7, message);
    if (strncmp(address, "/bus/", 5) == 0)
        return bus_is_so(desk, address + 5, message);
    return false;
}
