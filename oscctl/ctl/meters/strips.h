// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Strips and buses as the mixer has told of them, in its order.
#ifndef WEIR_CTL_METERS_STRIPS_H
#define WEIR_CTL_METERS_STRIPS_H

#include "oscctl/ctl/meters/level.h"
#include "oscctl/ctl/meters/numbers.h"
#include "oscctl/ctl/meters/slots.h"
#include "oscctl/values.h"

#include <lo/lo.h>
#include <stdbool.h>
#include <stdint.h>

/// Where something stands among its like.
struct ctl_place {
    int rank;     ///< in the mixer's list, from 0
    int n_missed; ///< so many lists have not had it
};

/// A strip or a bus.
struct ctl_strip {
    char id[WEIR_ID_MAX + 1];
    char name[WEIR_NAME_BYTES];
    bool is_bus;
    struct ctl_place place;
    struct ctl_ridden gain, mute, solo;
    int n_channels; ///< as many as the meter has
    struct ctl_level levels[WEIR_CHANNELS_MAX];
    struct ctl_slots slots;
};

struct ctl_strips {
    struct ctl_strip **list;
    int n, max;
};

/// The place of `id` in the reply of a list; argument 0 is the address.
void ctl_place_find(struct ctl_place *place, const char *id, lo_message reply);

/// Whether it has gone: two lists in a row did not have it.  (One may have
/// been overtaken by what is newer.)
bool ctl_place_is_lost(const struct ctl_place *place);

/// The one called `id`, or null.
struct ctl_strip *ctl_strips_find(const struct ctl_strips *strips,
                                  const char *id);

/// One more, behind the others; null when there are as many as there can be,
/// or memory is short.
struct ctl_strip *ctl_strips_add(struct ctl_strips *strips, const char *id,
                                 bool is_bus);

void ctl_strips_remove(struct ctl_strips *strips, const char *id);
void ctl_strips_remove_all(struct ctl_strips *strips);

/// Take in the reply of a list: their order, and who has gone.
void ctl_strips_order(struct ctl_strips *strips, lo_message reply);

/// All slots are about to be told; those that were not have gone.
void ctl_strips_doubt_slots(const struct ctl_strips *strips);
void ctl_strips_forget_slots(const struct ctl_strips *strips);

/// No sound any more.
void ctl_strips_silence(const struct ctl_strips *strips);

/// Forget clips and maxima.
void ctl_strips_clear(const struct ctl_strips *strips);

/// Take in the value called `leaf`.
void ctl_strip_take(struct ctl_strip *strip, const char *leaf,
                    lo_message message, int64_t now_ms);

/// Another name, if it is one.
void ctl_strip_rename(struct ctl_strip *strip, const char *name);

/// The value called `leaf` that keys ride, or null.
struct ctl_ridden *ctl_strip_ridden(struct ctl_strip *strip, const char *leaf);

#endif
