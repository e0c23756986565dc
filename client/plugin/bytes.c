// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Records of any length: each lies behind its length, in 4 bytes.
#include "plugin/bytes.h"

#include <string.h>

static WEIR_RT void
put(struct weir_bytes *b, uint32_t at, const void *from, uint32_t n)
{
    const uint32_t begin = at & (b->size - 1);
    const uint32_t n_first = weir_min_u32(n, b->size - begin);
    if (n == 0)
        return;
    memcpy(b->memory + begin, from, n_first);
    memcpy(b->memory, (const char *)from + n_first, n - n_first);
}

static WEIR_RT void
get(const struct weir_bytes *b, uint32_t at, void *to, uint32_t n)
{
    const uint32_t begin = at & (b->size - 1);
    const uint32_t n_first = weir_min_u32(n, b->size - begin);
    memcpy(to, b->memory + begin, n_first);
    memcpy((char *)to + n_first, b->memory, n - n_first);
}

WEIR_RT bool
weir_bytes_push(struct weir_bytes *b, const void *first, uint32_t n_first,
                const void *second, uint32_t n_second)
{
    const uint64_t n = (uint64_t)n_first + n_second;
    // relaxed: only this thread writes `head`.
    const uint32_t head = atomic_load_explicit(&b->head, memory_order_relaxed);
    // acquire: pairs with the release in weir_bytes_pop(); what is before
    // `tail` has been copied out.
    const uint32_t tail = atomic_load_explicit(&b->tail, memory_order_acquire);
    if (n == 0 || n + sizeof(uint32_t) > b->size - (head - tail))
        return false;
    const uint32_t length = (uint32_t)n;
    put(b, head, &length, sizeof length);
    put(b, head + (uint32_t)sizeof length, first, n_first);
    put(b, head + (uint32_t)sizeof length + n_first, second, n_second);
    // release: pairs with the acquire in weir_bytes_pop(); hands over the
    // record.
    atomic_store_explicit(&b->head, head + (uint32_t)sizeof length + length,
                          memory_order_release);
    return true;
}

WEIR_RT uint32_t
weir_bytes_pop(struct weir_bytes *b, void *record, uint32_t size)
{
    // relaxed: only this thread writes `tail`.
    uint32_t tail = atomic_load_explicit(&b->tail, memory_order_relaxed);
    for (;;) {
        // acquire: pairs with the release in weir_bytes_push().
        if (tail == atomic_load_explicit(&b->head, memory_order_acquire))
            return 0;
        uint32_t n;
        get(b, tail, &n, sizeof n);
        if (n <= size)
            get(b, tail + (uint32_t)sizeof n, record, n);
        tail += (uint32_t)sizeof n + n;
        // release: pairs with the acquire in weir_bytes_push(): copied out.
        atomic_store_explicit(&b->tail, tail, memory_order_release);
        if (n <= size)
            return n;
    }
}
