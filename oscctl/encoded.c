// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Messages encoded once, and bundles.
#include "oscctl/encoded.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    LENGTH_BYTES = 4,
    HEAD_BYTES = 16,     // "#bundle", time tag
    ADDRESS_BYTES = 160, // of the longest address, with its padding
};
static_assert(HEAD_BYTES + LENGTH_BYTES + ADDRESS_BYTES + WEIR_ARGS_MAX + 8 +
                      WEIR_ARGS_BYTES <=
                  WEIR_BUNDLE_BYTES,
              "one message fits into a bundle");

static size_t
padded(size_t n)
{
    return (n + 4) / 4 * 4; // with at least one zero
}

// Types as they stand in a message, with their comma; returns their bytes.
static size_t
put_types(unsigned char *at, const struct weir_args *args)
{
    const size_t n = padded(1 + args->n);
    memset(at + n - 4, 0, 4);
    at[0] = ',';
    memcpy(at + 1, args->types, args->n);
    return n;
}

static struct weir_encoded *
allocate(size_t n_address, const struct weir_args *args)
{
    const size_t n =
        LENGTH_BYTES + n_address + padded(1 + args->n) + args->n_bytes;
    struct weir_encoded *e = malloc(sizeof *e + n);
    if (!e)
        return NULL;
    e->n_holders = 1;
    e->n_address = (uint16_t)n_address;
    e->n_bytes = (uint16_t)n;
    for (int i = 0; i < LENGTH_BYTES; i++)
        e->bytes[i] = (unsigned char)((n - LENGTH_BYTES) >> (24 - 8 * i));
    return e;
}

static void
put_args(struct weir_encoded *e, const struct weir_args *args)
{
    unsigned char *at = e->bytes + LENGTH_BYTES + e->n_address;
    at += put_types(at, args);
    memcpy(at, args->bytes, args->n_bytes);
}

struct weir_encoded *
weir_encoded_new(const char *address, const struct weir_args *args)
{
    const size_t n = strlen(address);
    struct weir_encoded *e = allocate(padded(n), args);
    if (!e)
        return NULL;
    memset(e->bytes + LENGTH_BYTES + padded(n) - 4, 0, 4);
    memcpy(e->bytes + LENGTH_BYTES, address, n);
    put_args(e, args);
    return e;
}

struct weir_encoded *
weir_encoded_hold(struct weir_encoded *e)
{
    e->n_holders++;
    return e;
}

void
weir_encoded_drop(struct weir_encoded *e)
{
    if (e && --e->n_holders == 0)
        free(e);
}

const void *
weir_encoded_message(const struct weir_encoded *e, size_t *n_bytes)
{
    *n_bytes = e->n_bytes - LENGTH_BYTES;
    return e->bytes + LENGTH_BYTES;
}

static bool
has_length(const struct weir_encoded *e, const struct weir_args *args)
{
    return e->n_bytes ==
           LENGTH_BYTES + e->n_address + padded(1 + args->n) + args->n_bytes;
}

bool
weir_encoded_is(const struct weir_encoded *e, const struct weir_args *args)
{
    unsigned char types[WEIR_ARGS_MAX + 8];
    const unsigned char *at = e->bytes + LENGTH_BYTES + e->n_address;
    if (!has_length(e, args))
        return false;
    const size_t n_types = put_types(types, args);
    return memcmp(at, types, n_types) == 0 &&
           memcmp(at + n_types, args->bytes, args->n_bytes) == 0;
}

bool
weir_encoded_change(struct weir_encoded **encoded, const struct weir_args *args)
{
    struct weir_encoded *old = *encoded;
    if (old->n_holders == 1 && has_length(old, args)) {
        put_args(old, args);
        return true;
    }
    struct weir_encoded *e = allocate(old->n_address, args);
    if (!e)
        return false;
    memcpy(e->bytes + LENGTH_BYTES, old->bytes + LENGTH_BYTES, e->n_address);
    put_args(e, args);
    weir_encoded_drop(old);
    *encoded = e;
    return true;
}

// ----------------------------------------------------------------- bundles

void
weir_bundle_begin(struct weir_bundle *b)
{
    memcpy(b->bytes, "#bundle\0\0\0\0\0\0\0\0\1", HEAD_BYTES);
    b->n_bytes = HEAD_BYTES;
}

bool
weir_bundle_is_empty(const struct weir_bundle *b)
{
    return b->n_bytes == HEAD_BYTES;
}

bool
weir_bundle_add(struct weir_bundle *b, const struct weir_encoded *e)
{
    if (b->n_bytes + e->n_bytes > sizeof b->bytes)
        return false;
    memcpy(b->bytes + b->n_bytes, e->bytes, e->n_bytes);
    b->n_bytes += e->n_bytes;
    return true;
}
