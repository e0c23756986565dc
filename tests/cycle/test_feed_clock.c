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
    double origin_s;  // when its frame 0 was, or would have been
    uint64_t random;
    bool stalled; // it gets nothing
    // What was seen since forget().
    double settled_s; // after this
    uint64_t n_crossings;
    double last_error_s; // of the crossing before
    double worst_error_s, worst_step_s, worst_ratio;
    float loudest;
    float before; // the last frame of the block before
};

// Uniform in -1..1.
static double
draw(struct simulation *s)
{
    s->random = s->random * UINT64_C(6364136223846793005) +
                UINT64_C(1442695040888963407);
    return (double)(s->random >> 11) / (double)(UINT64_C(1) << 52) - 1.0;
}

static void
forget(struct simulation *s)
{
    s->n_crossings = 0;
    s->worst_error_s = s->worst_step_s = s->worst_ratio = 0.0;
    s->loudest = 0.0f;
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
    s->chunk_s += s->scene.chunk / s->true_hz;
}

// What has been received, and handed on a moment later, when the mixer runs.
static void
write_what_is_due(struct simulation *s)
{
    const double now_s = seconds_at(s, (double)s->rig->clock);
    while (!s->stalled && s->chunk_s + s->scene.stamp_jitter_s <= now_s)
        write_chunk(s);
}

// ------------------------------------------------------------------- the mix

static void
note_crossing(struct simulation *s, double frame)
{
    const double now_s = seconds_at(s, frame);
    const double latency_s = (double)s->latency / s->scene.rate_hz;
    const double about =
        (now_s - latency_s - s->origin_s) * s->true_hz / s->turn;
    const double source_frame = floor(about + 0.5) * s->turn;
    const double error_s =
        now_s - (s->origin_s + source_frame / s->true_hz) - latency_s;
    const double step_s = fabs(error_s - s->last_error_s);
    if (s->n_crossings++ > 0 && step_s > s->worst_step_s)
        s->worst_step_s = step_s;
    s->last_error_s = error_s;
    if (now_s >= s->settled_s && fabs(error_s) > s->worst_error_s)
        s->worst_error_s = fabs(error_s);
}

