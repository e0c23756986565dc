// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A linear gain that moves to its target over a few milliseconds, so that no
// change clicks. Several buffers may be run through the same stretch of a
// ramp: it moves on only by weir_ramp_advance().
#ifndef WEIR_ENGINE_RAMP_H
#define WEIR_ENGINE_RAMP_H

#include "rt/tags.h"

#include <stdbool.h>
#include <stdint.h>

struct weir_ramp {
    float now;     // linear gain
    float target;  // where it will be after `left` frames
    float step;    // by frame
    uint32_t left; // frames still to go; 0: `now` is `target`
};

/// Be at `gain_lin` at once.  @any
WEIR_RT static inline void
weir_ramp_set(struct weir_ramp *r, float gain_lin)
{
    *r = (struct weir_ramp){.now = gain_lin, .target = gain_lin};
}

/// Start for `gain_lin`, to be there in `n_frames` (at least 1).  A ramp that
/// is already on its way there is left alone.  @mixer
WEIR_RT static inline void
weir_ramp_to(struct weir_ramp *r, float gain_lin, uint32_t n_frames)
{
    if (gain_lin == r->target)
        return;
    r->target = gain_lin;
    r->step = (gain_lin - r->now) / (float)n_frames;
    r->left = n_frames;
}

/// Whether it stands still at `gain_lin`.  @any
WEIR_RT static inline bool
weir_ramp_rests_at(const struct weir_ramp *r, float gain_lin)
{
    return r->left == 0 && r->now == gain_lin;
}

/// Move on by `n` frames.  @mixer
WEIR_RT static inline void
weir_ramp_advance(struct weir_ramp *r, uint32_t n)
{
    if (n >= r->left) {
        r->now = r->target;
        r->left = 0;
        return;
    }
    r->now += r->step * (float)n;
    r->left -= n;
}

#endif
