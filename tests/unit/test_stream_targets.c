// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Where streams go: addresses, passwords, and when to try again.
#include "stream/backoff.h"
#include "stream/password.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct weir_stream_target
target(const char *url)
{
    struct weir_stream_target t = {.password = ""};
    const char *why = weir_stream_address_parse(url, &t.address);
    cr_assert_null(why, "%s: %s", url, why);
    return t;
}

// ---------------------------------------------------------------- addresses

Test(stream_targets, an_address_has_parts_and_some_may_be_left_out)
{
    const struct weir_stream_address a =
        target("icecast://dj@radio.example:8010/live.ogg").address;
    cr_assert_str_eq(a.user, "dj");
    cr_assert_str_eq(a.host, "radio.example");
    cr_assert_eq(a.port, 8010);
    cr_assert_str_eq(a.mount, "/live.ogg");
    cr_assert_str_eq(a.shown, "radio.example:8010/live.ogg");
    const struct weir_stream_address b = target("icecast://h/a/b").address;
    cr_assert_str_eq(b.user, "source");
    cr_assert_str_eq(b.shown, "h:8000/a/b");
    const struct weir_stream_address c =
        target("icecast://[::1]:8001/m").address;
    cr_assert_str_eq(c.host, "::1");
    cr_assert_str_eq(c.shown, "[::1]:8001/m");
}

Test(stream_targets, what_is_no_address_is_refused)
{
    struct weir_stream_address a;
    for (const char **bad =
             (const char *[]){"", "h/m", "http://h/m", "icecast://",
                              "icecast:///m", "icecast://h", "icecast://h/",
                              "icecast://h:0/m", "icecast://h:65536/m",
                              "icecast://h:x/m", "icecast://@h/m",
                              "icecast://[::1/m", "icecast://h/a b",
                              "icecast://h/a\r\nX: y", NULL};
         *bad; bad++)
        cr_assert(weir_stream_address_parse(*bad, &a), "\"%s\"", *bad);
}

Test(stream_targets, a_password_in_an_address_is_refused_without_repeating_it)
{
    struct weir_stream_address a;
    for (const char **bad =
             (const char *[]){"icecast://u:sesame@h/m", "icecast://:sesame@h/m",
                              "icecast://u:ses/same@h:8000/m",
                              "icecast://u:s@sesame@h/m", NULL};
         *bad; bad++) {
        const char *why = weir_stream_address_parse(*bad, &a);
        cr_assert(why && strstr(why, "a password in the address"), "%s", *bad);
        cr_assert_null(strstr(why, "sesame"));
    }
}

// ---------------------------------------------------------------- passwords

TestSuite(stream_passwords, .init = cr_redirect_stderr);

// A file with that in it; its name lives until the next one.
static const char *
file_of(const char *text)
{
    static char path[] = "/tmp/weir-test-XXXXXX";
    memcpy(path + sizeof path - 7, "XXXXXX", 6);
    const int fd = mkstemp(path);
    cr_assert(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    return path;
}

static bool
found(const char *text, struct weir_stream_target *targets, unsigned n)
{
    const char *path = file_of(text);
    const bool ok = weir_stream_passwords(path, targets, n);
    unlink(path);
    return ok;
}

Test(stream_passwords, one_line_alone_is_for_all)
{
    struct weir_stream_target t[] = {target("icecast://a/m"),
                                     target("icecast://b/m")};
    cr_assert(found("with blanks in it\r\n", t, 2));
    cr_assert_str_eq(t[0].password, "with blanks in it");
    cr_assert_str_eq(t[1].password, "with blanks in it");
}

Test(stream_passwords, lines_say_whose_they_are)
{
    struct weir_stream_target t[] = {target("icecast://a/m"),
                                     target("icecast://dj@b:8001/n"),
                                     target("icecast://c/o")};
    cr_assert(found("* other\nx:8000/m none\na:8000/m\tfirst\n\n"
                    "b:8001/n  se cond\n",
                    t, 3));
    cr_assert_str_eq(t[0].password, "first");
    cr_assert_str_eq(t[1].password, "se cond");
    cr_assert_str_eq(t[2].password, "other");
}

Test(stream_passwords, a_line_alone_may_say_whose_it_is_too)
{
    struct weir_stream_target t = target("icecast://a/m");
    cr_assert(found("a:8000/m first\n", &t, 1));
    cr_assert_str_eq(t.password, "first");
}

Test(stream_passwords, who_has_none_is_named_and_no_other_is_shown)
{
    struct weir_stream_target t[] = {target("icecast://a/m"),
                                     target("icecast://b/m")};
    char said[512] = "";
    cr_assert_not(found("a:8000/m sesame\nx:8000/m sesame\n", t, 2));
    fflush(stderr);
    fread(said, 1, sizeof said - 1, cr_get_redirected_stderr());
    cr_assert(strstr(said, "no password for b:8000/m"), "%s", said);
    cr_assert_null(strstr(said, "sesame"));
    cr_assert_not(found("", &t[1], 1));
    cr_assert_not(weir_stream_passwords("/nowhere/at/all", t, 1));
}

Test(stream_passwords, the_environment_has_it_where_no_file_does)
{
    struct weir_stream_target t = target("icecast://a/m");
    setenv("WEIR_STREAM_PASSWORD", "sesame", 1);
    cr_assert(found("of the file", &t, 1));
    cr_assert_str_eq(t.password, "of the file");
    cr_assert(weir_stream_passwords(NULL, &t, 1));
    cr_assert_str_eq(t.password, "sesame");
}

// ------------------------------------------------------------------- backoff

// A quarter more or less.
static void
is_about(int wait_ms, int expected_ms)
{
    cr_assert(wait_ms >= expected_ms - expected_ms / 4 &&
                  wait_ms <= expected_ms + expected_ms / 4,
              "%d, not about %d", wait_ms, expected_ms);
}

Test(stream_targets, waiting_doubles_from_a_second_to_thirty)
{
    for (unsigned seed = 1; seed < 50; seed++) {
        struct weir_backoff b = {.seed = seed};
        for (int expected = 1000; expected < 30000; expected *= 2)
            is_about(weir_backoff_next(&b, false), expected);
        for (int i = 0; i < 100; i++)
            is_about(weir_backoff_next(&b, false), 30000);
    }
}

Test(stream_targets, no_two_wait_equally_long)
{
    struct weir_backoff a = {.seed = 1};
    struct weir_backoff b = {.seed = 2};
    int n_same = 0;
    for (int i = 0; i < 10; i++)
        n_same += weir_backoff_next(&a, false) == weir_backoff_next(&b, false);
    cr_assert_lt(n_same, 3);
}

Test(stream_targets, what_lasted_lets_waiting_begin_anew_and_a_moment_does_not)
{
    struct weir_backoff b = {.seed = 1};
    weir_backoff_next(&b, false);
    weir_backoff_next(&b, false);
    weir_backoff_worked(&b, 500);
    is_about(weir_backoff_next(&b, false), 4000);
    weir_backoff_worked(&b, 60000);
    is_about(weir_backoff_next(&b, false), 1000);
    is_about(weir_backoff_next(&b, true), 30000);
}
