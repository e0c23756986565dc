// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Rates and channels: in whatever pieces, the same frames come.
#include "common/convert.h"
#include "counted_memory.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { N = 9001, ROOM = 3 * N };

static struct weir_convert *
new_convert(struct weir_convert_config config)
{
    struct weir_convert *c = NULL;
    cr_assert_eq(weir_convert_new(&config, &c), WEIR_RESAMPLER_OK);
    return c;
}

static float *
new_floats(size_t n)
{
    float *floats = calloc(n, sizeof *floats);
    cr_assert(floats);
    return floats;
}

static float *
new_noise(size_t n)
{
    float *noise = new_floats(n);
    uint32_t seed = 1;
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        // Few bits, so that sums are exact in any order.
        noise[i] = (float)((int32_t)seed >> 20) / 4096.0f;
    }
    return noise;
}

static uint32_t
get_all(struct weir_convert *c, uint32_t n_out, float *out, uint32_t n_room,
        uint32_t piece)
{
    uint32_t n = 0;
    for (;;) {
        const uint32_t most = piece < n_room - n ? piece : n_room - n;
        cr_assert(most > 0);
        const uint32_t got = weir_convert_get(c, out + (size_t)n * n_out, most);
        cr_assert_leq(got, most);
        if (got == 0)
            return n;
        n += got;
    }
}

// All of `in`, `n_put` and `n_get` frames at a time; returns how many came.
static uint32_t
through(struct weir_convert_config k, const float *in, uint32_t n,
        uint32_t n_put, uint32_t n_get, float *out)
{
    struct weir_convert *c = new_convert(k);
    uint32_t n_out = 0;
    for (uint32_t at = 0; at < n;) {
        const uint32_t piece = n_put < n - at ? n_put : n - at;
        weir_convert_put(c, in + (size_t)at * k.n_in, piece);
        n_out += get_all(c, k.n_out, out + (size_t)n_out * k.n_out,
                         ROOM - n_out, n_get);
        at += piece;
    }
    weir_convert_end(c);
    n_out +=
        get_all(c, k.n_out, out + (size_t)n_out * k.n_out, ROOM - n_out, n_get);
    // It stays at its end.
    cr_assert_eq(weir_convert_get(c, out + (size_t)n_out * k.n_out, 1), 0);
    weir_convert_free(c);
    return n_out;
}

static uint32_t
ceil_of(uint64_t n, uint64_t times, uint64_t by)
{
    return (uint32_t)((n * times + by - 1) / by);
}

// ------------------------------------------------------- where frames lie

// Both ways of getting, frame by frame the same; where they come as they were
// put in, they stay there.
static void
check_next(struct weir_convert_config k, bool in_place)
{
    enum { PIECE = 300 };
    float *in = new_noise((size_t)N * k.n_in);
    float *expected = new_floats((size_t)ROOM * k.n_out);
    float *room = new_floats((size_t)PIECE * k.n_out);
    struct weir_convert *got = new_convert(k);
    uint32_t n_left = through(k, in, 1000, 1000, 1000, expected);
    const float *next = expected;
    weir_convert_put(got, in, 1000);
    for (bool ended = false;;) {
        uint32_t n = PIECE;
        const float *frames = weir_convert_next(got, room, &n);
        cr_assert_leq(n, n_left);
        cr_assert_eq(memcmp(frames, next, n * k.n_out * sizeof *next), 0);
        if (n > 0 && in_place)
            cr_assert_eq(frames, in + (next - expected));
        next += (size_t)n * k.n_out;
        n_left -= n;
        if (n == 0 && ended)
            break;
        if (n == 0)
            weir_convert_end(got);
        ended = ended || n == 0;
    }
    cr_assert_eq(n_left, 0);
    weir_convert_free(got);
    free(in);
    free(expected);
    free(room);
}

Test(convert, frames_that_stay_as_they_are_are_not_copied)
{
    check_next((struct weir_convert_config){48000, 48000, 3, 3}, true);
    check_next((struct weir_convert_config){48000, 48000, 3, 2}, false);
    check_next((struct weir_convert_config){48000, 48000, 2, 3}, false);
    check_next((struct weir_convert_config){48000, 44100, 2, 2}, false);
}

Test(convert, silence_that_stays_as_it_is_lies_in_the_room)
{
    float room[2 * 8];
    uint32_t n = 8;
    struct weir_convert *c =
        new_convert((struct weir_convert_config){48000, 48000, 2, 2});
    memset(room, 0xff, sizeof room);
    weir_convert_put(c, NULL, 5);
    cr_assert_eq(weir_convert_next(c, room, &n), room);
    cr_assert_eq(n, 5);
    for (uint32_t i = 0; i < 10; i++)
        cr_assert_eq(room[i], 0.0f);
    weir_convert_free(c);
}

// --------------------------------------------------------------- channels

