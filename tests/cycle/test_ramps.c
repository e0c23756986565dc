// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Every change of a gain is a straight line over exactly 5 ms: no step is
// larger than the line's, and what comes after it is the target to the bit.
#include "cycle/rig.h"

#include <criterion/criterion.h>
#include <math.h>

enum { SEEN = 2 * RIG_RAMP };

// `got` goes in a line from `from` to `to`, then stays.
static void
check_line(const float *got, double from, double to)
{
    const double size = fmax(fabs(from), fabs(to));
    const double step = (to - from) / RIG_RAMP;
    double before = from;
    for (int i = 0; i < RIG_RAMP; i++) {
        const double moved = (double)got[i] - before;
        cr_assert_float_eq((double)got[i], from + step * (i + 1), 2e-6 * size,
                           "frame %d", i);
        cr_assert_leq(fabs(moved), fabs(step) + 2e-6 * size, "frame %d", i);
        cr_assert_geq(moved * step, -1e-6 * size * fabs(step), "frame %d", i);
        before = (double)got[i];
    }
    for (int i = RIG_RAMP; i < SEEN; i++)
        cr_assert_eq(got[i], (float)to, "frame %d: %.9g", i, (double)got[i]);
}

struct bench {
    struct rig *r;
    struct rig_strip *s;
    uint32_t n_frames; // of a cycle
};

// A rig that plays `s` at a half, all ramps at rest.
static struct bench
new_bench(uint32_t n_channels, uint32_t n_frames)
{
    struct bench b = {.n_frames = n_frames};
    b.r = rig_new(NULL);
    b.s = rig_add_strip(b.r, n_channels);
    b.s->feed = RIG_FEED_LEVEL;
    b.s->level = 0.5f;
    if (n_channels == 1)
        rig_set(b.r, b.s, WEIR_STRIP_PARAM_PAN, -1.0f);
    rig_run(b.r, 1024, 64);
    return b;
}

// Run until SEEN frames from `request`'s on are there, and read them.
static void
see(struct bench *b, uint32_t request, const struct rig_bus *bus,
    uint32_t channel, float *got)
{
    uint64_t frame = 0;
    const uint64_t before = b->r->engine->position;
    rig_cycle(b->r, b->n_frames);
    cr_assert(rig_answer(b->r, request, &frame));
    cr_assert_eq(frame, before);
    while (b->r->engine->position < frame + SEEN)
        rig_cycle(b->r, b->n_frames);
    float all[SEEN * 2];
    cr_assert(rig_read(bus->tap, frame, all, SEEN));
    for (int i = 0; i < SEEN; i++)
        got[i] = all[2 * i + (int)channel];
}

// A strip's value is set, and main's left side goes `from` -> `to`.
static void
change(struct bench *b, enum weir_strip_param param, float value, double from,
       double to)
{
    float got[SEEN];
    see(b, rig_set(b->r, b->s, param, value), b->r->main, 0, got);
    check_line(got, from, to);
}

static const uint32_t sizes[] = {16, 64, 100, 240, 241, 1024, 7};
enum { N_SIZES = sizeof sizes / sizeof sizes[0] };

Test(ramps, gain_goes_in_a_line_and_ends_at_the_target)
{
    for (int i = 0; i < N_SIZES; i++) {
        struct bench b = new_bench(2, sizes[i]);
        change(&b, WEIR_STRIP_PARAM_GAIN, 0.25f, 0.5, 0.125);
        change(&b, WEIR_STRIP_PARAM_GAIN, 0.0f, 0.125, 0.0);
        change(&b, WEIR_STRIP_PARAM_GAIN, 3.0f, 0.0, 1.5);
        change(&b, WEIR_STRIP_PARAM_GAIN, 1.0f, 1.5, 0.5);
        rig_free(b.r);
    }
}

