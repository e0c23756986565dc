// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Patterns: what they match, what is refused, and how much work they are.
#include "oscctl/match.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
compile(const char *pattern, struct weir_pattern *out)
{
    char text[2048];
    snprintf(text, sizeof text, "/%s", pattern);
    cr_assert_eq(weir_pattern_compile(text, out), WEIR_MATCH_OK, "%s", pattern);
}

// One segment, which may also match nothing, unlike a name in the tree.
static bool
segment(const char *pattern, const char *name)
{
    struct weir_pattern compiled;
    compile(pattern, &compiled);
    return weir_pattern_accepts(
        &compiled,
        weir_pattern_step(&compiled, weir_pattern_start(&compiled), name));
}

static bool
address(const char *pattern, const char *name)
{
    struct weir_pattern compiled;
    cr_assert_eq(weir_pattern_compile(pattern, &compiled), WEIR_MATCH_OK, "%s",
                 pattern);
    return weir_pattern_matches(&compiled, name);
}

static enum weir_match_fault
fault_of(const char *pattern)
{
    struct weir_pattern compiled;
    return weir_pattern_compile(pattern, &compiled);
}

Test(osc_match, a_plain_name_matches_itself_alone)
{
    cr_assert(segment("mic", "mic"));
    cr_assert_not(segment("mic", "mi"));
    cr_assert_not(segment("mic", "mic2"));
    cr_assert_not(segment("mic", ""));
}

Test(osc_match, a_star_stands_for_any_characters_or_none)
{
    cr_assert(segment("*", ""));
    cr_assert(segment("*", "mic"));
    cr_assert(segment("m*c", "mc"));
    cr_assert(segment("m*c", "mic-c"));
    cr_assert_not(segment("m*c", "mics"));
    cr_assert(segment("*i*", "mic"));
    cr_assert(segment("**", "x"));
    cr_assert_not(segment("*a", "bab"));
}

Test(osc_match, a_question_mark_stands_for_one_character)
{
    cr_assert(segment("in?", "in1"));
    cr_assert_not(segment("in?", "in"));
    cr_assert_not(segment("in?", "in12"));
}

Test(osc_match, a_class_stands_for_one_of_its_characters)
{
    cr_assert(segment("in[1-3]", "in2"));
    cr_assert_not(segment("in[1-3]", "in4"));
    cr_assert_not(segment("in[1-3]", "in"));
    cr_assert(segment("[abx-z_]q", "aq"));
    cr_assert(segment("[abx-z_]q", "yq"));
    cr_assert(segment("[abx-z_]q", "_q"));
    cr_assert_not(segment("[abx-z_]q", "cq"));
    cr_assert(segment("[a-]", "-") && segment("[-a]", "-"));
    cr_assert(segment("[a!]", "!"));
    cr_assert(segment("[*?{]", "{"));
}

Test(osc_match, a_negated_class_stands_for_one_of_the_others)
{
    cr_assert(segment("in[!1-3]", "in4"));
    cr_assert_not(segment("in[!1-3]", "in2"));
    cr_assert_not(segment("in[!1-3]", "in"));
    cr_assert(segment("[!a]", "!"));
    cr_assert_not(segment("[!\x01-\xff]", "a"));
}

Test(osc_match, braces_stand_for_one_of_their_alternatives)
{
    cr_assert(segment("{mic,dj}", "mic"));
    cr_assert(segment("{mic,dj}", "dj"));
    cr_assert_not(segment("{mic,dj}", "micdj"));
    cr_assert_not(segment("{mic,dj}", "mi"));
    cr_assert(segment("x{a,}y", "xy"));
    cr_assert(segment("{}x", "x"));
    cr_assert(segment("{one}", "one"));
}

