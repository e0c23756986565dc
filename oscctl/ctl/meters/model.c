// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Values into the model, by their addresses.
#include "oscctl/ctl/meters/model.h"

#include "oscctl/arguments.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOAD_MAX = 10000 };

// ---- readers

static struct ctl_reader *
reader_called(struct ctl_meters *meters, const char *id)
{
    for (int i = 0; i < meters->n_readers; i++)
        if (strcmp(meters->readers[i].id, id) == 0)
            return &meters->readers[i];
    if (meters->n_readers == CTL_READERS_MAX)
        return NULL;
    struct ctl_reader *reader = &meters->readers[meters->n_readers++];
    *reader = (struct ctl_reader){.place = {.rank = INT32_MAX}};
    snprintf(reader->id, sizeof reader->id, "%s", id);
    return reader;
}

static void
remove_reader(struct ctl_meters *meters, int index)
{
    meters->n_readers--;
    memmove(&meters->readers[index], &meters->readers[index + 1],
            (size_t)(meters->n_readers - index) * sizeof *meters->readers);
}

static void
lose_reader(struct ctl_meters *meters, const char *id)
{
    for (int i = meters->n_readers - 1; i >= 0; i--)
        if (strcmp(meters->readers[i].id, id) == 0)
            remove_reader(meters, i);
}

static void
take_reader_value(struct ctl_reader *reader, const char *leaf,
                  lo_message message)
{
    const char *text = weir_message_string(message, 0);
    if (strcmp(leaf, "source") == 0 && text)
        snprintf(reader->source, sizeof reader->source, "%s", text);
    else if (strcmp(leaf, "state") == 0 && text)
        snprintf(reader->state, sizeof reader->state, "%s", text);
    else if (strcmp(leaf, "lag_frames") == 0)
        ctl_number_take(message, 0, CTL_COUNT_MAX, &reader->lag_frames);
    else if (strcmp(leaf, "lost_frames") == 0)
        ctl_number_take(message, 0, CTL_COUNT_MAX, &reader->lost_frames);
    else if (strcmp(leaf, "dropouts") == 0)
        ctl_number_take(message, 0, CTL_COUNT_MAX, &reader->dropouts);
}

static int
compare_readers(const void *a, const void *b)
{
    const struct ctl_reader *x = a, *y = b;
    return (x->place.rank > y->place.rank) - (x->place.rank < y->place.rank);
}

static void
order_readers(struct ctl_meters *meters, lo_message reply)
{
    for (int i = 0; i < meters->n_readers; i++)
        ctl_place_find(&meters->readers[i].place, meters->readers[i].id, reply);
    qsort(meters->readers, (size_t)meters->n_readers, sizeof *meters->readers,
          compare_readers);
    for (int i = meters->n_readers - 1; i >= 0; i--)
        if (ctl_place_is_lost(&meters->readers[i].place))
            remove_reader(meters, i);
}

// ---- status

static void
take_status(struct ctl_meters *m, const char *leaf, lo_message message)
{
    const char *text = weir_message_string(message, 0);
    if (strcmp(leaf, "jack") == 0 && text)
        snprintf(m->jack, sizeof m->jack, "%s", text);
    else if (strcmp(leaf, "rate") == 0)
        ctl_number_take(message, 0, CTL_COUNT_MAX, &m->rate_hz);
    else if (strcmp(leaf, "block") == 0)
        ctl_number_take(message, 0, CTL_COUNT_MAX, &m->block);
    else if (strcmp(leaf, "dsp_load") == 0)
        ctl_number_take(message, 0, LOAD_MAX, &m->dsp_load);
    else if (strcmp(leaf, "uptime") == 0)
        ctl_number_take(message, 0, CTL_COUNT_MAX, &m->uptime_s);
    else if (strcmp(leaf, "xruns") == 0)
        ctl_count_take(&m->xruns, message);
    else if (strcmp(leaf, "late_blocks") == 0)
        ctl_count_take(&m->late_blocks, message);
    else if (strcmp(leaf, "input_frames_lost") == 0)
        ctl_count_take(&m->frames_lost, message);
}

