// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The strict validator.  check_message() and what is below it look at one
// message through a cursor that cannot leave it; the bundle loop keeps the
// ends of the bundles around it on a stack of fixed depth.
#include "oscctl/validate.h"

#include <string.h>

enum { BUNDLE_HEAD_BYTES = 16 }; // "#bundle\0" and the time tag

// What is left of a message.
struct cursor {
    const uint8_t *at;
    const uint8_t *end;
};

static size_t
left_of(const struct cursor *c)
{
    return (size_t)(c->end - c->at);
}

static uint32_t
read_u32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
           (uint32_t)at[2] << 8 | at[3];
}

static uint64_t
read_u64(const uint8_t *at)
{
    return (uint64_t)read_u32(at) << 32 | read_u32(at + 4);
}

static bool
is_bundle(const uint8_t *at, size_t size)
{
    return size >= 8 && memcmp(at, "#bundle", 8) == 0;
}

static size_t
round_up_4(size_t n)
{
    return (n + 3) & ~(size_t)3;
}

static bool
all_zero(const uint8_t *at, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (at[i] != 0)
            return false;
    return true;
}

// Step over a string, its NUL and its padding.
static enum weir_osc_fault
skip_string(struct cursor *c)
{
    const uint8_t *nul = memchr(c->at, 0, left_of(c));
    if (!nul)
        return WEIR_OSC_UNTERMINATED;
    const size_t length = (size_t)(nul - c->at);
    const size_t padded = round_up_4(length + 1);
    // Messages are multiples of 4, so the padding is inside; but ask.
    if (padded > left_of(c))
        return WEIR_OSC_UNTERMINATED;
    if (!all_zero(nul, padded - length))
        return WEIR_OSC_BAD_PADDING;
    c->at += padded;
    return WEIR_OSC_OK;
}

static enum weir_osc_fault
skip_bytes(struct cursor *c, size_t n)
{
    if (left_of(c) < n)
        return WEIR_OSC_CUT_ARGUMENT;
    c->at += n;
    return WEIR_OSC_OK;
}

static enum weir_osc_fault
skip_blob(struct cursor *c)
{
    if (left_of(c) < 4)
        return WEIR_OSC_CUT_ARGUMENT;
    const size_t length = read_u32(c->at);
    c->at += 4;
    // This also refuses lengths that are negative as int32.
    if (length > left_of(c) || round_up_4(length) > left_of(c))
        return WEIR_OSC_BAD_BLOB;
    if (!all_zero(c->at + length, round_up_4(length) - length))
        return WEIR_OSC_BAD_PADDING;
    c->at += round_up_4(length);
    return WEIR_OSC_OK;
}

static enum weir_osc_fault
skip_argument(struct cursor *c, char type)
{
    switch (type) {
    case 'i':
    case 'f':
    case 'c':
    case 'r':
    case 'm':
        return skip_bytes(c, 4);
    case 'h':
    case 'd':
    case 't':
        return skip_bytes(c, 8);
    case 's':
    case 'S':
        return skip_string(c);
    case 'b':
        return skip_blob(c);
    case 'T':
    case 'F':
    case 'N':
    case 'I':
        return WEIR_OSC_OK;
    default: // arrays '[' ']' too: nothing here takes them
        return WEIR_OSC_BAD_TYPE;
    }
}

static enum weir_osc_fault
skip_address(struct cursor *c)
{
    if (left_of(c) == 0 || c->at[0] != '/')
        return WEIR_OSC_NO_ADDRESS;
    const uint8_t *text = c->at;
    const enum weir_osc_fault fault = skip_string(c);
    if (fault != WEIR_OSC_OK)
        return fault;
    for (; *text; text++)
        if (*text <= ' ' || *text > '~' || *text == '#')
            return WEIR_OSC_BAD_ADDRESS;
    return WEIR_OSC_OK;
}

static enum weir_osc_fault
check_arguments(struct cursor *c)
{
    if (c->at[0] != ',')
        return WEIR_OSC_NO_TYPES;
    const char *types = (const char *)c->at + 1;
    enum weir_osc_fault fault = skip_string(c);
    for (; fault == WEIR_OSC_OK && *types; types++)
        fault = skip_argument(c, *types);
    if (fault == WEIR_OSC_OK && left_of(c) > 0)
        return WEIR_OSC_LEFT_OVER;
    return fault;
}