Test(osc_match, alternatives_may_hold_wildcards_and_what_follows_counts)
{
    cr_assert(segment("{m*,d?}1", "mic1"));
    cr_assert(segment("{m*,d?}1", "dj1"));
    cr_assert_not(segment("{m*,d?}1", "djs1"));
    cr_assert(segment("{b,a*}*", "bcd"));
    cr_assert(segment("{b,a*}z", "bz"));
    cr_assert_not(segment("{b,a*}z", "bcz"));
    cr_assert(segment("{in[1-3],dj}", "in3"));
    cr_assert(segment("{a,b}{c,d}", "bc"));
    cr_assert_not(segment("{a,b}{c,d}", "cb"));
}

Test(osc_match, ill_formed_patterns_are_named)
{
    cr_assert_eq(fault_of("strip"), WEIR_MATCH_NO_SLASH);
    cr_assert_eq(fault_of(""), WEIR_MATCH_NO_SLASH);
    cr_assert_eq(fault_of("/"), WEIR_MATCH_EMPTY_SEGMENT);
    cr_assert_eq(fault_of("/strip/"), WEIR_MATCH_EMPTY_SEGMENT);
    cr_assert_eq(fault_of("///a"), WEIR_MATCH_EMPTY_SEGMENT);
    cr_assert_eq(fault_of("/{a,b"), WEIR_MATCH_OPEN_BRACE);
    cr_assert_eq(fault_of("/{a/b}"), WEIR_MATCH_OPEN_BRACE);
    cr_assert_eq(fault_of("/[a"), WEIR_MATCH_OPEN_BRACKET);
    cr_assert_eq(fault_of("/["), WEIR_MATCH_OPEN_BRACKET);
    cr_assert_eq(fault_of("/a}"), WEIR_MATCH_STRAY_CLOSE);
    cr_assert_eq(fault_of("/a]"), WEIR_MATCH_STRAY_CLOSE);
    cr_assert_eq(fault_of("/{a,{b}}"), WEIR_MATCH_NESTED_BRACE);
    cr_assert_eq(fault_of("/[]"), WEIR_MATCH_EMPTY_CLASS);
    cr_assert_eq(fault_of("/[!]"), WEIR_MATCH_EMPTY_CLASS);
    cr_assert_eq(fault_of("/[z-a]"), WEIR_MATCH_BAD_RANGE);
}

Test(osc_match, patterns_beyond_the_automaton_are_refused)
{
    char text[2048] = "/";
    memset(text + 1, '?', 1024);
    cr_assert_eq(fault_of(text), WEIR_MATCH_TOO_LONG);
    text[1 + WEIR_MATCH_OPS_MAX] = '\0';
    cr_assert_eq(fault_of(text), WEIR_MATCH_OK);
    text[0] = '\0';
    for (int i = 0; i < 33; i++) {
        cr_assert_eq(i > 0 ? fault_of(text) : WEIR_MATCH_OK, WEIR_MATCH_OK);
        strcat(text, "/a");
    }
    cr_assert_eq(fault_of(text), WEIR_MATCH_TOO_MANY);
}

Test(osc_match, a_star_stops_at_a_slash)
{
    cr_assert(address("/strip/*/gain", "/strip/mic/gain"));
    cr_assert_not(address("/strip/*/gain", "/strip/mic/send/fx/gain"));
    cr_assert_not(address("/strip/*", "/strip/mic/gain"));
    cr_assert_not(address("/strip/*/gain", "/strip/gain"));
}

Test(osc_match, two_slashes_stand_for_any_number_of_levels)
{
    cr_assert(address("//meter", "/meter"));
    cr_assert(address("//meter", "/strip/mic/meter"));
    cr_assert_not(address("//meter", "/strip/mic/meter/x"));
    cr_assert(address("/strip//", "/strip/mic/gain"));
    cr_assert(address("/strip//", "/strip"));
    cr_assert_not(address("/strip//", "/bus/main"));
    cr_assert(address("/strip//on", "/strip/mic/send/fx/on"));
    cr_assert(address("//a//b", "/x/a/y/z/b"));
    cr_assert_not(address("//a//b", "/x/b/y/z/a"));
    cr_assert(address("//", "/anything/at/all"));
}