Test(ramps, trim_and_polarity_go_in_a_line_too)
{
    for (int i = 0; i < N_SIZES; i++) {
        struct bench b = new_bench(2, sizes[i]);
        change(&b, WEIR_STRIP_PARAM_TRIM, 100.0f, 0.5, 50.0);
        change(&b, WEIR_STRIP_PARAM_TRIM, 0.125f, 50.0, 0.0625);
        change(&b, WEIR_STRIP_PARAM_POLARITY, 1.0f, 0.0625, -0.0625);
        change(&b, WEIR_STRIP_PARAM_TRIM, 1.0f, -0.0625, -0.5);
        change(&b, WEIR_STRIP_PARAM_POLARITY, 0.0f, -0.5, 0.5);
        rig_free(b.r);
    }
}

Test(ramps, mute_main_and_pan_go_in_a_line_too)
{
    for (int i = 0; i < N_SIZES; i++) {
        struct bench b = new_bench(1, sizes[i]);
        change(&b, WEIR_STRIP_PARAM_MUTE, 1.0f, 0.5, 0.0);
        change(&b, WEIR_STRIP_PARAM_MUTE, 0.0f, 0.0, 0.5);
        change(&b, WEIR_STRIP_PARAM_MAIN, 0.0f, 0.5, 0.0);
        change(&b, WEIR_STRIP_PARAM_MAIN, 1.0f, 0.0, 0.5);
        change(&b, WEIR_STRIP_PARAM_PAN, 1.0f, 0.5, 0.0);
        change(&b, WEIR_STRIP_PARAM_PAN, -1.0f, 0.0, 0.5);
        rig_free(b.r);
    }
}

Test(ramps, solo_of_another_strip_goes_in_a_line_too)
{
    for (int i = 0; i < N_SIZES; i++) {
        struct bench b = new_bench(2, sizes[i]);
        struct rig_strip *other = rig_add_strip(b.r, 2);
        other->feed = RIG_FEED_LEVEL; // of 0: not heard itself
        rig_run(b.r, 1024, 64);
        float got[SEEN];
        see(&b, rig_set(b.r, other, WEIR_STRIP_PARAM_SOLO, 1.0f), b.r->main, 1,
            got);
        check_line(got, 0.5, 0.0);
        change(&b, WEIR_STRIP_PARAM_SOLO_SAFE, 1.0f, 0.0, 0.5);
        change(&b, WEIR_STRIP_PARAM_SOLO_SAFE, 0.0f, 0.5, 0.0);
        see(&b, rig_set(b.r, other, WEIR_STRIP_PARAM_SOLO, 0.0f), b.r->main, 1,
            got);
        check_line(got, 0.0, 0.5);
        rig_free(b.r);
    }
}

Test(ramps, a_buss_gain_and_mute_go_in_a_line_too)
{
    for (int i = 0; i < N_SIZES; i++) {
        struct bench b = new_bench(2, sizes[i]);
        struct rig_bus *m = b.r->main;
        float got[SEEN];
        see(&b, rig_set_bus(b.r, m, WEIR_BUS_PARAM_GAIN, 0.25f), m, 1, got);
        check_line(got, 0.5, 0.125);
        see(&b, rig_set_bus(b.r, m, WEIR_BUS_PARAM_MUTE, 1.0f), m, 1, got);
        check_line(got, 0.125, 0.0);
        see(&b, rig_set_bus(b.r, m, WEIR_BUS_PARAM_GAIN, 2.0f), m, 1, got);
        check_line(got, 0.0, 0.0); // still muted
        see(&b, rig_set_bus(b.r, m, WEIR_BUS_PARAM_MUTE, 0.0f), m, 1, got);
        check_line(got, 0.0, 1.0);
        rig_free(b.r);
    }
}