static enum weir_osc_fault
check_message(const uint8_t *at, size_t size)
{
    struct cursor c = {at, at + size};
    const enum weir_osc_fault fault = skip_address(&c);
    if (fault != WEIR_OSC_OK || left_of(&c) == 0)
        return fault;
    return check_arguments(&c);
}

// Enter the bundle at the cursor; its elements are what remains of it.
static enum weir_osc_fault
check_bundle_head(struct cursor *c)
{
    if (left_of(c) < BUNDLE_HEAD_BYTES)
        return WEIR_OSC_CUT_BUNDLE;
    c->at += BUNDLE_HEAD_BYTES;
    return WEIR_OSC_OK;
}

// Take an element's size off the cursor; it fits when this is OK.
static enum weir_osc_fault
take_element_size(struct cursor *c, size_t *out)
{
    if (left_of(c) < 4)
        return WEIR_OSC_CUT_BUNDLE;
    const size_t size = read_u32(c->at);
    c->at += 4;
    if (size > left_of(c))
        return WEIR_OSC_CUT_BUNDLE;
    if (size == 0)
        return WEIR_OSC_EMPTY;
    if (size % 4 != 0)
        return WEIR_OSC_ODD_SIZE;
    *out = size;
    return WEIR_OSC_OK;
}

// A stack of the bundles around the cursor: ends[depth] is the innermost's.
struct nest {
    struct cursor c; // `end` is that of the innermost bundle
    uint32_t depth;
    uint32_t n_messages;
    const uint8_t *ends[WEIR_OSC_DEPTH_MAX + 1];
};

static enum weir_osc_fault
enter_bundle(struct nest *nest, const uint8_t *end)
{
    if (nest->depth == WEIR_OSC_DEPTH_MAX)
        return WEIR_OSC_TOO_DEEP;
    nest->ends[++nest->depth] = end;
    nest->c.end = end;
    return check_bundle_head(&nest->c);
}

// A message or a bundle of `size` bytes at the cursor, of which it has them.
static enum weir_osc_fault
check_element(struct nest *nest, size_t size)
{
    if (is_bundle(nest->c.at, size))
        return enter_bundle(nest, nest->c.at + size);
    if (++nest->n_messages > WEIR_OSC_MESSAGES_MAX)
        return WEIR_OSC_TOO_MANY;
    const enum weir_osc_fault fault = check_message(nest->c.at, size);
    nest->c.at += size;
    return fault;
}

static enum weir_osc_fault
check_elements(struct nest *nest)
{
    enum weir_osc_fault fault = WEIR_OSC_OK;
    while (fault == WEIR_OSC_OK && nest->depth > 0) {
        size_t size = 0;
        if (nest->c.at == nest->ends[nest->depth]) {
            nest->c.end = nest->ends[--nest->depth];
            continue;
        }
        fault = take_element_size(&nest->c, &size);
        if (fault == WEIR_OSC_OK)
            fault = check_element(nest, size);
    }
    return fault;
}

enum weir_osc_fault
weir_osc_validate(const void *packet, size_t size, struct weir_osc_summary *out)
{
    if (size == 0)
        return WEIR_OSC_EMPTY;
    if (size % 4 != 0)
        return WEIR_OSC_ODD_SIZE;
    const uint8_t *at = packet;
    struct nest nest = {.c = {at, at + size}, .ends = {at + size}};
    enum weir_osc_fault fault = check_element(&nest, size);
    if (fault == WEIR_OSC_OK)
        fault = check_elements(&nest);
    if (fault == WEIR_OSC_OK && out)
        *out = (struct weir_osc_summary){
            .n_messages = nest.n_messages,
            .is_bundle = is_bundle(at, size),
            .time_tag =
                is_bundle(at, size) ? read_u64(at + 8) : WEIR_OSC_IMMEDIATELY,
        };
    return fault;
}

