// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A pattern becomes words of bits: match.c says which, and runs them.
#include "oscctl/match.h"

#include "oscctl/match_private.h"

#include <string.h>

// The segment that is being compiled. What can be nothing (stars, groups with
// an alternative of nothing but stars) comes in rows: of the last one the
// place where it ended.
#define NO_PLACE UINT32_MAX

struct code {
    struct weir_pattern *out;
    uint32_t first_word;
    uint32_t n_items;
    bool literal;
    bool in_group;
    bool takes; // the alternative under way takes a character
    uint32_t row_end;
};

static struct weir_match_word *
word_at(const struct code *code, uint32_t place)
{
    return &code->out->words[code->first_word + place / 64];
}

static uint64_t
bit_at(uint32_t place)
{
    return UINT64_C(1) << place % 64;
}

// Words are cleared when their first place is reached.
static enum weir_match_fault
reach(struct code *code, uint32_t place)
{
    if (place % 64 != 0)
        return WEIR_MATCH_OK;
    if (code->first_word + place / 64 >= WEIR_PATTERN_WORDS_MAX)
        return WEIR_MATCH_TOO_LONG;
    *word_at(code, place) = (struct weir_match_word){0};
    return WEIR_MATCH_OK;
}

// The place before a new item.
static enum weir_match_fault
add_item(struct code *code, uint32_t *place)
{
    if (code->out->n_places >= WEIR_MATCH_OPS_MAX)
        return WEIR_MATCH_TOO_LONG;
    code->out->n_places++;
    *place = code->n_items++;
    return reach(code, code->n_items);
}

// What lies between two places can be nothing.
static void
add_skip(struct code *code, uint32_t from, uint32_t to)
{
    if (code->row_end == from)
        word_at(code, from)->skip_ends &= ~bit_at(from);
    else
        word_at(code, from)->skip_begins |= bit_at(from);
    word_at(code, from)->skips |= bit_at(from);
    word_at(code, to)->skips |= bit_at(to);
    word_at(code, to)->skip_ends |= bit_at(to);
    code->row_end = to;
}

static enum weir_match_fault
add_star(struct code *code)
{
    uint32_t place;
    const enum weir_match_fault fault = add_item(code, &place);
    if (fault != WEIR_MATCH_OK)
        return fault;
    word_at(code, place)->stars |= bit_at(place);
    if (code->in_group)
        word_at(code, place)->inner_stars |= bit_at(place);
    else
        add_skip(code, place, place + 1);
    return WEIR_MATCH_OK;
}

static enum weir_match_fault
add_take(struct code *code, uint32_t *place)
{
    code->takes = true;
    return add_item(code, place);
}

static enum weir_match_fault
add_character(struct code *code, unsigned char c)
{
    uint32_t place;
    const enum weir_match_fault fault = add_take(code, &place);
    if (fault == WEIR_MATCH_OK && weir_match_column(c) != 0)
        word_at(code, place)->takes[weir_match_column(c)] |= bit_at(place);
    return fault;
}

static enum weir_match_fault
add_any(struct code *code)
{
    uint32_t place;
    const enum weir_match_fault fault = add_take(code, &place);
    if (fault == WEIR_MATCH_OK)
        word_at(code, place)->any |= bit_at(place);
    return fault;
}

// The characters between '[' or "[!" and ']', as they stand in `in`.
static enum weir_match_fault
read_class(const char *text, size_t length, bool in[256])
{
    if (length == 0)
        return WEIR_MATCH_EMPTY_CLASS;
    for (size_t i = 0; i < length; i++) {
        unsigned low = (unsigned char)text[i];
        unsigned high = low;
        // A '-' at either end stands for itself.
        if (i + 2 < length && text[i + 1] == '-') {
            high = (unsigned char)text[i + 2];
            i += 2;
        }
        if (high < low)
            return WEIR_MATCH_BAD_RANGE;
        memset(in + low, true, high - low + 1);
    }
    return WEIR_MATCH_OK;
}

