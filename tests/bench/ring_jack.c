// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// libjack's jack_ringbuffer.
#include "bench/ring.h"

#include <jack/ringbuffer.h>

static void *
make(uint32_t n_block)
{
    (void)n_block;
    return jack_ringbuffer_create(BENCH_RING_FLOATS * sizeof(float));
}

static void
drop(void *ring)
{
    jack_ringbuffer_free(ring);
}

static bool
write_block(void *ring, const float *src, uint32_t n)
{
    const size_t bytes = n * sizeof *src;
    return jack_ringbuffer_write_space(ring) >= bytes &&
           jack_ringbuffer_write(ring, (const char *)src, bytes) == bytes;
}

static bool
read_block(void *ring, float *dst, uint32_t n)
{
    const size_t bytes = n * sizeof *dst;
    return jack_ringbuffer_read_space(ring) >= bytes &&
           jack_ringbuffer_read(ring, (char *)dst, bytes) == bytes;
}

#include "bench/ring_each.h"

const struct bench_ring_kind bench_ring_jack = BENCH_RING("jack_ringbuffer");