Test(osc_match, an_address_is_literal_without_wildcards)
{
    struct weir_pattern pattern;
    static const char *const wild[] = {"/a*", "/?", "/[a]", "/{a}", "//a"};
    weir_pattern_compile("/strip/mic/gain", &pattern);
    cr_assert(weir_pattern_is_literal(&pattern));
    cr_assert(weir_pattern_matches(&pattern, "/strip/mic/gain"));
    for (size_t i = 0; i < sizeof wild / sizeof wild[0]; i++) {
        cr_assert_eq(weir_pattern_compile(wild[i], &pattern), WEIR_MATCH_OK);
        cr_assert_not(weir_pattern_is_literal(&pattern));
    }
}

Test(osc_match, a_walk_gives_up_where_nothing_below_can_match)
{
    struct weir_pattern pattern;
    weir_pattern_compile("/strip/*/gain", &pattern);
    const uint64_t start = weir_pattern_start(&pattern);
    cr_assert_eq(weir_pattern_step(&pattern, start, "bus"), 0);
    const uint64_t strip = weir_pattern_step(&pattern, start, "strip");
    cr_assert_neq(strip, 0);
    cr_assert_not(weir_pattern_accepts(&pattern, strip));
    const uint64_t mic = weir_pattern_step(&pattern, strip, "mic");
    const uint64_t gain = weir_pattern_step(&pattern, mic, "gain");
    cr_assert(weir_pattern_accepts(&pattern, gain));
    cr_assert_eq(weir_pattern_step(&pattern, gain, "more"), 0);
}

// A plain backtracking matcher, slow and obviously right, to compare with.
static bool slow(const char *p, const char *p_end, const char *name);

static bool
slow_group(const char *p, const char *p_end, const char *name)
{
    const char *close = memchr(p, '}', (size_t)(p_end - p));
    for (const char *from = p + 1; from <= close;) {
        const char *to = from;
        while (*to != ',' && *to != '}')
            to++;
        char joined[256];
        snprintf(joined, sizeof joined, "%.*s%.*s", (int)(to - from), from,
                 (int)(p_end - close - 1), close + 1);
        if (slow(joined, joined + strlen(joined), name))
            return true;
        from = to + 1;
    }
    return false;
}

static bool
slow(const char *p, const char *p_end, const char *name)
{
    if (p == p_end)
        return *name == '\0';
    if (*p == '{')
        return slow_group(p, p_end, name);
    if (*p == '*')
        return slow(p + 1, p_end, name) || (*name && slow(p, p_end, name + 1));
    return *name && (*p == '?' || *p == *name) && slow(p + 1, p_end, name + 1);
}

static void
random_pattern(char *out, int n_items)
{
    static const char *const items[] = {"a",     "b",     "?",       "*",
                                        "{a,b}", "{,ab}", "{b*,a?}", "{b}",
                                        "{*,b}", "{*a,b}"};
    *out = '\0';
    for (int i = 0; i < n_items; i++)
        strcat(out, items[rand() % 10]);
}

Test(osc_match, random_patterns_match_as_a_slow_plain_matcher_says)
{
    srand(1);
    int n_matches = 0;
    for (int round = 0; round < 20000; round++) {
        char pattern[64], name[8] = "";
        random_pattern(pattern, 1 + rand() % 6);
        const int n = rand() % 7;
        for (int i = 0; i < n; i++)
            name[i] = "ab"[rand() % 2];
        const bool expected = slow(pattern, pattern + strlen(pattern), name);
        cr_assert_eq(segment(pattern, name), expected, "%s %s", pattern, name);
        n_matches += expected;
    }
    cr_assert(n_matches > 2000 && n_matches < 18000);
}