static void
listen(struct simulation *s, uint64_t position, uint32_t n)
{
    static float frames[2 * RIG_MAX_BLOCK];
    cr_assert(rig_read(s->rig->main->tap, position, frames, n));
    for (uint32_t i = 0; i < n; i++) {
        const float now = frames[2 * i];
        s->loudest = fabsf(now) > s->loudest ? fabsf(now) : s->loudest;
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
    if (seconds_at(s, (double)s->rig->clock) < s->settled_s)
        return;
    s->worst_ratio = error > s->worst_ratio ? error : s->worst_ratio;
}

// So many seconds, and be settled after so many.
static void
run(struct simulation *s, double length_s, double settled_s)
{
    const uint64_t end =
        s->rig->clock + (uint64_t)(length_s * s->rig->config.rate_hz);
    forget(s);
    s->settled_s = seconds_at(s, (double)s->rig->clock) + settled_s;
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
begin(struct simulation *s, const struct scene *scene)
{
    *s = (struct simulation){.scene = *scene, .random = 1};
    s->rig = rig_new(NULL);
    s->turn = scene->rate_hz / TONE_HZ;
    s->true_hz = scene->rate_hz * (1.0 + scene->ppm * 1e-6);
    s->latency = scene->rate_hz / 10; // 100 ms
    s->origin_s = first_s;
    s->chunk_s = first_s + scene->chunk / s->true_hz;
    make_tone(s);
    s->feeder = feeder_new(s->rig, rig_add_strip(s->rig, scene->n_channels),
                           &(struct feeder_config){
                               .rate_hz = scene->rate_hz,
                               .pace = WEIR_FEED_PACE_CLOCK,
                               .capacity = 32768,
                               .latency_frames = s->latency,
                           });
    s->feeder->strip->feed = RIG_FEED_LEVEL; // of 0
}

static void
end(struct simulation *s)
{
    feeder_leave(s->feeder);
    rig_run(s->rig, RIG_RATE_HZ / 10, s->scene.period);
    feeder_free(s->feeder);
    rig_free(s->rig);
    free(s->tone);
}

static void
say(const struct simulation *s)
{
    const struct scene *c = &s->scene;
    fprintf(stderr,
            "%u Hz %+g ppm, chunks of %u, periods of %u: latency within "
            "%.1f us, steps below %.2f frames, ratio within %.2f ppm\n",
            c->rate_hz, c->ppm, c->chunk, c->period, 1e6 * s->worst_error_s,
            s->worst_step_s * s->rig->config.rate_hz, 1e6 * s->worst_ratio);
}

// What was asked for: from 15 s on the latency is within 0.1 ms of its set
// point, the ratio within 5 ppm of the true one; from the first sound on no
// step of a frame, nothing missing, nothing too much.
static void
simulate(const struct scene *scene)
{
    struct simulation s;
    begin(&s, scene);
    run(&s, seconds, SETTLED_S);
    say(&s);
    cr_expect(s.worst_error_s < 100e-6, "%g s", s.worst_error_s);
    cr_expect(s.worst_step_s < 1.0 / RIG_RATE_HZ, "%g s", s.worst_step_s);
    cr_expect(s.worst_ratio < 5e-6, "%g", s.worst_ratio);
    cr_expect_eq(feeder_underruns(s.feeder), 0);
    cr_expect_eq(feeder_dropped(s.feeder), 0);
    cr_expect(s.n_crossings > (uint64_t)(seconds - 1) * TONE_HZ);
    end(&s);
}

static const double stamp_jitter_s = 0.2e-3;
static const double cycle_jitter_s = 0.02e-3;

#define SCENE(name, ...)                                                       \
    Test(feed_clock, name, .timeout = 300)                                     \
    {                                                                          \
        simulate(&(struct scene){.stamp_jitter_s = stamp_jitter_s,             \
                                 .cycle_jitter_s = cycle_jitter_s,             \
                                 __VA_ARGS__});                                \
    }

// Each chunk with each period, each rate fast and slow.
SCENE(chunks_of_441_at_44100_fast_into_periods_of_64, .rate_hz = 44100,
      .ppm = 300, .chunk = 441, .period = 64, .n_channels = 2)
SCENE(chunks_of_441_at_44100_slow_into_periods_of_1024, .rate_hz = 44100,
      .ppm = -300, .chunk = 441, .period = 1024, .n_channels = 2)
SCENE(chunks_of_441_at_48000_fast_into_periods_of_256, .rate_hz = 48000,
      .ppm = 300, .chunk = 441, .period = 256, .n_channels = 2)
SCENE(chunks_of_480_at_48000_slow_into_periods_of_256, .rate_hz = 48000,
      .ppm = -300, .chunk = 480, .period = 256, .n_channels = 2)
SCENE(chunks_of_480_at_48000_fast_into_periods_of_64, .rate_hz = 48000,
      .ppm = 300, .chunk = 480, .period = 64, .n_channels = 2)
SCENE(chunks_of_480_at_44100_slow_into_periods_of_1024, .rate_hz = 44100,
      .ppm = -300, .chunk = 480, .period = 1024, .n_channels = 2)
SCENE(chunks_of_1024_at_44100_fast_into_periods_of_256, .rate_hz = 44100,
      .ppm = 300, .chunk = 1024, .period = 256, .n_channels = 2)
SCENE(chunks_of_1024_at_48000_slow_into_periods_of_64, .rate_hz = 48000,
      .ppm = -300, .chunk = 1024, .period = 64, .n_channels = 2)
SCENE(chunks_of_1024_at_48000_fast_into_periods_of_1024, .rate_hz = 48000,
      .ppm = 300, .chunk = 1024, .period = 1024, .n_channels = 2)
SCENE(mono_at_24000_fast_into_periods_of_1024, .rate_hz = 24000, .ppm = 300,
      .chunk = 1024, .period = 1024, .n_channels = 1)
SCENE(mono_at_24000_slow_into_periods_of_64, .rate_hz = 24000, .ppm = -300,
      .chunk = 480, .period = 64, .n_channels = 1)
SCENE(mono_at_24000_fast_into_periods_of_256, .rate_hz = 24000, .ppm = 300,
      .chunk = 441, .period = 256, .n_channels = 1)

// ------------------------------------------------------------ what disturbs it

static const struct scene usual = {
    .rate_hz = 44100,
    .ppm = 200,
    .chunk = 441,
    .period = 256,
    .n_channels = 2,
    .stamp_jitter_s = 0.2e-3,
    .cycle_jitter_s = 0.02e-3,
};

static void
ask(struct simulation *s, enum weir_command_kind kind)
{
    rig_push(s->rig,
             &(struct weir_command){.kind = kind,
                                    .strip = s->feeder->strip->mix,
                                    .number = s->feeder->written},
             1);
}

Test(feed_clock, after_a_flush_the_latency_is_what_it_was)
{
    struct simulation s;
    begin(&s, &usual);
    run(&s, 30, SETTLED_S);
    ask(&s, WEIR_COMMAND_FEED_FLUSH);
    // Within a block and 5 ms there is silence, until what was written after
    // the flush has the age that it should have.
    run(&s, 0.0107, 0);
    run(&s, 0.06, 0);
    cr_expect(s.loudest == 0.0f, "%g", (double)s.loudest);
    const uint64_t dropped = feeder_dropped(s.feeder);
    cr_expect(dropped > 3500 && dropped < 4410, "%lu", dropped);
    run(&s, 5, 0.06);
    cr_expect(s.worst_error_s < 100e-6, "%g s", s.worst_error_s);
    cr_expect(s.n_crossings > 240);
    cr_expect_eq(feeder_underruns(s.feeder), 0);
    cr_expect_eq(feeder_dropped(s.feeder), dropped);
    end(&s);
}

Test(feed_clock, after_a_pause_it_goes_on_at_its_set_point)
{
    struct simulation s;
    begin(&s, &usual);
    run(&s, 30, SETTLED_S);
    rig_set(s.rig, s.feeder->strip, WEIR_STRIP_PARAM_FEED_PAUSED, 1.0f);
    run(&s, 0.0107, 0);
    run(&s, 3, 0);
    cr_expect(s.loudest == 0.0f, "%g", (double)s.loudest);
    rig_set(s.rig, s.feeder->strip, WEIR_STRIP_PARAM_FEED_PAUSED, 0.0f);
    run(&s, 0.03, 0);
    run(&s, 5, 0);
    cr_expect(s.worst_error_s < 100e-6, "%g s", s.worst_error_s);
    cr_expect(s.n_crossings > 240);
    const double paused = (double)feeder_dropped(s.feeder) / 44100.0;
    cr_expect(paused > 2.98 && paused < 3.02, "%g s", paused);
    cr_expect_eq(feeder_underruns(s.feeder), 0);
    end(&s);
}

Test(feed_clock, a_source_that_stalls_is_one_underrun_and_comes_back)
{
    struct simulation s;
    begin(&s, &usual);
    run(&s, 20, SETTLED_S);
    s.stalled = true;
    run(&s, 2, 0);
    s.stalled = false;
    // It goes on where it was, two seconds later.
    s.origin_s += 2.0;
    s.chunk_s += 2.0;
    run(&s, 0.5, 0);
    cr_expect(s.loudest > 0.3f);
    run(&s, 30, SETTLED_S);
    cr_expect(s.worst_error_s < 100e-6, "%g s", s.worst_error_s);
    cr_expect(s.worst_step_s < 1.0 / RIG_RATE_HZ, "%g s", s.worst_step_s);
    cr_expect_eq(feeder_underruns(s.feeder), 1);
    end(&s);
}

// It is believed at once: what comes now is where it goes on.
Test(feed_clock, a_short_stall_is_over_when_new_frames_have_their_age)
{
    struct simulation s;
    begin(&s, &usual);
    run(&s, 20, SETTLED_S);
    s.stalled = true;
    run(&s, 0.2, 0);
    s.stalled = false;
    s.origin_s += 0.2;
    s.chunk_s += 0.2;
    run(&s, 0.13, 0);
    run(&s, 0.1, 0);
    cr_expect(s.loudest > 0.3f, "%g", (double)s.loudest);
    cr_expect_eq(feeder_underruns(s.feeder), 1);
    end(&s);
}

Test(feed_clock, absurd_times_between_good_ones_change_nothing)
{
    struct simulation s;
    begin(&s, &usual);
    run(&s, 20, SETTLED_S);
    for (int i = 0; i < 200; i++) {
        const int64_t off_ns = (i % 2 ? -1 : 1) * INT64_C(5000000000);
        weir_feed_ring_set_clock(&s.feeder->ring, s.feeder->written,
                                 rig_ns(s.rig, s.rig->clock) +
                                     (uint64_t)off_ns);
        run(&s, 0.025, 0);
        cr_expect(s.worst_error_s < 100e-6, "%d: %g s", i, s.worst_error_s);
    }
    run(&s, 1, 0);
    cr_expect(s.n_crossings > 48);
    cr_expect_eq(feeder_dropped(s.feeder), 0);
    cr_expect_eq(feeder_underruns(s.feeder), 0);
    end(&s);
}

// Its clock says that frames have gone missing, or too many have come.
Test(feed_clock, a_clock_that_jumps_is_followed_at_once)
{
    for (int sign = -1; sign <= 1; sign += 2) {
        struct simulation s;
        begin(&s, &usual);
        run(&s, 20, SETTLED_S);
        s.origin_s += 0.04 * sign;
        s.chunk_s += 0.04 * sign;
        run(&s, 1, 0);
        run(&s, 30, SETTLED_S);
        cr_expect(s.worst_error_s < 100e-6, "%d: %g s", sign, s.worst_error_s);
        cr_expect(s.worst_step_s < 1.0 / RIG_RATE_HZ, "%g s", s.worst_step_s);
        cr_expect(feeder_underruns(s.feeder) <= 1);
        end(&s);
    }
}

Test(feed_clock, frames_that_jack_lost_leave_the_latency_as_it_is)
{
    struct simulation s;
    begin(&s, &usual);
    run(&s, 30, SETTLED_S);
    for (int i = 0; i < 20; i++) {
        rig_skip(s.rig, (uint32_t)(i + 1) * 256);
        run(&s, 0.2, 0.01);
        cr_expect(s.worst_error_s < 100e-6, "%d: %g s", i, s.worst_error_s);
    }
    cr_expect_eq(feeder_underruns(s.feeder), 0);
    cr_expect_eq(feeder_dropped(s.feeder), 0);
    end(&s);
}
