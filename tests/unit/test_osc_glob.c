// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Patterns of ports' names.
#include "oscctl/glob.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool
matches(const char *pattern, const char *name)
{
    struct weir_glob glob;
    const char *why = weir_glob_compile(pattern, &glob);
    cr_assert_null(why, "%s: %s", pattern, why);
    return weir_glob_matches(&glob, name);
}

static bool
is_refused(const char *pattern)
{
    struct weir_glob glob;
    return weir_glob_compile(pattern, &glob) != NULL;
}

Test(osc_glob, names_match_themselves_alone)
{
    cr_expect(matches("a2j:Through (capture): Port-0",
                      "a2j:Through (capture): Port-0"));
    cr_expect(!matches("system:capture_1", "system:capture_10"));
    cr_expect(!matches("system:capture_10", "system:capture_1"));
    char name[300];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    cr_expect(matches(name, name));
}

Test(osc_glob, each_wildcard_matches_what_it_says)
{
    cr_expect(matches("*", ""));
    cr_expect(matches("*:*", "ardour:Audio 1/in 1"));
    cr_expect(matches("ardour:*/in ?", "ardour:Audio 1/in 1"));
    cr_expect(!matches("ardour:*/in ?", "ardour:Audio 1/in 12"));
    cr_expect(matches("a?c", "abc"));
    cr_expect(!matches("a?c", "ac"));
    cr_expect(matches("[a-c0]x", "bx"));
    cr_expect(matches("[a-c0]x", "0x"));
    cr_expect(!matches("[a-c0]x", "dx"));
    cr_expect(!matches("[!a-c0]x", "bx"));
    cr_expect(matches("[!a-c0]x", "dx"));
    cr_expect(matches("[-a]", "-"));
    cr_expect(matches("[a-]", "-"));
    cr_expect(matches("x{mic,dj*,}y", "xmicy"));
    cr_expect(matches("x{mic,dj*,}y", "xdj 12y"));
    cr_expect(matches("x{mic,dj*,}y", "xy"));
    cr_expect(!matches("x{mic,dj*}y", "xy"));
    cr_expect(!matches("x{mic,dj*,}y", "xmidy"));
    cr_expect(matches("{a,b}{c,d}", "bc"));
    cr_expect(!matches("{a,b}{c,d}", "ab"));
    cr_expect(matches("{[ab],?z}", "\xc3\xa4z"));
}

Test(osc_glob, a_character_of_several_bytes_is_one)
{
    cr_expect(matches("Gr\xc3\xbc?e", "Gr\xc3\xbc\xc3\x9f"
                                      "e"));
    cr_expect(matches("?", "\xf0\x9f\x8e\xa4"));
    cr_expect(!matches("??", "\xf0\x9f\x8e\xa4"));
    cr_expect(matches("[!a]", "\xc3\xa4"));
    cr_expect(!matches("?", "ab"));
}

Test(osc_glob, what_is_no_pattern_is_refused)
{
    cr_expect(is_refused("{a"));
    cr_expect(is_refused("{a,{b}}"));
    cr_expect(is_refused("[a"));
    cr_expect(is_refused("*[]"));
    cr_expect(is_refused("[!]"));
    cr_expect(is_refused("[z-a]"));
    cr_expect(is_refused("[\xc3\xa4]"));
    cr_expect(!is_refused("*xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                          "xxxxxxxxxxx"));
    cr_expect(is_refused("*xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                         "xxxxxxxxxxxx"));
    cr_expect(is_refused("{xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                         "xxxxxxxxxxxxxxxxxxxxxxxxx,}"));
}

// -------------------------------------------------- against backtracking

// What remains of an alternative, then of the pattern behind the group.
static bool
slow(const char *p, const char *rest, const char *name)
{
    if (*p == '\0' || (rest && (*p == ',' || *p == '}')))
        return rest ? slow(rest, NULL, name) : *name == '\0';
    if (*p == '*')
        return slow(p + 1, rest, name) || (*name && slow(p, rest, name + 1));
    if (*p == '{') {
        const char *behind = strchr(p, '}') + 1;
        for (p++; p;
             p = memchr(p, ',', (size_t)(behind - p)), p = p ? p + 1 : NULL)
            if (slow(p, behind, name))
                return true;
        return false;
    }
    return *name && (*p == '?' || *p == *name) && slow(p + 1, rest, name + 1);
}

static void
make(char *out, const char *letters, int n)
{
    for (int i = 0; i < n; i++)
        out[i] = letters[(size_t)rand() % strlen(letters)];
    out[n] = '\0';
}

// Letters in a row, some of them in groups that are whole.
static void
make_pattern(char *out)
{
    char part[8];
    out[0] = '\0';
    for (int i = rand() % 5; i >= 0; i--) {
        const int group = rand() % 3 == 0;
        make(part, group ? "ab*?,," : "ab*?", rand() % 4);
        sprintf(out + strlen(out), group ? "{%s}" : "%s", part);
    }
}

Test(osc_glob, random_patterns_match_what_backtracking_does)
{
    char pattern[80];
    char name[8];
    unsigned n_matched = 0;
    srand(1);
    for (int i = 0; i < 200000; i++) {
        make_pattern(pattern);
        make(name, "ab", rand() % 7);
        const bool wanted = slow(pattern, NULL, name);
        cr_assert_eq(matches(pattern, name), wanted, "%s %s", pattern, name);
        n_matched += wanted;
    }
    cr_expect_gt(n_matched, 20000);
    cr_expect_lt(n_matched, 180000);
}
