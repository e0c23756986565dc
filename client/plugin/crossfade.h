// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// From one of several signals to another without a click: by gains that move
// over 5 ms, or, where the first one has ended without warning, by a step that
// is let down over 5 ms.
#ifndef WEIR_PLUGIN_CROSSFADE_H
#define WEIR_PLUGIN_CROSSFADE_H

#include "engine/limits.h"
#include "engine/ramp.h"

/// What is heard of a plugin's place.
enum weir_heard {
    WEIR_HEARD_WET,    // the plugin
    WEIR_HEARD_LATE,   // its input, as late as the plugin's output
    WEIR_HEARD_DIRECT, // its input as it comes
};
enum { WEIR_HEARD_COUNT = 3 };

struct weir_crossfade {
    uint32_t fade_frames;
    struct weir_ramp gains[WEIR_HEARD_COUNT]; // their sum is 1
    // What the last block ended with, and the step from there that is left.
    float last[WEIR_MAX_CHANNELS];
    float step[WEIR_MAX_CHANNELS];
    uint32_t step_left; // frames
    bool stepped;       // in this block, whose first frame is yet to be seen
};

/// Begin with one of them.  @control
static inline void
weir_crossfade_init(struct weir_crossfade *x, enum weir_heard heard,
                    uint32_t fade_frames)
{
    *x = (struct weir_crossfade){.fade_frames = fade_frames};
    for (int i = 0; i < WEIR_HEARD_COUNT; i++)
        weir_ramp_set(&x->gains[i], i == (int)heard ? 1.0f : 0.0f);
}

/// Go there over 5 ms; on the way there already, go on.  @mixer
WEIR_RT static inline void
weir_crossfade_to(struct weir_crossfade *x, enum weir_heard heard)
{
    if (x->gains[heard].target == 1.0f)
        return;
    for (int i = 0; i < WEIR_HEARD_COUNT; i++)
        weir_ramp_to(&x->gains[i], i == (int)heard ? 1.0f : 0.0f,
                     x->fade_frames);
}

/// Be there from this block's first frame on: what was heard is no more.
/// @mixer
WEIR_RT static inline void
weir_crossfade_cut(struct weir_crossfade *x, enum weir_heard heard)
{
    for (int i = 0; i < WEIR_HEARD_COUNT; i++)
        weir_ramp_set(&x->gains[i], i == (int)heard ? 1.0f : 0.0f);
    x->stepped = true;
}

/// Whether nothing else is heard, nor about to be.  @mixer
WEIR_RT static inline bool
weir_crossfade_rests_at(const struct weir_crossfade *x, enum weir_heard heard)
{
    return weir_ramp_rests_at(&x->gains[heard], 1.0f);
}

/// Whether it is heard at all in the block to come.  @mixer
WEIR_RT static inline bool
weir_crossfade_hears(const struct weir_crossfade *x, enum weir_heard heard)
{
    return !weir_ramp_rests_at(&x->gains[heard], 0.0f);
}

/// Add `from`, one of the signals, to a channel that was cleared.  @mixer
WEIR_RT static inline void
weir_crossfade_add(const struct weir_crossfade *x, enum weir_heard heard,
                   const float *from, float *to, uint32_t n)
{
    const struct weir_ramp *r = &x->gains[heard];
    const uint32_t n_moving = weir_min_u32(n, r->left);
    if (weir_ramp_rests_at(r, 0.0f))
        return;
    for (uint32_t f = 0; f < n_moving; f++)
        to[f] += from[f] * (r->now + r->step * (float)(f + 1));
    for (uint32_t f = n_moving; f < n; f++)
        to[f] += from[f] * r->target;
}

/// Let the step of a cut down, on a channel's finished sum.  @mixer
WEIR_RT static inline void
weir_crossfade_smooth(struct weir_crossfade *x, uint32_t channel, float *to,
                      uint32_t n)
{
    const uint32_t left = x->stepped ? x->fade_frames : x->step_left;
    const uint32_t n_moving = weir_min_u32(n, left);
    if (x->stepped)
        x->step[channel] = x->last[channel] - to[0];
    for (uint32_t f = 0; f < n_moving; f++)
        to[f] += x->step[channel] * (float)(left - f) / (float)x->fade_frames;
    x->last[channel] = to[n - 1];
}

/// On to the next block, when every channel has been mixed.  @mixer
WEIR_RT static inline void
weir_crossfade_advance(struct weir_crossfade *x, uint32_t n)
{
    for (int i = 0; i < WEIR_HEARD_COUNT; i++)
        weir_ramp_advance(&x->gains[i], n);
    if (x->stepped)
        x->step_left = x->fade_frames;
    x->stepped = false;
    x->step_left -= weir_min_u32(n, x->step_left);
}

#endif
