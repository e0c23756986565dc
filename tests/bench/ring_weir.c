// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// weir's input rings as one ring: one lane, a cycle for each block.
#include "bench/ring.h"

#include "rt/inputs.h"

#include <stdlib.h>

// What the two sides count is on lines of its own, as in weir.
struct ring {
    struct weir_inputs *inputs;
    struct weir_lane lane;
    alignas(WEIR_CACHE_LINE) uint64_t written;
    alignas(WEIR_CACHE_LINE) uint64_t read;
};

static void
drop(void *memory)
{
    struct ring *r = memory;
    weir_lane_fini(&r->lane);
    weir_inputs_free(r->inputs);
    free(r);
}

static void *
make(uint32_t n_block)
{
    (void)n_block;
    struct ring *r = aligned_alloc(alignof(struct ring), sizeof *r);
    if (!r)
        return NULL;
    *r = (struct ring){.inputs = weir_inputs_new(BENCH_RING_FLOATS)};
    if (r->inputs && weir_lane_init(&r->lane, r->inputs, 0))
        return r;
    drop(r);
    return NULL;
}

static bool
write_block(void *ring, const float *src, uint32_t n)
{
    struct ring *r = ring;
    if (!weir_inputs_fits(r->inputs, r->written, n))
        return false;
    const struct weir_cycle cycle = {
        .position = r->written,
        .table = 1,
        .mono_ns = r->written,
        .rate_hz = 48000,
        .n_frames = n,
    };
    weir_inputs_write(r->inputs, r->lane.frames, r->written, src, n);
    weir_inputs_commit(r->inputs, &cycle);
    r->written += n;
    return true;
}

static bool
read_block(void *ring, float *dst, uint32_t n)
{
    struct ring *r = ring;
    struct weir_cycle cycle;
    if (!weir_inputs_peek(r->inputs, &cycle))
        return false;
    weir_inputs_read(r->inputs, r->lane.frames, cycle.position, dst, n);
    weir_inputs_finish(r->inputs);
    return cycle.n_frames == n;
}

#include "bench/ring_each.h"

const struct bench_ring_kind bench_ring_weir = BENCH_RING("weir");
