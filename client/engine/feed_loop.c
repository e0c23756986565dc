// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The delay-locked loop of a feed. Everything here belongs to @mixer.
//
// A line follows its pairs by a second-order loop as in F. Adriaensen, "Using
// a DLL to filter time" (LAC 2005): the error of each pair, times one factor,
// moves the line, and times another, its slope. There the two factors belong
// to a bandwidth that somebody has chosen; here they are a Kalman filter's,
// which comes to the same once it has settled, and until then narrows the
// band by itself as fast as the pairs allow, whatever the intervals between
// them.
#include "engine/feed_loop.h"

#include <math.h>

// How far off a pair's time is, as the filter thinks: its standard deviation.
static const double jitter_s = 0.3e-3;
// How far off a clock is from what it should be,
static const double deviation = 300e-6;
// and how it wanders, squared, in a second: it narrows the band no further
// than to about 0.01 Hz for a pair every 10 ms.
static const double wander = 3.7e-14;
// The time in which the position is corrected: a part of the age, within
// these.
static const double part_of_age = 0.5;
static const double least_correction_s = 1.0;
static const double most_correction_s = 20.0;
// No clock is so wrong, and no ratio is steered further.
static const double most_deviation = 0.01;
// A pair so far from the line is late, not a sign of another rate; unless
// nothing else has come for a while.
static const double far_s = 0.03;
static const double patience_s = 0.5;

static WEIR_RT double
clamp(double x, double least, double most)
{
    return x < least ? least : x > most ? most : x;
}

// -------------------------------------------------------------------- lines

static WEIR_RT double
seconds_between(uint64_t from_ns, uint64_t to_ns)
{
    return (double)(int64_t)(to_ns - from_ns) * 1e-9;
}

static WEIR_RT void
begin(struct weir_feed_line *l, double frame, uint64_t ns)
{
    l->runs = true;
    l->ns = ns;
    l->frame = frame;
    l->rate_hz = l->nominal_hz;
    l->age_s = 0.0;
    l->var_frame = jitter_s * jitter_s;
    l->cov = 0.0;
    l->var_rate = deviation * deviation;
}

// Time passes, and what is known becomes less certain.
static WEIR_RT void
go_on(struct weir_feed_line *l, double dt)
{
    l->frame += l->rate_hz * dt;
    l->age_s += dt;
    l->var_frame +=
        dt * (2.0 * l->cov + dt * (l->var_rate + wander * dt / 3.0));
    l->cov += dt * (l->var_rate + wander * dt / 2.0);
    l->var_rate += wander * dt;
}

// A pair that lies `off` frames from the line.
static WEIR_RT void
follow(struct weir_feed_line *l, double off)
{
    const double sum = l->var_frame + jitter_s * jitter_s;
    const double move = l->var_frame / sum;
    const double turn = l->cov / sum;
    const double limit = most_deviation * l->nominal_hz;
    l->frame += move * off;
    l->rate_hz = clamp(l->rate_hz + turn * off, l->nominal_hz - limit,
                       l->nominal_hz + limit);
    l->var_rate -= turn * l->cov;
    l->cov *= 1.0 - move;
    l->var_frame *= 1.0 - move;
}

static WEIR_RT void
take_pair(struct weir_feed_line *l, double frame, uint64_t ns)
{
    const double dt = seconds_between(l->ns, ns);
    const double off = frame - (l->frame + l->rate_hz * dt);
    const bool is_far = !(fabs(off) <= far_s * l->nominal_hz);
    if (!l->runs || (is_far && fabs(dt) > patience_s)) {
        begin(l, frame, ns);
        return;
    }
    if (is_far || dt <= 0.0)
        return;
    go_on(l, dt);
    follow(l, off);
    l->ns = ns;
}

// --------------------------------------------------------------------- loop

WEIR_RT void
weir_feed_loop_init(struct weir_feed_loop *loop, double feed_hz, double mix_hz,
                    double latency_s)
{
    *loop = (struct weir_feed_loop){
        .feed = {.nominal_hz = feed_hz, .rate_hz = feed_hz},
        .mix = {.nominal_hz = mix_hz, .rate_hz = mix_hz},
        .latency_s = latency_s,
    };
}

WEIR_RT void
weir_feed_loop_mix(struct weir_feed_loop *loop, uint64_t position, uint64_t ns)
{
    take_pair(&loop->mix, (double)position, ns);
}

WEIR_RT void
weir_feed_loop_feed(struct weir_feed_loop *loop, uint64_t position, uint64_t ns)
{
    take_pair(&loop->feed, (double)position, ns);
}

WEIR_RT void
weir_feed_loop_forget(struct weir_feed_loop *loop)
{
    loop->feed.runs = false;
}

WEIR_RT bool
weir_feed_loop_runs(const struct weir_feed_loop *loop)
{
    return loop->feed.runs && loop->mix.runs;
}

WEIR_RT double
weir_feed_loop_wanted(const struct weir_feed_loop *loop, uint64_t position)
{
    const struct weir_feed_line *feed = &loop->feed;
    const struct weir_feed_line *mix = &loop->mix;
    const double after_mix = ((double)position - mix->frame) / mix->rate_hz;
    const double after_feed = seconds_between(feed->ns, mix->ns) + after_mix;
    return feed->frame + feed->rate_hz * (after_feed - loop->latency_s);
}

WEIR_RT double
weir_feed_loop_step(const struct weir_feed_loop *loop, uint64_t position,
                    double next)
{
    const double nominal = loop->feed.nominal_hz / loop->mix.nominal_hz;
    if (!weir_feed_loop_runs(loop))
        return nominal;
    const double age_s = fmin(loop->feed.age_s, loop->mix.age_s);
    const double correction_s =
        clamp(part_of_age * age_s, least_correction_s, most_correction_s);
    const double ahead = next - weir_feed_loop_wanted(loop, position);
    const double per_frame = ahead / (correction_s * loop->mix.rate_hz);
    const double step = loop->feed.rate_hz / loop->mix.rate_hz - per_frame;
    return clamp(step, nominal * (1.0 - most_deviation),
                 nominal * (1.0 + most_deviation));
}