Test(ramps, a_sends_level_and_switch_go_in_a_line_too)
{
    for (int i = 0; i < N_SIZES; i++) {
        struct bench b = new_bench(2, sizes[i]);
        struct rig_bus *aux = rig_add_bus(b.r, 1, 2);
        float got[SEEN];
        rig_set_send(b.r, b.s, aux, WEIR_SEND_PARAM_LEVEL, 1.0f);
        see(&b, rig_set_send(b.r, b.s, aux, WEIR_SEND_PARAM_ON, 1.0f), aux, 0,
            got);
        check_line(got, 0.0, 0.5);
        see(&b, rig_set_send(b.r, b.s, aux, WEIR_SEND_PARAM_LEVEL, 0.5f), aux,
            0, got);
        check_line(got, 0.5, 0.25);
        see(&b, rig_set_send(b.r, b.s, aux, WEIR_SEND_PARAM_ON, 0.0f), aux, 0,
            got);
        check_line(got, 0.25, 0.0);
        rig_free(b.r);
    }
}

Test(ramps, a_sends_move_from_post_to_pre_goes_in_a_line_too)
{
    for (int i = 0; i < N_SIZES; i++) {
        struct bench b = new_bench(2, sizes[i]);
        struct rig_bus *aux = rig_add_bus(b.r, 1, 2);
        float got[SEEN];
        rig_set(b.r, b.s, WEIR_STRIP_PARAM_GAIN, 0.25f);
        rig_set_send(b.r, b.s, aux, WEIR_SEND_PARAM_LEVEL, 1.0f);
        rig_set_send(b.r, b.s, aux, WEIR_SEND_PARAM_ON, 1.0f);
        rig_run(b.r, 1024, 64);
        see(&b, rig_set_send(b.r, b.s, aux, WEIR_SEND_PARAM_PRE, 1.0f), aux, 0,
            got);
        check_line(got, 0.125, 0.5);
        see(&b, rig_set_send(b.r, b.s, aux, WEIR_SEND_PARAM_PRE, 0.0f), aux, 0,
            got);
        check_line(got, 0.5, 0.125);
        rig_free(b.r);
    }
}

Test(ramps, a_change_in_the_middle_of_a_ramp_starts_from_where_it_is)
{
    struct bench b = new_bench(2, 100);
    float all[2 * SEEN];
    float got[SEEN];
    uint64_t frame;
    const uint32_t first = rig_set(b.r, b.s, WEIR_STRIP_PARAM_GAIN, 0.0f);
    rig_cycle(b.r, 100);
    cr_assert(rig_answer(b.r, first, &frame));
    see(&b, rig_set(b.r, b.s, WEIR_STRIP_PARAM_GAIN, 2.0f), b.r->main, 0, got);
    const double there = 0.5 * (1.0 - 100.0 / RIG_RAMP);
    check_line(got, there, 1.0);
    cr_assert(rig_read(b.r->main->tap, frame, all, 100));
    for (int i = 0; i < 100; i++)
        cr_assert_float_eq((double)all[2 * i],
                           0.5 * (1.0 - (i + 1.0) / RIG_RAMP), 1e-6);
    rig_free(b.r);
}

Test(ramps, a_change_back_in_the_middle_of_a_ramp_goes_back)
{
    struct bench b = new_bench(2, 64);
    float got[SEEN];
    rig_set(b.r, b.s, WEIR_STRIP_PARAM_MUTE, 1.0f);
    rig_cycle(b.r, 60);
    see(&b, rig_set(b.r, b.s, WEIR_STRIP_PARAM_MUTE, 0.0f), b.r->main, 0, got);
    check_line(got, 0.5 * 0.75, 0.5);
    rig_free(b.r);
}

