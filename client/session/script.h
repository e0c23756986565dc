// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A session file, read and checked whole before anything of it is done.
// Everything here is @any's but @rt's, and works on the script alone.
#ifndef WEIR_WEIR_SCRIPT_H
#define WEIR_WEIR_SCRIPT_H

#include "oscctl/values.h"

#include <lo/lo.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/// One message of the file.
struct weir_script_line {
    int number; ///< from 1
    char *address;
    lo_message message;
};

/// A strip or a bus that the file adds.
struct weir_script_add {
    const struct weir_script_line *line;
    char id[WEIR_ID_MAX + 1];
    bool is_bus;
    int n_channels;   ///< 0: the line does not say
    const char *name; ///< null: the line does not say; borrowed
};

enum {
    WEIR_SCRIPT_LINE_BYTES = 4096,
    WEIR_SCRIPT_LINES = 262144,   ///< 512 strips with 64 sends have half
    WEIR_SCRIPT_BYTES = 16 << 20, ///< of a whole file
    WEIR_SCRIPT_FAULTS_SAID = 20, ///< more are counted
};

/// Told what is wrong, and where.
typedef void weir_script_say_fn(void *owner, int line, const char *text);

struct weir_script {
    weir_script_say_fn *say; ///< null: nobody is told
    void *owner;
    struct weir_script_line *lines;
    size_t n_lines;
    size_t n_room;
    const char **addresses; ///< of all lines, sorted
    struct weir_script_add *adds;
    size_t n_adds;
    size_t last_found; ///< of the adds: the next to be asked for, mostly
    int n_said;
};

/// What a file may count on.
enum weir_script_use {
    WEIR_SCRIPT_REPLACES, ///< only what it adds itself, and main, is there
    WEIR_SCRIPT_MERGES,   ///< anything may be there
};

/// Read all lines.  Says what is wrong with each; returns how many are.
/// `script` has been zeroed but for who is told.  Free with
/// weir_script_fini() in any case.
int weir_script_read(struct weir_script *script, FILE *from);
void weir_script_fini(struct weir_script *script);

/// The file's add of a strip or a bus, or null.
const struct weir_script_add *weir_script_find_add(struct weir_script *script,
                                                   bool is_bus, const char *id);

/// Whether a line is one of the adds.
bool weir_script_is_add(const struct weir_script_line *line);

/// Whether a line of the file sets `address` itself, not by a pattern.
bool weir_script_sets(const struct weir_script *script, const char *address);

/// Whether a line asks for a connection: that needs all strips and buses to
/// be there, and can come true later.
bool weir_script_is_wish(const struct weir_script_line *line);

/// Make weir_script_sets() fast; weir_script_check() does.  False when memory
/// is short.
bool weir_script_index(struct weir_script *script);

/// Say what is wrong with a line; 0: with no line.
__attribute__((format(printf, 3, 4))) void
weir_script_say(struct weir_script *script, int number, const char *format,
                ...);

/// What can be known of a file without a mixer: ids, ranges, types.  Says
/// what is wrong with each line; returns how many are.  @see script_check.c
int weir_script_check(struct weir_script *script, enum weir_script_use use);

#endif
