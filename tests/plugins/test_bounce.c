// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Plugins in the mixer, through freewheel: from its first cycle on nothing is
// missed, however fast it goes, and a plugin that wants to know of it is told
// with the block. A value that is set for a time acts at its frame: freewheel
// shows it, where no block of a runner is late.
#include "mixed.h"

#include <criterion/criterion.h>

static struct mixed m;

// Twice as loud from there on.
static float
wheel_gain(const void *with, uint64_t position)
{
    const uint64_t *from = with;
    return position >= *from ? 2.0f : 1.0f;
}

static void
bounce(enum mixed_place place, enum mixed_how how)
{
    mixed_begin(&m, place, how, "wheel");
    for (int round = 0; round < 5; round++) {
        mixed_rest(&m);
        const uint32_t n_missed = weir_rack_missed(m.rack);
        const uint64_t from = m.rig->engine->position;
        for (int i = 0; i < 400; i++) {
            mixed_wheel(&m);
            mixed_expect(&m, wheel_gain, &from);
        }
        cr_assert_eq(weir_rack_missed(m.rack), n_missed);
        mixed_rest(&m);
        const uint64_t never = UINT64_MAX;
        mixed_expect(&m, wheel_gain, &never);
    }
    mixed_end(&m);
}

Test(bounce, a_strips_runner_is_waited_for_from_its_first_cycle, .timeout = 120)
{
    bounce(MIXED_STRIP, MIXED_RUNNER);
}

Test(bounce, a_buss_runner_is_waited_for_from_its_first_cycle, .timeout = 120)
{
    bounce(MIXED_BUS, MIXED_RUNNER);
}

Test(bounce, plugins_inside_are_told_with_the_block)
{
    bounce(MIXED_STRIP, MIXED_INSIDE);
    bounce(MIXED_BUS, MIXED_INSIDE);
}

// Three times as loud from there on.
static float
set_gain(const void *with, uint64_t position)
{
    const uint64_t *from = with;
    return position >= *from ? 3.0f : 1.0f;
}

static void
push_set(uint64_t frame, float value)
{
    enum { GAIN = 2 };
    struct weir_command c = {
        .kind = WEIR_COMMAND_INSERT_SET,
        .strip = m.place == MIXED_STRIP ? m.strip->mix : NULL,
        .bus = m.place == MIXED_BUS ? m.rig->main->mix : NULL,
        .slot = weir_rack_number(m.rack, "p"),
        .number = GAIN,
        .value = value,
        .at_ns = rig_ns(m.rig, frame),
    };
    rig_push(m.rig, &c, 1);
}

static void
set_at_frames(enum mixed_place place, enum mixed_how how)
{
    mixed_begin(&m, place, how, "gain");
    for (uint32_t at = 0; at < 2 * MIXED_BLOCK; at += 37) {
        const uint64_t from = m.rig->engine->position + MIXED_BLOCK + at;
        push_set(from, 3.0f);
        for (int i = 0; i < 6; i++) {
            mixed_wheel(&m);
            mixed_expect(&m, set_gain, &from);
        }
        push_set(m.rig->engine->position, 1.0f);
        for (int i = 0; i < 4; i++)
            mixed_wheel(&m);
    }
    mixed_end(&m);
}

Test(bounce, a_value_is_set_at_its_frame_in_a_strips_runner, .timeout = 120)
{
    set_at_frames(MIXED_STRIP, MIXED_RUNNER);
}

Test(bounce, a_value_is_set_at_its_frame_in_a_buss_runner, .timeout = 120)
{
    set_at_frames(MIXED_BUS, MIXED_RUNNER);
}

Test(bounce, a_value_is_set_at_its_frame_inside)
{
    set_at_frames(MIXED_STRIP, MIXED_INSIDE);
    set_at_frames(MIXED_BUS, MIXED_INSIDE);
}
