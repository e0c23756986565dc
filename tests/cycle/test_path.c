// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The way of a sample: callback, input rings, mixer, broadcast ring, output
// ports. Every frame is numbered.
#include "cycle/rig.h"

#include <criterion/criterion.h>

enum { MINUTE = 60 * RIG_RATE_HZ };

static uint64_t
count_lost(const struct rig *r)
{
    return rig_count(&r->process.counters.input_frames_lost);
}

static uint64_t
count_late(const struct rig *r)
{
    return rig_count(&r->process.counters.late_blocks);
}

static uint64_t
count_mixed(const struct rig *r)
{
    return rig_count(&r->engine->counters.frames_mixed);
}

// Whether the newest `n` frames of main are a's channel plus b's, exactly.
static bool
newest_is_sum(const struct rig *r, const struct rig_strip *a,
              const struct rig_strip *b, uint32_t n)
{
    static float got[2 * RIG_MAX_BLOCK];
    const uint64_t from = r->engine->position - n;
    if (!rig_read(r->main->tap, from, got, n))
        return false;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t c = 0; c < 2; c++)
            if (got[2 * i + c] != rig_number(a->stream + c, from + i) +
                                      rig_number(b->stream + c, from + i))
                return false;
    return true;
}

Test(path, two_stereo_strips_at_unity_add_up_to_the_bit_for_a_minute_at_64)
{
    struct rig *r = rig_new(NULL);
    struct rig_strip *a = rig_add_strip(r, 2);
    struct rig_strip *b = rig_add_strip(r, 2);
    for (uint32_t done = 0; done < MINUTE; done += 64) {
        rig_cycle(r, 64);
        cr_assert(newest_is_sum(r, a, b, 64), "at frame %u", done);
    }
    cr_assert_eq(count_mixed(r), MINUTE);
    cr_assert_eq(count_lost(r), 0);
    cr_assert_eq(count_late(r), 0);
    cr_assert_eq(rig_count(&r->engine->counters.frames_silent), 0);
    rig_free(r);
}

Test(path, ten_minutes_in_are_ten_minutes_out_at_any_mixture_of_block_sizes)
{
    static const uint32_t sizes[] = {16,  64,  17,   8192, 255, 1024, 1,
                                     480, 441, 4096, 63,   128, 8191};
    const uint32_t n_sizes = sizeof sizes / sizeof sizes[0];
    const uint64_t end = (uint64_t)(RIG_IS_SLOW ? 1 : 10) * MINUTE;
    struct rig *r = rig_new(NULL);
    struct rig_strip *a = rig_add_strip(r, 2);
    struct rig_strip *b = rig_add_strip(r, 2);
    for (uint32_t i = 0; r->clock < end; i++) {
        const uint32_t n = sizes[i % n_sizes];
        rig_cycle(r, n);
        cr_assert_eq(count_mixed(r), r->clock);
        cr_assert(newest_is_sum(r, a, b, n));
    }
    cr_assert_eq(count_lost(r), 0);
    cr_assert_eq(count_late(r), 0);
    rig_free(r);
}

Test(path, a_cycle_longer_than_the_mixers_buffers_is_mixed_in_parts)
{
    struct rig *r = rig_new(&(struct rig_config){.lane_frames = 65536});
    struct rig_strip *a = rig_add_strip(r, 2);
    struct rig_strip *b = rig_add_strip(r, 2);
    for (int i = 0; i < 20; i++) {
        const uint32_t n = WEIR_MAX_BLOCK + 1 + (uint32_t)i * 400;
        rig_cycle(r, n);
        cr_assert(newest_is_sum(r, a, b, n));
    }
    cr_assert_eq(count_mixed(r), r->clock);
    rig_free(r);
}

Test(path, the_sum_is_the_same_whatever_the_rate_of_the_graph)
{
    static const uint32_t rates[] = {8000, 44100, 96000, 192000};
    for (uint32_t i = 0; i < 4; i++) {
        struct rig *r = rig_new(&(struct rig_config){.rate_hz = rates[i]});
        struct rig_strip *a = rig_add_strip(r, 2);
        struct rig_strip *b = rig_add_strip(r, 2);
        for (int cycle = 0; cycle < 50; cycle++) {
            rig_cycle(r, 333);
            cr_assert(newest_is_sum(r, a, b, 333));
        }
        rig_free(r);
    }
}

// Sample `position` of main, channel `c`, with one stereo strip at unity;
// silence before the first frame.
static float
due(const struct rig_strip *s, uint32_t c, int64_t position)
{
    return position < 0 ? 0.0f : rig_number(s->stream + c, (uint64_t)position);
}

static void
check_outputs(const struct rig *r, const struct rig_strip *s, uint32_t n)
{
    const int64_t behind = (int64_t)n * r->config.latency_blocks;
    const int64_t from = (int64_t)r->clock - n - behind;
    for (uint32_t c = 0; c < 2; c++)
        for (uint32_t i = 0; i < n; i++)
            cr_assert_eq(r->main->out[c][i], due(s, c, from + i),
                         "channel %u at %lld", c, (long long)from + i);
}

