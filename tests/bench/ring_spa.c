// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// PipeWire's spa_ringbuffer. Its memory is the user's: pages, as weir's.
#include "bench/ring.h"

#include <spa/utils/ringbuffer.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES = BENCH_RING_FLOATS * sizeof(float), PAGE_BYTES = 4096 };

struct ring {
    struct spa_ringbuffer index;
    unsigned char *data;
};

static void *
make(uint32_t n_block)
{
    (void)n_block;
    struct ring *r = malloc(sizeof *r);
    if (!r)
        return NULL;
    spa_ringbuffer_init(&r->index);
    r->data = aligned_alloc(PAGE_BYTES, BYTES);
    if (!r->data) {
        free(r);
        return NULL;
    }
    memset(r->data, 0, BYTES);
    return r;
}

static void
drop(void *ring)
{
    struct ring *r = ring;
    free(r->data);
    free(r);
}

static bool
write_block(void *ring, const float *src, uint32_t n)
{
    struct ring *r = ring;
    const uint32_t bytes = n * (uint32_t)sizeof *src;
    uint32_t at;
    const int32_t filled = spa_ringbuffer_get_write_index(&r->index, &at);
    if (filled < 0 || (uint32_t)filled + bytes > BYTES)
        return false;
    spa_ringbuffer_write_data(&r->index, r->data, BYTES, at & (BYTES - 1), src,
                              bytes);
    spa_ringbuffer_write_update(&r->index, (int32_t)(at + bytes));
    return true;
}

static bool
read_block(void *ring, float *dst, uint32_t n)
{
    struct ring *r = ring;
    const uint32_t bytes = n * (uint32_t)sizeof *dst;
    uint32_t at;
    if (spa_ringbuffer_get_read_index(&r->index, &at) < (int32_t)bytes)
        return false;
    spa_ringbuffer_read_data(&r->index, r->data, BYTES, at & (BYTES - 1), dst,
                             bytes);
    spa_ringbuffer_read_update(&r->index, (int32_t)(at + bytes));
    return true;
}

#include "bench/ring_each.h"

const struct bench_ring_kind bench_ring_spa = BENCH_RING("spa_ringbuffer");
