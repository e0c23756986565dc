// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A feeder that does what it must not: it can silence its own feed, and
// nothing else. Beside it is a strip whose frames are the same to the bit in
// a mix where the other feeder behaves, and a feed that goes on by the clock.
#include "cycle/feeder.h"

#include <criterion/criterion.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 256, CAPACITY = 4096 };

// The strips are heard by themselves: their own sources.
struct scene {
    struct rig *rig;
    struct rig_strip *hostile;
    struct rig_strip *beside;
    struct feeder *feeder;
    struct weir_tap *beside_tap;
    struct weir_tap *hostile_tap;
};

static struct weir_tap *
tap_of(struct rig *r, const struct rig_strip *s)
{
    struct weir_tap *tap = rig_make_tap(r, s->n_channels);
    rig_push(r,
             &(struct weir_command){
                 .kind = WEIR_COMMAND_TAP_ADD, .strip = s->mix, .tap = tap},
             1);
    return tap;
}

static struct scene
scene_new(const struct feeder_config *config)
{
    struct scene s = {.rig = rig_new(NULL)};
    struct feeder_config c = *config;
    c.capacity = CAPACITY;
    s.hostile = rig_add_strip(s.rig, 2);
    s.hostile->feed = RIG_FEED_LEVEL;
    s.hostile->level = 0.125f;
    s.beside = rig_add_strip(s.rig, 2);
    s.beside_tap = tap_of(s.rig, s.beside);
    s.hostile_tap = tap_of(s.rig, s.hostile);
    s.feeder = feeder_new(s.rig, s.hostile, &c);
    rig_cycle(s.rig, BLOCK);
    return s;
}

static void
scene_free(struct scene *s)
{
    feeder_leave(s->feeder);
    rig_run(s->rig, 4 * BLOCK, BLOCK);
    feeder_free(s->feeder);
    rig_free(s->rig);
}

// A cycle, after which the strip beside has exactly its own numbers, and
// nothing anywhere is not finite.
static void
cycle(struct scene *s, uint32_t n)
{
    static float frames[2 * RIG_MAX_BLOCK];
    const uint64_t at = s->rig->clock;
    rig_cycle(s->rig, n);
    cr_assert(rig_read(s->beside_tap, at, frames, n));
    for (uint32_t i = 0; i < n; i++) {
        cr_assert_eq(frames[2 * i], rig_number(s->beside->stream, at + i));
        cr_assert_eq(frames[2 * i + 1],
                     rig_number(s->beside->stream + 1, at + i));
    }
    cr_assert(rig_read(s->rig->main->tap, at, frames, n));
    for (uint32_t i = 0; i < 2 * n; i++)
        cr_assert(isfinite(frames[i]));
    cr_assert(rig_read(s->hostile_tap, at, frames, n));
    for (uint32_t i = 0; i < 2 * n; i++)
        cr_assert(isfinite(frames[i]));
}

static float
last_of_hostile(const struct scene *s)
{
    float frame[2];
    cr_assert(rig_read(s->hostile_tap, s->rig->clock - 1, frame, 1));
    return frame[0];
}

static uint64_t
resyncs(const struct scene *s)
{
    return rig_count(&s->feeder->feed->counters.resyncs);
}

// Both paces, and with a resampler.
static const struct feeder_config configs[] = {
    {.rate_hz = 48000, .pace = WEIR_FEED_PACE_PIPE},
    {.rate_hz = 44100, .pace = WEIR_FEED_PACE_PIPE},
    {.rate_hz = 44100, .pace = WEIR_FEED_PACE_CLOCK, .latency_frames = 1000},
};
enum { N_CONFIGS = sizeof configs / sizeof *configs };

// ------------------------------------------------------------------- indices

static void
say_written(struct scene *s, uint64_t written)
{
    weir_feed_ring_publish(&s->feeder->ring, written);
}

Test(feed_hostile, more_than_the_capacity_written_is_silence_and_a_count)
{
    static const uint64_t lies[] = {CAPACITY + 1,      UINT64_C(1) << 32,
                                    UINT64_C(1) << 63, UINT64_MAX - 10,
                                    UINT64_C(1) << 20, 0,
                                    UINT64_C(1) << 40, UINT64_MAX};
    for (int k = 0; k < N_CONFIGS; k++) {
        struct scene s = scene_new(&configs[k]);
        feeder_write_level(s.feeder, 0.5f, CAPACITY);
        for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
            const uint64_t before = resyncs(&s);
            say_written(&s, lies[i]);
            for (int n = 0; n < 5; n++)
                cycle(&s, BLOCK);
            cr_assert_eq(resyncs(&s), before + 1, "lie %zu", i);
        }
        // Its own strip goes on with what its ports get.
        cr_assert_eq(last_of_hostile(&s), 0.125f);
        scene_free(&s);
    }
}

