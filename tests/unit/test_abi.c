// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What programs that were built against libweir.so.0 rely on: the layout of
// its structs and the values of its enums, on 64-bit machines. To change a
// figure here is to break them: raise the soname.
#include <criterion/criterion.h>
#include <stddef.h>
#include <weir/feed.h>
#include <weir/reader.h>

#define LIES_AT(type, member, at)                                              \
    cr_expect_eq(offsetof(struct type, member), (size_t)(at))
#define TAKES(type, n) cr_expect_eq(sizeof(struct type), (size_t)(n))

Test(abi, a_readers_config_has_room_for_what_comes)
{
    LIES_AT(weir_reader_config, instance, 0);
    LIES_AT(weir_reader_config, run_dir, 8);
    LIES_AT(weir_reader_config, program, 16);
    LIES_AT(weir_reader_config, id, 24);
    LIES_AT(weir_reader_config, sources, 32);
    LIES_AT(weir_reader_config, n_sources, 40);
    TAKES(weir_reader_config, 112);
}

Test(abi, what_a_reader_gets_stays)
{
    TAKES(weir_reader_error, 256);
    LIES_AT(weir_reader_format, n_channels, 4);
    LIES_AT(weir_reader_format, capacity_frames, 8);
    TAKES(weir_reader_format, 16);
    LIES_AT(weir_read, position, 8);
    LIES_AT(weir_read, n_frames, 16);
    TAKES(weir_read, 24);
    LIES_AT(weir_reader_command, verb, 4);
    LIES_AT(weir_reader_command, argument, 36);
    TAKES(weir_reader_command, 548);
}

Test(abi, a_feeds_config_has_room_for_what_comes)
{
    LIES_AT(weir_feed_config, instance, 0);
    LIES_AT(weir_feed_config, run_dir, 8);
    LIES_AT(weir_feed_config, program, 16);
    LIES_AT(weir_feed_config, id, 24);
    LIES_AT(weir_feed_config, strip, 32);
    LIES_AT(weir_feed_config, rate_hz, 40);
    LIES_AT(weir_feed_config, n_channels, 44);
    LIES_AT(weir_feed_config, pace, 48);
    LIES_AT(weir_feed_config, target_frames, 52);
    TAKES(weir_feed_config, 120);
}

Test(abi, what_a_feed_gets_stays)
{
    TAKES(weir_feed_error, 256);
    LIES_AT(weir_feed_format, n_channels, 4);
    LIES_AT(weir_feed_format, capacity_frames, 8);
    LIES_AT(weir_feed_format, weir_rate_hz, 16);
    TAKES(weir_feed_format, 24);
    LIES_AT(weir_fed, n_frames, 4);
    TAKES(weir_fed, 8);
    LIES_AT(weir_feed_command, verb, 4);
    LIES_AT(weir_feed_command, argument, 36);
    TAKES(weir_feed_command, 548);
    LIES_AT(weir_feed_stats, underruns, 8);
    LIES_AT(weir_feed_stats, overruns, 16);
    LIES_AT(weir_feed_stats, flushed, 24);
    TAKES(weir_feed_stats, 32);
}

Test(abi, a_feeds_numbers_stay)
{
    cr_expect_eq((int)WEIR_FEED_OK, 0);
    cr_expect_eq((int)WEIR_FEED_NOBODY, 1);
    cr_expect_eq((int)WEIR_FEED_REFUSED, 2);
    cr_expect_eq((int)WEIR_FEED_SYSTEM, 3);
    cr_expect_eq((int)WEIR_FEED_PIPE, 0);
    cr_expect_eq((int)WEIR_FEED_CLOCK, 1);
    cr_expect_eq((int)WEIR_FED_FRAMES, 0);
    cr_expect_eq((int)WEIR_FED_TIMEOUT, 1);
    cr_expect_eq((int)WEIR_FED_COMMAND, 2);
    cr_expect_eq((int)WEIR_FED_HEARD, 3);
    cr_expect_eq((int)WEIR_FED_ENDED, 4);
}

Test(abi, numbers_stay)
{
    cr_expect_eq((int)WEIR_READER_OK, 0);
    cr_expect_eq((int)WEIR_READER_NOBODY, 1);
    cr_expect_eq((int)WEIR_READER_REFUSED, 2);
    cr_expect_eq((int)WEIR_READER_SYSTEM, 3);
    cr_expect_eq((int)WEIR_READ_FRAMES, 0);
    cr_expect_eq((int)WEIR_READ_LOST, 1);
    cr_expect_eq((int)WEIR_READ_TIMEOUT, 2);
    cr_expect_eq((int)WEIR_READ_COMMAND, 3);
    cr_expect_eq((int)WEIR_READ_ENDED, 4);
    cr_expect_eq((int)WEIR_READER_SHOW_RUNNING, 1);
    cr_expect_eq((int)WEIR_READER_SHOW_ARMED, 2);
    cr_expect_eq((int)WEIR_READER_SHOW_STOPPED, 3);
    cr_expect_eq((int)WEIR_READER_FREEWHEEL_NONE, 0);
    cr_expect_eq((int)WEIR_READER_FREEWHEEL_HOLD, 1);
    cr_expect_eq((int)WEIR_READER_FREEWHEEL_SWITCH, 2);
    cr_expect_eq((int)WEIR_READER_FREEWHEEL_ROLL, 3);
}
