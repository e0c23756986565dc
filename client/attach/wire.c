// SPDX-License-Identifier: ISC
// SPDX-FileCopyrightText: the weir authors
//
// A tiny OSC 1.0 codec: big-endian numbers, strings padded to four bytes.
#include "attach/wire.h"

#include <string.h>

// Bytes that a string of `length` takes: at least one NUL, then padding.
static size_t
padded(size_t length)
{
    return (length + 4) & ~(size_t)3;
}

// OSC 1.0: an address begins with '/', is printable ASCII, and a method's
// own address has none of the characters that mean something in patterns.
static bool
address_ok(const char *address)
{
    if (address[0] != '/')
        return false;
    for (const char *c = address; *c; c++)
        if (*c <= ' ' || *c >= 0x7f || strchr("#*,?[]{}", *c))
            return false;
    return true;
}

// ---------------------------------------------------------------- building

void
weir_wire_begin(struct weir_wire_out *w, const char *address)
{
    w->address = address;
    w->n_args = 0;
    w->n_bytes = 0;
    w->failed = !address_ok(address);
    w->types[0] = '\0';
}

// Room for an argument of `n` bytes, or null when there is none.
static unsigned char *
add(struct weir_wire_out *w, char type, size_t n)
{
    if (w->n_args == WEIR_WIRE_MAX_ARGS || n > sizeof w->bytes - w->n_bytes)
        w->failed = true;
    if (w->failed)
        return NULL;
    unsigned char *at = w->bytes + w->n_bytes;
    w->types[w->n_args++] = type;
    w->types[w->n_args] = '\0';
    w->n_bytes += n;
    return at;
}

static void
add_big_endian(struct weir_wire_out *w, char type, uint64_t bits, size_t n)
{
    unsigned char *at = add(w, type, n);
    for (size_t i = n; at && i > 0; i--, bits >>= 8)
        at[i - 1] = (unsigned char)(bits & 0xff);
}

void
weir_wire_int(struct weir_wire_out *w, int32_t value)
{
    add_big_endian(w, 'i', (uint32_t)value, 4);
}

void
weir_wire_long(struct weir_wire_out *w, int64_t value)
{
    add_big_endian(w, 'h', (uint64_t)value, 8);
}

void
weir_wire_float(struct weir_wire_out *w, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    add_big_endian(w, 'f', bits, 4);
}

void
weir_wire_double(struct weir_wire_out *w, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    add_big_endian(w, 'd', bits, 8);
}

void
weir_wire_bool(struct weir_wire_out *w, bool value)
{
    add(w, value ? 'T' : 'F', 0);
}

void
weir_wire_string(struct weir_wire_out *w, const char *text)
{
    const size_t length = strlen(text);
    unsigned char *at = add(w, 's', padded(length));
    if (!at)
        return;
    memset(at, 0, padded(length));
    memcpy(at, text, length);
}

size_t
weir_wire_end(const struct weir_wire_out *w, void *packet, size_t size)
{
    unsigned char *out = packet;
    const size_t n_address = padded(strlen(w->address));
    const size_t n_types = padded(1 + (size_t)w->n_args);
    const size_t n = n_address + n_types + w->n_bytes;
    if (w->failed || n > size || n > WEIR_WIRE_MAX_BYTES)
        return 0;
    memset(out, 0, n_address + n_types);
    memcpy(out, w->address, strlen(w->address));
    out[n_address] = ',';
    memcpy(out + n_address + 1, w->types, w->n_args);
    memcpy(out + n_address + n_types, w->bytes, w->n_bytes);
    return n;
}

// ----------------------------------------------------------------- reading

// What is left of a packet.
struct rest {
    const unsigned char *at;
    size_t n;
};

static bool
take(struct rest *rest, size_t n, const unsigned char **out)
{
    if (n > rest->n)
        return false;
    *out = rest->at;
    rest->at += n;
    rest->n -= n;
    return true;
}

