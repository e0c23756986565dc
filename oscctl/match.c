// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A segment's pattern becomes operations in a row, `n` of them; standing at
// `n` is a match.  Every way without taking a character leads forward, so one
// ascending pass over the set of live positions visits each at most once:
//
//     mic*        TAKE m, TAKE i, TAKE c, STAR
//     [ac]        FORK 3, TAKE a, JUMP 4, TAKE c
//     {mic,dj}    FORK 5, TAKE m, TAKE i, TAKE c, JUMP 7, TAKE d, TAKE j
#include "oscctl/match.h"

#include <string.h>

enum op_kind {
    OP_TAKE, // one character of low..high, then the next
    OP_STAR, // any number of characters, then the next
    OP_FORK, // the next as well as `to`
    OP_JUMP, // `to`
};

enum { POSITION_WORDS = (WEIR_MATCH_OPS_MAX + 1) / 64 };

// A set of positions 0..WEIR_MATCH_OPS_MAX.
struct positions {
    uint64_t word[POSITION_WORDS];
};

// ---- compiling

// Where a segment's operations go.
struct code {
    struct weir_match_op *ops;
    uint32_t n_ops;
    uint32_t max_ops;
    bool literal;
};

static enum weir_match_fault
emit(struct code *code, enum op_kind kind, unsigned low, unsigned high)
{
    if (code->n_ops >= code->max_ops)
        return WEIR_MATCH_TOO_LONG;
    code->ops[code->n_ops++] = (struct weir_match_op){
        .kind = (uint8_t)kind, .low = (uint8_t)low, .high = (uint8_t)high};
    return WEIR_MATCH_OK;
}

static void
aim(struct code *code, uint32_t op)
{
    code->ops[op].to = (uint16_t)code->n_ops;
}

// The alternatives of a class or a group under way.  Jumps to the end are
// chained through their `to` until the end is known; op 0 is never a jump,
// as a fork or a character comes before it, so 0 ends the chain.
struct choice {
    uint32_t fork;
    uint32_t jumps;
};

static enum weir_match_fault
begin_choice(struct code *code, struct choice *choice)
{
    *choice = (struct choice){.fork = code->n_ops};
    return emit(code, OP_FORK, 0, 0);
}

// One alternative is complete and another follows.
static enum weir_match_fault
next_choice(struct code *code, struct choice *choice)
{
    const uint32_t jump = code->n_ops;
    const enum weir_match_fault fault = emit(code, OP_JUMP, 0, 0);
    if (fault != WEIR_MATCH_OK)
        return fault;
    code->ops[jump].to = (uint16_t)choice->jumps;
    choice->jumps = jump;
    aim(code, choice->fork);
    choice->fork = code->n_ops;
    return emit(code, OP_FORK, 0, 0);
}

// The last alternative is complete: its fork has nowhere else to go but on.
static void
end_choice(struct code *code, struct choice *choice)
{
    code->ops[choice->fork].to = (uint16_t)(choice->fork + 1);
    for (uint32_t jump = choice->jumps; jump != 0;) {
        const uint32_t before = code->ops[jump].to;
        aim(code, jump);
        jump = before;
    }
}

// Emit the runs of characters that `in` holds, as alternatives.
static enum weir_match_fault
emit_class(struct code *code, const bool in[256])
{
    struct choice choice;
    bool first = true;
    enum weir_match_fault fault = begin_choice(code, &choice);
    for (unsigned c = 1; fault == WEIR_MATCH_OK && c < 256; c++) {
        if (!in[c])
            continue;
        const unsigned low = c;
        while (c < 255 && in[c + 1])
            c++;
        if (!first)
            fault = next_choice(code, &choice);
        if (fault == WEIR_MATCH_OK)
            fault = emit(code, OP_TAKE, low, c);
        first = false;
    }
    if (fault == WEIR_MATCH_OK && first) // "[!\x01-\xff]": takes nothing
        fault = emit(code, OP_TAKE, 1, 0);
    if (fault == WEIR_MATCH_OK)
        end_choice(code, &choice);
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
    if (fault != WEIR_MATCH_OK)
        return fault;
    for (int c = 0; negated && c < 256; c++)
        in[c] = !in[c];
    return emit_class(code, in);
}

// What may stand within an alternative: a wildcard, a class, a character.
static enum weir_match_fault
compile_simple(struct code *code, const char *text, size_t length, size_t *at)
{
    const unsigned char c = (unsigned char)text[*at];
    if (c == '[')
        return compile_class(code, text, length, at);
    if (c == '?')
        return emit(code, OP_TAKE, 1, 255);
    if (c == ']')
        return WEIR_MATCH_STRAY_CLOSE;
    return c == '*' ? emit(code, OP_STAR, 0, 0) : emit(code, OP_TAKE, c, c);
}

