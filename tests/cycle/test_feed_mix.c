// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What is fed into a strip: samples as they are, silence where it belongs,
// everything counted. Levels are such that the sums in `main` are exact.
#include "cycle/feeder.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

enum { BLOCK = 256 };

struct bench {
    struct rig *rig;
    struct rig_strip *strip;
    struct feeder *feeder;
};

static struct feeder_config nothing_special;

// A stereo strip, whose ports are silent, and a feed into it.
static struct bench
bench_new(const struct feeder_config *config)
{
    struct bench b = {.rig = rig_new(NULL)};
    b.strip = rig_add_strip(b.rig, 2);
    b.strip->feed = RIG_FEED_LEVEL;
    b.feeder = feeder_new(b.rig, b.strip, config);
    rig_cycle(b.rig, BLOCK);
    return b;
}

static void
bench_free(struct bench *b)
{
    feeder_leave(b->feeder);
    rig_run(b->rig, 4 * BLOCK, BLOCK);
    feeder_free(b->feeder);
    rig_free(b->rig);
}

static uint64_t
now(const struct bench *b)
{
    return b->rig->clock;
}

static float
heard(const struct bench *b, uint64_t position)
{
    return feeder_heard(b->rig, position);
}

static bool
is_silent(const struct bench *b, uint64_t from, uint64_t to)
{
    for (; from < to; from++)
        if (heard(b, from) != 0.0f)
            return false;
    return true;
}

static void
check_numbers(const struct bench *b, uint64_t from, uint64_t n,
              uint64_t first_number)
{
    float frame[2];
    for (uint64_t i = 0; i < n; i++) {
        cr_assert(rig_read(b->rig->main->tap, from + i, frame, 1));
        for (uint32_t c = 0; c < 2; c++)
            cr_assert_eq(frame[c], rig_number(100 + c, first_number + i),
                         "frame %lu", i);
    }
}

// ---------------------------------------------------------------------- pipe

Test(feed_mix, at_the_mixs_own_rate_samples_pass_to_the_bit)
{
    struct bench b = bench_new(&nothing_special);
    const uint64_t from = now(&b);
    feeder_write_numbers(b.feeder, 100, 2 * BLOCK);
    // Three times around the ring, and more than once around the lanes.
    for (uint64_t i = 0; i < 50000; i += 250) {
        feeder_write_numbers(b.feeder, 100, 250);
        rig_cycle(b.rig, 250);
        check_numbers(&b, from + i, 250, i);
    }
    cr_assert_eq(feeder_underruns(b.feeder), 0);
    bench_free(&b);
}

Test(feed_mix, what_is_fed_is_added_to_what_the_ports_get)
{
    struct bench b = bench_new(&nothing_special);
    b.strip->feed = RIG_FEED_NUMBERS;
    const uint64_t at = now(&b);
    feeder_write_numbers(b.feeder, 100, BLOCK);
    rig_cycle(b.rig, BLOCK);
    for (uint64_t i = 0; i < BLOCK; i++)
        cr_assert_eq(heard(&b, at + i),
                     rig_number(b.strip->stream, at + i) + rig_number(100, i));
    bench_free(&b);
}

Test(feed_mix, a_strip_without_ports_is_fed_all_the_same)
{
    struct rig *r = rig_new(NULL);
    struct rig_strip *s = rig_make_strip(r, 1);
    s->feed = RIG_FEED_LEVEL;
    rig_push(
        r,
        &(struct weir_command){.kind = WEIR_COMMAND_STRIP_ADD, .strip = s->mix},
        1);
    struct feeder *f = feeder_new(r, s, &nothing_special);
    // What lies in its lanes is nobody's.
    for (uint32_t i = 0; i < r->config.lane_frames; i++)
        s->mix->lanes[0].frames[i] = 0.75f;
    const uint64_t at = r->clock;
    feeder_write_level(f, 0.25f, BLOCK);
    rig_cycle(r, BLOCK);
    rig_cycle(r, BLOCK);
    const float gain = feeder_heard(r, at) / 0.25f;
    cr_assert(gain > 0.7f && gain < 0.71f, "%g", (double)gain);
    cr_assert_eq(feeder_heard(r, at + BLOCK), 0.0f);
    feeder_leave(f);
    rig_run(r, 4 * BLOCK, BLOCK);
    feeder_free(f);
    rig_free(r);
}