// A string that ends inside the packet and is padded with nothing but zeros.
static bool
take_string(struct rest *rest, const unsigned char **out)
{
    const unsigned char *end = memchr(rest->at, '\0', rest->n);
    if (!end)
        return false;
    const size_t length = (size_t)(end - rest->at);
    if (!take(rest, padded(length), out))
        return false;
    for (size_t i = length; i < padded(length); i++)
        if ((*out)[i] != 0)
            return false;
    return true;
}

static bool
take_argument(struct rest *rest, char type, const unsigned char **out)
{
    switch (type) {
    case 'i':
    case 'f':
        return take(rest, 4, out);
    case 'h':
    case 'd':
        return take(rest, 8, out);
    case 's':
        return take_string(rest, out);
    case 'T':
    case 'F':
        return take(rest, 0, out);
    default:
        return false;
    }
}

static bool
take_head(struct rest *rest, struct weir_wire *out)
{
    const unsigned char *address;
    const unsigned char *types;
    if (!take_string(rest, &address) || !take_string(rest, &types))
        return false;
    if (!address_ok((const char *)address) || types[0] != ',')
        return false;
    out->address = (const char *)address;
    out->types = (const char *)types + 1;
    return strlen(out->types) <= WEIR_WIRE_MAX_ARGS;
}

bool
weir_wire_parse(struct weir_wire *out, const void *packet, size_t n)
{
    struct rest rest = {packet, n};
    // Without bytes there may be no packet to point at either.
    if (n == 0 || n % 4 != 0 || n > WEIR_WIRE_MAX_BYTES)
        return false;
    if (!take_head(&rest, out))
        return false;
    out->n_args = (unsigned)strlen(out->types);
    for (unsigned i = 0; i < out->n_args; i++)
        if (!take_argument(&rest, out->types[i], &out->args[i]))
            return false;
    return rest.n == 0;
}

bool
weir_wire_is(const struct weir_wire *w, const char *address, const char *types)
{
    return strcmp(w->address, address) == 0 &&
           strncmp(w->types, types, strlen(types)) == 0;
}

// The `n` bytes of argument `i`, if it is of that type.
static bool
get_big_endian(const struct weir_wire *w, unsigned i, char type, size_t n,
               uint64_t *out)
{
    if (i >= w->n_args || w->types[i] != type)
        return false;
    uint64_t bits = 0;
    for (size_t k = 0; k < n; k++)
        bits = bits << 8 | w->args[i][k];
    *out = bits;
    return true;
}

bool
weir_wire_get_int(const struct weir_wire *w, unsigned i, int32_t *out)
{
    uint64_t bits;
    if (!get_big_endian(w, i, 'i', 4, &bits))
        return false;
    *out = (int32_t)(uint32_t)bits;
    return true;
}

bool
weir_wire_get_long(const struct weir_wire *w, unsigned i, int64_t *out)
{
    uint64_t bits;
    if (!get_big_endian(w, i, 'h', 8, &bits))
        return false;
    *out = (int64_t)bits;
    return true;
}

bool
weir_wire_get_float(const struct weir_wire *w, unsigned i, float *out)
{
    uint64_t bits;
    if (!get_big_endian(w, i, 'f', 4, &bits))
        return false;
    const uint32_t word = (uint32_t)bits;
    memcpy(out, &word, sizeof word);
    return true;
}

bool
weir_wire_get_double(const struct weir_wire *w, unsigned i, double *out)
{
    uint64_t bits;
    if (!get_big_endian(w, i, 'd', 8, &bits))
        return false;
    memcpy(out, &bits, sizeof bits);
    return true;
}

bool
weir_wire_get_bool(const struct weir_wire *w, unsigned i, bool *out)
{
    if (i >= w->n_args || (w->types[i] != 'T' && w->types[i] != 'F'))
        return false;
    *out = w->types[i] == 'T';
    return true;
}

const char *
weir_wire_get_string(const struct weir_wire *w, unsigned i)
{
    if (i >= w->n_args || w->types[i] != 's')
        return NULL;
    return (const char *)w->args[i];
}