const char *
weir_osc_fault_text(enum weir_osc_fault fault)
{
    static const char *const texts[] = {
        [WEIR_OSC_OK] = "well-formed",
        [WEIR_OSC_EMPTY] = "an empty packet or bundle element",
        [WEIR_OSC_ODD_SIZE] = "a size that is no multiple of 4",
        [WEIR_OSC_NO_ADDRESS] = "an address that does not begin with '/'",
        [WEIR_OSC_BAD_ADDRESS] =
            "a character in the address that is not allowed there",
        [WEIR_OSC_UNTERMINATED] = "a string without its final NUL",
        [WEIR_OSC_BAD_PADDING] = "padding that is not zero",
        [WEIR_OSC_NO_TYPES] = "no type tags (',') after the address",
        [WEIR_OSC_BAD_TYPE] =
            "a type tag that is none of i f s S b h d t c r m T F N I",
        [WEIR_OSC_CUT_ARGUMENT] = "an argument that is cut off",
        [WEIR_OSC_BAD_BLOB] = "a blob longer than its message",
        [WEIR_OSC_LEFT_OVER] = "bytes after the last argument",
        [WEIR_OSC_CUT_BUNDLE] = "a bundle that is cut off",
        [WEIR_OSC_TOO_DEEP] = "bundles nested more than 8 deep",
        [WEIR_OSC_TOO_MANY] = "more than 1024 messages in one packet",
    };
    if ((size_t)fault >= sizeof texts / sizeof texts[0])
        return "an unknown fault";
    return texts[fault];
}

// The walk: the packet has been validated, so nothing is asked twice.

static void
walk_into(struct weir_osc_walk *walk, const uint8_t *bundle, size_t size)
{
    walk->depth++;
    walk->bundle[walk->depth].end = bundle + size;
    walk->bundle[walk->depth].time_tag = read_u64(bundle + 8);
    walk->at = bundle + BUNDLE_HEAD_BYTES;
}

static size_t
padded_string(const uint8_t *at)
{
    return round_up_4(strlen((const char *)at) + 1);
}

static void
describe(const uint8_t *at, size_t size, uint64_t time_tag,
         struct weir_osc_message *out)
{
    const size_t n_address = padded_string(at);
    out->data = at;
    out->size = size;
    out->time_tag = time_tag;
    out->address = (const char *)at;
    out->has_types = n_address < size;
    out->types = out->has_types ? (const char *)at + n_address + 1 : "";
    out->args = at + size;
    if (out->has_types)
        out->args = at + n_address + padded_string(at + n_address);
}

void
weir_osc_walk_init(struct weir_osc_walk *walk, const void *packet, size_t size)
{
    const uint8_t *at = packet;
    walk->at = at;
    walk->depth = 0;
    // Depth 0 stands for the packet as if it were a bundle's only element.
    walk->bundle[0].end = at + size;
    walk->bundle[0].time_tag = WEIR_OSC_IMMEDIATELY;
    if (is_bundle(at, size)) {
        walk_into(walk, at, size);
        walk->bundle[0].end = at; // nothing follows the outermost bundle
    }
}

// Leave the bundles that end here; false when that was the last one.
static bool
walk_out(struct weir_osc_walk *walk)
{
    while (walk->depth > 0 && walk->at == walk->bundle[walk->depth].end)
        walk->depth--;
    return walk->depth > 0;
}

bool
weir_osc_next(struct weir_osc_walk *walk, struct weir_osc_message *out)
{
    if (walk->depth == 0 && walk->at < walk->bundle[0].end) {
        const size_t size = (size_t)(walk->bundle[0].end - walk->at);
        describe(walk->at, size, WEIR_OSC_IMMEDIATELY, out);
        walk->at += size;
        return true;
    }
    while (walk_out(walk)) {
        const size_t size = read_u32(walk->at);
        const uint8_t *element = walk->at + 4;
        if (is_bundle(element, size)) {
            walk_into(walk, element, size);
            continue;
        }
        walk->at = element + size;
        describe(element, size, walk->bundle[walk->depth].time_tag, out);
        return true;
    }
    return false;
}
