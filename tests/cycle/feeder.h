// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A feed on the bench: its ring in plain memory, and the feeder's side of it.
#ifndef TESTS_CYCLE_FEEDER_H
#define TESTS_CYCLE_FEEDER_H

#include "cycle/rig.h"

/// Zero stands for what the comments say.
struct feeder_config {
    uint32_t rate_hz; // the mix's
    enum weir_feed_pace pace;
    uint32_t capacity;       // 16384
    uint32_t latency_frames; // clock
};

struct feeder {
    struct rig *rig;
    struct rig_strip *strip;
    struct weir_feed_ring ring; // the feeder's view
    struct weir_feed *feed;     // the mixer's
    void *memory;
    uint64_t written;
    uint32_t left; // the request of feeder_leave()
};

/// Make a feed and have the mixer play it.
struct feeder *feeder_new(struct rig *rig, struct rig_strip *strip,
                          const struct feeder_config *config);

/// Ask the mixer to let go of it.
void feeder_leave(struct feeder *feeder);

/// After that has been answered.
void feeder_free(struct feeder *feeder);

/// Write what fits of `n` interleaved frames; returns how many.
uint32_t feeder_write(struct feeder *feeder, const float *frames, uint32_t n);

/// Write `n` frames of all channels: rig_number() of stream c + `stream`,
/// continuing at the position that was written.
uint32_t feeder_write_numbers(struct feeder *feeder, uint32_t stream,
                              uint32_t n);

/// Write a constant.
uint32_t feeder_write_level(struct feeder *feeder, float level, uint32_t n);

/// The frame of `main`, first channel.
float feeder_heard(const struct rig *rig, uint64_t position);

static inline uint64_t
feeder_underruns(const struct feeder *f)
{
    return rig_count(&f->feed->counters.underruns);
}

static inline uint64_t
feeder_dropped(const struct feeder *f)
{
    return rig_count(&f->feed->counters.dropped);
}

#endif
