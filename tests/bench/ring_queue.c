// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// weir's queue of records, with a block as its record.
#include "bench/ring.h"

#include "rt/queue.h"

static void *
make(uint32_t n_block)
{
    return weir_queue_new(n_block * sizeof(float), BENCH_RING_FLOATS / n_block);
}

static void
drop(void *ring)
{
    weir_queue_free(ring);
}

static bool
write_block(void *ring, const float *src, uint32_t n)
{
    (void)n; // a record is a block
    return weir_queue_push(ring, src, 1);
}

static bool
read_block(void *ring, float *dst, uint32_t n)
{
    (void)n;
    return weir_queue_pop(ring, dst);
}

#include "bench/ring_each.h"

const struct bench_ring_kind bench_ring_queue = BENCH_RING("weir queue");
