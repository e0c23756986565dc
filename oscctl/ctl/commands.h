// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// weirctl's commands.  Each gets the words after its name, as many as main.c
// has found right, and returns an exit status; it has said why.
#ifndef WEIR_CTL_COMMANDS_H
#define WEIR_CTL_COMMANDS_H

#include "oscctl/ctl/find.h"
#include "oscctl/ctl/link.h"

/// Print the mixer's name.
int ctl_ping(struct ctl_link *link, int n_words, const char *const words[]);

/// Print what matches each PATTERN.
int ctl_get(struct ctl_link *link, int n_words, const char *const words[]);

/// ADDRESS VALUE...: print what resulted.
int ctl_set(struct ctl_link *link, int n_words, const char *const words[]);

/// ADDRESS ARGS...: print the reply.
int ctl_call(struct ctl_link *link, int n_words, const char *const words[]);

/// Print a table of strips and buses.
int ctl_list(struct ctl_link *link, int n_words, const char *const words[]);

/// Print all that load needs.
int ctl_dump(struct ctl_link *link, int n_words, const char *const words[]);

/// [--merge] FILE: make the mixer what the file says, or add to it.
int ctl_load(struct ctl_link *link, int n_words, const char *const words[]);

/// [--rate HZ] [--no-wait] PATTERN...: print what matches, then what changes,
/// until a signal or a closed pipe.  Finds the mixer itself, and again when it
/// comes back.
int ctl_watch(const struct ctl_wanted *wanted, int n_words,
              const char *const words[]);

/// [--plain]: the terminal view, or a table.  Finds the mixer as watch does.
int ctl_meters(const struct ctl_wanted *wanted, int n_words,
               const char *const words[]);

/// KIND BEGINNING, for a shell: print what may stand in place of the
/// beginning.  KIND is `name` (instances), `get`, `set` or `call` (addresses),
/// or `argument` (what may be set at the address BEGINNING).
int ctl_complete(const struct ctl_wanted *wanted, int n_words,
                 const char *const words[]);

#endif
