// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// weir's input rings as one ring: one lane, a cycle for each block.
#include "bench/ring.h"

#include "rt/inputs.h"

#include <stdlib.h>

// What the two sides count is on lines of its own, as in weir.
struct ring {
    struct weir_inputs index;
    struct weir_lane lane;
    struct weir_cycle *cycles;
    alignas(WEIR_CACHE_LINE) uint64_t written;
};

static void
drop(void *memory)
{
    struct ring *r = memory;
    weir_lane_fini(&r->lane);
    free(r->cycles);
    free(r);
}

static void *
make(uint32_t n_block)
{
    (void)n_block;
    struct ring *r = aligned_alloc(alignof(struct ring), sizeof *r);
    if (!r)
        return NULL;
    *r = (struct ring){0};
    r->cycles =
        calloc(weir_inputs_cycles(BENCH_RING_FLOATS), sizeof *r->cycles);
    weir_inputs_init(&r->index, r->cycles, BENCH_RING_FLOATS);
    if (r->cycles && weir_lane_init(&r->lane, &r->index, 0))
        return r;
    drop(r);
    return NULL;
}

// The record first, as in the callback.
static inline void
write_that_fits(struct ring *r, const float *src, uint32_t n)
{
    const uint64_t position = r->written;
    weir_inputs_record(&r->index, (struct weir_cycle){
                                      .position = position,
                                      .mono_ns = position,
                                      .rate_hz = 48000,
                                      .table = 1,
                                      .n_frames = n,
                                  });
    r->written = position + n;
    weir_inputs_write(&r->index, r->lane.frames, position, src, n);
    weir_inputs_commit(&r->index);
}

// Once a lap. Apart, so that nothing is kept for it where there is room.
static __attribute__((noinline)) bool
look_and_write(struct ring *r, const float *src, uint32_t n)
{
    if (!weir_inputs_look_for_room(&r->index, r->written, n))
        return false;
    write_that_fits(r, src, n);
    return true;
}

static bool
write_block(void *ring, const float *src, uint32_t n)
{
    struct ring *r = ring;
    if (!weir_inputs_saw_room(&r->index, r->written, n))
        return look_and_write(r, src, n);
    write_that_fits(r, src, n);
    return true;
}

static bool
read_block(void *ring, float *dst, uint32_t n)
{
    struct ring *r = ring;
    const struct weir_cycle *cycle;
    if (!weir_inputs_peek(&r->index, &cycle) || cycle->n_frames != n)
        return false;
    weir_inputs_read(&r->index, r->lane.frames, cycle->position, dst, n);
    weir_inputs_finish(&r->index);
    return true;
}

#include "bench/ring_each.h"

const struct bench_ring_kind bench_ring_weir = BENCH_RING("weir");