Test(feed_mix, a_pipe_gets_its_room_back_block_by_block)
{
    struct bench b = bench_new(&(struct feeder_config){.capacity = 1024});
    cr_assert_eq(feeder_write_numbers(b.feeder, 100, 2000), 1024);
    cr_assert_eq(feeder_write_numbers(b.feeder, 100, 2000), 0);
    rig_cycle(b.rig, BLOCK);
    cr_assert_eq(feeder_write_numbers(b.feeder, 100, 2000), BLOCK);
    bench_free(&b);
}

Test(feed_mix, another_rate_keeps_the_pitch_and_the_length)
{
    static const uint32_t rates[] = {8000, 44100, 96000};
    for (int k = 0; k < 3; k++) {
        struct bench b =
            bench_new(&(struct feeder_config){.rate_hz = rates[k]});
        static float frames[2 * 16384];
        const uint32_t n = 8000;
        for (uint32_t i = 0; i < n; i++)
            frames[2 * i] = frames[2 * i + 1] =
                (float)sin(2.0 * 3.14159265358979 * 440.0 * i / rates[k]);
        feeder_write(b.feeder, frames, n);
        weir_feed_ring_end(&b.feeder->ring, true);
        const uint64_t at = now(&b);
        const uint64_t n_out = (uint64_t)n * RIG_RATE_HZ / rates[k];
        rig_run(b.rig, n_out + 2 * BLOCK, BLOCK);
        // Output frame j stands for the moment of input frame j / ratio.
        for (uint64_t i = 200; i < n_out - 2000; i++)
            cr_assert(
                fabs(heard(&b, at + i) - sin(2.0 * 3.14159265358979 * 440.0 *
                                             (double)i / RIG_RATE_HZ)) < 2e-4,
                "%u: frame %lu", rates[k], i);
        cr_assert(is_silent(&b, at + n_out + 2, now(&b)));
        cr_assert(!is_silent(&b, at + n_out - 30, at + n_out));
        cr_assert_eq(feeder_underruns(b.feeder), 0);
        bench_free(&b);
    }
}

// ----------------------------------------------------------- underrun and end

Test(feed_mix, an_underrun_is_silence_behind_a_fade_and_one_count)
{
    struct bench b = bench_new(&nothing_special);
    const uint64_t at = now(&b);
    rig_run(b.rig, 4 * BLOCK, BLOCK);
    cr_assert_eq(feeder_underruns(b.feeder), 0, "before the first sample");
    feeder_write_level(b.feeder, 0.5f, BLOCK + 250);
    rig_run(b.rig, 10 * BLOCK, BLOCK);
    cr_assert_eq(feeder_underruns(b.feeder), 1);
    const uint64_t first = at + 4 * BLOCK;
    const uint64_t end = first + BLOCK + 250;
    cr_assert_eq(heard(&b, end - 241), 0.5f);
    for (uint64_t i = end - 240; i < end; i++)
        cr_assert(heard(&b, i) < heard(&b, i - 1));
    cr_assert(heard(&b, end - 1) < 0.003f);
    cr_assert(is_silent(&b, end, now(&b)));
    feeder_write_level(b.feeder, 0.5f, 2 * BLOCK);
    rig_run(b.rig, 4 * BLOCK, BLOCK);
    cr_assert_eq(feeder_underruns(b.feeder), 2);
    bench_free(&b);
}

