// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Packets put together byte by byte, right or wrong, for the OSC tests.
#ifndef WEIR_TESTS_OSC_BYTES_H
#define WEIR_TESTS_OSC_BYTES_H

#include <stdint.h>
#include <string.h>

struct osc_bytes {
    uint8_t data[65536];
    size_t size;
};

static inline void
put_u32(struct osc_bytes *to, uint32_t n)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        to->data[to->size++] = (uint8_t)(n >> shift);
}

/// A string with its NUL and padding.
static inline void
put_string(struct osc_bytes *to, const char *text)
{
    const size_t length = strlen(text);
    memset(to->data + to->size, 0, length + 4);
    memcpy(to->data + to->size, text, length);
    to->size += (length + 4) & ~(size_t)3;
}

static inline void
put_bundle_head(struct osc_bytes *to, uint64_t time_tag)
{
    put_string(to, "#bundle");
    put_u32(to, (uint32_t)(time_tag >> 32));
    put_u32(to, (uint32_t)time_tag);
}

/// Begin a bundle element; end_element() writes its size here.
static inline size_t
begin_element(struct osc_bytes *to)
{
    put_u32(to, 0);
    return to->size;
}

static inline void
end_element(struct osc_bytes *to, size_t begin)
{
    const size_t end = to->size;
    to->size = begin - 4;
    put_u32(to, (uint32_t)(end - begin));
    to->size = end;
}

/// An element that is the message `address` without arguments.
static inline void
put_element(struct osc_bytes *to, const char *address)
{
    const size_t begin = begin_element(to);
    put_string(to, address);
    put_string(to, ",");
    end_element(to, begin);
}

#endif
