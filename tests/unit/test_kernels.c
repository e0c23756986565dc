// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The loops over samples, at odd lengths, odd addresses and edge values, in
// every variant that this machine can run.
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

// Calls `check` with each variant.
static void
with_all(void (*check)(const struct weir_kernels *))
{
    const struct weir_kernels *usable[WEIR_KERNELS_MOST];
    const int n = weir_kernels_usable(usable);
    for (int i = 0; i < n; i++)
        check(usable[i]);
}

Test(kernels, the_plain_ones_can_always_be_used_and_the_best_come_last)
{
    const struct weir_kernels *usable[WEIR_KERNELS_MOST];
    const int n = weir_kernels_usable(usable);
    cr_assert_leq(n, WEIR_KERNELS_MOST);
    cr_assert_eq(usable[0], &weir_kernels_plain);
    cr_assert_eq(usable[n - 1], weir_kernels_best());
    for (int i = 0; i < n; i++)
        cr_log_info("kernels: %s", usable[i]->name);
}

// ------------------------------------------------------------------ extent

static void
extent_finds_the_largest(const struct weir_kernels *k)
{
    static struct buffers b;
    for (uint32_t n = 1; n < 70; n++)
        for (uint32_t at = 0; at < n; at++) {
            float *src = b.src + (n + at) % 7; // any alignment
            memset(b.src, 0, sizeof b.src);
            src[n] = 9.0f; // behind the end
            src[at] = at % 2 ? -0.75f : 0.75f;
            const struct weir_extent e = k->extent(src, n);
            cr_assert(e.peak == 0.75f && e.finite);
        }
}

Test(kernels, extent_finds_the_largest_of_any_length_at_any_place)
{
    with_all(extent_finds_the_largest);
}

static void
extent_of_zeros(const struct weir_kernels *k)
{
    const float zeros[4] = {0.0f, -0.0f, 0.0f, -0.0f};
    cr_assert_eq(k->extent(zeros, 0).peak, 0.0f);
    cr_assert(k->extent(zeros, 0).finite);
    cr_assert_eq(k->extent(zeros, 4).peak, 0.0f);
    cr_assert_not(signbit(k->extent(zeros, 4).peak));
}

Test(kernels, extent_of_nothing_and_of_zeros_is_zero)
{
    with_all(extent_of_zeros);
}

static void
extent_knows_what_is_finite(const struct weir_kernels *k)
{
    static const float yes[] = {FLT_MAX, -FLT_MAX, FLT_MIN, 1e-45f, -1e-45f};
    static const float no[] = {NAN, -NAN, INFINITY, -INFINITY};
    const uint32_t signalling = UINT32_C(0x7f800001);
    float src[37] = {0};
    for (int at = 0; at < 37; at++) {
        for (int i = 0; i < 5; i++) {
            src[at] = yes[i];
            cr_assert(k->extent(src, 37).finite);
            cr_assert_eq(k->extent(src, 37).peak, fabsf(yes[i]));
        }
        for (int i = 0; i < 4; i++) {
            src[at] = no[i];
            cr_assert_not(k->extent(src, 37).finite);
        }
        memcpy(&src[at], &signalling, sizeof signalling);
        cr_assert_not(k->extent(src, 37).finite);
        src[at] = 0.0f;
    }
}

Test(kernels, extent_knows_what_is_finite_and_what_is_not)
{
    with_all(extent_knows_what_is_finite);
}

static void
power_is_the_sum(const struct weir_kernels *k)
{
    static struct buffers b;
    fill(&b, 1);
    for (uint32_t n = 0; n <= LONGEST; n++) {
        double sum = 0.0;
        for (uint32_t i = 0; i < n; i++)
            sum += (double)b.src[i + 1] * (double)b.src[i + 1];
        cr_assert_float_eq((double)k->power(b.src + 1, n), sum,
                           1e-6 * sum + 1e-12);
    }
}

Test(kernels, power_is_the_sum_of_squares)
{
    with_all(power_is_the_sum);
}

