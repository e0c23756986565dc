// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The desk: what there is, its values, and the journal that makes several
// changes one.
#include "desk/desk_private.h"
#include "desk/feeds.h"

#include "engine/strip.h"

#include <stdlib.h>
#include <string.h>

struct weir_desk *
weir_desk_new(const struct weir_desk_config *config)
{
    struct weir_desk *desk = calloc(1, sizeof *desk);
    if (desk)
        desk->config = *config;
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

static void
tell_changed(void *owner, const void *value)
{
    const struct weir_desk *desk = owner;
    if (desk->watcher.changed)
        desk->watcher.changed(desk->watcher.owner, value);
}

static void
tell_renamed(struct weir_desk *desk, struct weir_desk_object *object)
{
    tell_changed(desk, object->name);
    if (desk->watcher.renamed)
        desk->watcher.renamed(desk->watcher.owner, object);
}

static void
tell_leaves(const struct weir_desk *desk, struct weir_desk_object *object)
{
    if (desk->watcher.leaves)
        desk->watcher.leaves(desk->watcher.owner, object);
}

void
weir_desk_watch(struct weir_desk *desk, const struct weir_desk_watcher *watcher)
{
    desk->watcher = watcher ? *watcher : (struct weir_desk_watcher){0};
    weir_link_on_effect(desk->config.link, watcher ? tell_changed : NULL, desk);
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

// ------------------------------------------------------------------ journal

struct weir_change *
weir_desk_note(struct weir_desk *desk, enum weir_change_kind kind)
{
    if (desk->n_changes == desk->n_room) {
        const uint32_t n_room = desk->n_room ? 2 * desk->n_room : 64;
        void *grown = realloc(desk->journal, n_room * sizeof *desk->journal);
        if (!grown)
            return NULL;
        desk->journal = grown;
        desk->n_room = n_room;
    }
    struct weir_change *change = &desk->journal[desk->n_changes++];
    *change = (struct weir_change){.kind = kind};
    return change;
}

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

// ------------------------------------------------------------------- values

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

// ------------------------------------------------------- commit and rollback

static void
insert_strip(struct weir_desk *desk, uint32_t place, struct weir_desk_strip *s)
{
    memmove(&desk->strips[place + 1], &desk->strips[place],
            (desk->n_strips - place) * sizeof *desk->strips);
    desk->strips[place] = s;
    desk->n_strips++;
}

static void
insert_bus(struct weir_desk *desk, uint32_t place, struct weir_desk_bus *bus)
{
    memmove(&desk->buses[place + 1], &desk->buses[place],
            (desk->n_buses - place) * sizeof *desk->buses);
    desk->buses[place] = bus;
    desk->n_buses++;
}

// What was added last stands last, unless it was removed again; then that was
// undone before.
static void
undo(struct weir_desk *desk, struct weir_change *change)
{
    switch (change->kind) {
    case WEIR_CHANGE_NUMBER:
        *change->number = change->was;
        break;
    case WEIR_CHANGE_NAME:
        strcpy(change->object->name, change->name_was);
        free(change->name_was);
        break;
    case WEIR_CHANGE_FLUSH: // its tickets were forgotten before
        free(change->flush);
        break;
    case WEIR_CHANGE_ADD_STRIP:
        desk->n_strips--;
        desk->n_mixed_strips--;
        weir_desk_strip_free(change->strip);
        break;
    case WEIR_CHANGE_ADD_BUS:
        desk->n_buses--;
        desk->slot_taken[change->bus->slot] = false;
        weir_desk_bus_free(change->bus);
        break;
    case WEIR_CHANGE_REMOVE_STRIP:
        change->strip->o.leaving = false;
        change->strip->o.ticket = (struct weir_ticket){0};
        insert_strip(desk, change->place, change->strip);
        break;
    case WEIR_CHANGE_REMOVE_BUS:
        change->bus->o.leaving = false;
        change->bus->o.ticket = (struct weir_ticket){0};
        insert_bus(desk, change->place, change->bus);
        break;
    }
}

void
weir_desk_rollback(struct weir_desk *desk)
{
    weir_link_forget(desk->config.link);
    while (desk->n_changes > 0)
        undo(desk, &desk->journal[--desk->n_changes]);
}

static void
tell_flush(struct weir_change *change)
{
    if (change->kind == WEIR_CHANGE_FLUSH && change->flush)
        weir_desk_feed_tell_flush(change->strip, change->flush);
    change->flush = NULL;
}

static void
follow_up(struct weir_desk *desk, struct weir_change *change)
{
    struct weir_ports *ports = desk->config.ports;
    switch (change->kind) {
    case WEIR_CHANGE_NAME:
        free(change->name_was);
        tell_renamed(desk, change->object);
        ports->rename(ports, &change->object->ports, change->ticket);
        break;
    case WEIR_CHANGE_ADD_STRIP:
        weir_desk_bring(&change->strip->o);
        break;
    case WEIR_CHANGE_ADD_BUS:
        weir_desk_bring(&change->bus->o);
        break;
    case WEIR_CHANGE_REMOVE_STRIP: // goes on when the mixer has let go
        tell_leaves(desk, &change->strip->o);
        break;
    case WEIR_CHANGE_REMOVE_BUS:
        tell_leaves(desk, &change->bus->o);
        break;
    case WEIR_CHANGE_FLUSH:
        tell_flush(change);
        break;
    case WEIR_CHANGE_NUMBER:
        break;
    }
}

static void
follow_all(struct weir_desk *desk)
{
    desk->n_commits++;
    const uint32_t n_changes = desk->n_changes;
    desk->n_changes = 0;
    for (uint32_t i = 0; i < n_changes; i++)
        follow_up(desk, &desk->journal[i]);
}

uint64_t
weir_desk_n_commits(const struct weir_desk *desk)
{
    return desk->n_commits;
}

void
weir_desk_commit(struct weir_desk *desk)
{
    // Before the mixer makes room by it: what feeders still hold is not for
    // that room.
    for (uint32_t i = 0; i < desk->n_changes; i++)
        tell_flush(&desk->journal[i]);
    weir_link_send(desk->config.link);
    follow_all(desk);
}

void
weir_desk_commit_at(struct weir_desk *desk, uint64_t at_ns)
{
    weir_link_set_time(desk->config.link, at_ns);
    weir_desk_commit(desk);
}

// ------------------------------------------------------------ ahead of time

uint32_t
weir_desk_room(const struct weir_desk *desk)
{
    return weir_link_room(desk->config.link);
}

bool
weir_desk_comes_or_goes(const struct weir_desk *desk)
{
    for (uint32_t i = 0; i < desk->n_changes; i++)
        if (desk->journal[i].kind != WEIR_CHANGE_NUMBER &&
            desk->journal[i].kind != WEIR_CHANGE_NAME &&
            desk->journal[i].kind != WEIR_CHANGE_FLUSH)
            return true;
    return false;
}

bool
weir_desk_send_ahead(struct weir_desk *desk, uint64_t at_ns,
                     struct weir_ticket ticket)
{
    const bool room = weir_link_join(desk->config.link, ticket);
    if (room) {
        weir_link_set_time(desk->config.link, at_ns);
        weir_link_send(desk->config.link);
    }
    weir_desk_rollback(desk); // forgets no more than what was not sent
    return room;
}

void
weir_desk_catch_up(struct weir_desk *desk)
{
    weir_link_settle(desk->config.link);
    // The mixer answers in the order in which it obeys.
    for (uint32_t i = desk->n_changes; i-- > 0;) {
        const struct weir_change *change = &desk->journal[i];
        if (change->kind == WEIR_CHANGE_NUMBER &&
            weir_link_is_about(desk->config.link, change->number))
            *change->number = change->was;
    }
    follow_all(desk);
}