Test(feed_mix, the_end_is_no_underrun_and_is_told_when_all_is_heard)
{
    struct bench b = bench_new(&nothing_special);
    feeder_write_level(b.feeder, 0.5f, BLOCK + 10);
    weir_feed_ring_end(&b.feeder->ring, true);
    const uint64_t at = now(&b);
    rig_cycle(b.rig, BLOCK);
    cr_assert_eq(weir_feed_ring_state(&b.feeder->ring), WEIR_FEED_RUNNING);
    rig_cycle(b.rig, BLOCK);
    cr_assert_eq(weir_feed_ring_state(&b.feeder->ring), WEIR_FEED_HEARD);
    cr_assert_eq(heard(&b, at + BLOCK + 9), 0.5f, "to the last as it is");
    cr_assert_eq(heard(&b, at + BLOCK + 10), 0.0f);
    rig_run(b.rig, 4 * BLOCK, BLOCK);
    cr_assert_eq(feeder_underruns(b.feeder), 0);
    bench_free(&b);
}

Test(feed_mix, an_end_that_is_told_late_lets_go_of_what_the_resampler_holds)
{
    struct bench b = bench_new(&(struct feeder_config){.rate_hz = 24000});
    const uint64_t at = now(&b);
    feeder_write_level(b.feeder, 0.5f, 1000);
    rig_run(b.rig, 10 * BLOCK, BLOCK);
    cr_assert_eq(weir_feed_ring_state(&b.feeder->ring), WEIR_FEED_RUNNING);
    weir_feed_ring_end(&b.feeder->ring, true);
    rig_run(b.rig, 2 * BLOCK, BLOCK);
    cr_assert_eq(weir_feed_ring_state(&b.feeder->ring), WEIR_FEED_HEARD);
    cr_assert(!is_silent(&b, at + 10 * BLOCK, at + 10 * BLOCK + 90));
    bench_free(&b);
}

Test(feed_mix, frames_that_jack_lost_are_lost_to_the_feed_too)
{
    struct bench b = bench_new(&nothing_special);
    const uint64_t at = now(&b);
    feeder_write_numbers(b.feeder, 100, 5 * BLOCK);
    rig_cycle(b.rig, BLOCK);
    rig_skip(b.rig, 2 * BLOCK);
    rig_cycle(b.rig, BLOCK);
    check_numbers(&b, at, BLOCK, 0);
    cr_assert(is_silent(&b, at + BLOCK, at + 3 * BLOCK));
    check_numbers(&b, at + 3 * BLOCK, BLOCK, 3 * BLOCK);
    bench_free(&b);
}

// --------------------------------------------------------------------- flush

static void
flush_over_osc(const struct bench *b)
{
    rig_push(b->rig,
             &(struct weir_command){.kind = WEIR_COMMAND_FEED_FLUSH,
                                    .strip = b->strip->mix,
                                    .number = b->feeder->written},
             1);
}

// The old is 0.5, the new 0.25: a fade of 5 ms, and no longer, then the new
// from its first frame on; all that was not heard is counted.
static void
check_flushed(const struct bench *b, uint64_t at, uint32_t n_old,
              uint64_t n_heard_before)
{
    uint64_t i = at;
    while (heard(b, i) == 0.5f)
        i++;
    cr_assert(i < at + BLOCK, "it begins within a block");
    for (; heard(b, i) != 0.25f || heard(b, i + 1) != 0.25f; i++)
        cr_assert(i < at + BLOCK + RIG_RAMP, "frame %lu", i - at);
    cr_assert(heard(b, i - 1) < 0.003f);
    cr_assert_eq(feeder_dropped(b->feeder), n_old - n_heard_before - (i - at));
}

