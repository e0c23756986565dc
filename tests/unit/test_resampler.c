// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The shim: equal to zita used directly, to the bit, at all block sizes;
// nothing early, late, missing or too much; no allocation while it runs.
#include "counted_memory.h"
#include "shim/resampler.h"
#include "zita_direct.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GUARD = 64 }; // frames behind what is expected, which must not come

static struct weir_resampler_config
rates(uint32_t in_hz, uint32_t out_hz, uint32_t n_channels)
{
    return (struct weir_resampler_config){in_hz, out_hz, n_channels,
                                          WEIR_RESAMPLER_GOOD_HALF};
}

static struct weir_resampler *
new_resampler(struct weir_resampler_config config)
{
    struct weir_resampler *r = NULL;
    cr_assert_eq(weir_resampler_new(&config, &r), WEIR_RESAMPLER_OK);
    return r;
}

static struct weir_vresampler *
new_steered(double ratio, uint32_t n_channels)
{
    const struct weir_vresampler_config config = {ratio, n_channels,
                                                  WEIR_RESAMPLER_GOOD_HALF};
    struct weir_vresampler *v = NULL;
    cr_assert_eq(weir_vresampler_new(&config, &v), WEIR_RESAMPLER_OK);
    return v;
}

static float *
new_frames(uint64_t n, uint32_t n_channels)
{
    float *frames = calloc(n * n_channels, sizeof *frames);
    cr_assert(frames);
    return frames;
}

static float *
new_noise(uint32_t n, uint32_t n_channels)
{
    float *frames = new_frames(n, n_channels);
    uint32_t seed = 1;
    for (uint64_t i = 0; i < (uint64_t)n * n_channels; i++) {
        seed = seed * 1664525u + 1013904223u;
        frames[i] = (float)(int32_t)seed / 2147483648.0f;
    }
    return frames;
}

// How many output frames stand for moments before the end of n input frames.
static uint32_t
count_out(struct weir_resampler_config c, uint64_t n)
{
    return (uint32_t)((n * c.rate_out_hz + c.rate_in_hz - 1) / c.rate_in_hz);
}

// ------------------------------------------------------------- through it all

// Sizes of blocks, chosen anew for each; 0 is one, too.
struct sizes {
    uint32_t seed;
    uint32_t most_in;
    uint32_t most_out;
};

static uint32_t
choose(struct sizes *s, uint32_t most)
{
    s->seed = s->seed * 1664525u + 1013904223u;
    return (s->seed >> 8) % (most + 1);
}

