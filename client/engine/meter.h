// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Peak and RMS over the last 300 ms, for every channel of a strip or a bus.
// The window is made of bins of 10 ms, whatever the block's length, so that
// it forgets exactly: 300 ms after the sound the meter shows silence, whoever
// asks and however often. What is mixed many at once brings peak and power as
// vectors, which are added up when their bin ends, or somebody asks.
#ifndef WEIR_ENGINE_METER_H
#define WEIR_ENGINE_METER_H

#include "engine/limits.h"
#include "rt/tags.h"

#include <stdbool.h>
#include <stdint.h>

struct weir_kernels;
struct weir_sums;

enum { WEIR_METER_BINS = 30 };

struct weir_meter_bin {
    uint64_t number; // which 10 ms it holds; older ones count for nothing
    float peak;
    double power; // sum of squares
};

struct weir_meter {
    uint32_t n_channels;
    uint32_t bin_frames;         // the length of a bin
    uint64_t first;              // number of the bin it began in,
    uint32_t n_missed;           // so many frames after that began
    uint64_t newest;             // number of the bin that is being filled
    uint32_t n_newest;           // frames in it, less than `bin_frames`
    struct weir_meter_bin *bins; // [WEIR_METER_BINS][n_channels]
    struct weir_sums *sums;      // [n_channels]: of the newest bin, besides
    bool has_sums;
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

/// Frames from `position` to where a bin ends, for meters that began at their
/// own position.  @any
WEIR_RT uint32_t weir_meter_room(uint32_t bin_frames, uint64_t position);

/// Start at `position`, before anything is added.  @mixer
WEIR_RT void weir_meter_begin(struct weir_meter *meter, uint64_t position);

/// Take in one channel's block; then weir_meter_advance() by its length.
/// @mixer
WEIR_RT void weir_meter_add(struct weir_meter *meter,
                            const struct weir_kernels *kernels,
                            uint32_t channel, const float *src, uint32_t n);

/// The same for a block that has been measured, and that does not go beyond
/// the bin (weir_meter_room()).  @mixer
WEIR_RT void weir_meter_add_sums(struct weir_meter *meter, uint32_t channel,
                                 const struct weir_sums *sums);
WEIR_RT void weir_meter_advance(struct weir_meter *meter, uint32_t n);

/// What it shows now.  @mixer
WEIR_RT void weir_meter_read(const struct weir_meter *meter,
                             struct weir_meter_report *report);

#endif
