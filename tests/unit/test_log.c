// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What reaches the terminal of a line.
#include "common/log.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

// What one line looks like on stderr.
static const char *
logged(const char *text)
{
    static char line[4096];
    int ends[2];
    const int own = dup(STDERR_FILENO);
    cr_assert_eq(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    weir_log(WEIR_LOG_ERROR, "%s", text);
    dup2(own, STDERR_FILENO);
    close(own);
    close(ends[1]);
    const ssize_t n = read(ends[0], line, sizeof line - 1);
    close(ends[0]);
    cr_assert(n > 0);
    line[n] = '\0';
    return line;
}

Test(log, a_line_names_the_program_and_ends)
{
    weir_log_init("weir-test", WEIR_LOG_ERROR);
    cr_assert_str_eq(logged("disk full: no"), "weir-test: disk full: no\n");
}

Test(log, names_keep_their_letters)
{
    weir_log_init("w", WEIR_LOG_ERROR);
    cr_assert_str_eq(logged("Gr\xc3\xb6\xc3\x9f"
                            "e \xc2\xa0 \xe2\x99\xaa"),
                     "w: Gr\xc3\xb6\xc3\x9f"
                     "e \xc2\xa0 \xe2\x99\xaa\n");
}

Test(log, nothing_steers_the_terminal)
{
    weir_log_init("w", WEIR_LOG_ERROR);
    cr_assert_str_eq(logged("a\nb\x1b[2Jc\x7f"), "w: a?b?[2Jc?\n");
    cr_assert_str_eq(logged("\xc2\x9b"
                            "2J \xc2\x80"),
                     "w: ??2J ??\n");
}

Test(log, a_long_line_is_cut_and_ends_all_the_same)
{
    char text[3000];
    weir_log_init("w", WEIR_LOG_ERROR);
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    const char *line = logged(text);
    cr_assert(strlen(line) < 1100 && strlen(line) > 500);
    cr_assert_eq(line[strlen(line) - 1], '\n');
}
