// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A feed's samples: out of the ring, made harmless, resampled, into the lanes.
// Everything here belongs to @mixer.
#include "engine/feed.h"

#include "engine/strip.h"
#include "shim/resampler.h"

#include <math.h>
#include <string.h>

// 120 dB over full scale is no sound. What the resampler and a trim of 40 dB
// make of it is not yet too loud for the strip, so that the strip's own input
// goes on beside it.
static const float loudest = 1e6f;

// -------------------------------------------------- zita, which cannot say so
//
// Neither allocates, locks nor waits: shim/resampler.h.

static WEIR_RT struct weir_resampled
process(struct weir_feed *f, uint32_t n_in, float *out, uint32_t n_out)
{
    struct weir_resampled done = {0, 0};
    if (f->steered)
        WEIR_RT_TRUST(done = weir_vresampler_process(f->steered, f->in, n_in,
                                                     out, n_out));
    else
        WEIR_RT_TRUST(
            done = weir_resampler_process(f->fixed, f->in, n_in, out, n_out));
    return done;
}

static WEIR_RT uint32_t
flush(struct weir_feed *f, float *out, uint32_t n_out)
{
    uint32_t n = 0;
    if (f->steered)
        WEIR_RT_TRUST(n = weir_vresampler_flush(f->steered, out, n_out));
    else if (f->fixed)
        WEIR_RT_TRUST(n = weir_resampler_flush(f->fixed, out, n_out));
    return n;
}

WEIR_RT double
weir_feed_held(const struct weir_feed *f)
{
    double frames = 0.0;
    if (f->steered)
        WEIR_RT_TRUST(frames = weir_vresampler_held(f->steered));
    else if (f->fixed)
        WEIR_RT_TRUST(frames = weir_resampler_held(f->fixed));
    return frames;
}

WEIR_RT void
weir_feed_reset_sound(struct weir_feed *f)
{
    if (f->steered)
        WEIR_RT_TRUST(weir_vresampler_reset(f->steered));
    else if (f->fixed)
        WEIR_RT_TRUST(weir_resampler_reset(f->fixed));
}

WEIR_RT void
weir_feed_set_step(struct weir_feed *f, double step)
{
    const double factor = f->nominal_step / step;
    if (f->steered)
        WEIR_RT_TRUST((void)weir_vresampler_steer(f->steered, factor));
    // relaxed: a number to show.
    atomic_store_explicit(&f->counters.ratio_ppb, (uint32_t)(factor * 1e9),
                          memory_order_relaxed);
}

// ------------------------------------------------------------ out of the ring

static WEIR_RT void
make_harmless(struct weir_feed *f, float *samples, uint32_t n)
{
    uint32_t n_bad = 0;
    for (uint32_t i = 0; i < n; i++) {
        const bool good = fabsf(samples[i]) <= loudest; // no NaN is
        samples[i] = good ? samples[i] : 0.0f;
        n_bad += !good;
    }
    f->not_finite |= n_bad > 0;
}

// Looked at once: what the feeder makes of it afterwards is nothing to us.
static WEIR_RT void
take(struct weir_feed *f, float *dst, uint32_t n)
{
    weir_feed_ring_take(&f->ring, f->read, dst, n);
    make_harmless(f, dst, n * f->ring.n_channels);
}

// What is flushed fades out over what is left of it, not over what is new.
static WEIR_RT uint32_t
available(const struct weir_feed *f, uint32_t most)
{
    const bool flushes = f->dropping && !f->starts_soft;
    const uint64_t end = flushes ? f->drop_to : f->written;
    return (uint32_t)weir_min_u64(end - f->read, most);
}

static WEIR_RT uint32_t
render_as_it_is(struct weir_feed *f, uint32_t n)
{
    const uint32_t n_there = available(f, n);
    take(f, f->out, n_there);
    f->read += n_there;
    return n_there;
}

// So many go in until `n` have come out, or a few more.
static WEIR_RT uint32_t
frames_for(const struct weir_feed *f, uint32_t n)
{
    // A steered step is at most a hundredth longer, the filter's half is
    // at most 96 frames of the lower rate.
    const double step = f->nominal_step > 1.0 ? f->nominal_step : 1.0;
    const double most = 1.02 * f->nominal_step * n + 100.0 * step;
    return most < WEIR_FEED_PIECE ? (uint32_t)most : WEIR_FEED_PIECE;
}

WEIR_RT uint32_t
weir_feed_render(struct weir_feed *f, uint32_t n)
{
    if (!f->steered && !f->fixed)
        return render_as_it_is(f, n);
    const uint32_t n_channels = f->ring.n_channels;
    uint32_t n_done = 0;
    while (n_done < n) {
        float *out = f->out + (size_t)n_done * n_channels;
        const uint32_t n_in = available(f, frames_for(f, n - n_done));
        take(f, f->in, n_in);
        const struct weir_resampled got = process(f, n_in, out, n - n_done);
        f->read += got.n_in;
        n_done += got.n_out;
        if (n_in == 0)
            break;
    }
    if (n_done < n && f->ended)
        n_done += flush(f, f->out + (size_t)n_done * n_channels, n - n_done);
    return n_done;
}

// -------------------------------------------------------------- into the lanes

WEIR_RT void
weir_feed_shape_sound(struct weir_feed *f, uint32_t at, uint32_t n,
                      const struct weir_ramp *ramp)
{
    const uint32_t n_channels = f->ring.n_channels;
    float *out = f->out + (size_t)at * n_channels;
    for (uint32_t i = 0; i < n; i++) {
        const float gain = i < ramp->left
                               ? ramp->now + ramp->step * (float)(i + 1)
                               : ramp->target;
        for (uint32_t c = 0; c < n_channels; c++)
            *out++ *= gain;
    }
}

static WEIR_RT void
add(float *lane, const float *out, uint32_t n_channels, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        lane[i] += out[(size_t)i * n_channels];
}

WEIR_RT void
weir_feed_add_sound(const struct weir_feed *f, const struct weir_inputs *in,
                    uint64_t position, uint32_t n)
{
    const uint32_t n_channels = f->ring.n_channels;
    const uint32_t n_first = weir_min_u32(n, weir_inputs_run(in, position));
    const float *rest = f->out + (size_t)n_first * n_channels;
    for (uint32_t c = 0; c < n_channels; c++) {
        float *lane = f->strip->lanes[c].frames;
        add(lane + weir_inputs_index(in, position), f->out + c, n_channels,
            n_first);
        add(lane, rest + c, n_channels, n - n_first);
    }
}
