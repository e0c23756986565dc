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

// Of a power of two.
static uint8_t
bits_of(uint32_t n_frames)
{
    uint8_t bits = 0;
    while (n_frames >>= 1)
        bits++;
    return bits;
}

// Lanes for four periods, in bits.
static uint8_t
bits_for(uint8_t least_bits, uint32_t n_frames)
{
    uint8_t bits = least_bits;
    while ((UINT64_C(1) << bits) < UINT64_C(4) * n_frames)
        bits++;
    return bits;
}

void
weir_inputs_init(struct weir_inputs *in, struct weir_cycle *cycles,
                 uint32_t n_frames)
{
    memset(in, 0, sizeof *in);
    in->cycles = cycles;
    in->n_cycles = weir_inputs_cycles(n_frames);
    in->cycle_mask = in->n_cycles - 1;
    in->least_bits = in->most_bits = in->in_bits = bits_of(n_frames);
    in->in_mask = in->out_mask = n_frames - 1;
    in->n_touched = n_frames;
}

void
weir_inputs_widen(struct weir_inputs *in, uint32_t n_frames)
{
    in->most_bits = bits_for(in->least_bits, n_frames);
}

bool
weir_inputs_reach(struct weir_inputs *in, uint32_t n_frames)
{
    const uint8_t bits = bits_for(in->least_bits, n_frames);
    const uint32_t n = UINT32_C(1)
                       << (bits < in->most_bits ? bits : in->most_bits);
    if (n <= in->n_touched)
        return false;
    in->n_touched = n;
    return true;
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

static size_t
touched_bytes(const struct weir_inputs *in)
{
    return in->n_touched * sizeof(float) + PAGE_BYTES;
}

bool
weir_lane_init(struct weir_lane *lane, const struct weir_inputs *in,
               uint32_t colour)
{
    const size_t bytes =
        (sizeof(float) << in->most_bits) + PAGE_BYTES; // which `shift` takes
    const size_t shift =
        (size_t)colour * 3 * WEIR_CACHE_LINE % PAGE_BYTES; // 3: odd, so all
    // Pages of its own: what the heap takes back at page boundaries it seldom
    // gives out again, and strips come and go. What no period has used yet is
    // address space alone.
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return false;
    lane->memory = memory;
    lane->n_bytes = bytes;
    lane->n_touched = touched_bytes(in);
    weir_hold(memory, lane->n_touched);
    lane->frames = (float *)(void *)((char *)lane->memory + shift);
    return true;
}

void
weir_lane_reach(struct weir_lane *lane, const struct weir_inputs *in)
{
    const size_t wanted = touched_bytes(in);
    if (!lane->memory || wanted <= lane->n_touched)
        return;
    char *more = (char *)lane->memory + lane->n_touched;
    // Changes nothing in it. A kernel without it (before Linux 5.14) leaves
    // each page to whoever comes first.
    madvise(more, wanted - lane->n_touched, MADV_POPULATE_WRITE);
    weir_lock_pages(more, wanted - lane->n_touched);
    lane->n_touched = wanted;
}

void
weir_lane_fini(struct weir_lane *lane)
{
    if (lane->memory)
        munmap(lane->memory, lane->n_bytes);
    lane->memory = NULL;
    lane->frames = NULL;
}
