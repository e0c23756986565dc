// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The desk: what there is, and its values.
#include "desk/desk_private.h"
#include "desk/feeds.h"

#include "engine/strip.h"

#include <stdlib.h>
#include <string.h>

// Far from the numbers that racks give.
#define FIRST_FAILURE UINT32_C(0x80000000)

struct weir_desk *
weir_desk_new(const struct weir_desk_config *config)
{
    struct weir_desk *desk = calloc(1, sizeof *desk);
    if (!desk)
        return NULL;
    desk->config = *config;
    desk->plugins_rate_hz = config->rate_hz;
    desk->next_failure = FIRST_FAILURE;
    return desk;
}

void
weir_desk_free(struct weir_desk *desk)
{
    if (!desk)
        return;
    for (uint32_t i = 0; i < desk->n_strips; i++)
        weir_desk_strip_free(desk->strips[i]);
    for (uint32_t i = 0; i < desk->n_buses; i++)
        weir_desk_bus_free(desk->buses[i]);
    while (desk->sources) {
        struct weir_source *source = desk->sources;
        desk->sources = source->next;
        weir_source_free(source);
    }
    weir_desk_free_feeds(desk);
    free(desk->journal);
    free(desk);
}

void
weir_desk_end_sources(struct weir_desk *desk)
{
    for (struct weir_source *s = desk->sources; s; s = s->next) {
        weir_source_end(s, WEIR_BROADCAST_ENDED);
        // Their last reader's end frees them: no mixer is to be asked.
        s->strip = NULL;
        s->bus = NULL;
    }
}

// What has lost its strip or bus has ended.
void
weir_desk_wait(struct weir_desk *desk, bool waiting)
{
    desk->waiting = waiting;
    for (struct weir_source *s = desk->sources; s; s = s->next)
        if (s->strip || s->bus)
            weir_source_wait(s, waiting);
}

// ---------------------------------------------------------------- watching

void
weir_desk_tell_changed(void *owner, const void *value)
{
    const struct weir_desk *desk = owner;
    if (desk->watcher.changed)
        desk->watcher.changed(desk->watcher.owner, value);
}

void
weir_desk_watch(struct weir_desk *desk, const struct weir_desk_watcher *watcher)
{
    desk->watcher = watcher ? *watcher : (struct weir_desk_watcher){0};
    weir_link_on_effect(desk->config.link,
                        watcher ? weir_desk_tell_changed : NULL, desk);
}

// ------------------------------------------------------------ looking around

uint32_t
weir_desk_n_strips(const struct weir_desk *desk)
{
    return desk->n_strips;
}

struct weir_desk_strip *
weir_desk_strip_at(struct weir_desk *desk, uint32_t i)
{
    return desk->strips[i];
}

struct weir_desk_strip *
weir_desk_find_strip(struct weir_desk *desk, const char *id)
{
    for (uint32_t i = 0; i < desk->n_strips; i++)
        if (strcmp(desk->strips[i]->o.id, id) == 0)
            return desk->strips[i];
    return NULL;
}

uint32_t
weir_desk_n_buses(const struct weir_desk *desk)
{
    return desk->n_buses;
}

struct weir_desk_bus *
weir_desk_bus_at(struct weir_desk *desk, uint32_t i)
{
    return desk->buses[i];
}

struct weir_desk_bus *
weir_desk_find_bus(struct weir_desk *desk, const char *id)
{
    for (uint32_t i = 0; i < desk->n_buses; i++)
        if (strcmp(desk->buses[i]->o.id, id) == 0)
            return desk->buses[i];
    return NULL;
}

float
weir_desk_strip_value(const struct weir_desk_strip *strip,
                      enum weir_strip_value value)
{
    if (value == WEIR_STRIP_FADER)
        return weir_db_to_fader(strip->values[WEIR_STRIP_GAIN]);
    return strip->values[value];
}

float
weir_desk_bus_value(const struct weir_desk_bus *bus, enum weir_bus_value value)
{
    if (value == WEIR_BUS_FADER)
        return weir_db_to_fader(bus->values[WEIR_BUS_GAIN]);
    return bus->values[value];
}

// ------------------------------------------------------------------- values

enum weir_fault_code
weir_desk_ask(struct weir_desk *desk, const struct weir_command *command,
              struct weir_ticket ticket, const float *number,
              struct weir_fault *fault)
{
    if (weir_link_add(desk->config.link, command, ticket, number))
        return WEIR_FAULT_NONE;
    return weir_fault(fault, WEIR_FAULT_LIMIT,
                      "more than %u changes at once (send fewer in one "
                      "bundle)",
                      weir_link_room(desk->config.link));
}

static enum weir_fault_code
no_memory(struct weir_fault *fault)
{
    return weir_fault(fault, WEIR_FAULT_LIMIT, "memory is short");
}

// Note the old number, then store the new one.
static enum weir_fault_code
store(struct weir_desk *desk, float *where, float number,
      struct weir_fault *fault)
{
    struct weir_change *change = weir_desk_note(desk, WEIR_CHANGE_NUMBER);
    if (!change)
        return no_memory(fault);
    change->number = where;
    change->was = *where;
    *where = number;
    return WEIR_FAULT_NONE;
}

