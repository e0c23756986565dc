// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Making and freeing feeds: @control's part.
#include "engine/feed.h"

#include "engine/limits.h"
#include "rt/lock.h"
#include "shim/resampler.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Where it can be done from one rate to the other for ever that costs half.
static enum weir_resampler_status
make_resampler(struct weir_feed *f, const struct weir_feed_shape *shape)
{
    const struct weir_resampler_config fixed = {
        .rate_in_hz = shape->rate_hz,
        .rate_out_hz = shape->mix_hz,
        .n_channels = f->ring.n_channels,
        .half_length = WEIR_RESAMPLER_GOOD_HALF,
    };
    const struct weir_vresampler_config steered = {
        .ratio = (double)shape->mix_hz / shape->rate_hz,
        .n_channels = f->ring.n_channels,
        .half_length = WEIR_RESAMPLER_GOOD_HALF,
    };
    if (shape->pace == WEIR_FEED_PACE_PIPE && shape->rate_hz == shape->mix_hz)
        return WEIR_RESAMPLER_OK;
    if (shape->pace == WEIR_FEED_PACE_PIPE) {
        const enum weir_resampler_status status =
            weir_resampler_new(&fixed, &f->fixed);
        if (status != WEIR_RESAMPLER_BAD_RATIO)
            return status;
    }
    const enum weir_resampler_status status =
        weir_vresampler_new(&steered, &f->steered);
    if (status == WEIR_RESAMPLER_OK)
        (void)weir_vresampler_smooth(f->steered, 0.0);
    return status;
}

static float *
new_frames(uint32_t n_frames, uint32_t n_channels)
{
    const size_t n_bytes = (size_t)n_frames * n_channels * sizeof(float);
    float *frames = aligned_alloc(WEIR_CACHE_LINE, n_bytes);
    if (!frames)
        return NULL;
    memset(frames, 0, n_bytes); // prefault
    weir_lock_pages(frames, n_bytes);
    return frames;
}

uint32_t
weir_feed_lookahead(uint32_t feed_hz, uint32_t mix_hz)
{
    const double per_mix = (double)feed_hz / mix_hz;
    return (uint32_t)ceil(WEIR_RESAMPLER_GOOD_HALF *
                          (per_mix > 1.0 ? per_mix : 1.0));
}

static void
set_mix_rate(struct weir_feed *f, uint32_t mix_hz)
{
    f->ramp_frames = (mix_hz * WEIR_RAMP_MS + 500) / 1000;
    f->nominal_step = (double)f->rate_hz / mix_hz;
}

struct weir_feed *
weir_feed_new(const struct weir_feed_ring *ring,
              const struct weir_feed_shape *shape)
{
    struct weir_feed *f = calloc(1, sizeof *f);
    if (!f)
        return NULL;
    weir_hold(f, sizeof *f);
    f->ring = *ring;
    f->pace = shape->pace;
    f->rate_hz = shape->rate_hz;
    set_mix_rate(f, shape->mix_hz);
    f->state = WEIR_FEED_RUNNING;
    atomic_init(&f->counters.ratio_ppb, 1000000000);
    weir_ramp_set(&f->fade, 1.0f);
    f->latency_s = (double)shape->latency_frames / shape->rate_hz;
    weir_feed_loop_init(&f->loop, shape->rate_hz, shape->mix_hz, f->latency_s);
    f->in = new_frames(WEIR_FEED_PIECE, ring->n_channels);
    f->out = new_frames(WEIR_MAX_BLOCK, ring->n_channels);
    if (f->in && f->out && make_resampler(f, shape) == WEIR_RESAMPLER_OK)
        return f;
    weir_feed_free(f);
    return NULL;
}

bool
weir_feed_set_mix_rate(struct weir_feed *f, uint32_t mix_hz)
{
    const struct weir_feed_shape shape = {
        .pace = f->pace, .rate_hz = f->rate_hz, .mix_hz = mix_hz};
    struct weir_resampler *fixed = f->fixed;
    struct weir_vresampler *steered = f->steered;
    f->fixed = NULL;
    f->steered = NULL;
    if (make_resampler(f, &shape) != WEIR_RESAMPLER_OK) {
        f->fixed = fixed;
        f->steered = steered;
        return false;
    }
    weir_resampler_free(fixed);
    weir_vresampler_free(steered);
    set_mix_rate(f, mix_hz);
    weir_feed_loop_init(&f->loop, f->rate_hz, mix_hz, f->latency_s);
    f->playing = false; // begins again with the next block
    f->starts_soft = true;
    return true;
}

void
weir_feed_free(struct weir_feed *f)
{
    if (!f)
        return;
    weir_vresampler_free(f->steered);
    weir_resampler_free(f->fixed);
    free(f->out);
    free(f->in);
    free(f);
}