Test(feed_mix, a_flush_over_osc_drops_what_is_queued_and_plays_what_is_new)
{
    struct bench b = bench_new(&nothing_special);
    feeder_write_level(b.feeder, 0.5f, 8000);
    rig_run(b.rig, 4 * BLOCK, BLOCK);
    const uint64_t at = now(&b);
    flush_over_osc(&b);
    feeder_write_level(b.feeder, 0.25f, 2000); // before the mixer comes to it
    rig_run(b.rig, 4 * BLOCK, BLOCK);
    check_flushed(&b, at, 8000, 4 * BLOCK);
    cr_assert_eq(feeder_underruns(b.feeder), 0);
    bench_free(&b);
}

Test(feed_mix, the_feeder_can_flush_itself)
{
    struct bench b = bench_new(&nothing_special);
    feeder_write_level(b.feeder, 0.5f, 8000);
    rig_run(b.rig, 4 * BLOCK, BLOCK);
    const uint64_t at = now(&b);
    weir_feed_ring_flush(&b.feeder->ring, b.feeder->written);
    feeder_write_level(b.feeder, 0.25f, 2000);
    rig_run(b.rig, 4 * BLOCK, BLOCK);
    check_flushed(&b, at, 8000, 4 * BLOCK);
    bench_free(&b);
}

Test(feed_mix, a_flush_with_nothing_new_is_silence_without_an_underrun)
{
    struct bench b = bench_new(&nothing_special);
    feeder_write_level(b.feeder, 0.5f, 8000);
    rig_run(b.rig, 4 * BLOCK, BLOCK);
    const uint64_t at = now(&b);
    flush_over_osc(&b);
    rig_run(b.rig, 8 * BLOCK, BLOCK);
    cr_assert(is_silent(&b, at + BLOCK + RIG_RAMP, now(&b)));
    cr_assert_eq(feeder_underruns(b.feeder), 0);
    // All room is there again, and what comes plays at once.
    cr_assert_eq(weir_feed_ring_room(&b.feeder->ring, b.feeder->written),
                 16384);
    feeder_write_level(b.feeder, 0.25f, BLOCK);
    const uint64_t then = now(&b);
    rig_cycle(b.rig, BLOCK);
    cr_assert_eq(heard(&b, then), 0.25f);
    bench_free(&b);
}

Test(feed_mix, a_flush_for_later_drops_all_that_is_there_at_its_frame)
{
    struct bench b = bench_new(&nothing_special);
    feeder_write_level(b.feeder, 0.5f, 2000);
    const uint64_t at = now(&b) + BLOCK + 100;
    rig_push(b.rig,
             &(struct weir_command){.kind = WEIR_COMMAND_FEED_FLUSH,
                                    .strip = b.strip->mix,
                                    .number = b.feeder->written,
                                    .at_ns = rig_ns(b.rig, at)},
             1);
    rig_cycle(b.rig, BLOCK);
    feeder_write_level(b.feeder, 0.5f, 2000);
    rig_run(b.rig, 3 * BLOCK, BLOCK);
    cr_assert_eq(heard(&b, at - 1), 0.5f);
    cr_assert(heard(&b, at) < 0.5f);
    cr_assert(is_silent(&b, at + RIG_RAMP, now(&b)));
    cr_assert_eq(feeder_dropped(b.feeder), 4000 - (BLOCK + 100) - RIG_RAMP);
    bench_free(&b);
}

Test(feed_mix, a_flush_of_less_than_a_fade_costs_nothing_of_what_is_new)
{
    struct bench b = bench_new(&nothing_special);
    feeder_write_level(b.feeder, 0.5f, BLOCK + 100);
    rig_cycle(b.rig, BLOCK);
    const uint64_t at = now(&b);
    weir_feed_ring_flush(&b.feeder->ring, b.feeder->written);
    feeder_write_level(b.feeder, 0.25f, 2000);
    rig_run(b.rig, 2 * BLOCK, BLOCK);
    for (uint64_t i = at; i < at + 100; i++)
        cr_assert(heard(&b, i) < heard(&b, i - 1));
    cr_assert(heard(&b, at + 99) < 0.005f);
    for (uint64_t i = at + 100; i < now(&b); i++)
        cr_assert_eq(heard(&b, i), 0.25f);
    cr_assert_eq(feeder_dropped(b.feeder), 0);
    cr_assert_eq(feeder_underruns(b.feeder), 0);
    bench_free(&b);
}

