// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Which channel of a strip is heard in which channel of a bus, and how loud:
// the rules of interface.md, written down a second time in double precision.
#include "cycle/rig.h"

#include <criterion/criterion.h>
#include <math.h>

static const double half_pi = 1.5707963267948966;

static double
pan_share(double pan, uint32_t to)
{
    const double angle = (pan + 1.0) / 2.0 * half_pi;
    return to == 0 ? cos(angle) : to == 1 ? sin(angle) : 0.0;
}

static double
balance_share(double pan, uint32_t from, uint32_t to)
{
    if (from != to)
        return 0.0;
    return to == 0 ? fmin(1.0, 1.0 - pan) : fmin(1.0, 1.0 + pan);
}

// The gain from channel `from` of `n` to channel `to` of a bus with `m`.
static double
share(uint32_t n, uint32_t from, uint32_t m, uint32_t to, double pan)
{
    if (m == 1)
        return 1.0 / n;
    if (n == 1)
        return pan_share(pan, to);
    if (n == 2)
        return balance_share(pan, from, to);
    return from % m == to ? 1.0 : 0.0;
}

static double
expected(const struct rig_strip *s, uint32_t m, uint32_t to, double pan,
         uint64_t position)
{
    double sum = 0.0;
    for (uint32_t from = 0; from < s->n_channels; from++)
        sum += share(s->n_channels, from, m, to, pan) *
               (double)rig_number(s->stream + from, position);
    return sum;
}

static void
check_block(const struct rig *r, const struct rig_strip *s,
            const struct rig_bus *b, double pan)
{
    static float got[64];
    const uint32_t m = b->n_channels;
    for (uint64_t p = r->engine->position - 32; p < r->engine->position; p++) {
        cr_assert(rig_read(b->tap, p, got, 1));
        for (uint32_t c = 0; c < m; c++)
            cr_assert_float_eq((double)got[c], expected(s, m, c, pan, p), 4e-6,
                               "%u to %u, channel %u at %g", s->n_channels, m,
                               c, pan);
    }
}

static void
check_pair(uint32_t n, uint32_t m)
{
    static const float pans[] = {0.0f, -1.0f, 1.0f, -0.5f, 0.3f};
    struct rig *r = rig_new(&(struct rig_config){.main_channels = m});
    struct rig_strip *s = rig_add_strip(r, n);
    struct rig_bus *b = rig_add_bus(r, 1, m);
    rig_set_send(r, s, b, WEIR_SEND_PARAM_LEVEL, 1.0f);
    rig_set_send(r, s, b, WEIR_SEND_PARAM_ON, 1.0f);
    for (uint32_t i = 0; i < sizeof pans / sizeof pans[0]; i++) {
        rig_set(r, s, WEIR_STRIP_PARAM_PAN, pans[i]);
        rig_run(r, 512, 256);
        check_block(r, s, r->main, (double)pans[i]);
        check_block(r, s, b, (double)pans[i]);
    }
    rig_free(r);
}

Test(channels, any_strip_to_any_bus_goes_by_the_rules_at_any_pan)
{
    static const uint32_t strips[] = {1, 2, 3, 4, 5, 8, 17, 63, 64};
    static const uint32_t buses[] = {1, 2, 3, 4, 6, 64};
    for (uint32_t i = 0; i < sizeof strips / sizeof strips[0]; i++)
        for (uint32_t k = 0; k < sizeof buses / sizeof buses[0]; k++)
            check_pair(strips[i], buses[k]);
}

// The settled gains of a strip that is fed `level` in every channel.
static void
settle(struct rig *r, struct rig_strip *s, float pan, float got[2])
{
    s->feed = RIG_FEED_LEVEL;
    s->level = 0.5f;
    rig_set(r, s, WEIR_STRIP_PARAM_PAN, pan);
    rig_run(r, 512, 256);
    cr_assert(rig_read(r->main->tap, r->engine->position - 1, got, 1));
    got[0] /= s->level;
    got[1] /= s->level;
}