static enum weir_match_fault
add_class(struct code *code, const bool in[256], bool negated)
{
    uint32_t place;
    const enum weir_match_fault fault = add_take(code, &place);
    if (fault != WEIR_MATCH_OK)
        return fault;
    struct weir_match_word *word = word_at(code, place);
    for (unsigned c = '!'; c <= '~'; c++)
        if (in[c] != negated)
            word->takes[weir_match_column((unsigned char)c)] |= bit_at(place);
    if (negated)
        word->takes[0] |= bit_at(place);
    return WEIR_MATCH_OK;
}

// text[*at] is '['; `*at` moves to its ']'.
static enum weir_match_fault
compile_class(struct code *code, const char *text, size_t length, size_t *at)
{
    bool in[256] = {false};
    const char *close = memchr(text + *at, ']', length - *at);
    if (!close)
        return WEIR_MATCH_OPEN_BRACKET;
    size_t begin = *at + 1;
    const bool negated = text[begin] == '!';
    begin += negated;
    *at = (size_t)(close - text);
    const enum weir_match_fault fault =
        read_class(text + begin, *at - begin, in);
    return fault != WEIR_MATCH_OK ? fault : add_class(code, in, negated);
}

// What may stand within an alternative: a wildcard, a class, a character.
static enum weir_match_fault
compile_simple(struct code *code, const char *text, size_t length, size_t *at)
{
    const char c = text[*at];
    if (c == '[')
        return compile_class(code, text, length, at);
    if (c == ']')
        return WEIR_MATCH_STRAY_CLOSE;
    if (c == '*')
        // One star does what several in a row would do.
        return *at > 0 && text[*at - 1] == '*' ? WEIR_MATCH_OK : add_star(code);
    return c == '?' ? add_any(code) : add_character(code, (unsigned char)c);
}

// A group whose fork stands at `fork`.
struct group {
    uint32_t fork;
    uint32_t first_end;
    uint32_t last_end;
    bool can_be_nothing;
};

static void
begin_alternative(struct code *code)
{
    code->takes = false;
    word_at(code, code->n_items)->starts |= bit_at(code->n_items);
}

static enum weir_match_fault
end_alternative(struct code *code, struct group *group)
{
    const bool takes = code->takes;
    const enum weir_match_fault fault = add_item(code, &group->last_end);
    if (fault != WEIR_MATCH_OK)
        return fault;
    word_at(code, group->last_end)->ends |= bit_at(group->last_end);
    if (group->first_end == NO_PLACE)
        group->first_end = group->last_end;
    group->can_be_nothing |= !takes;
    return WEIR_MATCH_OK;
}

static void
end_group(struct code *code, const struct group *group)
{
    const uint32_t join = group->last_end + 1;
    word_at(code, group->last_end)->last_ends |= bit_at(group->last_end);
    word_at(code, join)->joins |= bit_at(join);
    for (uint32_t place = group->first_end; place < join; place++)
        word_at(code, place)->fills |= bit_at(place);
    code->in_group = false;
    if (group->can_be_nothing)
        add_skip(code, group->fork, join);
}

static enum weir_match_fault
begin_group(struct code *code, struct group *group)
{
    *group = (struct group){.first_end = NO_PLACE};
    const enum weir_match_fault fault = add_item(code, &group->fork);
    if (fault != WEIR_MATCH_OK)
        return fault;
    word_at(code, group->fork)->forks |= bit_at(group->fork);
    code->in_group = true;
    begin_alternative(code);
    return WEIR_MATCH_OK;
}

// text[*at] is '{'; `*at` moves to its '}'.
static enum weir_match_fault
compile_group(struct code *code, const char *text, size_t length, size_t *at)
{
    struct group group;
    enum weir_match_fault fault = begin_group(code, &group);
    for (++*at; fault == WEIR_MATCH_OK && *at < length; ++*at) {
        const char c = text[*at];
        if (c == '{')
            return WEIR_MATCH_NESTED_BRACE;
        if (c != '}' && c != ',') {
            fault = compile_simple(code, text, length, at);
            continue;
        }
        fault = end_alternative(code, &group);
        if (fault == WEIR_MATCH_OK && c == ',')
            begin_alternative(code);
        if (fault == WEIR_MATCH_OK && c == '}') {
            end_group(code, &group);
            return WEIR_MATCH_OK;
        }
    }
    return fault != WEIR_MATCH_OK ? fault : WEIR_MATCH_OPEN_BRACE;
}