Test(feed_hostile, after_a_lie_it_can_go_on_with_the_truth)
{
    struct scene s = scene_new(&configs[0]);
    say_written(&s, UINT64_C(1) << 50);
    cycle(&s, BLOCK);
    s.feeder->written = UINT64_C(1) << 50;
    feeder_write_level(s.feeder, 0.5f, 4 * BLOCK);
    cycle(&s, BLOCK);
    cycle(&s, BLOCK);
    cr_assert_eq(last_of_hostile(&s), 0.625f);
    scene_free(&s);
}

Test(feed_hostile, a_flush_to_anywhere_drops_no_more_than_there_is)
{
    static const uint64_t lies[] = {UINT64_MAX, UINT64_C(1) << 63, 0, 100000};
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        struct scene s = scene_new(&configs[0]);
        feeder_write_level(s.feeder, 0.5f, 2000);
        cycle(&s, BLOCK);
        weir_feed_ring_flush(&s.feeder->ring, lies[i]);
        for (int n = 0; n < 10; n++)
            cycle(&s, BLOCK);
        cr_assert(feeder_dropped(s.feeder) <= 2000 - BLOCK);
        cr_assert_eq(last_of_hostile(&s), 0.125f);
        scene_free(&s);
    }
}

// ------------------------------------------------------------------- samples

Test(feed_hostile, samples_that_are_no_sound_are_silence)
{
    static const float bad[] = {NAN,   -NAN,     INFINITY, -INFINITY,
                                1e30f, -3.4e38f, 1.1e6f};
    for (int k = 0; k < N_CONFIGS; k++)
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
            struct scene s = scene_new(&configs[k]);
            const uint64_t before =
                rig_count(&s.rig->engine->counters.blocks_not_finite);
            feeder_write_level(s.feeder, bad[i], 2 * BLOCK);
            weir_feed_ring_end(&s.feeder->ring, true);
            for (int n = 0; n < 10; n++) {
                cycle(&s, BLOCK);
                cr_assert_eq(last_of_hostile(&s), 0.125f, "%g", (double)bad[i]);
            }
            cr_assert(rig_count(&s.rig->engine->counters.blocks_not_finite) >
                      before);
            scene_free(&s);
        }
}

Test(feed_hostile, the_loudest_that_it_lets_through_leaves_the_ports_sound)
{
    struct scene s = scene_new(&configs[1]);
    rig_set(s.rig, s.hostile, WEIR_STRIP_PARAM_TRIM, 100.0f); // 40 dB
    static float frames[2 * 2048];
    for (int i = 0; i < 2 * 2048; i++)
        frames[i] = i / 2 % 2 ? 1e6f : -1e6f;
    feeder_write(s.feeder, frames, 2048);
    for (int n = 0; n < 20; n++)
        cycle(&s, BLOCK);
    cr_assert_eq(rig_count(&s.rig->engine->counters.blocks_not_finite), 0);
    cr_assert_eq(last_of_hostile(&s), 12.5f);
    scene_free(&s);
}

// --------------------------------------------------------------------- clock

Test(feed_hostile, absurd_clocks_are_not_followed)
{
    struct scene s = scene_new(&configs[2]);
    static const struct weir_feed_clock_pair lies[] = {
        {0, 0},
        {UINT64_MAX, UINT64_MAX},
        {UINT64_C(1) << 63, 1},
        {1000, UINT64_C(1) << 63},
        {UINT64_C(1) << 40, 2000000000},
    };
    for (int n = 0; n < (RIG_IS_SLOW ? 200 : 2000); n++) {
        const size_t i = (size_t)n % (sizeof lies / sizeof *lies);
        feeder_write_level(s.feeder, 0.5f, 235);
        weir_feed_ring_set_clock(&s.feeder->ring, lies[i].position,
                                 lies[i].ns + (uint64_t)n);
        cycle(&s, BLOCK);
    }
    // Nothing to go by: it does not play.
    cr_assert_eq(last_of_hostile(&s), 0.125f);
    scene_free(&s);
}

