// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Making and freeing input rings: @control's part, kept out of the objects
// that real-time threads reach.
#include "rt/inputs.h"

#include "rt/lock.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { PAGE_BYTES = 4096, SHORTEST_PERIOD = 16 };

uint32_t
weir_inputs_cycles(uint32_t n_frames)
{
    return n_frames / SHORTEST_PERIOD;
}

void
weir_inputs_init(struct weir_inputs *in, struct weir_cycle *cycles,
                 uint32_t n_frames)
{
    memset(in, 0, sizeof *in);
    in->cycles = cycles;
    in->n_cycles = weir_inputs_cycles(n_frames);
    in->n_frames = n_frames;
    in->cycle_mask = in->n_cycles - 1;
    in->frame_mask = n_frames - 1;
}

struct weir_inputs *
weir_inputs_new(uint32_t n_frames)
{
    struct weir_inputs *in =
        aligned_alloc(alignof(struct weir_inputs), sizeof *in);
    if (!in)
        return NULL;
    const size_t bytes = weir_inputs_cycles(n_frames) * sizeof *in->cycles;
    struct weir_cycle *cycles = calloc(1, bytes);
    if (!cycles) {
        free(in);
        return NULL;
    }
    weir_hold(cycles, bytes);
    weir_inputs_init(in, cycles, n_frames);
    return in;
}

void
weir_inputs_free(struct weir_inputs *in)
{
    if (!in)
        return;
    free(in->cycles);
    free(in);
}

bool
weir_inputs_grow(struct weir_inputs *in, uint32_t n_frames)
{
    const size_t bytes = weir_inputs_cycles(n_frames) * sizeof *in->cycles;
    struct weir_cycle *cycles = calloc(1, bytes);
    if (!cycles)
        return false;
    weir_hold(cycles, bytes);
    free(in->cycles);
    in->cycles = cycles;
    in->n_cycles = weir_inputs_cycles(n_frames);
    in->n_frames = n_frames;
    in->cycle_mask = in->n_cycles - 1;
    in->frame_mask = n_frames - 1;
    in->room_end = 0; // the next cycle looks for it
    return true;
}

bool
weir_lane_init(struct weir_lane *lane, const struct weir_inputs *in,
               uint32_t colour)
{
    const size_t bytes = in->n_frames * sizeof(float);
    const size_t shift =
        (size_t)colour * 3 * WEIR_CACHE_LINE % PAGE_BYTES; // 3: odd, so all
    // Pages of its own: what the heap takes back at page boundaries it seldom
    // gives out again, and strips come and go. MAP_POPULATE: prefault.
    void *memory = mmap(NULL, bytes + PAGE_BYTES, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED)
        return false;
    weir_lock_pages(memory, bytes + PAGE_BYTES);
    lane->memory = memory;
    lane->n_bytes = bytes + PAGE_BYTES;
    lane->frames = (float *)(void *)((char *)lane->memory + shift);
    return true;
}

void
weir_lane_fini(struct weir_lane *lane)
{
    if (lane->memory)
        munmap(lane->memory, lane->n_bytes);
    lane->memory = NULL;
    lane->frames = NULL;
}
