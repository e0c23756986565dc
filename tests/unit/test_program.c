// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What the programs share: command lines, sample formats.
#include "common/log.h"
#include "common/options.h"
#include "common/reader_options.h"
#include "common/samples.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

TestSuite(program, .init = cr_redirect_stderr);

// ------------------------------------------------------------- command line

struct seen {
    int n_loud;
    const char *colour;
    bool takes_operands;
    int n_operands;
};

enum { LOUD, COLOUR, SECRET };

static const char *
take(void *to, int id, const char *argument)
{
    struct seen *seen = to;
    seen->n_loud += id == LOUD;
    if (id == COLOUR)
        seen->colour = argument;
    return id == COLOUR && strcmp(argument, "red") != 0 ? "no colour (red)"
                                                        : NULL;
}

static const char *
take_operand(void *to, const char *argument)
{
    struct seen *seen = to;
    if (strcmp(argument, "bad") == 0)
        return "that one is bad";
    seen->n_operands++;
    return NULL;
}

static bool
parse(struct seen *seen, int *exit_status, const char *arguments)
{
    static char words[256];
    char *argv[16] = {words};
    char *save;
    int argc = 1;
    static const struct weir_option table[] = {
        {LOUD, 'l', "loud", NULL, "be loud"},
        {COLOUR, 'c', "colour", "COLOUR", "be coloured"},
        {SECRET, 0, "secret", NULL, NULL},
    };
    const struct weir_command_line line = {
        .program = "prog",
        .about = "About it.",
        .options = table,
        .n_options = 3,
        .take = take,
        .operand = seen->takes_operands ? take_operand : NULL,
        .to = seen,
    };
    weir_log_init("prog", WEIR_LOG_INFO);
    // getopt_long() is to begin anew.
    optind = 0;
    snprintf(words, sizeof words, "prog %s", arguments);
    strtok_r(words, " ", &save);
    while ((argv[argc] = strtok_r(NULL, " ", &save)))
        argc++;
    return weir_options_parse(&line, argc, argv, exit_status);
}

Test(program, options_arrive_in_short_and_long_form)
{
    struct seen seen = {0};
    int status = -1;
    cr_assert(parse(&seen, &status, "-l --loud -cred"));
    cr_assert(seen.n_loud == 2 && strcmp(seen.colour, "red") == 0);
}

static void
says(const char *expected)
{
    char text[512] = "";
    fflush(stderr);
    const size_t n =
        fread(text, 1, sizeof text - 1, cr_get_redirected_stderr());
    text[n] = '\0';
    cr_assert(strstr(text, expected), "\"%s\" is not in \"%s\"", expected,
              text);
}

Test(program, a_wrong_argument_is_named_with_what_is_allowed)
{
    struct seen seen = {0};
    int status = -1;
    cr_assert_not(parse(&seen, &status, "-c blue"));
    cr_assert_eq(status, 2);
    says("--colour blue: no colour (red)");
}

Test(program, an_unknown_long_option_is_named)
{
    struct seen seen = {0};
    int status = -1;
    cr_assert_not(parse(&seen, &status, "--nope"));
    cr_assert_eq(status, 2);
    says("--nope: no such option");
}

Test(program, an_unknown_short_option_is_named)
{
    struct seen seen = {0};
    int status = -1;
    cr_assert_not(parse(&seen, &status, "-lx"));
    cr_assert_eq(status, 2);
    says("-x: no such option");
}

Test(program, a_missing_argument_is_said)
{
    struct seen seen = {0};
    int status = -1;
    cr_assert_not(parse(&seen, &status, "--colour"));
    cr_assert_eq(status, 2);
    says("--colour: needs an argument");
}

Test(program, an_argument_too_many_is_said)
{
    struct seen seen = {0};
    int status = -1;
    cr_assert_not(parse(&seen, &status, "--loud=yes"));
    cr_assert_eq(status, 2);
    says("--loud: takes no argument");
}

Test(program, what_was_given_to_a_wrong_option_is_not_repeated)
{
    struct seen seen = {0};
    int status = -1;
    cr_assert_not(parse(&seen, &status, "--password=sesame"));
    cr_assert_eq(status, 2);
    says("--password: no such option");
}

Test(program, operands_arrive_between_options_and_what_is_wrong_is_said)
{
    struct seen seen = {.takes_operands = true};
    int status = -1;
    cr_assert(parse(&seen, &status, "one -l two"));
    cr_assert(seen.n_operands == 2 && seen.n_loud == 1);
    cr_assert_not(parse(&seen, &status, "three bad"));
    cr_assert_eq(status, 2);
    cr_assert_eq(seen.n_operands, 3);
    says("prog: that one is bad\n");
}

Test(program, a_word_that_is_no_option_is_named)
{
    struct seen seen = {0};
    int status = -1;
    cr_assert_not(parse(&seen, &status, "-l word"));
    cr_assert_eq(status, 2);
    says("word: not an option");
}

Test(program, help_lists_every_option_but_those_without_help)
{
    struct seen seen = {0};
    int status = -1;
    char text[2048] = "";
    cr_redirect_stdout();
    cr_assert_not(parse(&seen, &status, "--help"));
    cr_assert_eq(status, 0);
    fflush(stdout);
    const size_t n =
        fread(text, 1, sizeof text - 1, cr_get_redirected_stdout());
    text[n] = '\0';
    cr_assert(strstr(text, "  -c, --colour COLOUR         be coloured\n"));
    cr_assert(strstr(text, "      --run-dir") == NULL);
    cr_assert(strstr(text, "--version"));
    cr_assert_null(strstr(text, "secret"));
}