Test(feed_hostile, a_clock_that_jumps_about_costs_only_its_own_feed)
{
    struct scene s = scene_new(&configs[2]);
    uint64_t random = 1;
    for (int n = 0; n < (RIG_IS_SLOW ? 1000 : 20000); n++) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
        feeder_write_level(s.feeder, 0.5f, 235);
        weir_feed_ring_set_clock(
            &s.feeder->ring, s.feeder->written + (random >> 33) % 3000 - 1500,
            rig_ns(s.rig, s.rig->clock) + (random >> 20) % 200000000 -
                100000000);
        cycle(&s, BLOCK);
    }
    scene_free(&s);
}

Test(feed_hostile, a_clock_that_is_never_finished_is_not_waited_for)
{
    struct scene s = scene_new(&configs[2]);
    feeder_write_level(s.feeder, 0.5f, 2000);
    weir_feed_ring_set_clock(&s.feeder->ring, 2000,
                             rig_ns(s.rig, s.rig->clock));
    atomic_fetch_add_explicit(&s.feeder->ring.page->clock_sequence, 1,
                              memory_order_relaxed);
    for (int n = 0; n < 100; n++)
        cycle(&s, BLOCK);
    cr_assert_eq(last_of_hostile(&s), 0.125f);
    scene_free(&s);
}

// --------------------------------------------------------- header and samples

// Anything, anywhere in its memory, while the mixer runs; by atomics, so that
// it is hostile and not undefined.
struct scribbler {
    pthread_t thread;
    _Atomic uint32_t *words;
    size_t n_words;
    bool header_only;
    _Atomic bool stop;
    _Atomic uint64_t n_writes;
};

static void *
scribble(void *arg)
{
    struct scribbler *w = arg;
    uint64_t random = 88172645463325252u;
    while (!atomic_load_explicit(&w->stop, memory_order_relaxed)) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        const size_t n = w->header_only || random & 1 ? 64 : w->n_words;
        // Small numbers and large ones; states, counts, positions, NaNs.
        const uint32_t value = random & 2   ? (uint32_t)(random >> 32)
                               : random & 4 ? (uint32_t)(random >> 60)
                                            : UINT32_MAX;
        atomic_store_explicit(&w->words[(random >> 8) % n], value,
                              memory_order_relaxed);
        atomic_fetch_add_explicit(&w->n_writes, 1, memory_order_relaxed);
    }
    return NULL;
}

static void
check_scribbled(const struct feeder_config *config, bool header_only)
{
    struct scene s = scene_new(config);
    struct scribbler w = {
        .words = s.feeder->memory,
        .n_words = weir_feed_ring_bytes(CAPACITY, 2) / sizeof(uint32_t),
        .header_only = header_only,
    };
    const uint64_t n_wanted = RIG_IS_SLOW ? 50000 : 2000000;
    feeder_write_level(s.feeder, 0.5f, CAPACITY);
    cr_assert_eq(pthread_create(&w.thread, NULL, scribble, &w), 0);
    // As long as it takes the other one to have done its worst.
    for (uint64_t n = 0;
         n < (RIG_IS_SLOW ? 500 : 2000) ||
         atomic_load_explicit(&w.n_writes, memory_order_relaxed) < n_wanted;
         n++)
        cycle(&s, n % 3 ? BLOCK : 64);
    atomic_store_explicit(&w.stop, true, memory_order_relaxed);
    pthread_join(w.thread, NULL);
    scene_free(&s);
}

Test(feed_hostile, a_header_that_is_rewritten_all_the_time_is_survived,
     .timeout = 100)
{
    for (int k = 0; k < N_CONFIGS; k++)
        check_scribbled(&configs[k], true);
}

Test(feed_hostile, memory_that_is_rewritten_all_the_time_is_survived,
     .timeout = 100)
{
    for (int k = 0; k < N_CONFIGS; k++)
        check_scribbled(&configs[k], false);
}

// The header says more channels, more frames, another offset: weir has copies.
Test(feed_hostile, what_the_header_says_is_nothing_to_weir)
{
    struct scene s = scene_new(&configs[0]);
    struct weir_feed_page *page = s.feeder->memory;
    page->capacity = UINT64_MAX;
    page->n_channels = UINT32_MAX;
    page->data_offset = UINT32_MAX;
    page->rate_hz = 1;
    page->pace = 77;
    feeder_write_level(s.feeder, 0.5f, 4 * BLOCK);
    cycle(&s, BLOCK);
    cycle(&s, BLOCK);
    cr_assert_eq(last_of_hostile(&s), 0.625f);
    scene_free(&s);
}
