// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Command lines: a program lists its options in a table, and --help,
// --version, -q, -v and what is said about wrong ones are the same in all.
#ifndef WEIR_COMMON_OPTIONS_H
#define WEIR_COMMON_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WEIR_OPTIONS_MAX = 40 };

struct weir_option {
    int id;               ///< the program's own number for it
    char letter;          ///< short form, or 0
    const char *name;     ///< long form
    const char *argument; ///< as --help shows it; null: takes none;
                          ///< "[=X]": may be left out (then it is null)
    const char *help;     ///< one line; null: known, but not listed
};

struct weir_command_line {
    const char *program;
    const char *about; ///< one sentence for --help
    const struct weir_option *options;
    size_t n_options; ///< at most WEIR_OPTIONS_MAX
    /// Take one option; null when that is fine, else "why (what is
    /// allowed)". Borrows `argument` for ever: it is in argv.
    const char *(*take)(void *to, int id, const char *argument);
    /// Take what is not an option; null when that is fine, else all there is
    /// to say (it is not repeated: there may be a secret in it). Borrows it
    /// like `take`. Null: there is nothing but options.
    const char *(*operand)(void *to, const char *argument);
    const char *operands; ///< as --help shows them; null: none
    void *to;
};

/// Parse the command line.  False when the program should exit at once with
/// *exit_status: after --help or --version, or because something was wrong
/// and has been said.  @control
bool weir_options_parse(const struct weir_command_line *line, int argc,
                        char **argv, int *exit_status);

/// A whole number within from..to, in digits.  @any
bool weir_options_whole(const char *text, uint32_t from, uint32_t to,
                        uint32_t *out);

/// A number of seconds, at least 0, as in "90" or "2.5".  @any
bool weir_options_seconds(const char *text, double *out);

#endif