Test(osc_match, places_in_later_words_are_as_good_as_in_the_first)
{
    // Every item and group comes to lie across the border of two words.
    static const char *const units[] = {
        "*{a,b}", "{a,}{b,}", "{ab,a*}", "*?", "{*,b}a", "[ab]{,ab,b}", "ab"};
    char pattern[512], name[512];
    for (size_t u = 0; u < sizeof units / sizeof units[0]; u++)
        for (int before = 50; before < 140; before++) {
            memset(pattern, 'x', (size_t)before);
            memset(name, 'x', (size_t)before);
            for (int i = 0; i < 3; i++)
                strcpy(pattern + before + (size_t)i * strlen(units[u]),
                       units[u]);
            for (int bits = 0; bits < 2 << 6; bits++) {
                int n = before;
                for (int b = bits; b > 1; b /= 2)
                    name[n++] = "ab"[b % 2];
                name[n] = '\0';
                cr_assert_eq(segment(pattern, name),
                             segment(pattern + before, name + before), "%s %s",
                             pattern, name);
            }
        }
}

// Names of 31 characters that keep a backtracking matcher busy for ages.
static uint64_t
count_steps(const char *pattern)
{
    struct weir_pattern compiled;
    uint64_t n_steps = 0;
    compile(pattern, &compiled);
    compiled.n_steps = &n_steps;
    for (int i = 0; i < 256; i++) {
        char name[32];
        memset(name, "ab"[i % 2], sizeof name);
        snprintf(name + 28, 4, "%03d", i);
        weir_pattern_step(&compiled, 1, name);
    }
    return n_steps;
}

static const char *const hostile_units[] = {
    "*{a,b}", "{a,b}*", "*a", "*?", "**", "{a*,b*}", "{*,*}", "*[!x]", "{,a}"};
enum { N_HOSTILE = sizeof hostile_units / sizeof hostile_units[0] };

// As many units as `n` characters hold.
static void
repeat(char *out, const char *unit, size_t n)
{
    *out = '\0';
    while (strlen(out) + strlen(unit) <= n)
        strcat(out, unit);
}

Test(osc_match, a_hostile_pattern_costs_one_step_for_each_character)
{
    char pattern[64];
    for (int i = 0; i < N_HOSTILE; i++) {
        repeat(pattern, hostile_units[i], 60);
        const uint64_t n_steps = count_steps(pattern);
        cr_assert(n_steps > 256 && n_steps <= 256 * (31 + 1), "%s: %lu",
                  pattern, (unsigned long)n_steps);
    }
}

Test(osc_match, a_longer_one_costs_one_step_for_each_63_of_its_own)
{
    char pattern[1024];
    for (int i = 0; i < N_HOSTILE; i++) {
        repeat(pattern, hostile_units[i], 1000);
        cr_assert(count_steps(pattern) <= 256 * (31 + 1) * (1000 / 64 + 1),
                  "%s", hostile_units[i]);
    }
}

Test(osc_match, a_walk_with_many_deep_levels_visits_each_segment_once_a_node)
{
    struct weir_pattern pattern;
    uint64_t n_steps = 0;
    cr_assert_eq(weir_pattern_compile("//a//a//a//a//a//a//a//b", &pattern),
                 WEIR_MATCH_OK);
    pattern.n_steps = &n_steps;
    uint64_t states = weir_pattern_start(&pattern);
    for (int level = 0; level < 1000; level++)
        states = weir_pattern_step(&pattern, states, "a");
    cr_assert_neq(states, 0);
    // Two for each: before the name's one character, and behind it.
    cr_assert(n_steps <= 1000 * 8 * 2, "%lu", (unsigned long)n_steps);
}

Test(osc_match, every_fault_has_words)
{
    for (int fault = WEIR_MATCH_OK; fault <= WEIR_MATCH_TOO_MANY; fault++)
        cr_assert(strlen(weir_match_fault_text((enum weir_match_fault)fault)) >
                  5);
    cr_assert_not_null(weir_match_fault_text((enum weir_match_fault)999));
}
