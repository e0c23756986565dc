// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The input rings: what is not done for every block, and hints.
#include "rt/inputs.h"

#include <string.h>

// The lanes that a period takes, in bits: four periods, if there are as many.
static WEIR_RT uint8_t
bits_for(const struct weir_inputs *in, uint32_t n_frames)
{
    uint8_t bits = in->least_bits;
    while (bits < in->most_bits && (UINT64_C(1) << bits) < 4ull * n_frames)
        bits++;
    return bits;
}

// Only while no cycle is in flight: frames lie elsewhere then.
static WEIR_RT void
use_lanes_for(struct weir_inputs *in, uint32_t n_frames)
{
    in->in_bits = bits_for(in, n_frames);
    in->in_mask = (UINT32_C(1) << in->in_bits) - 1;
}

WEIR_RT bool
weir_inputs_look_for_room(struct weir_inputs *in, uint64_t position,
                          uint32_t n_frames)
{
    // relaxed: only this thread writes `head`.
    const uint32_t head = atomic_load_explicit(&in->head, memory_order_relaxed);
    // acquire: pairs with the release of `tail` in weir_inputs_finish(); the
    // frames of the cycles before it have been read.
    in->tail_seen = atomic_load_explicit(&in->tail, memory_order_acquire);
    // The records are written by this side alone, so the oldest unfinished one
    // may be looked at without asking.
    uint64_t oldest = position;
    if (in->tail_seen == head)
        use_lanes_for(in, n_frames);
    else
        oldest = in->cycles[in->tail_seen & in->cycle_mask].position;
    // Both of frames and of records: so long as all periods are of this length
    // the one end says both.
    const uint64_t n_records = in->n_cycles - (head - in->tail_seen);
    in->room_end =
        weir_min_u64(oldest + in->in_mask + 1, position + n_records * n_frames);
    in->room_period = n_frames > 0 ? n_frames : UINT32_MAX;
    return n_records > 0 && position + n_frames <= in->room_end;
}

static WEIR_RT void
put(float *dst, const float *src, size_t n)
{
    if (src)
        memcpy(dst, src, n * sizeof *dst);
    else
        memset(dst, 0, n * sizeof *dst);
}

WEIR_RT void
weir_inputs_write_around(const struct weir_inputs *in, float *lane,
                         uint64_t position, const float *src, uint32_t n_frames)
{
    const uint32_t at = (uint32_t)position & in->in_mask;
    const uint32_t n_first = in->in_mask + 1 - at;
    if (n_frames <= n_first) {
        put(lane + at, src, n_frames);
        return;
    }
    put(lane + at, src, n_first);
    put(lane, src ? src + n_first : NULL, n_frames - n_first);
}

// More than a few lines in a row the CPU asks for by itself.
enum { LINE_FRAMES = WEIR_CACHE_LINE / sizeof(float), LONGEST_ASKED = 256 };

WEIR_RT void
weir_inputs_expect(const struct weir_inputs *in, const float *lane,
                   uint64_t position, uint32_t n_frames)
{
    // The mixer's CPU has these lines still; stores alone would ask for only
    // as many at once as the store buffer looks ahead.
    const uint32_t n = weir_min_u32(n_frames, LONGEST_ASKED);
    for (uint32_t i = 0; i < n; i += LINE_FRAMES)
        weir_prefetch_write(&lane[((uint32_t)position + i) & in->in_mask]);
}

WEIR_RT void
weir_inputs_fetch(const struct weir_inputs *in, const float *lane,
                  uint64_t position, uint32_t n_frames)
{
    const uint32_t n = weir_min_u32(n_frames, LONGEST_ASKED);
    for (uint32_t i = 0; i < n; i += LINE_FRAMES)
        weir_prefetch_read(&lane[((uint32_t)position + i) & in->out_mask]);
}

WEIR_RT void
weir_inputs_read_around(const struct weir_inputs *in, const float *lane,
                        uint64_t position, float *dst, uint32_t n_frames)
{
    const uint32_t at = (uint32_t)position & in->out_mask;
    const uint32_t n_first = in->out_mask + 1 - at;
    memcpy(dst, lane + at, n_first * sizeof *dst);
    memcpy(dst + n_first, lane, (n_frames - n_first) * sizeof *dst);
}