// text[*at] is '{'; `*at` moves to its '}'.
static enum weir_match_fault
compile_group(struct code *code, const char *text, size_t length, size_t *at)
{
    struct choice choice;
    enum weir_match_fault fault = begin_choice(code, &choice);
    for (++*at; fault == WEIR_MATCH_OK && *at < length; ++*at) {
        if (text[*at] == '}') {
            end_choice(code, &choice);
            return WEIR_MATCH_OK;
        }
        if (text[*at] == '{')
            return WEIR_MATCH_NESTED_BRACE;
        fault = text[*at] == ',' ? next_choice(code, &choice)
                                 : compile_simple(code, text, length, at);
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
    enum weir_match_fault fault = WEIR_MATCH_OK;
    for (size_t at = 0; fault == WEIR_MATCH_OK && at < length; at++) {
        code->literal &= !is_special(text[at]);
        if (text[at] == '}')
            return WEIR_MATCH_STRAY_CLOSE;
        fault = text[at] == '{' ? compile_group(code, text, length, &at)
                                : compile_simple(code, text, length, &at);
    }
    return fault;
}

enum weir_match_fault
weir_match_compile(const char *text, size_t length, struct weir_match *out)
{
    struct code code = {.ops = out->ops, .max_ops = WEIR_MATCH_OPS_MAX};
    const enum weir_match_fault fault = compile_segment(&code, text, length);
    out->n_ops = code.n_ops;
    out->n_steps = NULL;
    return fault;
}

// ---- running

// The functions down to run_words() are compiled twice: for automata of one
// word, whose sets then live in registers (several times as fast), and for
// any.  `n_words` is a constant in either.
#define INLINED __attribute__((always_inline)) static inline

INLINED void
add(struct positions *set, uint32_t at, uint32_t n_words)
{
    set->word[at / 64 % n_words] |= UINT64_C(1) << at % 64;
}

INLINED bool
is_empty(const struct positions *set, uint32_t n_words)
{
    uint64_t all = 0;
    for (uint32_t w = 0; w < n_words; w++)
        all |= set->word[w];
    return all == 0;
}

// What the position `at` does with the character `c` (0: the name is over):
// `now` gains what is reached without a character, `next` what is behind it.
INLINED void
visit(const struct weir_match_op *op, uint32_t at, unsigned c,
      struct positions *now, struct positions *next, uint32_t n_words)
{
    switch (op->kind) {
    case OP_TAKE:
        if (c >= op->low && c <= op->high)
            add(next, at + 1, n_words);
        break;
    case OP_STAR:
        add(now, at + 1, n_words);
        add(next, at, n_words);
        break;
    case OP_FORK:
        add(now, at + 1, n_words);
        add(now, op->to, n_words);
        break;
    default: // OP_JUMP
        add(now, op->to, n_words);
    }
}

// Visit all live positions once, in ascending order, with `c`.  Adds to
// `n_visits`; returns whether the end, `n_ops`, was among them.
INLINED bool
advance(const struct weir_match_op *ops, uint32_t n_ops, unsigned c,
        struct positions *now, struct positions *next, uint64_t *n_visits,
        uint32_t n_words)
{
    for (uint32_t w = 0; w < n_words; w++) {
        // `now` gains positions ahead only, maybe within this word.
        while (now->word[w] != 0) {
            const uint32_t at =
                w * 64 + (uint32_t)__builtin_ctzll(now->word[w]);
            if (at == n_ops)
                return true;
            now->word[w] &= now->word[w] - 1;
            visit(&ops[at], at, c, now, next, n_words);
            ++*n_visits;
        }
    }
    return false;
}

INLINED bool
run_words(const struct weir_match_op *ops, uint32_t n_ops, const char *name,
          uint64_t *n_steps, uint32_t n_words)
{
    struct positions now = {{1}};
    uint64_t n_visits = 0;
    for (; *name && !is_empty(&now, n_words); name++) {
        struct positions next = {{0}};
        advance(ops, n_ops, (unsigned char)*name, &now, &next, &n_visits,
                n_words);
        now = next;
    }
    // Once more with no character, to pass what needs none.
    struct positions beyond = {{0}};
    const bool matched =
        advance(ops, n_ops, 0, &now, &beyond, &n_visits, n_words);
    if (n_steps)
        *n_steps += n_visits;
    return matched;
}

static bool
run(const struct weir_match_op *ops, uint32_t n_ops, const char *name,
    uint64_t *n_steps)
{
    return n_ops < 64 ? run_words(ops, n_ops, name, n_steps, 1)
                      : run_words(ops, n_ops, name, n_steps, POSITION_WORDS);
}

bool
weir_match_segment(const struct weir_match *match, const char *name)
{
    return run(match->ops, match->n_ops, name, match->n_steps);
}

// ---- whole addresses

static enum weir_match_fault
add_segment(struct weir_pattern *out, const char *text, size_t length)
{
    if (out->n_segments == WEIR_PATTERN_SEGMENTS_MAX)
        return WEIR_MATCH_TOO_MANY;
    const uint32_t first = out->first_op[out->n_segments];
    struct code code = {
        .ops = out->ops + first,
        .max_ops = WEIR_MATCH_OPS_MAX - first,
        .literal = true,
    };
    const enum weir_match_fault fault = compile_segment(&code, text, length);
    if (fault != WEIR_MATCH_OK)
        return fault;
    out->literal &= code.literal;
    out->n_segments++;
    out->first_op[out->n_segments] = (uint16_t)(first + code.n_ops);
    return WEIR_MATCH_OK;
}

enum weir_match_fault
weir_pattern_compile(const char *address, struct weir_pattern *out)
{
    out->n_steps = NULL;
    out->n_segments = 0;
    out->literal = true;
    out->any_depth = 0;
    out->first_op[0] = 0;
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
    for (uint32_t i = 0; i < pattern->n_segments; i++) {
        const uint32_t first = pattern->first_op[i];
        const uint32_t n_ops = pattern->first_op[i + 1] - first;
        if ((states >> i & 1) != 0 &&
            run(pattern->ops + first, n_ops, name, pattern->n_steps))
            next |= UINT64_C(1) << (i + 1);
    }
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
