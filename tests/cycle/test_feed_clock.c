// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Feeds with a clock of their own, for ten minutes each. The clocks are
// simulated, so the truth is known: at which moment the source had each of
// its frames, and which moment each of the mix's frames is. What is heard is
// a sine of 50 Hz; each of its upward zero crossings says to a thousandth of
// a frame which of the source's frames stands there. Nothing is taken from
// the loop's own numbers but the ratio.
#include "cycle/feeder.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { TONE_HZ = 50, SETTLED_S = 15 };
static const double pi = 3.14159265358979323846;
static const uint32_t seconds = RIG_IS_SLOW ? 40 : 600;

struct scene {
    uint32_t rate_hz; // the source says
    double ppm;       // and is wrong by so much
    uint32_t chunk;   // frames it gets at a time
    uint32_t period;  // of the mix
    uint32_t n_channels;
    double stamp_jitter_s; // its times are wrong by up to so much, either way
    double cycle_jitter_s; // and so are JACK's
};

struct simulation {
    struct scene scene;
    struct rig *rig;
    struct feeder *feeder;
    float *tone; // one turn, interleaved
    uint32_t turn;
    uint32_t latency; // frames
    double true_hz;   // of the source
    double chunk_s;   // when the next chunk is whole
    uint64_t random;
    // What was seen.
    uint64_t n_crossings;
    float before;        // the last frame of the block before
    double last_error_s; // of the crossing before
    double worst_error_s, worst_step_s, worst_ratio, largest_ratio,
        smallest_ratio;
};

// Uniform in -1..1.
static double
draw(struct simulation *s)
{
    s->random = s->random * UINT64_C(6364136223846793005) +
                UINT64_C(1442695040888963407);
    return (double)(s->random >> 11) / (double)(UINT64_C(1) << 52) - 1.0;
}

static double
seconds_at(const struct simulation *s, double frame)
{
    return frame / s->rig->config.rate_hz + 1.0; // as rig_ns() has it
}

// The source's frames before position x are there at this time; the first at
// an odd moment.
static const double first_s = 1.0123;

// ------------------------------------------------------------------ the source

static void
write_chunk(struct simulation *s)
{
    const uint32_t at = (uint32_t)(s->feeder->written % s->turn);
    const float *frames = s->tone + (size_t)at * s->scene.n_channels;
    const double stamp_s = s->chunk_s + s->scene.stamp_jitter_s * draw(s);
    cr_assert_eq(feeder_write(s->feeder, frames, s->scene.chunk),
                 s->scene.chunk, "an overrun");
    weir_feed_ring_set_clock(&s->feeder->ring, s->feeder->written,
                             (uint64_t)(stamp_s * 1e9));
    s->chunk_s =
        first_s + (double)(s->feeder->written + s->scene.chunk) / s->true_hz;
}

// What has been received, and handed on a moment later, when the mixer runs.
static void
write_what_is_due(struct simulation *s)
{
    const double now_s = seconds_at(s, (double)s->rig->clock);
    while (s->chunk_s + s->scene.stamp_jitter_s <= now_s)
        write_chunk(s);
}

// ------------------------------------------------------------------- the mix

static void
note_crossing(struct simulation *s, double frame)
{
    const double now_s = seconds_at(s, frame);
    const double latency_s = (double)s->latency / s->scene.rate_hz;
    const double about = (now_s - latency_s - first_s) * s->true_hz / s->turn;
    const double source_frame = floor(about + 0.5) * s->turn;
    const double error_s =
        now_s - (first_s + source_frame / s->true_hz) - latency_s;
    const double step_s = fabs(error_s - s->last_error_s);
    if (s->n_crossings++ > 0 && step_s > s->worst_step_s)
        s->worst_step_s = step_s;
    s->last_error_s = error_s;
    if (now_s > 1.0 + SETTLED_S && fabs(error_s) > s->worst_error_s)
        s->worst_error_s = fabs(error_s);
}

static void
listen(struct simulation *s, uint64_t position, uint32_t n)
{
    static float frames[2 * RIG_MAX_BLOCK];
    cr_assert(rig_read(s->rig->main->tap, position, frames, n));
    for (uint32_t i = 0; i < n; i++) {
        const float now = frames[2 * i];
        if (s->before < 0.0f && now >= 0.0f)
            note_crossing(s, (double)(position + i) - now / (now - s->before));
        s->before = now;
    }
}