Test(ramps, setting_the_value_again_does_not_prolong_its_ramp)
{
    struct bench b = new_bench(2, 16);
    float got[SEEN];
    const uint32_t first = rig_set(b.r, b.s, WEIR_STRIP_PARAM_GAIN, 0.25f);
    for (int i = 0; i < 10; i++)
        rig_set(b.r, b.s, WEIR_STRIP_PARAM_GAIN, 0.25f);
    rig_cycle(b.r, 16);
    for (int i = 0; i < 5; i++) {
        rig_set(b.r, b.s, WEIR_STRIP_PARAM_GAIN, 0.25f);
        rig_set(b.r, b.s, WEIR_STRIP_PARAM_PAN, 0.0f);
        rig_cycle(b.r, 16);
    }
    uint64_t frame;
    cr_assert(rig_answer(b.r, first, &frame));
    rig_run(b.r, 1024, 16);
    float all[2 * SEEN];
    cr_assert(rig_read(b.r->main->tap, frame, all, SEEN));
    for (int i = 0; i < SEEN; i++)
        got[i] = all[2 * i];
    check_line(got, 0.5, 0.125);
    rig_free(b.r);
}

Test(ramps, five_milliseconds_are_counted_at_the_graphs_rate)
{
    static const uint32_t rates[] = {44100, 96000, 8000};
    static const int frames[] = {221, 480, 40};
    for (int k = 0; k < 3; k++) {
        struct rig *r = rig_new(&(struct rig_config){.rate_hz = rates[k]});
        struct rig_strip *s = rig_add_strip(r, 2);
        float got[2 * 1000];
        s->feed = RIG_FEED_LEVEL;
        s->level = 0.5f;
        rig_run(r, 1000, 100);
        rig_set(r, s, WEIR_STRIP_PARAM_MUTE, 1.0f);
        rig_run(r, 1000, 100);
        cr_assert(rig_read(r->main->tap, 1000, got, 1000));
        for (int i = 0; i < 1000; i++)
            cr_assert_eq(got[2 * i] > 1e-6f, i < frames[k] - 1, "frame %d", i);
        rig_free(r);
    }
}

Test(ramps, a_group_takes_effect_at_one_frame_in_all_strips)
{
    struct bench b = new_bench(2, 64);
    struct rig_strip *s[8];
    struct rig_bus *aux[8];
    struct weir_command group[8];
    float got[2 * SEEN];
    for (uint32_t i = 0; i < 8; i++) {
        s[i] = rig_add_strip(b.r, 2);
        s[i]->feed = RIG_FEED_LEVEL;
        s[i]->level = 1.0f;
        aux[i] = rig_add_bus(b.r, i + 1, 2);
        rig_set_send(b.r, s[i], aux[i], WEIR_SEND_PARAM_LEVEL, 1.0f);
        rig_set_send(b.r, s[i], aux[i], WEIR_SEND_PARAM_ON, 1.0f);
        group[i] = (struct weir_command){.kind = WEIR_COMMAND_STRIP_SET,
                                         .strip = s[i]->mix,
                                         .param = WEIR_STRIP_PARAM_GAIN,
                                         .value = 0.0f};
    }
    rig_run(b.r, 1024, 64);
    const uint32_t first = rig_push(b.r, group, 8);
    rig_run(b.r, 1024, 64);
    for (uint32_t i = 0; i < 8; i++) {
        uint64_t frame;
        cr_assert(rig_answer(b.r, first + i, &frame));
        cr_assert_eq(frame, b.r->engine->position - 1024);
        cr_assert(rig_read(aux[i]->tap, frame - 1, got, SEEN));
        cr_assert_eq(got[0], 1.0f);
        for (int k = 1; k < SEEN; k++)
            cr_assert_float_eq(got[2 * k], fmaxf(0.0f, 1.0f - (float)k / 240),
                               2e-6);
    }
    rig_free(b.r);
}

Test(ramps, a_strip_that_is_added_starts_at_its_gain)
{
    struct rig *r = rig_new(NULL);
    rig_run(r, 256, 64);
    struct rig_strip *s = rig_add_strip(r, 2);
    float got[2];
    rig_run(r, 256, 64);
    cr_assert(rig_read(r->main->tap, 256, got, 1));
    cr_assert_eq(got[0], rig_number(s->stream, 256));
    rig_free(r);
}
