// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Values into the model.
#include "oscctl/ctl/meters/model.h"

#include "oscctl/ctl/message.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- numbers

// A number that a line has room for.
static bool
take_number(lo_message message, int index, double max, double *out)
{
    double number = 0;
    if (!ctl_message_number(message, index, &number) || !isfinite(number))
        return false;
    *out = fmin(fmax(number, -max), max);
    return true;
}

enum { COUNT_MAX = 1000000000, LOAD_MAX = 10000 };

// A gain in dB, or a bool.
static bool
take_ridden(lo_message message, int index, float *out)
{
    double number = 0;
    if (!take_number(message, index, COUNT_MAX, &number))
        return false;
    *out = fminf(fmaxf((float)number, WEIR_SILENCE_DB), 10);
    return true;
}

// ---- ridden values, counters

float
ctl_ridden_value(const struct ctl_ridden *ridden, int64_t now_ms)
{
    const bool asked = ridden->n_asked > 0 && now_ms < ridden->until_ms;
    return asked ? ridden->wanted : ridden->is;
}

void
ctl_ridden_want(struct ctl_ridden *ridden, float value, int64_t now_ms)
{
    ridden->n_asked = now_ms < ridden->until_ms ? ridden->n_asked + 1 : 1;
    ridden->wanted = value;
    ridden->until_ms = now_ms + CTL_RIDE_MS;
}

bool
ctl_count_grew(const struct ctl_count *count)
{
    return count->n > count->cleared_at;
}

static void
count_to(struct ctl_count *count, lo_message message)
{
    double n = 0;
    if (!take_number(message, 0, COUNT_MAX, &n))
        return;
    if (!count->known || n < count->cleared_at)
        count->cleared_at = n;
    count->n = n;
    count->known = true;
}

// ---- strips and buses

static struct ctl_strip *
find_strip(const struct ctl_strips *strips, const char *id)
{
    for (int i = 0; i < strips->n; i++)
        if (strcmp(strips->list[i]->id, id) == 0)
            return strips->list[i];
    return NULL;
}

// Null when there are as many as there can be, or memory is short.
static struct ctl_strip *
add_strip(struct ctl_strips *strips, const char *id, bool is_bus)
{
    if (strips->n == strips->max)
        return NULL;
    struct ctl_strip *strip = calloc(1, sizeof *strip);
    if (!strip)
        return NULL;
    snprintf(strip->id, sizeof strip->id, "%s", id);
    snprintf(strip->name, sizeof strip->name, "%s", id);
    strip->is_bus = is_bus;
    strip->place.rank = INT32_MAX; // behind those that are listed
    for (int i = 0; i < WEIR_CHANNELS_MAX; i++)
        ctl_level_init(&strip->levels[i]);
    strips->list[strips->n++] = strip;
    return strip;
}

static void
remove_strip(struct ctl_strips *strips, int index)
{
    free(strips->list[index]);
    strips->n--;
    memmove(&strips->list[index], &strips->list[index + 1],
            (size_t)(strips->n - index) * sizeof *strips->list);
}

static void
remove_all(struct ctl_strips *strips)
{
    while (strips->n > 0)
        remove_strip(strips, strips->n - 1);
}

static void
remove_id(struct ctl_strips *strips, const char *id)
{
    for (int i = 0; i < strips->n; i++)
        if (strcmp(strips->list[i]->id, id) == 0)
            remove_strip(strips, i--);
}

static void
take_name(struct ctl_strip *strip, const char *name)
{
    if (strip && name && weir_name_ok(name))
        snprintf(strip->name, sizeof strip->name, "%s", name);
}

static void
take_meter(struct ctl_strip *strip, lo_message message, int64_t now_ms)
{
    const int n = lo_message_get_argc(message) / 2;
    strip->n_channels = n < WEIR_CHANNELS_MAX ? n : WEIR_CHANNELS_MAX;
    for (int i = 0; i < strip->n_channels; i++) {
        double peak_db = NAN, rms_db = NAN;
        ctl_message_number(message, 2 * i, &peak_db);
        ctl_message_number(message, 2 * i + 1, &rms_db);
        ctl_level_take(&strip->levels[i], peak_db, rms_db, now_ms);
    }
}

