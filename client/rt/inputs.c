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

// Frames lie elsewhere then.
static WEIR_RT void
use_lanes(struct weir_inputs *in, uint8_t bits, uint32_t shift)
{
    in->in_bits = bits;
    in->in_mask = (UINT32_C(1) << bits) - 1;
    in->in_shift = shift;
}

// The position up to which there is room for frames; all of the lanes in use
// when no cycle is in flight.
static WEIR_RT uint64_t
frames_end(const struct weir_inputs *in, uint64_t position, bool in_flight)
{
    // The records are written by this side alone, so the oldest unfinished one
    // may be looked at without asking.
    const struct weir_cycle *oldest =
        &in->cycles[in->tail_seen & in->cycle_mask];
    if (!in_flight)
        return position + in->in_mask + 1;
    if (oldest->lane_bits == in->in_bits && oldest->lane_shift == in->in_shift)
        return oldest->position + in->in_mask + 1;
    return in->round_end; // it lies where the next round begins
}

// All of the lanes, for a period that is too long for what is in use, while
// cycles are in flight: it begins where the part ends in which these lie.
static WEIR_RT void
go_beyond(struct weir_inputs *in, uint64_t position)
{
    const uint32_t n_used = in->in_mask + 1;
    const uint32_t n_all = UINT32_C(1) << in->most_bits;
    use_lanes(in, in->most_bits, (n_used - (uint32_t)position) & (n_all - 1));
    in->round_end = position + n_all - n_used;
}

// Where the shift has its room in the records.
static WEIR_RT bool
can_go_beyond(const struct weir_inputs *in, uint32_t n_frames)
{
    enum { MOST_BITS = 16 };
    return in->most_bits <= MOST_BITS && bits_for(in, n_frames) > in->in_bits;
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
    const bool in_flight = in->tail_seen != head;
    if (!in_flight)
        use_lanes(in, bits_for(in, n_frames), 0);
    uint64_t end = frames_end(in, position, in_flight);
    if (position + n_frames > end && can_go_beyond(in, n_frames)) {
        go_beyond(in, position);
        end = in->round_end;
    }
    // Both of frames and of records: so long as all periods are of this length
    // the one end says both.
    const uint64_t n_records = in->n_cycles - (head - in->tail_seen);
    in->room_end = weir_min_u64(end, position + n_records * n_frames);
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
    const uint32_t at = weir_inputs_place(in, position);
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
        weir_prefetch_write(&lane[weir_inputs_place(in, position + i)]);
}

WEIR_RT void
weir_inputs_fetch(const struct weir_inputs *in, const float *lane,
                  uint64_t position, uint32_t n_frames)
{
    const uint32_t n = weir_min_u32(n_frames, LONGEST_ASKED);
    for (uint32_t i = 0; i < n; i += LINE_FRAMES)
        weir_prefetch_read(&lane[weir_inputs_index(in, position + i)]);
}

WEIR_RT void
weir_inputs_read_around(const struct weir_inputs *in, const float *lane,
                        uint64_t position, float *dst, uint32_t n_frames)
{
    const uint32_t at = weir_inputs_index(in, position);
    const uint32_t n_first = in->out_mask + 1 - at;
    memcpy(dst, lane + at, n_first * sizeof *dst);
    memcpy(dst + n_first, lane, (n_frames - n_first) * sizeof *dst);
}
