// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What copying costs by itself: the bounds that rings are held to.
#include "bench/ring.h"

#include "rt/tags.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { FLOATS = BENCH_RING_FLOATS, HANDED_OVER = FLOATS / 4 };

struct bare {
    alignas(4096) float frames[FLOATS];
    // The writer's: quarters filled, and where it is.
    alignas(WEIR_CACHE_LINE) _Atomic uint32_t filled;
    uint32_t written;
    // The reader's: quarters emptied.
    alignas(WEIR_CACHE_LINE) _Atomic uint32_t emptied;
    uint32_t read;
};

static void *
make(uint32_t n_block)
{
    (void)n_block;
    struct bare *b = aligned_alloc(alignof(struct bare), sizeof *b);
    if (b)
        memset(b, 0, sizeof *b);
    return b;
}

static void
drop(void *ring)
{
    free(ring);
}

static bool
write_block(void *ring, const float *src, uint32_t n)
{
    struct bare *b = ring;
    // acquire, release: as any ring's, but once in a quarter.
    if (b->written % HANDED_OVER == 0 &&
        b->written / HANDED_OVER -
                atomic_load_explicit(&b->emptied, memory_order_acquire) ==
            FLOATS / HANDED_OVER)
        return false;
    memcpy(b->frames + b->written % FLOATS, src, n * sizeof *src);
    b->written += n;
    if (b->written % HANDED_OVER == 0)
        atomic_store_explicit(&b->filled, b->written / HANDED_OVER,
                              memory_order_release);
    return true;
}

static bool
read_block(void *ring, float *dst, uint32_t n)
{
    struct bare *b = ring;
    // acquire, release: as in write_block().
    if (b->read % HANDED_OVER == 0 &&
        b->read / HANDED_OVER ==
            atomic_load_explicit(&b->filled, memory_order_acquire))
        return false;
    memcpy(dst, b->frames + b->read % FLOATS, n * sizeof *dst);
    b->read += n;
    if (b->read % HANDED_OVER == 0)
        atomic_store_explicit(&b->emptied, b->read / HANDED_OVER,
                              memory_order_release);
    return true;
}

static bool
write_unasked(void *ring, const float *src, uint32_t n)
{
    struct bare *b = ring;
    memcpy(b->frames + b->written % FLOATS, src, n * sizeof *src);
    b->written += n;
    return true;
}

static bool
read_unasked(void *ring, float *dst, uint32_t n)
{
    struct bare *b = ring;
    memcpy(dst, b->frames + b->read % FLOATS, n * sizeof *dst);
    b->read += n;
    return true;
}

#include "bench/ring_each.h"

const struct bench_ring_kind bench_ring_memcpy = BENCH_RING("memcpy");
const struct bench_ring_kind bench_ring_unasked = {
    .name = "memcpy",
    .make = make,
    .drop = drop,
    .write = write_unasked,
    .read = read_unasked,
};