// ---- addresses

struct parts {
    char kind[16], id[WEIR_ID_MAX + 1], leaf[32];
};

// "/KIND/ID/LEAF", or "/KIND/LEAF" with an empty id.
static bool
split(const char *address, struct parts *out)
{
    const char *segment[3], *at = address;
    size_t length[3];
    int n = 0;
    *out = (struct parts){0};
    for (; *at == '/' && n < 3; n++) {
        segment[n] = ++at;
        length[n] = strcspn(at, "/");
        at += length[n];
    }
    if (*at != '\0' || n < 2 || length[0] >= sizeof out->kind ||
        length[n - 1] >= sizeof out->leaf ||
        (n == 3 && length[1] > WEIR_ID_MAX))
        return false;
    memcpy(out->kind, segment[0], length[0]);
    memcpy(out->leaf, segment[n - 1], length[n - 1]);
    if (n == 3)
        memcpy(out->id, segment[1], length[1]);
    return n == 2 || weir_id_ok(out->id);
}

static void
take_of_strip(struct ctl_strips *strips, bool is_bus, const struct parts *parts,
              lo_message message, int64_t now_ms)
{
    struct ctl_strip *strip = ctl_strips_find(strips, parts->id);
    // A meter's last word may come after its strip has gone.
    if (!strip && strcmp(parts->leaf, "meter") != 0)
        strip = ctl_strips_add(strips, parts->id, is_bus);
    if (strip)
        ctl_strip_take(strip, parts->leaf, message, now_ms);
}

static void
take_value(struct ctl_meters *meters, const struct parts *parts,
           lo_message message, int64_t now_ms)
{
    if (strcmp(parts->kind, "strip") == 0) {
        take_of_strip(&meters->strips, false, parts, message, now_ms);
    } else if (strcmp(parts->kind, "bus") == 0) {
        take_of_strip(&meters->buses, true, parts, message, now_ms);
    } else if (strcmp(parts->kind, "reader") == 0) {
        struct ctl_reader *reader = reader_called(meters, parts->id);
        if (reader)
            take_reader_value(reader, parts->leaf, message);
    }
}

// ---- plugins

static struct ctl_slots *
slots_at(struct ctl_meters *meters, const struct ctl_slot_name *name)
{
    const bool is_bus = strcmp(name->kind, "bus") == 0;
    struct ctl_strip *strip = ctl_strips_find(
        is_bus ? &meters->buses : &meters->strips, name->object);
    return strip ? &strip->slots : NULL;
}

// Whether it was one's.
static bool
take_slot(struct ctl_meters *meters, const char *address, lo_message message)
{
    struct ctl_slot_name name;
    const char *leaf = *address ? ctl_slot_split(address + 1, &name) : NULL;
    const char *word = weir_message_string(message, 0);
    if (!leaf)
        return false;
    struct ctl_slots *slots = slots_at(meters, &name);
    if (slots && word && strcmp(leaf, "/state") == 0)
        ctl_slots_take(slots, name.slot, word);
    return true;
}

static void
lose_slot(struct ctl_meters *meters, const char *text)
{
    struct ctl_slot_name name;
    const char *rest = ctl_slot_split(text, &name);
    struct ctl_slots *slots =
        rest && *rest == '\0' ? slots_at(meters, &name) : NULL;
    if (slots)
        ctl_slots_remove(slots, name.slot);
}

void
ctl_meters_tell_slots(struct ctl_meters *meters, bool begins)
{
    void (*const tell)(const struct ctl_strips *) =
        begins ? ctl_strips_doubt_slots : ctl_strips_forget_slots;
    tell(&meters->strips);
    tell(&meters->buses);
}

// ---- all that is told

