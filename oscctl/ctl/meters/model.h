// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What the view shows: strips, buses, readers and counters, as far as the
// mixer has told of them.  What it sends is checked here: ids, numbers, names,
// how many of all there may be.
#ifndef WEIR_CTL_METERS_MODEL_H
#define WEIR_CTL_METERS_MODEL_H

#include "oscctl/ctl/meters/level.h"
#include "oscctl/values.h"

#include <lo/lo.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    CTL_STRIPS_MAX = 512,
    CTL_BUSES_MAX = 64,
    CTL_READERS_MAX = 128,
    CTL_RIDE_MS = 2000, ///< so long a key's word holds without an answer
};

/// A value that keys change: shown at once, before the mixer confirms it.
struct ctl_ridden {
    float is; ///< the mixer's word
    float wanted;
    int n_asked;      ///< sets that are not answered yet:
    int64_t until_ms; ///< `wanted` is shown while there are, and until then
};

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
};

struct ctl_strips {
    struct ctl_strip **list;
    int n, max;
};

struct ctl_reader {
    char id[WEIR_ID_MAX + 1];
    char source[128];
    char state[16];
    double lag_frames, lost_frames, dropouts;
    struct ctl_place place;
};

/// A counter of things that should not happen.
struct ctl_count {
    double n;
    double cleared_at; ///< what it was when it was cleared, or seen first
    bool known;
};

struct ctl_meters {
    struct ctl_strips strips, buses;
    struct ctl_reader readers[CTL_READERS_MAX];
    int n_readers;
    struct ctl_count xruns, late_blocks, frames_lost;
    double rate_hz, block, dsp_load, uptime_s;
    char jack[16];
    bool gone;
};

/// Empty; free with ctl_meters_fini().
void ctl_meters_init(struct ctl_meters *meters);
void ctl_meters_fini(struct ctl_meters *meters);

/// Take in a value, or one of /removed /renamed.
void ctl_meters_take(struct ctl_meters *meters, const char *address,
                     lo_message message, int64_t now_ms);

/// Take in a /reply: what resulted from a set; or, of /strip/list, /bus/list
/// or /reader/list, the order, and what is there no more (when two lists in a
/// row do not have it: a list may have been overtaken by what is newer).
void ctl_meters_reply(struct ctl_meters *meters, lo_message reply);

/// A set was refused: the mixer's word holds.
void ctl_meters_refuse(struct ctl_meters *meters, const char *address);

/// The mixer is gone: all is silent.  It is back: all is new.
void ctl_meters_lose(struct ctl_meters *meters);
void ctl_meters_return(struct ctl_meters *meters);

/// Forget clips, maxima, and what the counters were.
void ctl_meters_clear(struct ctl_meters *meters);

/// What a ridden value shows, and what a key asks it to be.
float ctl_ridden_value(const struct ctl_ridden *ridden, int64_t now_ms);
void ctl_ridden_want(struct ctl_ridden *ridden, float value, int64_t now_ms);

/// Whether it has counted since it was cleared.
bool ctl_count_grew(const struct ctl_count *count);

#endif
