// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A line for a burst, not for each event.
#include "app/bursts.h"

#include "common/log.h"
#include "oscctl/status.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { NOON_S = 54321 };

static char said[65536];
static unsigned n_lines;

// Instead of the program's own.
void
weir_log(enum weir_log_level level, const char *format, ...)
{
    const size_t n = strlen(said);
    va_list args;
    (void)level;
    va_start(args, format);
    vsnprintf(said + n, sizeof said - n, format, args);
    va_end(args);
    strcat(said, "\n");
    n_lines++;
}

// What is said when there are so many since the start, at that second.
static const char *
at(struct weir_bursts *b, int s, int64_t late)
{
    const struct weir_status status = {.late_blocks = late};
    said[0] = '\0';
    weir_bursts_look(b, &status, (NOON_S + s) * INT64_C(1000));
    return said;
}

Test(bursts, one_event_has_one_line)
{
    struct weir_bursts b = {0};
    cr_expect_str_eq(at(&b, 0, 0), "");
    cr_expect_str_eq(at(&b, 1, 1), "late blocks: 1 (1 since the start)\n");
    for (int s = 2; s < 100; s++)
        cr_expect_str_eq(at(&b, s, 1), "");
}

Test(bursts, a_burst_has_its_first_line_at_once_and_its_sum_when_it_is_over)
{
    struct weir_bursts b = {0};
    cr_expect_str_eq(at(&b, 0, 75), "late blocks: 75 (75 since the start)\n");
    at(&b, 20, 75);
    cr_expect_str_eq(at(&b, 30, 80), "late blocks: 5 (80 since the start)\n");
    cr_expect_str_eq(at(&b, 31, 95), "");
    cr_expect_str_eq(at(&b, 32, 95), "");
    cr_expect_str_eq(at(&b, 33, 112), "");
    cr_expect_str_eq(at(&b, 34, 112), "");
    cr_expect_str_eq(at(&b, 35, 112), "");
    cr_expect_str_eq(at(&b, 36, 112),
                     "late blocks: 37 in 4 s (112 since the start)\n");
    cr_expect_str_eq(at(&b, 37, 112), "");
}

Test(bursts, one_that_does_not_end_has_a_line_every_ten_seconds)
{
    struct weir_bursts b = {0};
    for (int s = 0; s < 3600; s++)
        at(&b, s, 100 * (s + 1));
    cr_expect_eq(n_lines, 1 + 3599 / 10);
    cr_expect_str_eq(at(&b, 3600, 360100),
                     "late blocks: 360100 in 3601 s (360100 since the "
                     "start)\n");
}

Test(bursts, what_has_not_been_said_is_said_at_the_end)
{
    struct weir_bursts b = {0};
    at(&b, 0, 7);
    at(&b, 1, 8);
    said[0] = '\0';
    weir_bursts_end(&b);
    cr_expect_str_eq(said, "late blocks: 8 in 2 s (8 since the start)\n");
    said[0] = '\0';
    weir_bursts_end(&b);
    cr_expect_str_eq(said, "");
}

Test(bursts, a_counter_that_begins_anew_is_no_burst)
{
    struct weir_bursts b = {0};
    at(&b, 0, 7);
    cr_expect_str_eq(at(&b, 10, 0), "");
    cr_expect_str_eq(at(&b, 20, 2), "late blocks: 2 (2 since the start)\n");
}

static void
name_somebody(void *owner, char *text, size_t n_bytes)
{
    snprintf(text, n_bytes, " of strip %s", (const char *)owner);
}

Test(bursts, blocks_that_were_not_finite_have_their_strips_name)
{
    char mic[] = "mic";
    struct weir_bursts b = {.culprits = name_somebody, .owner = mic};
    struct weir_status status = {.late_blocks = 2, .blocks_not_finite = 5};
    weir_bursts_look(&b, &status, NOON_S * INT64_C(1000));
    status.blocks_not_finite = 8;
    weir_bursts_look(&b, &status, (NOON_S + 1) * INT64_C(1000));
    weir_bursts_end(&b);
    cr_expect_str_eq(said, "late blocks: 2 (2 since the start)\n"
                           "blocks that were not finite: 5 of strip mic (5 "
                           "since the start)\n"
                           "blocks that were not finite: 8 in 2 s of strip mic "
                           "(8 since the start)\n");
}

Test(bursts, each_kind_has_bursts_of_its_own)
{
    struct weir_bursts b = {0};
    const struct weir_status status = {.xruns = 1,
                                       .late_blocks = 2,
                                       .mixer_late = 3,
                                       .input_frames_lost = 4,
                                       .blocks_not_finite = 5};
    weir_bursts_look(&b, &status, NOON_S * INT64_C(1000));
    cr_expect_str_eq(said, "xruns: 1 (1 since the start)\n"
                           "late blocks: 2 (2 since the start)\n"
                           "blocks mixed too late: 3 (3 since the start)\n"
                           "input frames lost: 4 (4 since the start)\n"
                           "blocks that were not finite: 5 (5 since the "
                           "start)\n");
}