static void
note_ratio(struct simulation *s)
{
    const double ratio =
        (double)atomic_load_explicit(&s->feeder->feed->counters.ratio_ppb,
                                     memory_order_relaxed) *
        1e-9;
    const double truth = s->scene.rate_hz / s->true_hz;
    const double error = fabs(ratio / truth - 1.0);
    if (seconds_at(s, (double)s->rig->clock) < 1.0 + SETTLED_S)
        return;
    s->worst_ratio = error > s->worst_ratio ? error : s->worst_ratio;
}

static void
run(struct simulation *s)
{
    const uint64_t end = (uint64_t)seconds * s->rig->config.rate_hz;
    while (s->rig->clock < end) {
        const uint64_t position = s->rig->clock;
        write_what_is_due(s);
        s->rig->late_ns =
            (uint64_t)((1.0 + draw(s)) * 1e9 * s->scene.cycle_jitter_s);
        rig_cycle(s->rig, s->scene.period);
        listen(s, position, s->scene.period);
        note_ratio(s);
    }
}

// ----------------------------------------------------------------- set-up

static void
make_tone(struct simulation *s)
{
    const uint32_t n_channels = s->scene.n_channels;
    const uint32_t n = s->turn + s->scene.chunk;
    s->tone = calloc((size_t)n * n_channels, sizeof *s->tone);
    cr_assert_not_null(s->tone);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t c = 0; c < n_channels; c++)
            s->tone[i * n_channels + c] =
                0.5f * (float)sin(2.0 * pi * (i % s->turn) / s->turn);
}

static void
simulate(const struct scene *scene)
{
    struct simulation s = {.scene = *scene, .random = 1};
    s.rig = rig_new(NULL);
    s.turn = scene->rate_hz / TONE_HZ;
    s.true_hz = scene->rate_hz * (1.0 + scene->ppm * 1e-6);
    s.latency = scene->rate_hz / 10; // 100 ms
    s.chunk_s = first_s + scene->chunk / s.true_hz;
    make_tone(&s);
    s.feeder = feeder_new(s.rig, rig_add_strip(s.rig, scene->n_channels),
                          &(struct feeder_config){
                              .rate_hz = scene->rate_hz,
                              .pace = WEIR_FEED_PACE_CLOCK,
                              .capacity = 32768,
                              .latency_frames = s.latency,
                          });
    s.feeder->strip->feed = RIG_FEED_LEVEL; // of 0
    run(&s);
    fprintf(stderr,
            "%u %+g chunk %u period %u ch %u: error %.1f us, step %.2f, "
            "ratio %.2f ppm, crossings %lu\n",
            scene->rate_hz, scene->ppm, scene->chunk, scene->period,
            scene->n_channels, 1e6 * s.worst_error_s,
            s.worst_step_s * s.rig->config.rate_hz, 1e6 * s.worst_ratio,
            s.n_crossings);
    cr_expect(s.worst_error_s < 100e-6, "%g s", s.worst_error_s);
    cr_expect(s.worst_step_s < 1.0 / s.rig->config.rate_hz, "%g s",
              s.worst_step_s);
    cr_expect(s.worst_ratio < 5e-6, "%g", s.worst_ratio);
    cr_expect_eq(feeder_underruns(s.feeder), 0);
    cr_expect_eq(feeder_dropped(s.feeder), 0);
    cr_expect(s.n_crossings > (uint64_t)(seconds - 1) * TONE_HZ);
    feeder_leave(s.feeder);
    rig_run(s.rig, RIG_RATE_HZ / 10, scene->period);
    feeder_free(s.feeder);
    rig_free(s.rig);
    free(s.tone);
}

static const double stamp_jitter_s = 0.2e-3;
static const double cycle_jitter_s = 0.02e-3;

#define SCENE(name, ...)                                                       \
    Test(feed_clock, name)                                                     \
    {                                                                          \
        simulate(&(struct scene){.stamp_jitter_s = stamp_jitter_s,             \
                                 .cycle_jitter_s = cycle_jitter_s,             \
                                 __VA_ARGS__});                                \
    }

SCENE(source_at_44100_fast_in_chunks_of_441_is_followed, .rate_hz = 44100,
      .ppm = 300, .chunk = 441, .period = 64, .n_channels = 2)
SCENE(source_at_48000_slow_in_chunks_of_480_is_followed, .rate_hz = 48000,
      .ppm = -300, .chunk = 480, .period = 256, .n_channels = 2)
SCENE(mono_source_at_24000_is_followed, .rate_hz = 24000, .ppm = 300,
      .chunk = 1024, .period = 1024, .n_channels = 1)
