// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What the view shows: strips, buses, readers and counters, as far as the
// mixer has told of them.  What it sends is checked here: ids, numbers, names,
// how many of all there may be.
#ifndef WEIR_CTL_METERS_MODEL_H
#define WEIR_CTL_METERS_MODEL_H

#include "oscctl/ctl/meters/strips.h"

#include <lo/lo.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    CTL_STRIPS_MAX = 512,
    CTL_BUSES_MAX = 64,
    CTL_READERS_MAX = 128,
};

struct ctl_reader {
    char id[WEIR_ID_MAX + 1];
    char source[128];
    char state[16];
    double lag_frames, lost_frames, dropouts;
    struct ctl_place place;
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

/// All plugins are about to be told, or have been: those that were not have
/// gone.
void ctl_meters_tell_slots(struct ctl_meters *meters, bool begins);

/// The mixer is gone: all is silent.  It is back: all is new.
void ctl_meters_lose(struct ctl_meters *meters);
void ctl_meters_return(struct ctl_meters *meters);

/// Forget clips, maxima, and what the counters were.
void ctl_meters_clear(struct ctl_meters *meters);

#endif
