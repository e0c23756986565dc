// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What the meters show of strips and buses, and what is not a number.
#include "cycle/rig.h"

#include <criterion/criterion.h>
#include <math.h>

static void
run_sine(struct rig *r, struct rig_strip *s, double amplitude,
         uint64_t n_frames, uint32_t block)
{
    s->feed = RIG_FEED_OWN;
    for (; n_frames > 0; n_frames -= block) {
        for (uint32_t c = 0; c < s->n_channels; c++)
            for (uint32_t i = 0; i < block; i++)
                s->in[c][i] = (float)(amplitude / (c + 1) *
                                      sin(2 * M_PI * 1000.0 / RIG_RATE_HZ *
                                          (double)(r->clock + i)));
        rig_cycle(r, block);
    }
}

static double
to_db(float lin)
{
    return 20.0 * log10((double)lin);
}

Test(meters, strip_and_bus_show_a_sines_peak_and_rms_channel_by_channel)
{
    struct rig *r = rig_new(NULL);
    struct rig_strip *s = rig_add_strip(r, 2);
    run_sine(r, s, 1.0, 48000, 64);
    const struct weir_meter_report strip = rig_meter(r, s, NULL);
    const struct weir_meter_report bus = rig_meter(r, NULL, r->main);
    cr_assert(strip.n_channels == 2 && bus.n_channels == 2);
    cr_assert_float_eq(to_db(strip.peak[0]), 0.0, 1e-4);
    cr_assert_float_eq(to_db(strip.rms[0]), -3.0103, 2e-3);
    cr_assert_float_eq(to_db(strip.peak[1]), -6.0206, 1e-4);
    cr_assert_float_eq(to_db(strip.rms[1]), -9.0309, 2e-3);
    for (int c = 0; c < 2; c++) {
        cr_assert_eq(bus.peak[c], strip.peak[c]);
        cr_assert_eq(bus.rms[c], strip.rms[c]);
    }
    rig_free(r);
}

Test(meters, a_strips_meter_is_behind_its_fader_and_a_buss_behind_its_own)
{
    struct rig *r = rig_new(NULL);
    struct rig_strip *s = rig_add_strip(r, 2);
    s->feed = RIG_FEED_LEVEL;
    s->level = 0.5f;
    rig_set(r, s, WEIR_STRIP_PARAM_GAIN, 0.5f);
    rig_set(r, s, WEIR_STRIP_PARAM_TRIM, 2.0f);
    rig_set(r, s, WEIR_STRIP_PARAM_PAN, 1.0f); // behind the meter
    rig_set_bus(r, r->main, WEIR_BUS_PARAM_GAIN, 0.25f);
    rig_run(r, 28800, 64);
    const struct weir_meter_report strip = rig_meter(r, s, NULL);
    const struct weir_meter_report bus = rig_meter(r, NULL, r->main);
    cr_assert(strip.peak[0] == 0.5f && strip.peak[1] == 0.5f);
    cr_assert_float_eq(strip.rms[0], 0.5f, 1e-6);
    cr_assert(bus.peak[0] == 0.0f && bus.peak[1] == 0.125f);
    cr_assert_float_eq(bus.rms[1], 0.125f, 1e-6);
    rig_free(r);
}

static void
check_forgotten(uint32_t block)
{
    struct rig *r = rig_new(NULL);
    struct rig_strip *s = rig_add_strip(r, 2);
    run_sine(r, s, 1.0, (uint64_t)block * 40, block);
    s->feed = RIG_FEED_LEVEL; // of 0
    rig_run(r, 14400 - 481, block);
    cr_assert_gt(rig_meter(r, s, NULL).peak[0], 0.0f);
    cr_assert_gt(rig_meter(r, NULL, r->main).rms[0], 0.0f);
    rig_run(r, 481, block);
    cr_assert_eq(rig_meter(r, s, NULL).peak[0], 0.0f);
    cr_assert_eq(rig_meter(r, s, NULL).rms[0], 0.0f);
    cr_assert_eq(rig_meter(r, NULL, r->main).peak[0], 0.0f);
    cr_assert_eq(rig_meter(r, NULL, r->main).rms[0], 0.0f);
    rig_free(r);
}

Test(meters, after_300_ms_of_silence_all_is_forgotten)
{
    check_forgotten(64);
    check_forgotten(1000);
    check_forgotten(8192);
}

