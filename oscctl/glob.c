// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Patterns of JACK ports' names. A row of items with a place before each; an
// item takes a byte and leads to the next place. What takes none leads
// forward: a star to behind it, a group's begin to each alternative, and the
// end of each to behind the group:
//
//     a{mic,dj}b    a { m i c , d j } b
#include "oscctl/glob.h"

#include <string.h>

static const char too_long[] = "the pattern has more than 63 characters";

// A pattern that is being compiled.
struct code {
    struct weir_glob *out;
    const char *at;
    uint32_t n; // the place
    const char *why;
};

static uint64_t
bit(uint32_t place)
{
    return UINT64_C(1) << place;
}

static void
lead(struct code *c, uint32_t from, uint32_t to)
{
    c->out->leads[from] |= bit(to);
    c->out->has_leads |= bit(from);
}

// To the place behind a new item.
static bool
step(struct code *c)
{
    if (c->n + 1 == WEIR_GLOB_PLACES)
        c->why = too_long;
    else
        c->n++;
    return !c->why;
}

static void
take_byte(struct code *c, unsigned char byte)
{
    c->out->takes[byte] |= bit(c->n);
    step(c);
}

// One character of those that are `in`, or of all others.
static void
take_one_of(struct code *c, const bool in[128], bool negated)
{
    for (unsigned b = 1; b < 128; b++)
        if (in[b] != negated)
            c->out->takes[b] |= bit(c->n);
    for (unsigned b = 0xc2; negated && b < 0xf5; b++)
        c->out->takes[b] |= bit(c->n);
    if (step(c) && negated)
        c->out->behind_any |= bit(c->n);
}

static void
take_star(struct code *c)
{
    c->out->stars |= bit(c->n);
    if (step(c))
        lead(c, c->n - 1, c->n);
}

// From behind '[' to behind ']'.
static void
take_class(struct code *c)
{
    bool in[128] = {false};
    const bool negated = *c->at == '!';
    const char *begin = c->at + negated;
    const char *end = strchr(begin, ']');
    if (!end || end == begin) {
        c->why = end ? "\"[]\" has nothing in it" : "'[' without ']'";
        return;
    }
    for (const char *at = begin; at < end; at++) {
        const unsigned char low = (unsigned char)*at;
        unsigned char high = low;
        // A '-' at either end stands for itself.
        if (at + 2 < end && at[1] == '-') {
            high = (unsigned char)at[2];
            at += 2;
        }
        if (high < low || high >= 128) {
            c->why = "a class is of ASCII, its ranges go upwards";
            return;
        }
        memset(in + low, true, (size_t)(high - low) + 1);
    }
    c->at = end + 1;
    take_one_of(c, in, negated);
}

static void
take_item(struct code *c)
{
    static const bool none[128];
    const char what = *c->at++;
    if (what == '*')
        take_star(c);
    else if (what == '?')
        take_one_of(c, none, true);
    else if (what == '[')
        take_class(c);
    else
        take_byte(c, (unsigned char)what);
}

// From behind '{' to behind '}'.
static void
take_group(struct code *c)
{
    const uint32_t begin = c->n;
    uint64_t ends = 0;
    bool more = step(c);
    if (more)
        lead(c, begin, c->n);
    while (more && !c->why) {
        if (*c->at == '\0' || *c->at == '{') {
            c->why = *c->at ? "'{' within '{'" : "'{' without '}'";
        } else if (*c->at != ',' && *c->at != '}') {
            take_item(c);
        } else {
            more = *c->at++ == ',';
            ends |= bit(c->n);
            if (step(c) && more)
                lead(c, begin, c->n);
        }
    }
    for (uint32_t i = 0; i < c->n && !c->why; i++)
        if (ends & bit(i))
            lead(c, i, c->n);
}

// Each place leads forward alone: from the end, where one leads is known in
// whole.
static void
close_leads(struct weir_glob *g)
{
    for (uint32_t i = WEIR_GLOB_PLACES; i-- > 0;)
        for (uint64_t left = g->leads[i]; left; left &= left - 1)
            g->leads[i] |= g->leads[__builtin_ctzll(left)];
}

const char *
weir_glob_compile(const char *pattern, struct weir_glob *out)
{
    struct code c = {.out = out, .at = pattern};
    *out = (struct weir_glob){.literal = pattern};
    if (!strpbrk(pattern, "*?[{"))
        return NULL;
    out->literal = NULL;
    while (*c.at && !c.why) {
        if (*c.at == '{') {
            c.at++;
            take_group(&c);
        } else {
            take_item(&c);
        }
    }
    out->end = c.n;
    close_leads(out);
    return c.why;
}

static uint64_t
follow(const struct weir_glob *g, uint64_t places)
{
    uint64_t all = places;
    for (uint64_t left = places & g->has_leads; left; left &= left - 1)
        all |= g->leads[__builtin_ctzll(left)];
    return all;
}

bool
weir_glob_matches(const struct weir_glob *g, const char *name)
{
    if (g->literal)
        return strcmp(g->literal, name) == 0;
    uint64_t places = follow(g, 1);
    for (; *name && places; name++) {
        const unsigned char byte = (unsigned char)*name;
        uint64_t next = (places & g->takes[byte]) << 1 | (places & g->stars);
        if ((byte & 0xc0) == 0x80)
            next |= places & g->behind_any;
        places = follow(g, next);
    }
    return *name == '\0' && (places & bit(g->end)) != 0;
}