static void
run_with_latency(uint32_t blocks, uint32_t n)
{
    struct rig *r = rig_new(&(struct rig_config){.latency_blocks = blocks});
    struct rig_strip *s = rig_add_strip(r, 2);
    for (int i = 0; i < 200; i++) {
        rig_cycle(r, n);
        check_outputs(r, s, n);
    }
    cr_assert_eq(count_late(r), 0);
    rig_free(r);
}

Test(path, output_ports_are_exactly_one_block_behind)
{
    run_with_latency(1, 64);
    run_with_latency(1, 1023);
}

Test(path, output_ports_are_exactly_two_blocks_behind)
{
    run_with_latency(2, 64);
    run_with_latency(2, 480);
}

Test(path, output_ports_are_exactly_three_and_sixteen_blocks_behind)
{
    run_with_latency(3, 256);
    run_with_latency(WEIR_MAX_LATENCY_BLOCKS, 128);
}

Test(path, latency_counts_in_blocks_of_the_new_size_after_a_change)
{
    static const uint32_t sizes[] = {1024, 64, 256, 33};
    struct rig *r = rig_new(&(struct rig_config){.latency_blocks = 2});
    struct rig_strip *s = rig_add_strip(r, 2);
    for (int i = 0; i < 4; i++) {
        for (int cycle = 0; cycle < 5; cycle++) {
            rig_cycle(r, sizes[i]);
            check_outputs(r, s, sizes[i]);
        }
    }
    cr_assert_eq(count_late(r), 0);
    rig_free(r);
}

Test(path, jacks_frame_counter_may_wrap)
{
    struct rig *r =
        rig_new(&(struct rig_config){.first_frame_time = 0xffffff00u});
    struct rig_strip *a = rig_add_strip(r, 2);
    struct rig_strip *b = rig_add_strip(r, 2);
    for (int i = 0; i < 20; i++) {
        rig_cycle(r, 48);
        cr_assert(newest_is_sum(r, a, b, 48));
    }
    cr_assert_eq(count_mixed(r), 20 * 48);
    cr_assert_eq(count_lost(r), 0);
    rig_free(r);
}

Test(path, freewheel_gives_the_result_of_real_time_to_the_bit)
{
    struct rig *both[2] = {rig_new(NULL), rig_new(NULL)};
    float got[2][2 * 128];
    both[1]->freewheel = true;
    for (int k = 0; k < 2; k++) {
        rig_set(both[k], rig_add_strip(both[k], 1), WEIR_STRIP_PARAM_PAN, 0.3f);
        rig_set(both[k], rig_add_strip(both[k], 2), WEIR_STRIP_PARAM_GAIN,
                0.7f);
    }
    for (int i = 0; i < 500; i++) {
        for (int k = 0; k < 2; k++) {
            rig_cycle(both[k], 128);
            rig_read(both[k]->main->tap, (uint64_t)i * 128, got[k], 128);
        }
        cr_assert_arr_eq(got[0], got[1], sizeof got[0]);
        cr_assert_arr_eq(both[0]->main->out[1], both[1]->main->out[1],
                         128 * sizeof(float));
    }
    cr_assert_eq(count_late(both[1]), 0);
    rig_free(both[0]);
    rig_free(both[1]);
}

Test(path, five_hundred_and_twelve_strips_are_all_in_the_mix)
{
    static float got[2 * 256];
    struct rig *r = rig_new(NULL);
    for (int i = 0; i < WEIR_MAX_STRIPS; i++) {
        struct rig_strip *s = rig_add_strip(r, i % 2 ? 2 : 1);
        s->feed = RIG_FEED_LEVEL;
        s->level = (float)(i + 1) / 1048576.0f;
        rig_set(r, s, WEIR_STRIP_PARAM_PAN, s->n_channels == 1 ? -1.0f : 0.0f);
        rig_mix(r);
    }
    cr_assert_eq(r->engine->n_strips, (uint32_t)WEIR_MAX_STRIPS);
    rig_run(r, 1024, 256);
    // Odd numbers are mono and on the left; even ones are stereo.
    const uint32_t n = WEIR_MAX_STRIPS;
    const float left = (float)(n * (n + 1) / 2) / 1048576.0f;
    const float right = (float)(n / 2 * (n / 2 + 1)) / 1048576.0f;
    cr_assert(rig_read(r->main->tap, r->engine->position - 256, got, 256));
    for (int i = 0; i < 256; i++) {
        cr_assert_eq(got[2 * i], left);
        cr_assert_eq(got[2 * i + 1], right);
    }
    rig_free(r);
}

Test(path, the_clock_of_a_ring_names_the_newest_cycles_first_frame)
{
    struct rig *r = rig_new(NULL);
    struct weir_broadcast_clock clock;
    rig_add_strip(r, 1);
    r->main->mix->source = r->main->tap;
    r->rate_hz = 48000.25;
    rig_run(r, 640, 64);
    cr_assert(weir_broadcast_get_clock(&r->main->tap->ring, &clock));
    cr_assert_eq(clock.position, 576);
    cr_assert_eq(clock.rate_uhz, UINT64_C(48000250000));
    const uint64_t before_ns = clock.ns;
    rig_cycle(r, 64);
    cr_assert(weir_broadcast_get_clock(&r->main->tap->ring, &clock));
    cr_assert_eq(clock.position, 640);
    cr_assert_geq(clock.ns, before_ns);
    rig_free(r);
}
