// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// OSC address patterns in linear time.  Where a segment's pattern can stand is
// a set of bits, a word for up to 63 of its characters; every character of a
// name moves the whole set at once, whatever the pattern.  (Backtracking, as
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
    WEIR_MATCH_OPS_MAX = 1023, ///< places of one segment, or of all
    WEIR_PATTERN_SEGMENTS_MAX = 32,
    WEIR_PATTERN_WORDS_MAX = 32, ///< each segment has words of its own
    WEIR_MATCH_COLUMNS = 95,     ///< '!'..'~', and the first for all others
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
    WEIR_MATCH_TOO_LONG,      ///< more than the words hold
    WEIR_MATCH_TOO_MANY,      ///< more than WEIR_PATTERN_SEGMENTS_MAX
};

/// 64 places of a segment: bit i stands before its item i.  match.c says how
/// they work together.
struct weir_match_word {
    uint64_t any;         ///< '?'
    uint64_t stars;       ///< '*'
    uint64_t inner_stars; ///< of those, in an alternative
    uint64_t forks;       ///< '{'
    uint64_t starts;      ///< of alternatives
    uint64_t ends;        ///< of alternatives
    uint64_t last_ends;   ///< of the last alternatives
    uint64_t fills;       ///< from a group's first end to its last
    uint64_t joins;       ///< behind '}'
    uint64_t skips;       ///< before, between and behind what can be nothing
    uint64_t skip_begins, skip_ends;    ///< where rows of those begin, end
    uint64_t takes[WEIR_MATCH_COLUMNS]; ///< characters and classes
};

/// A whole address pattern, compiled (27 kB, of which a few words are used).
struct weir_pattern {
    uint64_t *n_steps; ///< counts words by characters, unless null; for tests
    uint32_t n_segments;
    uint32_t n_places;  ///< of all segments
    bool literal;       ///< no wildcard anywhere
    uint64_t any_depth; ///< bit i: any number of levels before segment i
    uint16_t first_word[WEIR_PATTERN_SEGMENTS_MAX + 1];
    uint16_t n_items[WEIR_PATTERN_SEGMENTS_MAX];
    struct weir_match_word words[WEIR_PATTERN_WORDS_MAX];
};

/// The fault in words, for /error.  @any  Never null.
const char *weir_match_fault_text(enum weir_match_fault fault);

/// Compile an address such as "/strip/*/gain" or "//meter".  Names are of
/// '!'..'~': other characters are matched by '*', '?' and "[!...]" alone.
/// @any  Linear; no allocation; keeps nothing of `address`.
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
