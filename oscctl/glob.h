// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Patterns of JACK ports' names: UTF-8 with spaces and slashes, which an
// address's segment (match.h) does not have. The wildcards are the same:
// `*` any characters, `?` one, `[a-z]` `[!a-z]` one of a class (of ASCII),
// `{mic,dj*}` one of several (not nested). Every byte of a name moves all
// places where the pattern can stand at once.
#ifndef WEIR_OSCCTL_GLOB_H
#define WEIR_OSCCTL_GLOB_H

#include <stdbool.h>
#include <stdint.h>

enum { WEIR_GLOB_PLACES = 64 };

/// A pattern, compiled (3 kB). Bit i of a set is the place before item i.
struct weir_glob {
    const char *literal; ///< borrowed: it has no wildcard; null: it has
    uint64_t takes[256]; ///< by byte: the next item takes it
    uint64_t stars;      ///< it takes any, and again
    uint64_t behind_any; ///< a character of several bytes may go on
    uint64_t leads[WEIR_GLOB_PLACES]; ///< where to, without a byte
    uint64_t has_leads;
    uint32_t end; ///< the last place
};

/// Compile a pattern.  Null, or what is wrong with it.  @any  Borrows
/// `pattern`, which without wildcards may have any length, else 63 items.
const char *weir_glob_compile(const char *pattern, struct weir_glob *out);

/// Whether it matches all of `name`.  @any  At most 64 steps a byte.
bool weir_glob_matches(const struct weir_glob *glob, const char *name);

#endif
