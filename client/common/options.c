// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Command lines.
#include "common/options.h"
#include "common/log.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// What every program takes besides its own; ids that no program uses.
enum { ID_QUIET = -1, ID_VERBOSE = -2, ID_HELP = -3, ID_VERSION = -4 };

static const struct weir_option everywhere[] = {
    {ID_QUIET, 'q', "quiet", NULL, "log errors only"},
    {ID_VERBOSE, 'v', "verbose", NULL, "log more"},
    {ID_HELP, 'h', "help", NULL, "show this and exit"},
    {ID_VERSION, 'V', "version", NULL, "show the version and exit"},
};
enum { N_EVERYWHERE = sizeof everywhere / sizeof everywhere[0] };

static size_t
count(const struct weir_command_line *line)
{
    return line->n_options + N_EVERYWHERE;
}

static const struct weir_option *
option_at(const struct weir_command_line *line, size_t i)
{
    return i < line->n_options ? &line->options[i]
                               : &everywhere[i - line->n_options];
}

// --------------------------------------------------------------- --help

// An argument that may be left out is written "[=SOMETHING]".
static bool
is_optional(const struct weir_option *o)
{
    return o->argument && o->argument[0] == '[';
}

static void
show_option(const struct weir_option *o)
{
    char left[64];
    char letter[8] = "    ";
    if (!o->help)
        return;
    if (o->letter)
        snprintf(letter, sizeof letter, "-%c, ", o->letter);
    snprintf(left, sizeof left, "%s--%s%s%s", letter, o->name,
             o->argument && !is_optional(o) ? " " : "",
             o->argument ? o->argument : "");
    printf("  %-26s  %s\n", left, o->help);
}

static void
show_help(const struct weir_command_line *line)
{
    printf("Usage: %s [OPTION]...%s%s\n%s\n\n", line->program,
           line->operands ? " " : "", line->operands ? line->operands : "",
           line->about);
    for (size_t i = 0; i < count(line); i++)
        show_option(option_at(line, i));
}

// ---------------------------------------------------------------- parsing

// getopt_long()'s two lists. A long option's value is its index from 256 on.
struct lists {
    char letters[2 + 2 * (WEIR_OPTIONS_MAX + N_EVERYWHERE) + 1];
    struct option names[WEIR_OPTIONS_MAX + N_EVERYWHERE + 1];
};

enum { FIRST_LONG = 256 };

static void
fill_lists(const struct weir_command_line *line, struct lists *lists)
{
    char *at = lists->letters;
    // We speak for ourselves, and tell a missing argument from the rest.
    *at++ = ':';
    for (size_t i = 0; i < count(line); i++) {
        const struct weir_option *o = option_at(line, i);
        const int has = is_optional(o) ? optional_argument
                        : o->argument  ? required_argument
                                       : no_argument;
        lists->names[i] =
            (struct option){o->name, has, NULL, FIRST_LONG + (int)i};
        if (!o->letter)
            continue;
        *at++ = o->letter;
        if (o->argument && !is_optional(o))
            *at++ = ':';
    }
    *at = '\0';
    lists->names[count(line)] = (struct option){0};
}

static const struct weir_option *
find(const struct weir_command_line *line, int value)
{
    if (value >= FIRST_LONG)
        return option_at(line, (size_t)(value - FIRST_LONG));
    for (size_t i = 0; i < count(line); i++)
        if (value > 0 && option_at(line, i)->letter == value)
            return option_at(line, i);
    return NULL;
}

static bool
wrong(const struct weir_command_line *line, const char *what, const char *why,
      int *exit_status)
{
    weir_log(WEIR_LOG_ERROR, "%s: %s (%s --help lists all options)", what, why,
             line->program);
    *exit_status = WEIR_EXIT_USAGE;
    return false;
}

// What getopt_long() did not like.
static bool
refuse(const struct weir_command_line *line, char **argv, int verdict,
       int *exit_status)
{
    const struct weir_option *o = find(line, optopt);
    char letter[3] = {'-', (char)optopt, '\0'};
    const bool long_form = optopt == 0 || optopt >= FIRST_LONG;
    char *what = long_form ? argv[optind - 1] : letter;
    // What was given to it may be secret.
    what[strcspn(what, "=")] = '\0';
    if (verdict == ':')
        return wrong(line, what, "needs an argument", exit_status);
    if (o)
        return wrong(line, what, "takes no argument", exit_status);
    return wrong(line, what, "no such option", exit_status);
}

static bool
take_everywhere(const struct weir_command_line *line, int id, int *exit_status)
{
    *exit_status = WEIR_EXIT_OK;
    if (id == ID_QUIET)
        weir_log_adjust(-1);
    if (id == ID_VERBOSE)
        weir_log_adjust(1);
    if (id == ID_HELP)
        show_help(line);
    if (id == ID_VERSION)
        printf("%s %s\n", line->program, WEIR_VERSION);
    return id != ID_HELP && id != ID_VERSION;
}

static bool
take(const struct weir_command_line *line, const struct weir_option *o,
     const char *argument, int *exit_status)
{
    if (o->id < 0)
        return take_everywhere(line, o->id, exit_status);
    const char *why = line->take(line->to, o->id, argument);
    if (!why)
        return true;
    weir_log(WEIR_LOG_ERROR, "--%s%s%s: %s", o->name, argument ? " " : "",
             argument ? argument : "", why);
    *exit_status = WEIR_EXIT_USAGE;
    return false;
}

static bool
take_operands(const struct weir_command_line *line, int argc, char **argv,
              int *exit_status)
{
    for (int i = optind; i < argc; i++) {
        if (!line->operand)
            return wrong(line, argv[i], "not an option", exit_status);
        const char *why = line->operand(line->to, argv[i]);
        if (!why)
            continue;
        weir_log(WEIR_LOG_ERROR, "%s", why);
        *exit_status = WEIR_EXIT_USAGE;
        return false;
    }
    return true;
}

bool
weir_options_parse(const struct weir_command_line *line, int argc, char **argv,
                   int *exit_status)
{
    struct lists lists;
    int value;
    fill_lists(line, &lists);
    opterr = 0;
    while ((value = getopt_long(argc, argv, lists.letters, lists.names,
                                NULL)) != -1) {
        if (value == '?' || value == ':')
            return refuse(line, argv, value, exit_status);
        if (!take(line, find(line, value), optarg, exit_status))
            return false;
    }
    return take_operands(line, argc, argv, exit_status);
}

bool
weir_options_whole(const char *text, uint32_t from, uint32_t to, uint32_t *out)
{
    // strtoul() would take signs and leading blanks, too.
    if (text[0] == '\0' || text[strspn(text, "0123456789")] != '\0')
        return false;
    errno = 0;
    const unsigned long value = strtoul(text, NULL, 10);
    if (errno != 0 || value < from || value > to)
        return false;
    *out = (uint32_t)value;
    return true;
}

bool
weir_options_seconds(const char *text, double *out)
{
    char *end;
    // strtod() would take "0x1p3", "inf" and leading blanks, too.
    if (text[strspn(text, "0123456789.")] != '\0')
        return false;
    const double value = strtod(text, &end);
    if (end == text || *end != '\0' || !(value <= 1e9))
        return false;
    *out = value;
    return true;
}