static uint32_t
min_u32(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

// All of `in` and the tail. Returns how many frames came, at most n_room.
static uint32_t
through(struct weir_resampler *r, uint32_t n_channels, struct sizes sizes,
        const float *in, uint32_t n_in, float *out, uint32_t n_room)
{
    uint32_t n_out = 0;
    for (uint32_t at = 0; at < n_in;) {
        const uint32_t take = min_u32(choose(&sizes, sizes.most_in), n_in - at);
        const uint32_t room =
            min_u32(choose(&sizes, sizes.most_out), n_room - n_out);
        const struct weir_resampled did =
            weir_resampler_process(r, in + (size_t)at * n_channels, take,
                                   out + (size_t)n_out * n_channels, room);
        cr_assert(did.n_in <= take && did.n_out <= room);
        // It ends when either is used up, and not before.
        cr_assert(did.n_in == take || did.n_out == room);
        at += did.n_in;
        n_out += did.n_out;
    }
    for (;;) {
        const uint32_t room =
            min_u32(choose(&sizes, sizes.most_out), n_room - n_out);
        const uint32_t n =
            weir_resampler_flush(r, out + (size_t)n_out * n_channels, room);
        cr_assert(n <= room);
        n_out += n;
        if (n < room || n_out == n_room)
            return n_out;
    }
}

static void
check_equal(const float *got, const float *expected, size_t n_samples)
{
    for (size_t i = 0; i < n_samples; i++)
        cr_assert(memcmp(&got[i], &expected[i], sizeof *got) == 0,
                  "sample %zu: %a, directly %a", i, (double)got[i],
                  (double)expected[i]);
}

static void
compare(struct weir_resampler_config c, uint32_t n, struct sizes sizes)
{
    const uint32_t expected_n = count_out(c, n);
    const uint32_t n_room = expected_n + GUARD;
    float *in = new_noise(n, c.n_channels);
    float *got = new_frames(n_room, c.n_channels);
    float *expected = new_frames(n_room, c.n_channels);
    struct weir_resampler *r = new_resampler(c);
    cr_assert_eq(zita_direct(&c, in, n, expected, expected_n), expected_n);
    const uint32_t got_n = through(r, c.n_channels, sizes, in, n, got, n_room);
    cr_assert_eq(got_n, expected_n, "%u frames, not %u, of %u", got_n,
                 expected_n, n);
    check_equal(got, expected, (size_t)expected_n * c.n_channels);
    weir_resampler_free(r);
    free(in);
    free(got);
    free(expected);
}

static const uint32_t pairs[][2] = {
    {44100, 48000}, {48000, 44100},  {48000, 16000},
    {48000, 8000},  {16000, 48000},  {44100, 16000},
    {96000, 44100}, {44100, 192000}, {48000, 48000},
};
enum { N_PAIRS = sizeof pairs / sizeof *pairs };

Test(resampler, output_is_that_of_zita_to_the_bit_at_any_block_size)
{
    static const struct sizes all[] = {
        {1, 1, 1}, {2, 64, 64}, {3, 7, 4096}, {4, 4096, 5}, {5, 1500, 1500},
    };
    for (size_t p = 0; p < N_PAIRS; p++)
        for (uint32_t n_channels = 1; n_channels <= 2; n_channels++)
            for (size_t s = 0; s < sizeof all / sizeof *all; s++)
                compare(rates(pairs[p][0], pairs[p][1], n_channels), 20011,
                        all[s]);
}

Test(resampler, sixty_four_channels_do_not_touch_each_other)
{
    compare(rates(44100, 48000, 64), 3000, (struct sizes){6, 300, 300});
}

Test(resampler, shortest_and_longest_filters_are_zitas)
{
    struct weir_resampler_config c = rates(48000, 44100, 2);
    c.half_length = WEIR_RESAMPLER_MIN_HALF;
    compare(c, 3000, (struct sizes){7, 300, 300});
    c.half_length = WEIR_RESAMPLER_MAX_HALF;
    compare(c, 3000, (struct sizes){8, 300, 300});
}

Test(resampler, as_many_frames_come_as_there_are_moments_before_the_end)
{
    // Lengths around the filter's and the ratio's period, and none at all.
    for (size_t p = 0; p < N_PAIRS; p++)
        for (uint32_t n = 0; n < 700; n += n < 20 ? 1 : 17)
            compare(rates(pairs[p][0], pairs[p][1], 1), n,
                    (struct sizes){n, 100, 100});
}

// ---------------------------------------------------------- latency, ends

// The impulse at input frame `at` appears in the output where its moment is:
// the largest there, and equal on both sides of it.
static void
check_impulse(struct weir_resampler_config c, uint32_t n, uint32_t at)
{
    const uint32_t n_out = count_out(c, n);
    const uint32_t middle = at * c.rate_out_hz / c.rate_in_hz;
    float *in = new_frames(n, 1);
    float *out = new_frames(n_out + GUARD, 1);
    struct weir_resampler *r = new_resampler(c);
    cr_assert_eq((uint64_t)at * c.rate_out_hz % c.rate_in_hz, 0);
    in[at] = 1.0f;
    through(r, 1, (struct sizes){1, 100, 100}, in, n, out, n_out + GUARD);
    for (uint32_t i = 0; i < n_out; i++)
        cr_assert(i == middle || fabsf(out[i]) < out[middle],
                  "%u is larger than %u", i, middle);
    for (uint32_t d = 1; d <= middle && middle + d < n_out; d++)
        cr_assert_float_eq(out[middle - d], out[middle + d], 1e-6f, "%u", d);
    weir_resampler_free(r);
    free(in);
    free(out);
}

Test(resampler, an_impulse_comes_out_at_its_moment)
{
    // At a frame where both rates meet, in the middle, at the beginning and
    // just before the end.
    for (size_t p = 0; p < N_PAIRS; p++) {
        const struct weir_resampler_config c =
            rates(pairs[p][0], pairs[p][1], 1);
        uint32_t period = c.rate_in_hz;
        for (uint32_t k = c.rate_in_hz; k > 0; k--)
            if (c.rate_in_hz % k == 0 && c.rate_out_hz % k == 0) {
                period = c.rate_in_hz / k;
                break;
            }
        check_impulse(c, 40 * period + 4000, 20 * period);
        check_impulse(c, 40 * period + 4000, 0);
        check_impulse(c, 40 * period + 1, 40 * period);
    }
}

// How many frames have to go in until output frame 0 comes.
static uint32_t
count_held(struct weir_resampler *r)
{
    const float silence = 0.0f;
    float out;
    for (uint32_t n = 1;; n++)
        if (weir_resampler_process(r, &silence, 1, &out, 1).n_out == 1)
            return n - 1;
}

Test(resampler, latency_is_what_is_held_back_and_half_of_the_filter)
{
    for (size_t p = 0; p < N_PAIRS; p++) {
        const struct weir_resampler_config c =
            rates(pairs[p][0], pairs[p][1], 1);
        struct weir_resampler *r = new_resampler(c);
        cr_assert_eq(count_held(r), weir_resampler_latency(r));
        // zita's own figure: that of the frame h - 1, of 2 h.
        cr_assert_eq(1.0 - zita_direct_distance(&c),
                     (double)weir_resampler_latency(r));
        weir_resampler_free(r);
    }
    struct weir_resampler *r = new_resampler(rates(44100, 48000, 1));
    cr_assert_eq(weir_resampler_latency(r), WEIR_RESAMPLER_GOOD_HALF);
    weir_resampler_free(r);
    r = new_resampler(rates(48000, 16000, 1));
    cr_assert_eq(weir_resampler_latency(r), 3 * WEIR_RESAMPLER_GOOD_HALF);
    weir_resampler_free(r);
}

Test(resampler, the_end_of_the_signal_comes_out_of_the_flush)
{
    // A constant that stops: all of its sum is there, but for what the filter
    // spreads over the two edges.
    const struct weir_resampler_config c = rates(44100, 48000, 1);
    enum { N = 4410, N_OUT = 4800 };
    float *in = new_frames(N, 1);
    float *out = new_frames(N_OUT + GUARD, 1);
    struct weir_resampler *r = new_resampler(c);
    for (int i = 0; i < N; i++)
        in[i] = 1.0f;
    cr_assert_eq(
        through(r, 1, (struct sizes){1, 64, 64}, in, N, out, N_OUT + GUARD),
        N_OUT);
    for (int i = 60; i < N_OUT - 60; i++)
        cr_assert_float_eq(out[i], 1.0f, 1e-4f, "frame %d", i);
    // The edge: half of the height lies half a frame behind the last one.
    cr_assert(out[N_OUT - 1] > 0.5f && out[0] > 0.5f);
    weir_resampler_free(r);
    free(in);
    free(out);
}

Test(resampler, after_flush_and_after_reset_it_begins_anew)
{
    const struct weir_resampler_config c = rates(44100, 48000, 2);
    enum { N = 5000 };
    const uint32_t n_out = count_out(c, N);
    float *in = new_noise(N, 2);
    float *first = new_frames(n_out + GUARD, 2);
    float *again = new_frames(n_out + GUARD, 2);
    struct weir_resampler *r = new_resampler(c);
    const struct sizes sizes = {1, 333, 333};
    through(r, 2, sizes, in, N, first, n_out + GUARD);
    // through() has flushed.
    through(r, 2, sizes, in, N, again, n_out + GUARD);
    check_equal(again, first, (size_t)n_out * 2);
    weir_resampler_process(r, in, 1234, again, n_out);
    weir_resampler_flush(r, again, 3);
    weir_resampler_reset(r);
    through(r, 2, sizes, in, N, again, n_out + GUARD);
    check_equal(again, first, (size_t)n_out * 2);
    weir_resampler_free(r);
    free(in);
    free(first);
    free(again);
}

Test(resampler, no_frames_are_silence)
{
    const struct weir_resampler_config c = rates(48000, 44100, 2);
    float *in = new_noise(1000, 2);
    float *zeros = new_frames(1000, 2);
    float *a = new_frames(3000, 2);
    float *b = new_frames(3000, 2);
    struct weir_resampler *r = new_resampler(c);
    for (int way = 0; way < 2; way++) {
        float *out = way ? b : a;
        uint32_t n = 0;
        n += weir_resampler_process(r, in, 1000, out, 3000).n_out;
        n += weir_resampler_process(r, way ? NULL : zeros, 1000, out + 2 * n,
                                    3000)
                 .n_out;
        n += weir_resampler_process(r, in, 1000, out + 2 * n, 3000 - n).n_out;
        n += weir_resampler_flush(r, out + 2 * n, 3000 - n);
        cr_assert_eq(n, count_out(c, 3000));
    }
    for (int i = 0; i < 6000; i++)
        cr_assert(a[i] == b[i], "sample %d", i);
    weir_resampler_free(r);
    free(in);
    free(zeros);
    free(a);
    free(b);
}

// -------------------------------------------------------------------- signals

static const double tau = 6.283185307179586;

// What is left of a tone in `n` output frames: its level, and that of all
// else (aliases, images, noise), both in dB of the input's.
struct figures {
    double tone_db;
    double rest_db;
};

static double
db(double ratio)
{
    return 20.0 * log10(fmax(ratio, 1e-10));
}

// The least squares' tone of frequency w (radians a frame) and what it leaves.
static struct figures
look(const float *frames, uint32_t n, double w)
{
    double ss = 0, cc = 0, sc = 0, xs = 0, xc = 0;
    for (uint32_t i = 0; i < n; i++) {
        const double s = sin(w * i);
        const double c = cos(w * i);
        ss += s * s;
        cc += c * c;
        sc += s * c;
        xs += (double)frames[i] * s;
        xc += (double)frames[i] * c;
    }
    const double det = ss * cc - sc * sc;
    const double a = (xs * cc - xc * sc) / det;
    const double b = (xc * ss - xs * sc) / det;
    double rest = 0;
    for (uint32_t i = 0; i < n; i++) {
        const double x = (double)frames[i] - a * sin(w * i) - b * cos(w * i);
        rest += x * x;
    }
    const double peak = 0.5;
    return (struct figures){db(hypot(a, b) / peak),
                            db(sqrt(2.0 * rest / n) / peak)};
}

enum { TONE_IN = 12000, EDGE = 700 };

// A tone of `hz` through shim and zita: the same figures, and what they are.
static struct figures
try_tone(struct weir_resampler_config c, double hz)
{
    const uint32_t n_out = count_out(c, TONE_IN);
    float *in = new_frames(TONE_IN, 1);
    float *out = new_frames(n_out + GUARD, 1);
    float *direct = new_frames(n_out, 1);
    struct weir_resampler *r = new_resampler(c);
    for (int i = 0; i < TONE_IN; i++)
        in[i] = (float)(0.5 * sin(tau * hz / c.rate_in_hz * i));
    through(r, 1, (struct sizes){1, 512, 512}, in, TONE_IN, out, n_out + GUARD);
    zita_direct(&c, in, TONE_IN, direct, n_out);
    const double w = tau * hz / c.rate_out_hz;
    const struct figures f = look(out + EDGE, n_out - 2 * EDGE, w);
    const struct figures d = look(direct + EDGE, n_out - 2 * EDGE, w);
    // Of a tone above half of the output's rate there is nothing but rest.
    cr_assert(f.tone_db == d.tone_db && f.rest_db == d.rest_db);
    weir_resampler_free(r);
    free(in);
    free(out);
    free(direct);
    return f;
}

// Of half of the lower rate: up to 0.88 of it lies the passband, from 1.05 on
// the stopband, which there is none of when the rate is raised.
static void
try_band(uint32_t in_hz, uint32_t out_hz)
{
    const struct weir_resampler_config c = rates(in_hz, out_hz, 1);
    const double half_hz = (in_hz < out_hz ? in_hz : out_hz) / 2.0;
    const double edge_hz = 0.88 * half_hz;
    double ripple_db = 0;
    double rest_db = -200;
    double alias_db = -200;
    for (int k = 1; k <= 20; k++) {
        const struct figures f = try_tone(c, edge_hz * k / 20);
        ripple_db = fmax(ripple_db, fabs(f.tone_db));
        rest_db = fmax(rest_db, f.rest_db);
    }
    const double stop_hz = 1.05 * half_hz;
    const double top_hz = 0.99 * in_hz / 2.0;
    for (int k = 0; k <= 20 && stop_hz < top_hz; k++) {
        const double hz = stop_hz + (top_hz - stop_hz) * k / 20;
        const struct figures f = try_tone(c, hz);
        alias_db = fmax(alias_db, fmax(f.tone_db, f.rest_db));
    }
    char aliases[32] = "none possible";
    if (stop_hz < top_hz)
        snprintf(aliases, sizeof aliases, "%.1f dB", alias_db);
    cr_log_info("%u -> %u Hz: ripple %.5f dB, images and noise %.1f dB, "
                "aliases %s",
                in_hz, out_hz, ripple_db, rest_db, aliases);
    cr_assert(ripple_db < 0.01, "ripple %f dB", ripple_db);
    cr_assert(rest_db < -100.0, "images %f dB", rest_db);
    cr_assert(alias_db < -90.0, "aliases %f dB", alias_db);
    cr_assert(in_hz < out_hz || alias_db > -200.0, "no tone was tried");
}

Test(resampler, passband_is_flat_and_aliases_are_as_low_as_zitas)
{
    try_band(44100, 48000);
    try_band(48000, 44100);
    try_band(48000, 16000);
}

// -------------------------------------------------------------- steered ratio

static const struct zita_turn turns[] = {
    {100, 1.001}, {1100, 0.999}, {1101, 1.0}, {5000, 0.95}, {9000, 1.3},
};
enum { N_TURNS = sizeof turns / sizeof *turns };

static uint32_t
through_steered(struct weir_vresampler *v, uint32_t n_channels,
                struct sizes sizes, const float *in, uint32_t n_in, float *out,
                uint32_t n_room)
{
    uint32_t n_out = 0;
    size_t turn = 0;
    for (uint32_t at = 0; at < n_in;) {
        const uint32_t to = turn < N_TURNS ? turns[turn].at : n_room;
        const uint32_t room =
            min_u32(choose(&sizes, sizes.most_out), to - n_out);
        const uint32_t take = min_u32(choose(&sizes, sizes.most_in), n_in - at);
        const struct weir_resampled did =
            weir_vresampler_process(v, in + (size_t)at * n_channels, take,
                                    out + (size_t)n_out * n_channels, room);
        at += did.n_in;
        n_out += did.n_out;
        if (turn < N_TURNS && n_out == to)
            cr_assert_eq(weir_vresampler_steer(v, turns[turn++].factor),
                         WEIR_RESAMPLER_OK);
    }
    cr_assert_eq(turn, N_TURNS);
    return n_out + weir_vresampler_flush(v, out + (size_t)n_out * n_channels,
                                         n_room - n_out);
}

static void
compare_steered(double ratio, uint32_t n_channels, double smooth)
{
    enum { N = 12007, ROOM = 40000 };
    const struct weir_vresampler_config c = {ratio, n_channels,
                                             WEIR_RESAMPLER_GOOD_HALF};
    float *in = new_noise(N, n_channels);
    float *got = new_frames(ROOM, n_channels);
    float *expected = new_frames(ROOM, n_channels);
    struct weir_vresampler *v = new_steered(ratio, n_channels);
    cr_assert_eq(weir_vresampler_smooth(v, smooth), WEIR_RESAMPLER_OK);
    const uint32_t n = through_steered(
        v, n_channels, (struct sizes){9, 200, 300}, in, N, got, ROOM);
    // Behind the end zita goes on with silence.
    const uint32_t n_direct =
        zita_direct_steered(&c, smooth, turns, N_TURNS, in, N, expected, ROOM);
    cr_assert(n > 10000 && n < n_direct, "%u of %u", n, n_direct);
    check_equal(got, expected, (size_t)n * n_channels);
    weir_vresampler_free(v);
    free(in);
    free(got);
    free(expected);
}

Test(resampler, a_steered_ratio_is_zitas_to_the_bit)
{
    for (uint32_t n_channels = 1; n_channels <= 2; n_channels++) {
        compare_steered(48000.0 / 44100.0, n_channels, 0);
        compare_steered(1.0, n_channels, 300);
        compare_steered(44100.0 / 48000.0, n_channels, 50000);
    }
}

// Output frames of `n` input frames at a ratio that stands still.
static uint32_t
count_steered(double ratio, uint32_t n)
{
    enum { ROOM = 70000 };
    struct weir_vresampler *v = new_steered(ratio, 1);
    float *in = new_noise(n, 1);
    float *out = new_frames(ROOM, 1);
    const struct weir_resampled did =
        weir_vresampler_process(v, in, n, out, ROOM);
    cr_assert_eq(did.n_in, n);
    const uint32_t got =
        did.n_out + weir_vresampler_flush(v, out + did.n_out, ROOM - did.n_out);
    weir_vresampler_free(v);
    free(in);
    free(out);
    return got;
}

Test(resampler, a_ratio_that_stands_still_gives_as_many_frames)
{
    // Ratios whose steps are exact in binary: then so is the count.
    cr_assert_eq(count_steered(1.0, 1000), 1000);
    cr_assert_eq(count_steered(1.0, 0), 0);
    cr_assert_eq(count_steered(2.0, 1001), 2002);
    cr_assert_eq(count_steered(0.5, 1001), 501);
    cr_assert_eq(count_steered(0.0625, 1001), 63);
    cr_assert_eq(count_steered(64.0, 1000), 64000);
}

Test(resampler, a_steered_impulse_comes_out_at_its_moment)
{
    enum { N = 3000, AT = 1500 };
    struct weir_vresampler *v = new_steered(2.0, 1);
    float *in = new_frames(N, 1);
    float *out = new_frames(3 * N, 1);
    in[AT] = 1.0f;
    const uint32_t n = weir_vresampler_process(v, in, N, out, 3 * N).n_out;
    cr_assert_eq(n, 2 * (N - weir_vresampler_latency(v)));
    for (uint32_t i = 0; i < n; i++)
        cr_assert(i == 2 * AT || fabsf(out[i]) < out[2 * AT]);
    weir_vresampler_free(v);
    free(in);
    free(out);
}

// Input frames that 1000 output frames take, from now on.
static uint32_t
count_taken(struct weir_vresampler *v)
{
    static float out[1000];
    return weir_vresampler_process(v, NULL, 20000, out, 1000).n_in;
}

Test(resampler, smoothing_lets_the_ratio_follow_slowly)
{
    struct weir_vresampler *v = new_steered(1.0, 1);
    cr_assert_eq(weir_vresampler_smooth(v, 10000), WEIR_RESAMPLER_OK);
    count_taken(v);
    cr_assert_eq(count_taken(v), 1000);
    // Towards half of the input, a 1 - exp(-1/10) of the way in the first
    // 1000 frames: between 5 and 10 % on average.
    weir_vresampler_steer(v, 2.0);
    const uint32_t soon = count_taken(v);
    cr_assert(soon > 950 && soon < 1000, "%u", soon);
    for (int i = 0; i < 200; i++)
        count_taken(v);
    cr_assert_eq(count_taken(v), 500);
    // At once, and a reset leaves it.
    weir_vresampler_smooth(v, 0);
    weir_vresampler_steer(v, 1.0);
    count_taken(v);
    cr_assert_eq(count_taken(v), 1000);
    weir_vresampler_steer(v, 2.0);
    count_taken(v);
    weir_vresampler_reset(v);
    cr_assert_eq(count_taken(v), 500 + weir_vresampler_latency(v));
    weir_vresampler_free(v);
}

// ---------------------------------------------------------- what is not right

static enum weir_resampler_status
refused(uint32_t in_hz, uint32_t out_hz, uint32_t n_channels, uint32_t half)
{
    struct weir_resampler *untouched = (struct weir_resampler *)&untouched;
    struct weir_resampler *r = untouched;
    const enum weir_resampler_status status = weir_resampler_new(
        &(struct weir_resampler_config){in_hz, out_hz, n_channels, half}, &r);
    if (status == WEIR_RESAMPLER_OK)
        weir_resampler_free(r);
    else
        cr_assert_eq(r, untouched);
    return status;
}

Test(resampler, wrong_values_are_status_codes)
{
    cr_assert_eq(refused(999, 48000, 1, 48), WEIR_RESAMPLER_BAD_RATE);
    cr_assert_eq(refused(48000, 768001, 1, 48), WEIR_RESAMPLER_BAD_RATE);
    cr_assert_eq(refused(0, 48000, 1, 48), WEIR_RESAMPLER_BAD_RATE);
    cr_assert_eq(refused(48000, 0, 1, 48), WEIR_RESAMPLER_BAD_RATE);
    cr_assert_eq(refused(48000, 44101, 1, 48), WEIR_RESAMPLER_BAD_RATIO);
    cr_assert_eq(refused(768000, 8000, 1, 48), WEIR_RESAMPLER_BAD_RATIO);
    cr_assert_eq(refused(768000, 12000, 1, 48), WEIR_RESAMPLER_OK);
    cr_assert_eq(refused(1000, 768000, 1, 8), WEIR_RESAMPLER_OK);
    cr_assert_eq(refused(48000, 44100, 0, 48), WEIR_RESAMPLER_BAD_CHANNELS);
    cr_assert_eq(refused(48000, 44100, 1025, 48), WEIR_RESAMPLER_BAD_CHANNELS);
    cr_assert_eq(refused(48000, 44100, 1024, 48), WEIR_RESAMPLER_OK);
    cr_assert_eq(refused(48000, 44100, 1, 7), WEIR_RESAMPLER_BAD_HALF);
    cr_assert_eq(refused(48000, 44100, 1, 97), WEIR_RESAMPLER_BAD_HALF);
    cr_assert_eq(refused(48000, 44100, 1, 8), WEIR_RESAMPLER_OK);
    cr_assert_eq(refused(48000, 44100, 1, 96), WEIR_RESAMPLER_OK);
}

Test(resampler, rates_with_a_thousand_steps_are_the_last_that_fit)
{
    cr_assert_eq(refused(48003, 48000, 1, 48), WEIR_RESAMPLER_BAD_RATIO);
    cr_assert_eq(refused(47952, 48000, 1, 48), WEIR_RESAMPLER_OK);
    cr_assert_eq(refused(47952 + 48 / 2, 48000, 1, 48),
                 WEIR_RESAMPLER_BAD_RATIO);
}

static enum weir_resampler_status
refused_steered(double ratio, uint32_t n_channels, uint32_t half)
{
    struct weir_vresampler *v = NULL;
    const enum weir_resampler_status status = weir_vresampler_new(
        &(struct weir_vresampler_config){ratio, n_channels, half}, &v);
    weir_vresampler_free(v);
    return status;
}

Test(resampler, wrong_steered_values_are_status_codes)
{
    cr_assert_eq(refused_steered(0.062, 1, 48), WEIR_RESAMPLER_BAD_RATIO);
    cr_assert_eq(refused_steered(64.1, 1, 48), WEIR_RESAMPLER_BAD_RATIO);
    cr_assert_eq(refused_steered(NAN, 1, 48), WEIR_RESAMPLER_BAD_RATIO);
    cr_assert_eq(refused_steered(INFINITY, 1, 48), WEIR_RESAMPLER_BAD_RATIO);
    cr_assert_eq(refused_steered(-1, 1, 48), WEIR_RESAMPLER_BAD_RATIO);
    cr_assert_eq(refused_steered(1, 0, 48), WEIR_RESAMPLER_BAD_CHANNELS);
    cr_assert_eq(refused_steered(1, 1025, 48), WEIR_RESAMPLER_BAD_CHANNELS);
    cr_assert_eq(refused_steered(1, 1, 7), WEIR_RESAMPLER_BAD_HALF);
    cr_assert_eq(refused_steered(1, 1, 97), WEIR_RESAMPLER_BAD_HALF);
    cr_assert_eq(refused_steered(1, 1024, 96), WEIR_RESAMPLER_OK);
}

Test(resampler, what_cannot_be_steered_changes_nothing)
{
    struct weir_vresampler *v = new_steered(1.0, 1);
    cr_assert_eq(weir_vresampler_steer(v, 2.0), WEIR_RESAMPLER_OK);
    for (const double *bad = (double[]){0.94, 16.1, NAN, INFINITY, 0}; *bad;
         bad++)
        cr_assert_eq(weir_vresampler_steer(v, *bad), WEIR_RESAMPLER_BAD_RATIO);
    cr_assert_eq(weir_vresampler_smooth(v, NAN), WEIR_RESAMPLER_BAD_TIME);
    cr_assert_eq(weir_vresampler_smooth(v, -1), WEIR_RESAMPLER_BAD_TIME);
    cr_assert_eq(weir_vresampler_smooth(v, INFINITY), WEIR_RESAMPLER_BAD_TIME);
    count_taken(v);
    cr_assert_eq(count_taken(v), 500);
    weir_vresampler_free(v);
}

// --------------------------------------------------------------------- memory

Test(resampler, what_runs_asks_for_no_memory)
{
    enum { N = 4096 };
    float *in = new_noise(N, 2);
    float *out = new_frames(2 * N, 2);
    const unsigned long at_first = counted_requests();
    struct weir_resampler *r = new_resampler(rates(44100, 48000, 2));
    struct weir_vresampler *v = new_steered(1.0, 2);
    const unsigned long before = counted_requests();
    // The count counts: zita's tables, too.
    cr_assert(before >= at_first + 6, "%lu", before - at_first);
    for (int i = 0; i < 20; i++) {
        weir_resampler_process(r, in, N, out, 2 * N);
        weir_resampler_flush(r, out, N);
        weir_resampler_reset(r);
        weir_vresampler_process(v, in, N, out, 2 * N);
        weir_vresampler_steer(v, 1.0 + i * 0.01);
        weir_vresampler_smooth(v, i);
        weir_vresampler_flush(v, out, N);
        weir_vresampler_reset(v);
    }
    cr_assert_eq(counted_requests(), before);
    weir_resampler_free(r);
    weir_vresampler_free(v);
    free(in);
    free(out);
}

Test(resampler, short_memory_is_a_status_code)
{
    for (int n = 0; n < 2; n++) {
        if (!counted_fail_after(n))
            cr_skip_test("a sanitizer has malloc()");
        cr_assert_eq(refused(44100, 48000, 1, 48), WEIR_RESAMPLER_NO_MEMORY);
        counted_fail_after(n);
        cr_assert_eq(refused_steered(1, 1, 48), WEIR_RESAMPLER_NO_MEMORY);
    }
    counted_fail_after(-1);
    cr_assert_eq(refused(44100, 48000, 1, 48), WEIR_RESAMPLER_OK);
}

Test(resampler, memory_that_ends_within_zita_is_a_status_code, .timeout = 20)
{
    struct weir_resampler *before = new_resampler(rates(48000, 16000, 1));
    if (!counted_fail_after(2))
        cr_skip_test("a sanitizer has malloc()");
    cr_assert_eq(refused(44100, 48000, 1, 48), WEIR_RESAMPLER_NO_MEMORY);
    // zita has thrown and kept its lock: nobody waits for it.
    cr_assert_eq(refused(44100, 48000, 1, 48), WEIR_RESAMPLER_NO_MEMORY);
    float out[32];
    cr_assert_gt(weir_resampler_process(before, NULL, 300, out, 32).n_out, 0);
    weir_resampler_free(before);
}
