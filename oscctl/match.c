// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A segment's pattern becomes a row of items, a place before each and one
// behind the last; standing there, when the name is over, is a match. A
// character, '?' and a class take a character and lead to the next place; '*'
// takes any and stays. A group is a fork, and each alternative with an end:
//
//     m*c          m * c
//     a{mic,d*}b   a { m i c . d * . b
//
// All places live in one set of bits. A character moves them by one shift;
// what needs no character is closed() by one addition and two subtractions,
// whose carries run through a group, or through a row of items that can be
// nothing, but not out of it (after Navarro and Raffinot, "Flexible Pattern
// Matching in Strings", 4.1 and 5).
#include "oscctl/match.h"

#include "oscctl/match_private.h"

#include <string.h>

// ---- one segment

// The functions down to run_words() are compiled twice: for segments of one
// word, whose sets then live in registers, and for any.  `n` is a constant in
// either.
#define INLINED __attribute__((always_inline)) static inline

struct places {
    uint64_t word[WEIR_PATTERN_WORDS_MAX];
};

// A character has been taken; what stands before a star stays as well.
INLINED void
take(const struct weir_match_word *words, struct places *at, unsigned column,
     uint32_t n)
{
    uint64_t carry = 0;
    for (uint32_t i = 0; i < n; i++) {
        const uint64_t here = at->word[i];
        const uint64_t moved = here & (words[i].takes[column] | words[i].any);
        at->word[i] = moved << 1 | carry | (here & words[i].stars);
        carry = moved >> 63;
    }
}

// A star within an alternative may take nothing.
INLINED void
pass_inner_stars(const struct weir_match_word *words, struct places *at,
                 uint32_t n)
{
    uint64_t carry = 0;
    for (uint32_t i = 0; i < n; i++) {
        const uint64_t passed = at->word[i] & words[i].inner_stars;
        at->word[i] |= passed << 1 | carry;
        carry = passed >> 63;
    }
}

// From the end of any alternative to behind its group: added to ones from the
// first end to the last, it carries into the place behind.
INLINED void
join(const struct weir_match_word *words, struct places *at, uint32_t n)
{
    bool carry = false;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t sum;
        const bool over = __builtin_add_overflow(at->word[i] & words[i].ends,
                                                 words[i].fills, &sum);
        carry = __builtin_add_overflow(sum, (uint64_t)carry, &sum) || over;
        at->word[i] |= sum & words[i].joins;
    }
}

// In a row of what can be nothing, from the first place on to all behind it:
// subtracting the row's begin turns only what lies before that one.
INLINED void
skip(const struct weir_match_word *words, struct places *at, uint32_t n)
{
    bool borrow = false;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t rest;
        const uint64_t from =
            (at->word[i] & words[i].skips) | words[i].skip_ends;
        const bool under =
            __builtin_sub_overflow(from, words[i].skip_begins, &rest);
        borrow = __builtin_sub_overflow(rest, (uint64_t)borrow, &rest) || under;
        at->word[i] |= words[i].skips & (~rest ^ from);
    }
}

// From a fork to each alternative: the last end less the fork is ones from
// the fork to before that end.
INLINED void
fork_out(const struct weir_match_word *words, struct places *at, uint32_t n)
{
    bool borrow = false;
    uint64_t carry = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t rest;
        const bool under = __builtin_sub_overflow(
            words[i].last_ends, at->word[i] & words[i].forks, &rest);
        borrow = __builtin_sub_overflow(rest, (uint64_t)borrow, &rest) || under;
        rest &= ~words[i].last_ends;
        at->word[i] |= (rest << 1 | carry) & words[i].starts;
        carry = rest >> 63;
    }
}

// Wherever one gets without a character.
INLINED void
close_over(const struct weir_match_word *words, struct places *at, uint32_t n)
{
    pass_inner_stars(words, at, n);
    join(words, at, n);
    skip(words, at, n);
    fork_out(words, at, n);
    pass_inner_stars(words, at, n);
}

INLINED bool
is_nowhere(const struct places *at, uint32_t n)
{
    uint64_t all = 0;
    for (uint32_t i = 0; i < n; i++)
        all |= at->word[i];
    return all == 0;
}

INLINED bool
run_words(const struct weir_match_word *words, uint32_t n, uint32_t n_items,
          const char *name, uint64_t *n_steps)
{
    struct places at;
    uint64_t n_done = n;
    memset(at.word, 0, n * sizeof at.word[0]);
    at.word[0] = 1;
    close_over(words, &at, n);
    for (; *name && !is_nowhere(&at, n); name++) {
        take(words, &at, weir_match_column((unsigned char)*name), n);
        close_over(words, &at, n);
        n_done += n;
    }
    if (n_steps)
        *n_steps += n_done;
    return at.word[n_items / 64 % n] >> n_items % 64 & 1;
}

static bool
run(const struct weir_pattern *p, uint32_t segment, const char *name)
{
    const uint32_t first = p->first_word[segment];
    const uint32_t n = p->first_word[segment + 1] - first;
    const uint32_t n_items = p->n_items[segment];
    return n == 1 ? run_words(p->words + first, 1, n_items, name, p->n_steps)
                  : run_words(p->words + first, n, n_items, name, p->n_steps);
}

// ---- whole addresses

uint64_t
weir_pattern_start(const struct weir_pattern *pattern)
{
    (void)pattern;
    return 1; // bit i: segment i is the next to be matched
}

uint64_t
weir_pattern_step(const struct weir_pattern *pattern, uint64_t states,
                  const char *name)
{
    uint64_t next = states & pattern->any_depth;
    for (uint32_t i = 0; i < pattern->n_segments; i++)
        if ((states >> i & 1) != 0 && run(pattern, i, name))
            next |= UINT64_C(1) << (i + 1);
    return next;
}

bool
weir_pattern_accepts(const struct weir_pattern *pattern, uint64_t states)
{
    return states >> pattern->n_segments & 1;
}

bool
weir_pattern_is_literal(const struct weir_pattern *pattern)
{
    return pattern->literal;
}

bool
weir_pattern_matches(const struct weir_pattern *pattern, const char *address)
{
    char name[256];
    uint64_t states = weir_pattern_start(pattern);
    while (*address == '/' && states != 0) {
        const size_t length = strcspn(++address, "/");
        if (length >= sizeof name)
            return false;
        memcpy(name, address, length);
        name[length] = '\0';
        states = weir_pattern_step(pattern, states, name);
        address += length;
    }
    return *address == '\0' && weir_pattern_accepts(pattern, states);
}
