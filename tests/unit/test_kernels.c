// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The loops over samples, at odd lengths, odd addresses and edge values.
#include "engine/kernels.h"

#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <string.h>

enum { LONGEST = 300 };

struct buffers {
    float src[LONGEST + 32];
    float dst[LONGEST + 32];
};

static float
noise(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (float)(int32_t)*seed / 2147483648.0f;
}

static void
fill(struct buffers *b, uint32_t seed)
{
    for (uint32_t i = 0; i < LONGEST + 32; i++) {
        b->src[i] = noise(&seed);
        b->dst[i] = noise(&seed);
    }
}

Test(kernels, extent_finds_the_largest_of_any_length_at_any_place)
{
    static struct buffers b;
    for (uint32_t n = 1; n < 70; n++)
        for (uint32_t at = 0; at < n; at++) {
            float *src = b.src + (n + at) % 7; // any alignment
            memset(b.src, 0, sizeof b.src);
            src[n] = 9.0f; // behind the end
            src[at] = at % 2 ? -0.75f : 0.75f;
            const struct weir_extent e = weir_kernel_extent(src, n);
            cr_assert(e.peak == 0.75f && e.finite);
        }
}

Test(kernels, extent_of_nothing_and_of_zeros_is_zero)
{
    const float zeros[4] = {0.0f, -0.0f, 0.0f, -0.0f};
    cr_assert_eq(weir_kernel_extent(zeros, 0).peak, 0.0f);
    cr_assert(weir_kernel_extent(zeros, 0).finite);
    cr_assert_eq(weir_kernel_extent(zeros, 4).peak, 0.0f);
    cr_assert_not(signbit(weir_kernel_extent(zeros, 4).peak));
}

Test(kernels, extent_knows_what_is_finite_and_what_is_not)
{
    static const float yes[] = {FLT_MAX, -FLT_MAX, FLT_MIN, 1e-45f, -1e-45f};
    static const float no[] = {NAN, -NAN, INFINITY, -INFINITY};
    float src[37] = {0};
    for (int at = 0; at < 37; at++) {
        for (int i = 0; i < 5; i++) {
            src[at] = yes[i];
            cr_assert(weir_kernel_extent(src, 37).finite);
            cr_assert_eq(weir_kernel_extent(src, 37).peak, fabsf(yes[i]));
        }
        for (int i = 0; i < 4; i++) {
            src[at] = no[i];
            cr_assert_not(weir_kernel_extent(src, 37).finite);
        }
        src[at] = 0.0f;
    }
}

Test(kernels, extent_knows_a_signalling_nan_too)
{
    const uint32_t bits = UINT32_C(0x7f800001);
    float src[5] = {0};
    memcpy(&src[3], &bits, sizeof bits);
    cr_assert_not(weir_kernel_extent(src, 5).finite);
}

Test(kernels, power_is_the_sum_of_squares)
{
    static struct buffers b;
    fill(&b, 1);
    for (uint32_t n = 0; n <= LONGEST; n++) {
        double sum = 0.0;
        for (uint32_t i = 0; i < n; i++)
            sum += (double)b.src[i + 1] * (double)b.src[i + 1];
        cr_assert_float_eq((double)weir_kernel_power(b.src + 1, n), sum,
                           1e-6 * sum + 1e-12);
    }
}

// The gain at frame `i` of a block, as a ramp says it.
static double
gain_at(const struct weir_ramp *ramp, uint32_t i)
{
    if (i >= ramp->left)
        return (double)ramp->target;
    return (double)ramp->now + (double)ramp->step * (i + 1);
}

static const struct weir_ramp ramps[] = {
    {.now = 1.0f, .target = 1.0f},
    {.now = 0.0f, .target = 0.0f},
    {.now = -1.0f, .target = -1.0f},
    {.now = 1.0f, .target = 0.0f, .step = -1.0f / 240, .left = 240},
    {.now = 0.1f, .target = 3.0f, .step = 2.9f / 7, .left = 7},
    {.now = -0.5f, .target = 0.5f, .step = 1.0f, .left = 1},
    {.now = 2.0f, .target = 1.0f, .step = -1.0f / 1000, .left = 1000},
};
enum { N_RAMPS = sizeof ramps / sizeof ramps[0] };