static void
take_event(struct ctl_meters *meters, const char *event, lo_message message)
{
    const char *id = weir_message_string(message, 0);
    if (!id)
        return;
    if (strcmp(event, "/removed") == 0)
        lose_slot(meters, id);
    if (strcmp(event, "/removed") == 0 && strncmp(id, "reader/", 7) == 0) {
        lose_reader(meters, id + 7);
    } else if (strcmp(event, "/removed") == 0) {
        ctl_strips_remove(&meters->strips, id);
        ctl_strips_remove(&meters->buses, id);
    } else if (strcmp(event, "/renamed") == 0) {
        struct ctl_strip *strip = ctl_strips_find(&meters->strips, id);
        strip = strip ? strip : ctl_strips_find(&meters->buses, id);
        if (strip)
            ctl_strip_rename(strip, weir_message_string(message, 1));
    }
}

void
ctl_meters_take(struct ctl_meters *meters, const char *address,
                lo_message message, int64_t now_ms)
{
    struct parts parts;
    if (take_slot(meters, address, message))
        return;
    if (!split(address, &parts))
        take_event(meters, address, message);
    else if (parts.id[0] != '\0')
        take_value(meters, &parts, message, now_ms);
    else if (strcmp(parts.kind, "status") == 0)
        take_status(meters, parts.leaf, message);
}

static void
order(struct ctl_meters *meters, const char *list, lo_message reply)
{
    if (strcmp(list, "/strip/list") == 0)
        ctl_strips_order(&meters->strips, reply);
    else if (strcmp(list, "/bus/list") == 0)
        ctl_strips_order(&meters->buses, reply);
    else if (strcmp(list, "/reader/list") == 0)
        order_readers(meters, reply);
}

// ---- answers to keys

// The value that keys ride at an address, or null.
static struct ctl_ridden *
ridden_at(struct ctl_meters *meters, const char *address)
{
    struct parts parts;
    if (!split(address, &parts))
        return NULL;
    const bool is_bus = strcmp(parts.kind, "bus") == 0;
    struct ctl_strip *strip =
        ctl_strips_find(is_bus ? &meters->buses : &meters->strips, parts.id);
    return strip ? ctl_strip_ridden(strip, parts.leaf) : NULL;
}

void
ctl_meters_reply(struct ctl_meters *meters, lo_message reply)
{
    const char *address = weir_message_string(reply, 0);
    if (!address)
        return;
    order(meters, address, reply);
    struct ctl_ridden *ridden = ridden_at(meters, address);
    if (ridden)
        ctl_ridden_answer(ridden, reply, 1);
}

void
ctl_meters_refuse(struct ctl_meters *meters, const char *address)
{
    struct ctl_ridden *ridden = ridden_at(meters, address);
    if (ridden)
        ctl_ridden_refuse(ridden);
}

// ---- all of them

void
ctl_meters_init(struct ctl_meters *meters)
{
    static struct ctl_strip *strips[CTL_STRIPS_MAX], *buses[CTL_BUSES_MAX];
    *meters = (struct ctl_meters){
        .strips = {.list = strips, .max = CTL_STRIPS_MAX},
        .buses = {.list = buses, .max = CTL_BUSES_MAX},
    };
}

void
ctl_meters_fini(struct ctl_meters *meters)
{
    ctl_strips_remove_all(&meters->strips);
    ctl_strips_remove_all(&meters->buses);
    meters->n_readers = 0;
}

void
ctl_meters_lose(struct ctl_meters *meters)
{
    meters->gone = true;
    ctl_strips_silence(&meters->strips);
    ctl_strips_silence(&meters->buses);
    meters->dsp_load = 0;
}

void
ctl_meters_return(struct ctl_meters *meters)
{
    const bool was_gone = meters->gone;
    meters->gone = false;
    if (!was_gone)
        return;
    ctl_meters_fini(meters);
    meters->xruns.known = false;
    meters->late_blocks.known = false;
    meters->frames_lost.known = false;
}

void
ctl_meters_clear(struct ctl_meters *meters)
{
    ctl_strips_clear(&meters->strips);
    ctl_strips_clear(&meters->buses);
    meters->xruns.cleared_at = meters->xruns.n;
    meters->late_blocks.cleared_at = meters->late_blocks.n;
    meters->frames_lost.cleared_at = meters->frames_lost.n;
}
