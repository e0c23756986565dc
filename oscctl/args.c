// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Arguments, big-endian and padded as OSC wants them.
#include "oscctl/args.h"

#include <string.h>

// Room for one more argument of `n` bytes; null: there is none.
static unsigned char *
take(struct weir_args *a, char type, size_t n)
{
    if (a->n == WEIR_ARGS_MAX || a->n_bytes + n > WEIR_ARGS_BYTES)
        return NULL;
    unsigned char *at = a->bytes + a->n_bytes;
    a->types[a->n++] = type;
    a->n_bytes += n;
    return at;
}

static void
put_bits(unsigned char *at, uint64_t bits, int n_bytes)
{
    for (int i = 0; at && i < n_bytes; i++)
        at[i] = (unsigned char)(bits >> (8 * (n_bytes - 1 - i)));
}

void
weir_args_int(struct weir_args *a, int32_t value)
{
    put_bits(take(a, 'i', 4), (uint32_t)value, 4);
}

void
weir_args_long(struct weir_args *a, int64_t value)
{
    put_bits(take(a, 'h', 8), (uint64_t)value, 8);
}

void
weir_args_float(struct weir_args *a, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_bits(take(a, 'f', 4), bits, 4);
}

void
weir_args_bool(struct weir_args *a, bool value)
{
    (void)take(a, value ? 'T' : 'F', 0);
}

void
weir_args_string(struct weir_args *a, const char *value)
{
    const size_t n = strnlen(value, WEIR_ARGS_STRING);
    const size_t n_padded = (n + 4) / 4 * 4;
    unsigned char *at = take(a, 's', n_padded);
    if (!at)
        return;
    memset(at + n_padded - 4, 0, 4);
    memcpy(at, value, n);
}

// ----------------------------------------------------------------- liblo's

static uint64_t
get_bits(const unsigned char *at, int n_bytes)
{
    uint64_t bits = 0;
    for (int i = 0; i < n_bytes; i++)
        bits = bits << 8 | at[i];
    return bits;
}

// One argument; returns its bytes.
static size_t
add(lo_message m, char type, const unsigned char *at)
{
    float number;
    uint32_t bits;
    switch (type) {
    case 'i':
        lo_message_add_int32(m, (int32_t)get_bits(at, 4));
        return 4;
    case 'h':
        lo_message_add_int64(m, (int64_t)get_bits(at, 8));
        return 8;
    case 'f':
        bits = (uint32_t)get_bits(at, 4);
        memcpy(&number, &bits, sizeof number);
        lo_message_add_float(m, number);
        return 4;
    case 's':
        lo_message_add_string(m, (const char *)at);
        return (strlen((const char *)at) + 4) / 4 * 4;
    case 'T':
        lo_message_add_true(m);
        return 0;
    default:
        lo_message_add_false(m);
        return 0;
    }
}

void
weir_args_to_message(const struct weir_args *a, lo_message m)
{
    const unsigned char *at = a->bytes;
    for (unsigned i = 0; i < a->n; i++)
        at += add(m, a->types[i], at);
}