static void
check_kernels(const struct weir_ramp *ramp, uint32_t n, uint32_t shift)
{
    static struct buffers was;
    static struct buffers mixed;
    static struct buffers scaled;
    const struct weir_ramp before = *ramp;
    fill(&was, n + 1);
    mixed = was;
    scaled = was;
    weir_kernel_mix(mixed.dst + shift, mixed.src + 3, n, ramp);
    weir_kernel_gain(scaled.dst + shift, scaled.src + 3, n, ramp);
    cr_assert_arr_eq(&before, ramp, sizeof before); // not moved
    for (uint32_t i = 0; i < LONGEST + 32; i++) {
        const bool inside = i >= shift && i < shift + n;
        const double more =
            inside ? (double)was.src[i - shift + 3] * gain_at(ramp, i - shift)
                   : 0.0;
        cr_assert_float_eq((double)mixed.dst[i], (double)was.dst[i] + more,
                           1e-6);
        cr_assert_float_eq((double)scaled.dst[i],
                           inside ? more : (double)was.dst[i], 1e-6);
        if (!inside)
            cr_assert(mixed.dst[i] == was.dst[i] &&
                      scaled.dst[i] == was.dst[i]);
    }
}

Test(kernels, gain_and_mix_follow_the_ramp_at_any_length_and_place)
{
    for (int k = 0; k < N_RAMPS; k++)
        for (uint32_t n = 0; n <= LONGEST; n += n < 40 ? 1 : 13)
            for (uint32_t shift = 0; shift < 5; shift++)
                check_kernels(&ramps[k], n, shift);
}

Test(kernels, gain_may_work_in_place)
{
    static struct buffers b;
    static struct buffers was;
    for (int k = 0; k < N_RAMPS; k++) {
        fill(&b, 7);
        was = b;
        weir_kernel_gain(b.src, b.src, LONGEST, &ramps[k]);
        weir_kernel_gain(b.dst, was.src, LONGEST, &ramps[k]);
        cr_assert_arr_eq(b.src, b.dst, LONGEST * sizeof(float));
    }
}

Test(kernels, at_unity_every_bit_stays)
{
    static struct buffers b;
    static struct buffers was;
    fill(&b, 3);
    was = b;
    weir_kernel_gain(b.dst, b.src, LONGEST, &ramps[0]);
    cr_assert_arr_eq(b.dst, was.src, LONGEST * sizeof(float));
    memset(b.dst, 0, sizeof b.dst);
    weir_kernel_mix(b.dst, b.src, LONGEST, &ramps[0]);
    cr_assert_arr_eq(b.dst, was.src, LONGEST * sizeof(float));
}

// -------------------------------------------------------------------- ramp

Test(kernels, a_ramp_in_any_pieces_arrives_at_the_same_frame)
{
    for (uint32_t piece = 1; piece <= 241; piece++) {
        struct weir_ramp r;
        weir_ramp_set(&r, 1.0f);
        weir_ramp_to(&r, 0.3f, 240);
        for (uint32_t at = 0; at < 480; at += piece) {
            cr_assert_eq(weir_ramp_rests_at(&r, 0.3f), at >= 240);
            if (at < 240)
                cr_assert_float_eq(r.now, 1.0f - 0.7f * (float)at / 240, 1e-5);
            weir_ramp_advance(&r, piece);
        }
        cr_assert(weir_ramp_rests_at(&r, 0.3f));
    }
}

Test(kernels, a_ramp_on_its_way_is_left_alone_and_another_target_is_not)
{
    struct weir_ramp r;
    weir_ramp_set(&r, 1.0f);
    weir_ramp_to(&r, 0.0f, 100);
    weir_ramp_advance(&r, 50);
    weir_ramp_to(&r, 0.0f, 100);
    cr_assert_eq(r.left, 50);
    weir_ramp_to(&r, 1.0f, 100);
    cr_assert_eq(r.left, 100);
    cr_assert_float_eq(r.step, 0.005f, 1e-8);
    weir_ramp_to(&r, 1.0f, 10);
    cr_assert_eq(r.left, 100);
    weir_ramp_advance(&r, 100);
    cr_assert(weir_ramp_rests_at(&r, 1.0f));
    weir_ramp_to(&r, 1.0f, 100);
    cr_assert_eq(r.left, 0);
}