static bool
is_special(char c)
{
    return c == '*' || c == '?' || c == '[' || c == '{';
}

static enum weir_match_fault
compile_segment(struct code *code, const char *text, size_t length)
{
    enum weir_match_fault fault = reach(code, 0);
    for (size_t at = 0; fault == WEIR_MATCH_OK && at < length; at++) {
        code->literal &= !is_special(text[at]);
        if (text[at] == '}')
            return WEIR_MATCH_STRAY_CLOSE;
        fault = text[at] == '{' ? compile_group(code, text, length, &at)
                                : compile_simple(code, text, length, &at);
    }
    return fault;
}

// ---- whole addresses

static enum weir_match_fault
add_segment(struct weir_pattern *out, const char *text, size_t length)
{
    if (out->n_segments == WEIR_PATTERN_SEGMENTS_MAX)
        return WEIR_MATCH_TOO_MANY;
    struct code code = {
        .out = out,
        .first_word = out->first_word[out->n_segments],
        .literal = true,
        .row_end = NO_PLACE,
    };
    const enum weir_match_fault fault = compile_segment(&code, text, length);
    if (fault != WEIR_MATCH_OK)
        return fault;
    out->literal &= code.literal;
    out->n_items[out->n_segments] = (uint16_t)code.n_items;
    out->n_segments++;
    out->first_word[out->n_segments] =
        (uint16_t)(code.first_word + code.n_items / 64 + 1);
    return WEIR_MATCH_OK;
}

enum weir_match_fault
weir_pattern_compile(const char *address, struct weir_pattern *out)
{
    out->n_steps = NULL;
    out->n_segments = 0;
    out->literal = true;
    out->any_depth = 0;
    out->n_places = 0;
    out->first_word[0] = 0;
    if (*address != '/')
        return WEIR_MATCH_NO_SLASH;
    while (*address == '/') {
        address++;
        const bool any_depth = *address == '/';
        if (any_depth) {
            out->any_depth |= UINT64_C(1) << out->n_segments;
            out->literal = false;
            address++;
        }
        const size_t length = strcspn(address, "/");
        if (length == 0) // only "//" may end an address
            return any_depth && *address == '\0' ? WEIR_MATCH_OK
                                                 : WEIR_MATCH_EMPTY_SEGMENT;
        const enum weir_match_fault fault = add_segment(out, address, length);
        if (fault != WEIR_MATCH_OK)
            return fault;
        address += length;
    }
    return WEIR_MATCH_OK;
}

const char *
weir_match_fault_text(enum weir_match_fault fault)
{
    static const char *const texts[] = {
        [WEIR_MATCH_OK] = "well-formed",
        [WEIR_MATCH_NO_SLASH] = "an address begins with '/'",
        [WEIR_MATCH_EMPTY_SEGMENT] = "a name is missing after '/'",
        [WEIR_MATCH_OPEN_BRACE] = "'{' without '}' before the next '/'",
        [WEIR_MATCH_OPEN_BRACKET] = "'[' without ']' before the next '/'",
        [WEIR_MATCH_STRAY_CLOSE] = "'}' or ']' without its opening",
        [WEIR_MATCH_NESTED_BRACE] = "'{' within '{'",
        [WEIR_MATCH_EMPTY_CLASS] = "nothing between '[' and ']'",
        [WEIR_MATCH_BAD_RANGE] = "a range such as [z-a], from high to low",
        [WEIR_MATCH_TOO_LONG] = "a pattern that is too long",
        [WEIR_MATCH_TOO_MANY] = "more than 32 levels in an address",
    };
    if ((size_t)fault >= sizeof texts / sizeof texts[0])
        return "an unknown fault";
    return texts[fault];
}
