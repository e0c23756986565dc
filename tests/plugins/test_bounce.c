// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Plugins in the mixer, through freewheel: from its first cycle on nothing is
// missed, however fast it goes, and a plugin that wants to know of it is told
// with the block.
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