// ---------------------------------------------------------------- arguments

Test(program, seconds_may_be_fractional_and_nothing_else)
{
    double s = -1;
    cr_assert(weir_options_seconds("90", &s) && s == 90);
    cr_assert(weir_options_seconds("2.5", &s) && s == 2.5);
    cr_assert(weir_options_seconds(".5", &s) && s == 0.5);
    cr_assert(weir_options_seconds("0", &s) && s == 0);
    for (const char **bad =
             (const char *[]){"", ".", "-1", "1e3", "inf", "nan", "0x10", " 1",
                              "1 ", "1.2.3", "2s", "99999999999", NULL};
         *bad; bad++)
        cr_assert_not(weir_options_seconds(*bad, &s), "\"%s\"", *bad);
    cr_assert_eq(s, 0);
}

Test(program, whole_numbers_are_digits_within_their_range)
{
    uint32_t n = 7;
    cr_assert(weir_options_whole("16000", 1000, 768000, &n) && n == 16000);
    cr_assert(weir_options_whole("1000", 1000, 768000, &n) && n == 1000);
    cr_assert(weir_options_whole("768000", 1000, 768000, &n) && n == 768000);
    for (const char **bad =
             (const char *[]){"", "999", "768001", "-1000", "+1000", " 1000",
                              "1000 ", "1e4", "1000.0", "0x1000",
                              "18446744073709552616", NULL};
         *bad; bad++)
        cr_assert_not(weir_options_whole(*bad, 1000, 768000, &n), "\"%s\"",
                      *bad);
    cr_assert_eq(n, 768000);
}

static bool
takes(int id, const char *argument)
{
    struct weir_reader_options o = {0};
    return weir_reader_options_take(&o, id, argument) == NULL;
}

Test(program, sources_are_buses_and_strips)
{
    cr_assert(takes(WEIR_OPTION_SOURCE, "main"));
    cr_assert(takes(WEIR_OPTION_SOURCE, "strip/mic"));
    cr_assert(takes(WEIR_OPTION_SOURCE, "strip/mic-2_b/pre"));
    for (const char **bad =
             (const char *[]){"", "Main", "1st", "strip", "strip/",
                              "strip//pre", "strip/mic/post", "strip/mic/",
                              "bus/main", "main/pre", NULL};
         *bad; bad++) {
        // "strip" alone could be a bus of that name.
        if (strcmp(*bad, "strip") != 0)
            cr_assert_not(takes(WEIR_OPTION_SOURCE, *bad), "\"%s\"", *bad);
    }
}

Test(program, ids_and_names_are_checked_before_weir_is_asked)
{
    cr_assert(takes(WEIR_OPTION_ID, "rec-1"));
    cr_assert_not(takes(WEIR_OPTION_ID, "Rec"));
    cr_assert_not(takes(WEIR_OPTION_ID, "a23456789012345678901234567890123"));
    cr_assert(takes(WEIR_OPTION_NAME, "My.Weir_2"));
    cr_assert_not(takes(WEIR_OPTION_NAME, "a/b"));
    cr_assert_not(takes(WEIR_OPTION_NAME, ".."));
}

Test(program, a_seventeenth_source_is_too_many)
{
    struct weir_reader_options o = {0};
    for (int i = 0; i < 16; i++)
        cr_assert_null(
            weir_reader_options_take(&o, WEIR_OPTION_SOURCE, "main"));
    cr_assert(weir_reader_options_take(&o, WEIR_OPTION_SOURCE, "main"));
}

// ------------------------------------------------------------------ samples

Test(program, sample_formats_have_two_names_each)
{
    enum weir_sample_format a;
    enum weir_sample_format b;
    cr_assert(weir_samples_parse("s16", &a) && weir_samples_parse("16", &b));
    cr_assert(a == b && weir_samples_bytes(a) == 2);
    cr_assert(weir_samples_parse("s24", &a) && weir_samples_parse("24", &b));
    cr_assert(a == b && weir_samples_bytes(a) == 3);
    cr_assert(weir_samples_parse("f32", &a) && weir_samples_parse("float", &b));
    cr_assert(a == b && weir_samples_bytes(a) == 4);
    cr_assert_not(weir_samples_parse("s32", &a));
}

Test(program, samples_go_out_as_little_endian_bytes)
{
    const float in[] = {1.0f, -1.0f, -1.0f / 32768, 1.0f / 8388608};
    unsigned char out[16];
    weir_samples_put(WEIR_SAMPLES_S16, in, 3, out);
    cr_assert_eq(memcmp(out, "\xff\x7f\x00\x80\xff\xff", 6), 0);
    weir_samples_put(WEIR_SAMPLES_S24, in, 4, out);
    cr_assert_eq(
        memcmp(out, "\xff\xff\x7f\x00\x00\x80\x00\xff\xff\x01\x00\x00", 12), 0);
    weir_samples_put(WEIR_SAMPLES_F32, in, 1, out);
    cr_assert_eq(memcmp(out, "\x00\x00\x80\x3f", 4), 0);
}
