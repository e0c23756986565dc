// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A list of pointers; places, values.
#include "oscctl/ctl/meters/strips.h"

#include "oscctl/arguments.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LISTS_MAX = 2 };

// ---- the list

struct ctl_strip *
ctl_strips_find(const struct ctl_strips *strips, const char *id)
{
    for (int i = 0; i < strips->n; i++)
        if (strcmp(strips->list[i]->id, id) == 0)
            return strips->list[i];
    return NULL;
}

struct ctl_strip *
ctl_strips_add(struct ctl_strips *strips, const char *id, bool is_bus)
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

void
ctl_strips_remove_all(struct ctl_strips *strips)
{
    while (strips->n > 0)
        remove_strip(strips, strips->n - 1);
}

void
ctl_strips_remove(struct ctl_strips *strips, const char *id)
{
    for (int i = strips->n - 1; i >= 0; i--)
        if (strcmp(strips->list[i]->id, id) == 0)
            remove_strip(strips, i);
}

// ---- values

void
ctl_strip_rename(struct ctl_strip *strip, const char *name)
{
    if (name && weir_name_ok(name))
        snprintf(strip->name, sizeof strip->name, "%s", name);
}

static void
take_meter(struct ctl_strip *strip, lo_message message, int64_t now_ms)
{
    const int n = lo_message_get_argc(message) / 2;
    strip->n_channels = n < WEIR_CHANNELS_MAX ? n : WEIR_CHANNELS_MAX;
    for (int i = 0; i < strip->n_channels; i++) {
        double peak_db = NAN, rms_db = NAN;
        weir_message_number(message, 2 * i, &peak_db);
        weir_message_number(message, 2 * i + 1, &rms_db);
        ctl_level_take(&strip->levels[i], peak_db, rms_db, now_ms);
    }
}

struct ctl_ridden *
ctl_strip_ridden(struct ctl_strip *strip, const char *leaf)
{
    if (strcmp(leaf, "gain") == 0)
        return &strip->gain;
    if (strcmp(leaf, "mute") == 0)
        return &strip->mute;
    return strcmp(leaf, "solo") == 0 ? &strip->solo : NULL;
}

void
ctl_strip_take(struct ctl_strip *strip, const char *leaf, lo_message message,
               int64_t now_ms)
{
    struct ctl_ridden *ridden = ctl_strip_ridden(strip, leaf);
    if (strcmp(leaf, "meter") == 0)
        take_meter(strip, message, now_ms);
    else if (strcmp(leaf, "name") == 0)
        ctl_strip_rename(strip, weir_message_string(message, 0));
    else if (ridden)
        ctl_ridden_take(ridden, message, 0);
}

// ---- order

void
ctl_place_find(struct ctl_place *place, const char *id, lo_message reply)
{
    const char *listed;
    for (int i = 1; (listed = weir_message_string(reply, i)); i++)
        if (strcmp(listed, id) == 0) {
            *place = (struct ctl_place){.rank = i};
            return;
        }
    place->rank = INT32_MAX;
    place->n_missed++;
}

bool
ctl_place_is_lost(const struct ctl_place *place)
{
    return place->n_missed >= LISTS_MAX;
}

static int
compare_strips(const void *a, const void *b)
{
    const struct ctl_strip *const *x = a, *const *y = b;
    return ((*x)->place.rank > (*y)->place.rank) -
           ((*x)->place.rank < (*y)->place.rank);
}

void
ctl_strips_order(struct ctl_strips *strips, lo_message reply)
{
    for (int i = 0; i < strips->n; i++)
        ctl_place_find(&strips->list[i]->place, strips->list[i]->id, reply);
    qsort(strips->list, (size_t)strips->n, sizeof(struct ctl_strip *),
          compare_strips);
    for (int i = strips->n - 1; i >= 0; i--)
        if (ctl_place_is_lost(&strips->list[i]->place))
            remove_strip(strips, i);
}

// ---- slots

void
ctl_strips_doubt_slots(const struct ctl_strips *strips)
{
    for (int i = 0; i < strips->n; i++)
        ctl_slots_doubt(&strips->list[i]->slots);
}

void
ctl_strips_forget_slots(const struct ctl_strips *strips)
{
    for (int i = 0; i < strips->n; i++)
        ctl_slots_forget(&strips->list[i]->slots);
}

// ---- levels

void
ctl_strips_silence(const struct ctl_strips *strips)
{
    for (int i = 0; i < strips->n; i++)
        for (int k = 0; k < strips->list[i]->n_channels; k++)
            ctl_level_silence(&strips->list[i]->levels[k]);
}

void
ctl_strips_clear(const struct ctl_strips *strips)
{
    for (int i = 0; i < strips->n; i++)
        for (int k = 0; k < strips->list[i]->n_channels; k++)
            ctl_level_clear(&strips->list[i]->levels[k]);
}
