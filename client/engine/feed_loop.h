// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The delay-locked loop of a feed with a clock of its own: from when frames
// were received, and when the mix's frames are, to how fast the feed is to be
// played. Numbers alone: no ring, no resampler, no thread.
//
// Both clocks are smoothed alike, each as a line through its pairs of time
// and frame. Together the lines say which of the feed's frames was being
// received at the moment of a mix frame; the one to be played lies a fixed
// number of frames, the latency, before it. docs/design.md says why so, and
// where the constants come from.
#ifndef WEIR_ENGINE_FEED_LOOP_H
#define WEIR_ENGINE_FEED_LOOP_H

#include "rt/tags.h"

#include <stdbool.h>
#include <stdint.h>

/// A clock, as a straight line through what is known of it.
struct weir_feed_line {
    bool runs;         // there has been a pair
    uint64_t ns;       // CLOCK_MONOTONIC of the newest pair,
    double frame;      // where the line is then,
    double rate_hz;    // and its slope
    double nominal_hz; // what that should be
    double age_s;      // since the first pair
    // How far off they may be: variances and covariance, with a frame's time
    // in seconds and the slope as a part of the nominal one.
    double var_frame;
    double cov;
    double var_rate;
};

struct weir_feed_loop {
    struct weir_feed_line feed;
    struct weir_feed_line mix;
    double latency_s;
};

/// @any
WEIR_RT void weir_feed_loop_init(struct weir_feed_loop *loop, double feed_hz,
                                 double mix_hz, double latency_s);

/// The mix's frame `position` begins at `ns`: for each cycle.  @mixer
WEIR_RT void weir_feed_loop_mix(struct weir_feed_loop *loop, uint64_t position,
                                uint64_t ns);

/// The feed's frames before `position` had been received at `ns`.  @mixer
WEIR_RT void weir_feed_loop_feed(struct weir_feed_loop *loop, uint64_t position,
                                 uint64_t ns);

/// The feed has stopped and will be somewhere else when it goes on.  @mixer
WEIR_RT void weir_feed_loop_forget(struct weir_feed_loop *loop);

/// Whether both clocks are known.  @mixer
WEIR_RT bool weir_feed_loop_runs(const struct weir_feed_loop *loop);

/// Which of the feed's frames the mix's frame `position` is to be, with its
/// fraction; may be negative. Only when it runs.  @mixer
WEIR_RT double weir_feed_loop_wanted(const struct weir_feed_loop *loop,
                                     uint64_t position);

/// How many of the feed's frames to go on by for each of the mix's, when at
/// `position` the next to be played is `next`.  @mixer
WEIR_RT double weir_feed_loop_step(const struct weir_feed_loop *loop,
                                   uint64_t position, double next);

#endif