Test(feed_mix, a_second_flush_while_the_first_one_fades_drops_the_rest)
{
    struct bench b = bench_new(&nothing_special);
    feeder_write_level(b.feeder, 0.5f, 4000);
    rig_run(b.rig, 4 * BLOCK, BLOCK);
    weir_feed_ring_flush(&b.feeder->ring, b.feeder->written);
    feeder_write_level(b.feeder, 0.75f, 1000);
    rig_cycle(b.rig, 64);
    weir_feed_ring_flush(&b.feeder->ring, b.feeder->written);
    feeder_write_level(b.feeder, 0.25f, 1000);
    const uint64_t at = now(&b);
    rig_run(b.rig, 512, 64);
    for (uint64_t i = at; i < now(&b); i++)
        cr_assert(heard(&b, i) <= 0.5f);
    cr_assert_eq(heard(&b, now(&b) - 1), 0.25f);
    bench_free(&b);
}

Test(feed_mix, a_flush_at_another_rate_lets_nothing_old_through)
{
    struct bench b = bench_new(&(struct feeder_config){.rate_hz = 24000});
    feeder_write_level(b.feeder, 0.5f, 8000);
    rig_run(b.rig, 4 * BLOCK, BLOCK);
    const uint64_t at = now(&b);
    flush_over_osc(&b);
    feeder_write_level(b.feeder, -0.25f, 2000);
    rig_run(b.rig, 4 * BLOCK, BLOCK);
    // What the filter rings before a step, and no more.
    for (uint64_t i = at + RIG_RAMP; i < now(&b); i++)
        cr_assert(heard(&b, i) < 0.03f, "frame %lu", i - at);
    cr_assert(fabsf(heard(&b, now(&b) - 1) + 0.25f) < 1e-3f);
    bench_free(&b);
}

// --------------------------------------------------------------------- pause

Test(feed_mix, a_paused_pipe_waits_and_goes_on_where_it_was)
{
    struct bench b = bench_new(&(struct feeder_config){.capacity = 4096});
    feeder_write_level(b.feeder, 0.5f, 4096);
    rig_cycle(b.rig, BLOCK);
    rig_set(b.rig, b.strip, WEIR_STRIP_PARAM_FEED_PAUSED, 1.0f);
    const uint64_t at = now(&b);
    rig_run(b.rig, 10 * BLOCK, BLOCK);
    cr_assert_eq(heard(&b, at), 0.5f * 239.0f / 240.0f);
    cr_assert(is_silent(&b, at + RIG_RAMP, now(&b)));
    cr_assert_eq(weir_feed_ring_room(&b.feeder->ring, b.feeder->written),
                 BLOCK + RIG_RAMP);
    rig_set(b.rig, b.strip, WEIR_STRIP_PARAM_FEED_PAUSED, 0.0f);
    const uint64_t then = now(&b);
    rig_run(b.rig, 2 * BLOCK, BLOCK);
    cr_assert(heard(&b, then + 10) > 0.0f && heard(&b, then + 10) < 0.1f);
    cr_assert_eq(heard(&b, then + RIG_RAMP), 0.5f);
    cr_assert_eq(feeder_underruns(b.feeder), 0);
    cr_assert_eq(feeder_dropped(b.feeder), 0);
    bench_free(&b);
}

