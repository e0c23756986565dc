// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A session file, read and checked whole before anything of it is sent.
#ifndef WEIR_CTL_SCRIPT_H
#define WEIR_CTL_SCRIPT_H

#include "oscctl/values.h"

#include <lo/lo.h>
#include <stdbool.h>
#include <stddef.h>

/// One message of the file.
struct ctl_script_line {
    int number; ///< from 1
    char *address;
    lo_message message;
};

/// A strip or a bus that the file adds.
struct ctl_script_add {
    const struct ctl_script_line *line;
    char id[WEIR_ID_MAX + 1];
    bool is_bus;
    int n_channels;   ///< 0: the line does not say
    const char *name; ///< null: the line does not say; borrowed
};

struct ctl_script {
    const char *file; ///< for messages; borrowed
    struct ctl_script_line *lines;
    size_t n_lines;
    struct ctl_script_add *adds;
    size_t n_adds;
};

/// What a file may count on.
enum ctl_script_use {
    CTL_SCRIPT_REPLACES, ///< only what it adds itself, and main, is there
    CTL_SCRIPT_MERGES,   ///< anything may be there
};

/// Read FILE, or stdin if it is "-", and check it.  Returns an exit status;
/// each wrong line has been named.  Free with ctl_script_fini() in any case.
int ctl_script_read(const char *file, enum ctl_script_use use,
                    struct ctl_script *out);
void ctl_script_fini(struct ctl_script *script);

/// The file's add of a strip or a bus, or null.
const struct ctl_script_add *
ctl_script_find_add(const struct ctl_script *script, bool is_bus,
                    const char *id);

/// Whether a line is one of the adds.
bool ctl_script_is_add(const struct ctl_script_line *line);

/// Whether a line of the file sets `address` itself, not by a pattern.
bool ctl_script_sets(const struct ctl_script *script, const char *address);

/// Say what is wrong with a line.
__attribute__((format(printf, 3, 4))) void
ctl_script_say(const struct ctl_script *script, int number, const char *format,
               ...);

/// What can be known of a file without a mixer: ids, ranges, types.  Says
/// what is wrong with each line; returns how many are.  @see script_check.c
int ctl_script_check(struct ctl_script *script, enum ctl_script_use use);

#endif