Test(channels, a_mono_strips_pan_is_exact_at_both_ends)
{
    struct rig *r = rig_new(NULL);
    struct rig_strip *s = rig_add_strip(r, 1);
    float got[2];
    settle(r, s, -1.0f, got);
    cr_assert(got[0] == 1.0f && got[1] == 0.0f);
    settle(r, s, 1.0f, got);
    cr_assert(got[0] == 0.0f && got[1] == 1.0f);
    rig_free(r);
}

Test(channels, a_mono_strips_pan_has_equal_power_and_3_db_less_in_the_centre)
{
    struct rig *r = rig_new(NULL);
    struct rig_strip *s = rig_add_strip(r, 1);
    float got[2];
    settle(r, s, 0.0f, got);
    cr_assert_float_eq(got[0], 0.70710678f, 1e-7);
    cr_assert_float_eq(got[1], 0.70710678f, 1e-7);
    for (float pan = -1.0f; pan <= 1.0f; pan += 0.0625f) {
        settle(r, s, pan, got);
        cr_assert_float_eq(got[0] * got[0] + got[1] * got[1], 1.0f, 1e-6);
    }
    rig_free(r);
}

Test(channels, a_stereo_strips_balance_takes_away_from_one_side_only)
{
    struct rig *r = rig_new(NULL);
    struct rig_strip *s = rig_add_strip(r, 2);
    float got[2];
    settle(r, s, 0.0f, got);
    cr_assert(got[0] == 1.0f && got[1] == 1.0f);
    settle(r, s, -0.25f, got);
    cr_assert(got[0] == 1.0f && got[1] == 0.75f);
    settle(r, s, 0.25f, got);
    cr_assert(got[0] == 0.75f && got[1] == 1.0f);
    settle(r, s, -1.0f, got);
    cr_assert(got[0] == 1.0f && got[1] == 0.0f);
    settle(r, s, 1.0f, got);
    cr_assert(got[0] == 0.0f && got[1] == 1.0f);
    rig_free(r);
}

Test(channels, stereo_to_mono_is_exactly_the_half_sum)
{
    struct rig *r = rig_new(&(struct rig_config){.main_channels = 1});
    struct rig_strip *s = rig_add_strip(r, 2);
    float got;
    rig_run(r, 512, 64);
    for (uint64_t p = 0; p < 512; p++) {
        cr_assert(rig_read(r->main->tap, p, &got, 1));
        cr_assert_eq(got, 0.5f * rig_number(s->stream, p) +
                              0.5f * rig_number(s->stream + 1, p));
    }
    rig_free(r);
}

Test(channels, mono_to_mono_and_eight_to_eight_are_untouched_to_the_bit)
{
    static const uint32_t counts[] = {1, 8};
    float got[8];
    for (int k = 0; k < 2; k++) {
        const uint32_t n = counts[k];
        struct rig *r = rig_new(&(struct rig_config){.main_channels = n});
        struct rig_strip *s = rig_add_strip(r, n);
        rig_run(r, 512, 64);
        for (uint64_t p = 0; p < 512; p++) {
            cr_assert(rig_read(r->main->tap, p, got, 1));
            for (uint32_t c = 0; c < n; c++)
                cr_assert_eq(got[c], rig_number(s->stream + c, p));
        }
        rig_free(r);
    }
}

Test(channels, an_output_port_gets_its_own_channel)
{
    struct rig *r = rig_new(&(struct rig_config){.main_channels = 5});
    struct rig_strip *s = rig_add_strip(r, 5);
    rig_run(r, 1024, 64);
    for (uint32_t c = 0; c < 5; c++)
        for (uint32_t i = 0; i < 64; i++)
            cr_assert_eq(r->main->out[c][i],
                         rig_number(s->stream + c, r->clock - 128 + i));
    rig_free(r);
}