Test(meters, a_muted_strip_shows_silence_and_so_does_a_muted_bus)
{
    struct rig *r = rig_new(NULL);
    struct rig_strip *s = rig_add_strip(r, 2);
    rig_set(r, s, WEIR_STRIP_PARAM_MUTE, 1.0f);
    rig_run(r, 240 + 14400, 240);
    cr_assert_eq(rig_meter(r, s, NULL).peak[0], 0.0f);
    rig_set(r, s, WEIR_STRIP_PARAM_MUTE, 0.0f);
    rig_set_bus(r, r->main, WEIR_BUS_PARAM_MUTE, 1.0f);
    rig_run(r, 240 + 14400, 240);
    cr_assert_gt(rig_meter(r, s, NULL).peak[0], 0.0f);
    cr_assert_eq(rig_meter(r, NULL, r->main).peak[0], 0.0f);
    rig_free(r);
}

Test(meters, lost_frames_are_silence_to_the_meters_too)
{
    struct rig *r = rig_new(NULL);
    struct rig_strip *s = rig_add_strip(r, 2);
    rig_run(r, 14400, 64);
    rig_skip(r, 14400);
    s->feed = RIG_FEED_LEVEL;
    rig_run(r, 64, 64);
    cr_assert_eq(rig_meter(r, s, NULL).peak[0], 0.0f);
    cr_assert_eq(rig_meter(r, NULL, r->main).peak[0], 0.0f);
    rig_free(r);
}

Test(meters, a_strip_of_64_channels_has_64_meters)
{
    struct rig *r = rig_new(&(struct rig_config){.history_frames = 8192});
    struct rig_strip *s = rig_add_strip(r, 64);
    s->feed = RIG_FEED_OWN;
    for (uint32_t c = 0; c < 64; c++)
        for (uint32_t i = 0; i < 64; i++)
            s->in[c][i] = i % 2 ? -(float)(c + 1) : 0.5f;
    rig_run(r, 640, 64);
    const struct weir_meter_report got = rig_meter(r, s, NULL);
    cr_assert_eq(got.n_channels, 64);
    for (uint32_t c = 0; c < 64; c++)
        cr_assert_eq(got.peak[c], (float)(c + 1)); // the negative side
    rig_free(r);
}

// ----------------------------------------------------------- not a number

static uint64_t
count_not_finite(const struct rig *r)
{
    return rig_count(&r->engine->counters.blocks_not_finite);
}

static uint64_t
count_of_strip(const struct rig_strip *s)
{
    return rig_count(&s->mix->n_not_finite);
}

struct duo {
    struct rig *r;
    struct rig_strip *bad; // a quarter
    struct rig_strip *good;
    struct rig_bus *aux; // bad's pre send
    struct weir_tap *tap;
};

static void
fill(struct rig_strip *s, float level)
{
    for (uint32_t c = 0; c < s->n_channels; c++)
        for (uint32_t i = 0; i < 64; i++)
            s->in[c][i] = level;
}

static struct duo
new_duo(void)
{
    struct duo d = {.r = rig_new(NULL)};
    d.bad = rig_add_strip(d.r, 2);
    d.good = rig_add_strip(d.r, 2);
    d.aux = rig_add_bus(d.r, 1, 2);
    d.tap = rig_make_tap(d.r, 2);
    rig_push(d.r,
             &(struct weir_command){.kind = WEIR_COMMAND_TAP_ADD,
                                    .strip = d.bad->mix,
                                    .tap = d.tap},
             1);
    d.bad->feed = RIG_FEED_OWN;
    fill(d.bad, 0.25f);
    rig_set_send(d.r, d.bad, d.aux, WEIR_SEND_PARAM_PRE, 1.0f);
    rig_set_send(d.r, d.bad, d.aux, WEIR_SEND_PARAM_LEVEL, 1.0f);
    rig_set_send(d.r, d.bad, d.aux, WEIR_SEND_PARAM_ON, 1.0f);
    rig_run(d.r, 512, 64);
    return d;
}

// The newest block: `bad` is there, or silent; `good` always.
static void
check_block(const struct duo *d, float bad)
{
    float got[2 * 64];
    const uint64_t from = d->r->engine->position - 64;
    cr_assert(rig_read(d->r->main->tap, from, got, 64));
    for (uint32_t i = 0; i < 128; i++)
        cr_assert_eq(got[i],
                     bad + rig_number(d->good->stream + i % 2, from + i / 2));
    cr_assert(rig_read(d->tap, from, got, 64));
    for (uint32_t i = 0; i < 128; i++)
        cr_assert_eq(got[i], bad);
    cr_assert(rig_read(d->aux->tap, from, got, 64));
    for (uint32_t i = 0; i < 128; i++)
        cr_assert_eq(got[i], bad);
}

