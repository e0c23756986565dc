// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Concurrency Kit's ck_ring, its single-producer single-consumer functions,
// with a block as its entry.
#include "bench/ring.h"

#include <ck_ring.h>
#include <stdlib.h>
#include <string.h>

struct block_64 {
    float frames[64];
};
struct block_256 {
    float frames[256];
};
struct block_1024 {
    float frames[1024];
};
CK_RING_PROTOTYPE(of_64, block_64)
CK_RING_PROTOTYPE(of_256, block_256)
CK_RING_PROTOTYPE(of_1024, block_1024)

struct ring {
    struct ck_ring index;
    void *blocks;
};

static void *
make(uint32_t n_block)
{
    struct ring *r = aligned_alloc(CK_MD_CACHELINE, sizeof *r);
    if (!r)
        return NULL;
    ck_ring_init(&r->index, BENCH_RING_FLOATS / n_block);
    r->blocks = calloc(BENCH_RING_FLOATS, sizeof(float));
    if (r->blocks)
        return r;
    free(r);
    return NULL;
}

static void
drop(void *ring)
{
    struct ring *r = ring;
    free(r->blocks);
    free(r);
}

static bool
write_block(void *ring, const float *src, uint32_t n)
{
    struct ring *r = ring;
    void *block = (void *)(uintptr_t)src; // what it copies from is not const
    switch (n) {
    case 64:
        return ck_ring_enqueue_spsc_of_64(&r->index, r->blocks, block);
    case 256:
        return ck_ring_enqueue_spsc_of_256(&r->index, r->blocks, block);
    default:
        return ck_ring_enqueue_spsc_of_1024(&r->index, r->blocks, block);
    }
}

static bool
read_block(void *ring, float *dst, uint32_t n)
{
    struct ring *r = ring;
    void *block = dst;
    switch (n) {
    case 64:
        return ck_ring_dequeue_spsc_of_64(&r->index, r->blocks, block);
    case 256:
        return ck_ring_dequeue_spsc_of_256(&r->index, r->blocks, block);
    default:
        return ck_ring_dequeue_spsc_of_1024(&r->index, r->blocks, block);
    }
}

#include "bench/ring_each.h"

const struct bench_ring_kind bench_ring_ck = BENCH_RING("ck_ring");