static void
check_map(uint32_t n_in, uint32_t n_out,
          float (*expected)(const float *frame, uint32_t channel))
{
    float *in = new_noise((size_t)N * n_in);
    float *out = new_floats((size_t)ROOM * n_out);
    const struct weir_convert_config k = {48000, 48000, n_in, n_out};
    cr_assert_eq(through(k, in, N, 1000, 700, out), N);
    for (uint32_t f = 0; f < N; f++)
        for (uint32_t i = 0; i < n_out; i++)
            cr_assert_eq(out[f * n_out + i], expected(in + f * n_in, i),
                         "frame %u, channel %u", f, i);
    free(in);
    free(out);
}

static float
same(const float *frame, uint32_t channel)
{
    return frame[channel];
}

static float
first(const float *frame, uint32_t channel)
{
    (void)channel;
    return frame[0];
}

static float
mean_of_4(const float *frame, uint32_t channel)
{
    (void)channel;
    return (frame[0] + frame[1] + frame[2] + frame[3]) / 4.0f;
}

static float
seven_on_three(const float *frame, uint32_t channel)
{
    return frame[channel] + frame[channel + 3] +
           (channel == 0 ? frame[6] : 0.0f);
}

static float
two_of_four(const float *frame, uint32_t channel)
{
    return channel < 2 ? frame[channel] : 0.0f;
}

Test(convert, channels_follow_the_mixers_rules)
{
    check_map(2, 2, same);
    check_map(64, 64, same);
    check_map(1, 5, first);
    check_map(4, 1, mean_of_4);
    check_map(7, 3, seven_on_three);
    check_map(2, 4, two_of_four);
}

// ------------------------------------------------------------------ rates

static const struct weir_convert_config ways[] = {
    {48000, 16000, 2, 1}, {44100, 48000, 2, 2}, {48000, 44100, 1, 2},
    {44100, 16000, 5, 2}, {8000, 16000, 2, 6},  {48000, 48000, 2, 1},
};
enum { N_WAYS = sizeof ways / sizeof *ways };

Test(convert, pieces_do_not_matter)
{
    static const uint32_t pieces[][2] = {
        {1, 1}, {1, 4096}, {4096, 1}, {64, 480}, {1000, 333}};
    for (size_t w = 0; w < N_WAYS; w++) {
        const struct weir_convert_config k = ways[w];
        float *in = new_noise((size_t)N * k.n_in);
        float *whole = new_floats((size_t)ROOM * k.n_out);
        float *out = new_floats((size_t)ROOM * k.n_out);
        const uint32_t n = through(k, in, N, 4096, ROOM, whole);
        cr_assert_eq(n, ceil_of(N, k.rate_out_hz, k.rate_in_hz));
        for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++) {
            cr_assert_eq(through(k, in, N, pieces[p][0], pieces[p][1], out), n);
            cr_assert_eq(memcmp(out, whole, (size_t)n * k.n_out * 4), 0);
        }
        free(in);
        free(whole);
        free(out);
    }
}

Test(convert, resampling_is_that_of_the_shim)
{
    const struct weir_convert_config k = {44100, 48000, 2, 2};
    const struct weir_resampler_config rc = {44100, 48000, 2,
                                             WEIR_RESAMPLER_GOOD_HALF};
    float *in = new_noise(2 * N);
    float *out = new_floats(2 * ROOM);
    float *expected = new_floats(2 * ROOM);
    struct weir_resampler *r = NULL;
    cr_assert_eq(weir_resampler_new(&rc, &r), WEIR_RESAMPLER_OK);
    uint32_t n = weir_resampler_process(r, in, N, expected, ROOM).n_out;
    n += weir_resampler_flush(r, expected + 2 * n, ROOM - n);
    cr_assert_eq(through(k, in, N, 100, 100, out), n);
    cr_assert_eq(memcmp(out, expected, 2 * n * sizeof *out), 0);
    weir_resampler_free(r);
    free(in);
    free(out);
    free(expected);
}

Test(convert, a_mean_is_the_mean_at_another_rate)
{
    // Both channels alike: one of them, resampled, is their mean.
    float *one = new_noise(N);
    float *two = new_floats(2 * N);
    float *a = new_floats(ROOM);
    float *b = new_floats(ROOM);
    for (int i = 0; i < N; i++)
        two[2 * i] = two[2 * i + 1] = one[i];
    const uint32_t n = through((struct weir_convert_config){48000, 16000, 1, 1},
                               one, N, 50, 50, a);
    cr_assert_eq(through((struct weir_convert_config){48000, 16000, 2, 1}, two,
                         N, 70, 70, b),
                 n);
    cr_assert_eq(memcmp(a, b, n * sizeof *a), 0);
    free(one);
    free(two);
    free(a);
    free(b);
}

