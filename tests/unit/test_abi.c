// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What programs that were built against libweir.so.0 rely on: the layout of
// its structs and the values of its enums, on 64-bit machines. To change a
// figure here is to break them: raise the soname.
#include <criterion/criterion.h>
#include <stddef.h>
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
}
