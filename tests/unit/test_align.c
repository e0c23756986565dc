// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Where files end that are aligned to the clock.
#include "record/align.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <time.h>

#define S INT64_C(1000000000)
#define HOUR (3600 * S)

static void
be_in(const char *zone)
{
    setenv("TZ", zone, 1);
    tzset();
}

Test(align, the_next_multiple_is_ahead_even_on_a_multiple)
{
    be_in("UTC0");
    cr_assert_eq(weir_align_next(7 * HOUR + 1, HOUR, 0), 8 * HOUR);
    cr_assert_eq(weir_align_next(8 * HOUR, HOUR, 0), 9 * HOUR);
    cr_assert_eq(weir_align_next(8 * HOUR - 1, HOUR, 0), 8 * HOUR);
}

Test(align, multiples_count_from_local_midnight)
{
    // Half an hour off, and a period that does not divide the day.
    be_in("IST-5:30");
    cr_assert_eq(weir_align_next(HOUR, HOUR, 0), HOUR + HOUR / 2);
    // 06:30 there: 7-hour files end at 07:00.
    cr_assert_eq(weir_align_next(HOUR, 7 * HOUR, 0), HOUR + HOUR / 2);
}

Test(align, a_file_that_begins_just_before_its_multiple_is_not_a_stump)
{
    be_in("UTC0");
    cr_assert_eq(weir_align_next(8 * HOUR - 1000, HOUR, 8 * HOUR), 9 * HOUR);
    cr_assert_eq(weir_align_next(8 * HOUR + 1000, HOUR, 8 * HOUR), 9 * HOUR);
}

Test(align, a_clock_that_was_set_back_is_believed)
{
    be_in("UTC0");
    cr_assert_eq(weir_align_next(5 * HOUR + 1, HOUR, 8 * HOUR), 6 * HOUR);
}

Test(align, frames_are_those_of_the_measured_rate_and_never_none)
{
    const struct weir_wall wall = {.ns = 10 * S, .rate_hz = 48001};
    cr_assert_eq(weir_align_frames(wall, 12 * S), 96002);
    cr_assert_eq(weir_align_frames(wall, 10 * S + 1), 1);
    cr_assert_eq(weir_align_frames(wall, 9 * S), 1);
}
