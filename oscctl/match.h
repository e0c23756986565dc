// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// OSC address patterns in linear time.  A segment's pattern becomes a small
// automaton whose live positions are a set of bits: every character of a name
// visits each position at most once, whatever the pattern.  (Backtracking, as
// in liblo, takes seconds for one datagram of "*{a,b}*{a,b}...".)
//
// In a segment: `*` any characters, `?` one, `[a-z]` `[!a-z]` one of a class,
// `{mic,dj*}` one of several (not nested).  None of them crosses a '/'.
// Between segments: `//` any number of levels, also none (OSC 1.1).
#ifndef WEIR_OSCCTL_MATCH_H
#define WEIR_OSCCTL_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WEIR_MATCH_OPS_MAX = 1023, ///< automaton of one segment, or of all
    WEIR_PATTERN_SEGMENTS_MAX = 32,
};

/// Why a pattern was refused.
enum weir_match_fault {
    WEIR_MATCH_OK = 0,
    WEIR_MATCH_NO_SLASH,      ///< an address that does not begin with '/'
    WEIR_MATCH_EMPTY_SEGMENT, ///< ends with one '/', or has "///"
    WEIR_MATCH_OPEN_BRACE,    ///< '{' without '}' in its segment
    WEIR_MATCH_OPEN_BRACKET,  ///< '[' without ']' in its segment
    WEIR_MATCH_STRAY_CLOSE,   ///< '}' or ']' that closes nothing
    WEIR_MATCH_NESTED_BRACE,  ///< '{' within '{'
    WEIR_MATCH_EMPTY_CLASS,   ///< "[]" or "[!]"
    WEIR_MATCH_BAD_RANGE,     ///< "[z-a]"
    WEIR_MATCH_TOO_LONG,      ///< more than the automaton holds
    WEIR_MATCH_TOO_MANY,      ///< more than WEIR_PATTERN_SEGMENTS_MAX
};

/// One position of an automaton.
struct weir_match_op {
    uint16_t to;       ///< where else it leads, within its segment
    uint8_t kind;      ///< one of match.c's enum op_kind
    uint8_t low, high; ///< characters that it takes
};

/// One segment's pattern, compiled.
struct weir_match {
    uint64_t *n_steps; ///< counts visited positions, unless null; tests set it
    uint32_t n_ops;
    struct weir_match_op ops[WEIR_MATCH_OPS_MAX];
};

/// A whole address pattern, compiled (6 kB).
struct weir_pattern {
    uint64_t *n_steps; ///< as in struct weir_match
    uint32_t n_segments;
    bool literal;       ///< no wildcard anywhere
    uint64_t any_depth; ///< bit i: any number of levels before segment i
    uint16_t first_op[WEIR_PATTERN_SEGMENTS_MAX + 1];
    struct weir_match_op ops[WEIR_MATCH_OPS_MAX];
};

/// The fault in words, for /error.  @any  Never null.
const char *weir_match_fault_text(enum weir_match_fault fault);

/// Compile one segment of `length` characters, without '/'.
/// @any  Linear; no allocation; keeps nothing of `text`.
enum weir_match_fault weir_match_compile(const char *text, size_t length,
                                         struct weir_match *out);

/// Whether the segment's pattern matches all of `name`.
/// @any  At most n_ops visits a character.
bool weir_match_segment(const struct weir_match *match, const char *name);

/// Compile an address such as "/strip/*/gain" or "//meter".  @any  Linear.
enum weir_match_fault weir_pattern_compile(const char *address,
                                           struct weir_pattern *out);

/// The states before the root's children: a set of bits, as a tree walk
/// carries it down.  @any
uint64_t weir_pattern_start(const struct weir_pattern *pattern);

/// The states below a child called `name`; 0 when no address below it can
/// match (the child itself matches if weir_pattern_accepts() says so).
/// A walk that carries states down visits each node at most once.  @any
uint64_t weir_pattern_step(const struct weir_pattern *pattern, uint64_t states,
                           const char *name);

/// Whether the node that led to `states` is matched.  @any
bool weir_pattern_accepts(const struct weir_pattern *pattern, uint64_t states);

/// Whether the address is a plain one, which matches itself alone.  @any
bool weir_pattern_is_literal(const struct weir_pattern *pattern);

/// Whether it matches a whole address.  @any  Names of up to 255 characters.
bool weir_pattern_matches(const struct weir_pattern *pattern,
                          const char *address);

#endif