Test(feed_mix, what_is_flushed_while_paused_is_not_heard_afterwards)
{
    struct bench b = bench_new(&nothing_special);
    feeder_write_level(b.feeder, 0.5f, 4000);
    rig_cycle(b.rig, BLOCK);
    rig_set(b.rig, b.strip, WEIR_STRIP_PARAM_FEED_PAUSED, 1.0f);
    rig_run(b.rig, 2 * BLOCK, BLOCK);
    flush_over_osc(&b);
    feeder_write_level(b.feeder, 0.25f, 4000);
    rig_run(b.rig, 2 * BLOCK, BLOCK);
    rig_set(b.rig, b.strip, WEIR_STRIP_PARAM_FEED_PAUSED, 0.0f);
    const uint64_t at = now(&b);
    rig_run(b.rig, 4 * BLOCK, BLOCK);
    cr_assert_eq(feeder_dropped(b.feeder), 4000 - BLOCK - RIG_RAMP);
    for (uint64_t i = at; i < now(&b); i++)
        cr_assert(heard(&b, i) <= 0.25f);
    cr_assert_eq(heard(&b, now(&b) - 1), 0.25f);
    bench_free(&b);
}

// ------------------------------------------------------------------- leaving

Test(feed_mix, a_feed_that_is_removed_fades_out_and_is_given_back)
{
    struct bench b = bench_new(&nothing_special);
    uint64_t gone;
    feeder_write_level(b.feeder, 0.5f, 8000);
    rig_run(b.rig, 4 * BLOCK, BLOCK);
    const uint64_t at = now(&b);
    feeder_leave(b.feeder);
    rig_cycle(b.rig, 128);
    cr_assert(!rig_answer(b.rig, b.feeder->left, &gone));
    rig_cycle(b.rig, 128);
    cr_assert(rig_answer(b.rig, b.feeder->left, &gone));
    for (uint64_t i = at; i < at + RIG_RAMP; i++)
        cr_assert(heard(&b, i) < heard(&b, i - 1));
    cr_assert(is_silent(&b, at + RIG_RAMP, now(&b)));
    feeder_free(b.feeder);
    rig_free(b.rig);
}

Test(feed_mix, the_next_feed_plays_while_the_last_one_fades)
{
    struct bench b = bench_new(&nothing_special);
    feeder_write_level(b.feeder, 0.5f, 8000);
    rig_run(b.rig, 4 * BLOCK, BLOCK);
    feeder_leave(b.feeder);
    struct feeder *next = feeder_new(b.rig, b.strip, &nothing_special);
    feeder_write_level(next, 0.25f, 8000);
    const uint64_t at = now(&b);
    rig_run(b.rig, 4 * BLOCK, BLOCK);
    cr_assert(heard(&b, at) > 0.74f);
    cr_assert_eq(heard(&b, at + RIG_RAMP), 0.25f);
    feeder_free(b.feeder);
    b.feeder = next;
    bench_free(&b);
}

Test(feed_mix, a_feed_goes_with_its_strip_and_is_given_back_afterwards)
{
    struct bench b = bench_new(&nothing_special);
    uint64_t frame;
    feeder_write_level(b.feeder, 0.5f, 8000);
    rig_cycle(b.rig, BLOCK);
    const uint32_t gone = rig_remove_strip(b.rig, b.strip);
    rig_run(b.rig, 4 * BLOCK, BLOCK);
    cr_assert(rig_answer(b.rig, gone, &frame));
    feeder_leave(b.feeder);
    rig_mix(b.rig); // no cycle: it went with the strip
    cr_assert(rig_answer(b.rig, b.feeder->left, &frame));
    rig_drop_strip(b.rig, b.strip, BLOCK);
    feeder_free(b.feeder);
    rig_free(b.rig);
}

Test(feed_mix, without_cycles_a_feed_is_given_back_all_the_same)
{
    struct bench b = bench_new(&nothing_special);
    uint64_t frame;
    feeder_write_level(b.feeder, 0.5f, 8000);
    rig_cycle(b.rig, BLOCK);
    feeder_leave(b.feeder);
    rig_mix(b.rig);
    cr_assert(!rig_answer(b.rig, b.feeder->left, &frame));
    weir_engine_idle(b.rig->engine);
    rig_take_events(b.rig);
    feeder_free(b.feeder);
    rig_free(b.rig);
}