Test(convert, silence_is_put_in_without_frames)
{
    for (size_t w = 0; w < N_WAYS; w++) {
        const struct weir_convert_config k = ways[w];
        float *zeros = new_floats((size_t)1000 * k.n_in);
        float *noise = new_noise((size_t)1000 * k.n_in);
        float *out[2];
        uint32_t n[2];
        for (int way = 0; way < 2; way++) {
            struct weir_convert *c = new_convert(k);
            out[way] = new_floats((size_t)ROOM * k.n_out);
            weir_convert_put(c, noise, 1000);
            n[way] = get_all(c, k.n_out, out[way], ROOM, 100);
            weir_convert_put(c, way ? NULL : zeros, 1000);
            n[way] += get_all(c, k.n_out, out[way] + n[way] * k.n_out,
                              ROOM - n[way], 100);
            weir_convert_free(c);
        }
        cr_assert_eq(n[0], n[1]);
        for (size_t i = 0; i < (size_t)n[0] * k.n_out; i++)
            cr_assert_eq(out[0][i], out[1][i]);
        free(zeros);
        free(noise);
        free(out[0]);
        free(out[1]);
    }
}

// ---------------------------------------------------------------- knowing

Test(convert, spans_and_latency_say_how_much_has_to_go_in)
{
    for (size_t w = 0; w < N_WAYS; w++) {
        const struct weir_convert_config k = ways[w];
        for (uint32_t wanted = 1; wanted < 600; wanted += 37) {
            struct weir_convert *c = new_convert(k);
            float *out = new_floats((size_t)ROOM * k.n_out);
            const uint64_t spans = weir_convert_spans(c, wanted);
            cr_assert_eq(spans, ceil_of(wanted, k.rate_in_hz, k.rate_out_hz));
            const uint64_t need = spans + weir_convert_latency(c);
            weir_convert_put(c, NULL, (uint32_t)need);
            cr_assert_geq(get_all(c, k.n_out, out, ROOM, 100), wanted);
            free(out);
            weir_convert_free(c);
        }
    }
    struct weir_convert *c =
        new_convert((struct weir_convert_config){768000, 44100, 1, 1});
    cr_assert_eq(weir_convert_spans(c, UINT64_MAX), UINT64_MAX);
    // 1e9 s: the product of frames and rate would not fit.
    cr_assert_eq(weir_convert_spans(c, 44100ull * 1000000000),
                 768000ull * 1000000000);
    weir_convert_free(c);
}

static enum weir_resampler_status
refused(uint32_t in_hz, uint32_t out_hz, uint32_t n_in, uint32_t n_out)
{
    struct weir_convert *c = NULL;
    const enum weir_resampler_status status = weir_convert_new(
        &(struct weir_convert_config){in_hz, out_hz, n_in, n_out}, &c);
    cr_assert_eq(status != WEIR_RESAMPLER_OK, c == NULL);
    weir_convert_free(c);
    return status;
}

Test(convert, what_cannot_be_is_a_status_code)
{
    cr_assert_eq(refused(48000, 44101, 2, 2), WEIR_RESAMPLER_BAD_RATIO);
    cr_assert_eq(refused(48000, 999, 2, 2), WEIR_RESAMPLER_BAD_RATE);
    cr_assert_eq(refused(0, 0, 2, 2), WEIR_RESAMPLER_BAD_RATE);
    cr_assert_eq(refused(48000, 48000, 0, 2), WEIR_RESAMPLER_BAD_CHANNELS);
    cr_assert_eq(refused(48000, 48000, 2, 0), WEIR_RESAMPLER_BAD_CHANNELS);
    cr_assert_eq(refused(48000, 48000, 2, 1025), WEIR_RESAMPLER_BAD_CHANNELS);
    cr_assert_eq(refused(48000, 44100, 1024, 2), WEIR_RESAMPLER_OK);
    // Equal rates have no limits.
    cr_assert_eq(refused(999, 999, 2, 1), WEIR_RESAMPLER_OK);
}

Test(convert, what_runs_asks_for_no_memory)
{
    for (size_t w = 0; w < N_WAYS; w++) {
        const struct weir_convert_config k = ways[w];
        float *in = new_noise((size_t)4096 * k.n_in);
        float *out = new_floats((size_t)ROOM * k.n_out);
        struct weir_convert *c = new_convert(k);
        const unsigned long before = counted_requests();
        for (int i = 0; i < 10; i++) {
            weir_convert_put(c, i % 3 ? in : NULL, 4096);
            while (weir_convert_get(c, out, 1000) > 0)
                continue;
        }
        weir_convert_end(c);
        while (weir_convert_get(c, out, 100) > 0)
            continue;
        cr_assert_eq(counted_requests(), before);
        weir_convert_free(c);
        free(in);
        free(out);
    }
}

Test(convert, short_memory_is_a_status_code_each_time)
{
    for (int n = 0; n < 3; n++) {
        if (!counted_fail_after(n))
            cr_skip_test("a sanitizer has malloc()");
        cr_assert_eq(refused(48000, 44100, 2, 1), WEIR_RESAMPLER_NO_MEMORY);
        counted_fail_after(n);
        cr_assert_eq(refused(48000, 44100, 1, 2), WEIR_RESAMPLER_NO_MEMORY);
    }
}