// The value that keys ride, or null.
static struct ctl_ridden *
ridden_of(struct ctl_strip *strip, const char *leaf)
{
    if (strcmp(leaf, "gain") == 0)
        return &strip->gain;
    if (strcmp(leaf, "mute") == 0)
        return &strip->mute;
    return strcmp(leaf, "solo") == 0 ? &strip->solo : NULL;
}

static void
take_strip_value(struct ctl_strip *strip, const char *leaf, lo_message message,
                 int64_t now_ms)
{
    struct ctl_ridden *ridden = ridden_of(strip, leaf);
    if (strcmp(leaf, "meter") == 0)
        take_meter(strip, message, now_ms);
    else if (strcmp(leaf, "name") == 0)
        take_name(strip, ctl_message_string(message, 0));
    else if (ridden)
        take_ridden(message, 0, &ridden->is);
}

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
take_reader_value(struct ctl_reader *reader, const char *leaf,
                  lo_message message)
{
    const char *text = ctl_message_string(message, 0);
    if (strcmp(leaf, "source") == 0 && text)
        snprintf(reader->source, sizeof reader->source, "%s", text);
    else if (strcmp(leaf, "state") == 0 && text)
        snprintf(reader->state, sizeof reader->state, "%s", text);
    else if (strcmp(leaf, "lag_frames") == 0)
        take_number(message, 0, COUNT_MAX, &reader->lag_frames);
    else if (strcmp(leaf, "lost_frames") == 0)
        take_number(message, 0, COUNT_MAX, &reader->lost_frames);
    else if (strcmp(leaf, "dropouts") == 0)
        take_number(message, 0, COUNT_MAX, &reader->dropouts);
}

// ---- status