// --------------------------------------------------------------- gain, add

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
check_ramp(const struct weir_kernels *k, const struct weir_ramp *ramp,
           uint32_t n, uint32_t shift)
{
    static struct buffers was;
    static struct buffers mixed;
    static struct buffers scaled;
    const struct weir_ramp before = *ramp;
    fill(&was, n + 1);
    mixed = was;
    scaled = was;
    k->add(mixed.dst + shift, mixed.src + 3, n, ramp);
    k->gain(scaled.dst + shift, scaled.src + 3, n, ramp);
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

static void
gain_and_add_follow_the_ramp(const struct weir_kernels *k)
{
    for (int r = 0; r < N_RAMPS; r++)
        for (uint32_t n = 0; n <= LONGEST; n += n < 40 ? 1 : 13)
            for (uint32_t shift = 0; shift < 5; shift++)
                check_ramp(k, &ramps[r], n, shift);
}

Test(kernels, gain_and_add_follow_the_ramp_at_any_length_and_place)
{
    with_all(gain_and_add_follow_the_ramp);
}

static void
gain_in_place(const struct weir_kernels *k)
{
    static struct buffers b;
    static struct buffers was;
    for (int r = 0; r < N_RAMPS; r++) {
        fill(&b, 7);
        was = b;
        k->gain(b.src, b.src, LONGEST, &ramps[r]);
        k->gain(b.dst, was.src, LONGEST, &ramps[r]);
        cr_assert_arr_eq(b.src, b.dst, LONGEST * sizeof(float));
    }
}

Test(kernels, gain_may_work_in_place)
{
    with_all(gain_in_place);
}

static void
unity_keeps_every_bit(const struct weir_kernels *k)
{
    static struct buffers b;
    static struct buffers was;
    fill(&b, 3);
    was = b;
    k->gain(b.dst, b.src, LONGEST, &ramps[0]);
    cr_assert_arr_eq(b.dst, was.src, LONGEST * sizeof(float));
    memset(b.dst, 0, sizeof b.dst);
    k->add(b.dst, b.src, LONGEST, &ramps[0]);
    cr_assert_arr_eq(b.dst, was.src, LONGEST * sizeof(float));
    memset(b.dst, 0, sizeof b.dst);
    const struct weir_mix_input in = {
        .src = b.src, .gain = 1.0f, .left = 1.0f, .right = 1.0f};
    k->mix_one(b.dst, LONGEST, &in, 1);
    cr_assert_arr_eq(b.dst, was.src, LONGEST * sizeof(float));
    static struct buffers two;
    memset(&two, 0, sizeof two);
    k->mix_two(two.src, two.dst, LONGEST, &in, 1);
    cr_assert_arr_eq(two.src, was.src, LONGEST * sizeof(float));
    cr_assert_arr_eq(two.dst, was.src, LONGEST * sizeof(float));
}

Test(kernels, at_unity_every_bit_stays)
{
    with_all(unity_keeps_every_bit);
}

// --------------------------------------------------------------------- mix

enum { INPUTS = 11 };

// The same in double precision, one after the other.
struct truth {
    double left[LONGEST];
    double right[LONGEST];
    double peak[INPUTS];
    double power[INPUTS];
};

static void
mix_truth(struct truth *t, const struct weir_mix_input *in, uint32_t n_inputs,
          uint32_t n)
{
    for (uint32_t i = 0; i < n_inputs; i++) {
        t->peak[i] = 0.0;
        t->power[i] = 0.0;
        for (uint32_t f = 0; f < n; f++) {
            const double gain =
                (double)in[i].gain + (double)in[i].step * (f + 1);
            const double y = (double)in[i].src[f] * gain;
            t->left[f] += y * (double)in[i].left;
            t->right[f] += y * (double)in[i].right;
            t->peak[i] = fmax(t->peak[i], fabs(y));
            t->power[i] += y * y;
        }
    }
}

// `times` the same blocks were measured.
static void
check_sums(const struct weir_sums *sums, const struct truth *t, uint32_t n,
           int times)
{
    for (uint32_t i = 0; i < n; i++) {
        double peak = 0.0;
        double power = 0.0;
        for (int lane = 0; lane < WEIR_SUM_LANES; lane++) {
            peak = fmax(peak, (double)sums[i].peak[lane]);
            power += (double)sums[i].power[lane];
        }
        cr_assert_float_eq(peak, t->peak[i], 1e-6 * t->peak[i]);
        cr_assert_float_eq(power, times * t->power[i],
                           1e-5 * t->power[i] + 1e-12);
    }
}

static void
check_outputs(const float *got, const double *want, uint32_t n,
              const float *guard)
{
    for (uint32_t f = 0; f < n; f++)
        cr_assert_float_eq((double)got[f], want[f],
                           1e-5 + 1e-6 * fabs(want[f]));
    for (uint32_t f = n; f < n + 16; f++)
        cr_assert_eq(got[f], guard[f]); // nothing behind the end
}

// Some still, some moving, one silent, one upside down.
static void
make_inputs(struct weir_mix_input *in, float src[INPUTS][LONGEST + 8],
            uint32_t seed)
{
    for (uint32_t i = 0; i < INPUTS; i++) {
        for (uint32_t f = 0; f < LONGEST + 8; f++)
            src[i][f] = noise(&seed);
        in[i] = (struct weir_mix_input){
            .src = src[i] + i % 8, // any alignment
            .gain = i == 4 ? 0.0f : 2.0f * noise(&seed),
            .step = (i + seed) % 3 ? 0.0f : noise(&seed) / 200.0f,
            .left = noise(&seed),
            .right = i == 5 ? 0.0f : noise(&seed),
        };
    }
}

static void
check_mix(const struct weir_kernels *k, uint32_t n, uint32_t n_inputs,
          bool metered)
{
    static float src[INPUTS][LONGEST + 8];
    static struct buffers was;
    static struct buffers one;
    static struct buffers two;
    struct weir_mix_input in[INPUTS];
    struct weir_sums sums[INPUTS];
    struct truth t;
    make_inputs(in, src, n * 31 + n_inputs);
    fill(&was, n);
    one = was;
    two = was;
    for (uint32_t f = 0; f < LONGEST; f++) {
        t.left[f] = (double)was.src[f + n % 3];
        t.right[f] = (double)was.dst[f + n % 5];
    }
    mix_truth(&t, in, n_inputs, n);
    memset(sums, 0, sizeof sums);
    for (uint32_t i = 0; i < INPUTS; i++)
        in[i].sums = metered ? &sums[i] : NULL;
    k->mix_two(two.src + n % 3, two.dst + n % 5, n, in, n_inputs);
    check_outputs(two.src + n % 3, t.left, n, was.src + n % 3);
    check_outputs(two.dst + n % 5, t.right, n, was.dst + n % 5);
    if (metered)
        check_sums(sums, &t, n_inputs, 1);
    k->mix_one(one.src + n % 3, n, in, n_inputs);
    check_outputs(one.src + n % 3, t.left, n, was.src + n % 3);
    if (metered)
        check_sums(sums, &t, n_inputs, 2);
}

static void
mix_agrees(const struct weir_kernels *k)
{
    for (uint32_t n = 0; n <= LONGEST - 8; n += n < 140 ? 1 : 29)
        for (uint32_t n_inputs = 0; n_inputs <= INPUTS; n_inputs++)
            check_mix(k, n, n_inputs, (n + n_inputs) % 4 > 0);
}

Test(kernels, mix_is_the_sum_of_all_inputs_with_peak_and_power_of_each)
{
    with_all(mix_agrees);
}

static void
mix_leaves_minus_zero_out(const struct weir_kernels *k)
{
    const float src[20] = {-0.0f};
    float dst[20] = {0.0f};
    struct weir_sums sums[1] = {{.peak = {0.0f}}};
    const struct weir_mix_input in = {
        .src = src, .gain = -1.0f, .left = 1.0f, .sums = sums};
    k->mix_one(dst, 20, &in, 1);
    for (int i = 0; i < 20; i++)
        cr_assert(dst[i] == 0.0f && !signbit(dst[i]));
    for (int i = 0; i < WEIR_SUM_LANES; i++)
        cr_assert(sums[0].peak[i] == 0.0f && !signbit(sums[0].peak[i]));
}

Test(kernels, mixing_silence_into_silence_gives_plus_zero)
{
    with_all(mix_leaves_minus_zero_out);
}

static void
mix_takes_the_loudest(const struct weir_kernels *k)
{
    float src[67];
    float dst[67] = {0.0f};
    struct weir_sums sums[1] = {{.peak = {0.0f}}};
    for (int i = 0; i < 67; i++)
        src[i] = i % 2 ? 1e10f : -1e10f;
    const struct weir_mix_input in = {
        .src = src, .gain = 3.0f, .left = 1.0f, .sums = sums};
    k->mix_one(dst, 67, &in, 1);
    for (int i = 0; i < 67; i++)
        cr_assert_eq(dst[i], 3.0f * src[i]);
    for (int i = 0; i < WEIR_SUM_LANES; i++)
        cr_assert(isfinite(sums[0].power[i]) && sums[0].peak[i] <= 3e10f);
}

Test(kernels, mix_stays_finite_with_the_loudest_input_that_comes_through)
{
    with_all(mix_takes_the_loudest);
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