static void
check_poison(float poison, uint32_t channel, uint32_t at)
{
    struct duo d = new_duo();
    check_block(&d, 0.25f);
    cr_assert_eq(count_not_finite(d.r), 0);
    d.bad->in[channel][at] = poison;
    rig_cycle(d.r, 64);
    check_block(&d, 0.0f);
    cr_assert_eq(count_not_finite(d.r), 1);
    fill(d.bad, 0.25f);
    rig_cycle(d.r, 64);
    check_block(&d, 0.25f);
    cr_assert_eq(count_not_finite(d.r), 1);
    cr_assert_eq(count_of_strip(d.bad), 1);
    cr_assert_eq(count_of_strip(d.good), 0);
    const struct weir_meter_report strip = rig_meter(d.r, d.bad, NULL);
    cr_assert_eq(strip.peak[0], 0.25f);
    cr_assert(strip.rms[0] > 0.0f && strip.rms[0] < 0.25f);
    rig_free(d.r);
}

Test(meters, what_is_not_finite_silences_its_strip_for_its_block_only)
{
    check_poison(NAN, 0, 0);
    check_poison(-NAN, 1, 63);
    check_poison(INFINITY, 0, 31);
    check_poison(-INFINITY, 1, 32);
}

Test(meters, a_number_that_gains_could_make_infinite_is_silenced_as_well)
{
    check_poison(3e38f, 0, 5);
    check_poison(-2e10f, 1, 5);
}

Test(meters, a_trim_that_makes_a_sample_infinite_is_noticed)
{
    struct duo d = new_duo();
    rig_set(d.r, d.bad, WEIR_STRIP_PARAM_TRIM, 100.0f);
    rig_run(d.r, 512, 64);
    fill(d.bad, 1e37f);
    rig_cycle(d.r, 64);
    check_block(&d, 0.0f);
    cr_assert_eq(count_not_finite(d.r), 1);
    rig_free(d.r);
}

Test(meters, the_loudest_allowed_sound_leaves_sums_and_meters_finite)
{
    struct rig *r = rig_new(&(struct rig_config){.main_channels = 1});
    float got;
    for (int i = 0; i < 64; i++) {
        struct rig_strip *s = rig_add_strip(r, 64);
        s->feed = RIG_FEED_LEVEL;
        s->level = 1e10f;
        rig_set(r, s, WEIR_STRIP_PARAM_GAIN, 3.1622777f);
    }
    rig_set_bus(r, r->main, WEIR_BUS_PARAM_GAIN, 3.1622777f);
    rig_run(r, 1024, 512);
    cr_assert(rig_read(r->main->tap, 1023, &got, 1));
    cr_assert(isfinite(got) && got > 1e12f);
    cr_assert(isfinite(rig_meter(r, NULL, r->main).rms[0]));
    cr_assert_eq(count_not_finite(r), 0);
    rig_free(r);
}

Test(meters, a_muted_strip_with_a_nan_does_not_poison_anything)
{
    struct duo d = new_duo();
    rig_set(d.r, d.bad, WEIR_STRIP_PARAM_MUTE, 1.0f);
    rig_set_send(d.r, d.bad, d.aux, WEIR_SEND_PARAM_ON, 0.0f);
    rig_run(d.r, 512, 64);
    fill(d.bad, NAN);
    rig_run(d.r, 512, 64);
    check_block(&d, 0.0f);
    cr_assert_eq(count_not_finite(d.r), 8);
    cr_assert(isfinite(rig_meter(d.r, NULL, d.r->main).rms[0]));
    rig_free(d.r);
}

// ------------------------------------------------------------------- signs

Test(meters, polarity_turns_every_sample_to_the_bit_and_nothing_else)
{
    struct rig *r = rig_new(NULL);
    struct rig_strip *s = rig_add_strip(r, 2);
    float got[2];
    rig_set(r, s, WEIR_STRIP_PARAM_POLARITY, 1.0f);
    rig_run(r, 1024, 64);
    for (uint64_t p = 512; p < 1024; p++) {
        cr_assert(rig_read(r->main->tap, p, got, 1));
        cr_assert_eq(got[0], -rig_number(s->stream, p));
        cr_assert_eq(got[1], -rig_number(s->stream + 1, p));
    }
    rig_free(r);
}

Test(meters, minus_zero_is_silence)
{
    struct rig *r = rig_new(NULL);
    struct rig_strip *s = rig_add_strip(r, 2);
    float got[2];
    s->feed = RIG_FEED_LEVEL;
    s->level = -0.0f;
    rig_set(r, s, WEIR_STRIP_PARAM_POLARITY, 1.0f);
    rig_run(r, 1024, 64);
    for (uint64_t p = 0; p < 1024; p++) {
        cr_assert(rig_read(r->main->tap, p, got, 1));
        cr_assert(got[0] == 0.0f && !signbit(got[0]));
    }
    cr_assert_eq(rig_meter(r, s, NULL).peak[0], 0.0f);
    cr_assert_not(signbit(rig_meter(r, s, NULL).peak[0]));
    cr_assert_eq(count_not_finite(r), 0);
    rig_free(r);
}