static void
take_status(struct ctl_meters *m, const char *leaf, lo_message message)
{
    const char *text = ctl_message_string(message, 0);
    if (strcmp(leaf, "jack") == 0 && text)
        snprintf(m->jack, sizeof m->jack, "%s", text);
    else if (strcmp(leaf, "rate") == 0)
        take_number(message, 0, COUNT_MAX, &m->rate_hz);
    else if (strcmp(leaf, "block") == 0)
        take_number(message, 0, COUNT_MAX, &m->block);
    else if (strcmp(leaf, "dsp_load") == 0)
        take_number(message, 0, LOAD_MAX, &m->dsp_load);
    else if (strcmp(leaf, "uptime") == 0)
        take_number(message, 0, COUNT_MAX, &m->uptime_s);
    else if (strcmp(leaf, "xruns") == 0)
        count_to(&m->xruns, message);
    else if (strcmp(leaf, "late_blocks") == 0)
        count_to(&m->late_blocks, message);
    else if (strcmp(leaf, "input_frames_lost") == 0)
        count_to(&m->frames_lost, message);
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
    struct ctl_strip *strip = find_strip(strips, parts->id);
    // A meter's last word may come after its strip has gone.
    if (!strip && strcmp(parts->leaf, "meter") != 0)
        strip = add_strip(strips, parts->id, is_bus);
    if (strip)
        take_strip_value(strip, parts->leaf, message, now_ms);
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

static void
take_event(struct ctl_meters *meters, const char *event, lo_message message)
{
    const char *id = ctl_message_string(message, 0);
    if (!id)
        return;
    if (strcmp(event, "/removed") == 0) {
        remove_id(&meters->strips, id);
        remove_id(&meters->buses, id);
    } else if (strcmp(event, "/renamed") == 0) {
        struct ctl_strip *strip = find_strip(&meters->strips, id);
        strip = strip ? strip : find_strip(&meters->buses, id);
        take_name(strip, ctl_message_string(message, 1));
    }
}

void
ctl_meters_take(struct ctl_meters *meters, const char *address,
                lo_message message, int64_t now_ms)
{
    struct parts parts;
    if (!split(address, &parts))
        take_event(meters, address, message);
    else if (parts.id[0] != '\0')
        take_value(meters, &parts, message, now_ms);
    else if (strcmp(parts.kind, "status") == 0)
        take_status(meters, parts.leaf, message);
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
    remove_all(&meters->strips);
    remove_all(&meters->buses);
    meters->n_readers = 0;
}

// ---- order

enum { LISTS_MAX = 2 };

// Where the reply has `id`; argument 0 is the address.
static void
find_place(struct ctl_place *place, const char *id, lo_message reply)
{
    const char *listed;
    for (int i = 1; (listed = ctl_message_string(reply, i)); i++)
        if (strcmp(listed, id) == 0) {
            *place = (struct ctl_place){.rank = i};
            return;
        }
    place->rank = INT32_MAX;
    place->n_missed++;
}

static int
compare_strips(const void *a, const void *b)
{
    const struct ctl_strip *const *x = a, *const *y = b;
    return ((*x)->place.rank > (*y)->place.rank) -
           ((*x)->place.rank < (*y)->place.rank);
}

static void
order_strips(struct ctl_strips *strips, lo_message reply)
{
    for (int i = 0; i < strips->n; i++)
        find_place(&strips->list[i]->place, strips->list[i]->id, reply);
    qsort(strips->list, (size_t)strips->n, sizeof(struct ctl_strip *),
          compare_strips);
    for (int i = strips->n - 1; i >= 0; i--)
        if (strips->list[i]->place.n_missed >= LISTS_MAX)
            remove_strip(strips, i);
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
        find_place(&meters->readers[i].place, meters->readers[i].id, reply);
    qsort(meters->readers, (size_t)meters->n_readers, sizeof *meters->readers,
          compare_readers);
    for (int i = meters->n_readers - 1; i >= 0; i--)
        if (meters->readers[i].place.n_missed >= LISTS_MAX)
            remove_reader(meters, i);
}

static void
order(struct ctl_meters *meters, const char *list, lo_message reply)
{
    if (strcmp(list, "/strip/list") == 0)
        order_strips(&meters->strips, reply);
    else if (strcmp(list, "/bus/list") == 0)
        order_strips(&meters->buses, reply);
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
        find_strip(is_bus ? &meters->buses : &meters->strips, parts.id);
    return strip ? ridden_of(strip, parts.leaf) : NULL;
}

void
ctl_meters_reply(struct ctl_meters *meters, lo_message reply)
{
    const char *address = ctl_message_string(reply, 0);
    if (!address)
        return;
    order(meters, address, reply);
    struct ctl_ridden *ridden = ridden_at(meters, address);
    if (!ridden || ridden->n_asked == 0 || --ridden->n_asked > 0)
        return;
    take_ridden(reply, 1, &ridden->is);
}

void
ctl_meters_refuse(struct ctl_meters *meters, const char *address)
{
    struct ctl_ridden *ridden = ridden_at(meters, address);
    if (ridden)
        ridden->n_asked = 0;
}

// ---- all of them, again

static void
silence(const struct ctl_strips *strips)
{
    for (int i = 0; i < strips->n; i++)
        for (int k = 0; k < strips->list[i]->n_channels; k++)
            ctl_level_silence(&strips->list[i]->levels[k]);
}

void
ctl_meters_lose(struct ctl_meters *meters)
{
    meters->gone = true;
    silence(&meters->strips);
    silence(&meters->buses);
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

static void
clear_levels(const struct ctl_strips *strips)
{
    for (int i = 0; i < strips->n; i++)
        for (int k = 0; k < strips->list[i]->n_channels; k++)
            ctl_level_clear(&strips->list[i]->levels[k]);
}

void
ctl_meters_clear(struct ctl_meters *meters)
{
    clear_levels(&meters->strips);
    clear_levels(&meters->buses);
    meters->xruns.cleared_at = meters->xruns.n;
    meters->late_blocks.cleared_at = meters->late_blocks.n;
    meters->frames_lost.cleared_at = meters->frames_lost.n;
}