// What the mixer calls a strip's value; name and fader have no call.
static const enum weir_strip_param strip_params[WEIR_STRIP_N_VALUES] = {
    [WEIR_STRIP_GAIN] = WEIR_STRIP_PARAM_GAIN,
    [WEIR_STRIP_TRIM] = WEIR_STRIP_PARAM_TRIM,
    [WEIR_STRIP_MUTE] = WEIR_STRIP_PARAM_MUTE,
    [WEIR_STRIP_SOLO] = WEIR_STRIP_PARAM_SOLO,
    [WEIR_STRIP_SOLO_SAFE] = WEIR_STRIP_PARAM_SOLO_SAFE,
    [WEIR_STRIP_POLARITY] = WEIR_STRIP_PARAM_POLARITY,
    [WEIR_STRIP_PAN] = WEIR_STRIP_PARAM_PAN,
    [WEIR_STRIP_MAIN] = WEIR_STRIP_PARAM_MAIN,
    [WEIR_STRIP_FEED_PAUSED] = WEIR_STRIP_PARAM_FEED_PAUSED,
};

static float
for_mixer(const struct weir_value *row, float number)
{
    return row->kind == WEIR_VALUE_DB ? weir_db_to_lin(number) : number;
}

enum weir_fault_code
weir_desk_set_strip(struct weir_desk *desk, struct weir_desk_strip *strip,
                    enum weir_strip_value value, float number,
                    struct weir_ticket ticket, struct weir_fault *fault)
{
    if (value == WEIR_STRIP_FADER) {
        value = WEIR_STRIP_GAIN;
        number = weir_fader_to_db(number);
    }
    const struct weir_command command = {
        .kind = WEIR_COMMAND_STRIP_SET,
        .strip = strip->mix,
        .param = strip_params[value],
        .value = for_mixer(&weir_strip_values[value], number),
    };
    if (store(desk, &strip->values[value], number, fault))
        return fault->code;
    return weir_desk_ask(desk, &command, ticket, &strip->values[value], fault);
}

enum weir_fault_code
weir_desk_set_send(struct weir_desk *desk, struct weir_desk_strip *strip,
                   const struct weir_desk_bus *bus, enum weir_send_value value,
                   float number, struct weir_ticket ticket,
                   struct weir_fault *fault)
{
    static const enum weir_send_param params[WEIR_SEND_N_VALUES] = {
        [WEIR_SEND_LEVEL] = WEIR_SEND_PARAM_LEVEL,
        [WEIR_SEND_ON] = WEIR_SEND_PARAM_ON,
        [WEIR_SEND_PRE] = WEIR_SEND_PARAM_PRE,
    };
    const struct weir_command command = {
        .kind = WEIR_COMMAND_SEND_SET,
        .strip = strip->mix,
        .slot = bus->slot,
        .param = params[value],
        .value = for_mixer(&weir_send_values[value], number),
    };
    float *where = &strip->sends[bus->slot][value];
    if (store(desk, where, number, fault))
        return fault->code;
    return weir_desk_ask(desk, &command, ticket, where, fault);
}

enum weir_fault_code
weir_desk_set_bus(struct weir_desk *desk, struct weir_desk_bus *bus,
                  enum weir_bus_value value, float number,
                  struct weir_ticket ticket, struct weir_fault *fault)
{
    if (value == WEIR_BUS_FADER) {
        value = WEIR_BUS_GAIN;
        number = weir_fader_to_db(number);
    }
    const struct weir_command command = {
        .kind = WEIR_COMMAND_BUS_SET,
        .bus = bus->mix,
        .param =
            value == WEIR_BUS_GAIN ? WEIR_BUS_PARAM_GAIN : WEIR_BUS_PARAM_MUTE,
        .value = for_mixer(&weir_bus_values[value], number),
    };
    if (store(desk, &bus->values[value], number, fault))
        return fault->code;
    return weir_desk_ask(desk, &command, ticket, &bus->values[value], fault);
}

enum weir_fault_code
weir_desk_rename(struct weir_desk_object *o, const char *name,
                 struct weir_ticket ticket, struct weir_fault *fault)
{
    char *was = strdup(o->name);
    struct weir_change *change =
        was ? weir_desk_note(o->desk, WEIR_CHANGE_NAME) : NULL;
    if (!change) {
        free(was);
        return no_memory(fault);
    }
    change->object = o;
    change->name_was = was;
    change->ticket = ticket;
    strcpy(o->name, name);
    return WEIR_FAULT_NONE;
}

enum weir_fault_code
weir_desk_read_meter(struct weir_desk_object *o,
                     struct weir_meter_report *report,
                     struct weir_ticket ticket, struct weir_fault *fault)
{
    struct weir_command command = {.kind = WEIR_COMMAND_METER,
                                   .report = report};
    if (o->out_of_mix)
        return weir_fault(fault, WEIR_FAULT_NO_OBJECT, "%s is gone", o->id);
    if (o->is_bus)
        command.bus = ((struct weir_desk_bus *)o)->mix;
    else
        command.strip = ((struct weir_desk_strip *)o)->mix;
    if (weir_link_send_one(o->desk->config.link, &command, ticket))
        return WEIR_FAULT_NONE;
    return weir_fault(fault, WEIR_FAULT_LIMIT, "too many commands under way");
}
