// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Peak and RMS over the last 300 ms, for every channel of a strip or a bus.
// The window is made of bins of 10 ms, whatever the block's length, so that
// it forgets exactly: 300 ms after the sound the meter shows silence, whoever
// asks and however often. What is mixed many at once brings peak and power as
// vectors, which are added up when their bin ends, or somebody asks. Bins lie
// at the mix's positions: those of all meters end together.
#ifndef WEIR_ENGINE_METER_H
#define WEIR_ENGINE_METER_H

#include "engine/kernels.h"
#include "engine/limits.h"
#include "rt/tags.h"

#include <stdbool.h>
#include <stdint.h>

enum { WEIR_METER_BINS = 30 };

struct weir_meter_bin {
    uint64_t number; // which 10 ms it holds; older ones count for nothing
    float peak;
    double power; // sum of squares
};

struct weir_meter {
    uint32_t n_channels;
    uint32_t bin_frames;         // the length of a bin
    bool has_sums;               // some may not be zero
    struct weir_sums *sums;      // [n_channels]: of the bin being filled
    struct weir_meter_bin *bins; // [WEIR_METER_BINS][n_channels]
    uint64_t first;              // number of the bin it began in,
    uint32_t n_missed;           // so many frames after that had begun
};

/// What a meter shows, linear: the caller turns it into dBFS.
struct weir_meter_report {
    uint32_t n_channels;
    float peak[WEIR_MAX_CHANNELS];
    float rms[WEIR_MAX_CHANNELS];
};

/// The length of a bin.  @any
WEIR_RT static inline uint32_t
weir_meter_bin_frames(uint32_t rate_hz)
{
    return (rate_hz + 99) / 100;
}

/// False when memory is short.  @control  Allocates.
bool weir_meter_init(struct weir_meter *meter, uint32_t n_channels,
                     uint32_t rate_hz);
void weir_meter_fini(struct weir_meter *meter);

/// Forget everything and begin at `position`, at another rate.  @control,
/// while the mixer does not run.
void weir_meter_set_rate(struct weir_meter *meter, uint32_t rate_hz,
                         uint64_t position);

/// Frames from `position` to where a bin ends.  @any
WEIR_RT static inline uint32_t
weir_meter_room(uint32_t bin_frames, uint64_t position)
{
    return bin_frames - (uint32_t)(position % bin_frames);
}

/// Start at `position`, before anything is added.  @mixer
WEIR_RT void weir_meter_begin(struct weir_meter *meter, uint64_t position);

/// Take in one channel's block of `n` frames at `position`.  @mixer
WEIR_RT void weir_meter_add(struct weir_meter *meter,
                            const struct weir_kernels *kernels,
                            uint32_t channel, uint64_t position,
                            const float *src, uint32_t n);

/// Where to put what a kernel measures of a channel, within a bin
/// (weir_meter_room()); weir_meter_close() when that ends.  @mixer
WEIR_RT static inline struct weir_sums *
weir_meter_sums(struct weir_meter *meter, uint32_t channel)
{
    meter->has_sums = true;
    return &meter->sums[channel];
}

/// The bin that holds `position` is full.  @mixer
WEIR_RT void weir_meter_close(struct weir_meter *meter, uint64_t position);

/// What it shows when everything before `position` has been added.  @mixer
WEIR_RT void weir_meter_read(const struct weir_meter *meter, uint64_t position,
                             struct weir_meter_report *report);

#endif
