// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The input rings. Each channel of a strip has a lane, the storage of its
// ring; all lanes share one pair of indices, the cycle ring's, because one
// thread writes all lanes and one reads them all, and a cycle goes in whole
// or not at all. A frame lies at its position modulo as much of a lane as is in
// use, so lanes come and go while cycles are in flight. For longer periods more
// of them is: the callback takes it, when no cycle is in flight or behind those
// that are, and each cycle tells the mixer. Nothing is allocated for that and
// nobody waits. What is done for every block is inline, for a call would take
// longer; inputs.c has the rest.
#ifndef WEIR_RT_INPUTS_H
#define WEIR_RT_INPUTS_H

#include "rt/tags.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/// What the callback tells of one cycle. Small: the records walk through the
/// caches beside the frames.
struct weir_cycle {
    uint64_t position;  ///< of its first frame: frames since weir started
    uint64_t mono_ns;   ///< CLOCK_MONOTONIC at its begin, smoothed by JACK
    uint64_t called_ns; ///< when the callback was called, as it was
    float rate_hz;      ///< measured by JACK, in a float; 0 when unknown
    uint32_t table;     ///< number of the port table it was taken with
    uint32_t n_frames;
    bool freewheel; ///< somebody may be waiting for the mix
    // weir_inputs_record()'s: 2^n frames of a lane are in use, and a frame lies
    // so far behind its position.
    uint8_t lane_bits;
    uint16_t lane_shift;
};

/// Laid out by owner; nobody but the functions below, inputs.c and inputs_new.c
/// looks into it.
struct weir_inputs {
    // Fixed after weir_inputs_init() and weir_inputs_widen().
    struct weir_cycle *cycles;
    uint32_t n_cycles;   // a power of two
    uint32_t cycle_mask; // n_cycles - 1
    uint8_t least_bits;  // 2^n frames of a lane are in use at least
    uint8_t most_bits;   // and at most
    // Written by @rt: cycles ever committed, modulo 2^32; beside it the
    // newest `tail` that @rt has seen, the position up to which there was
    // room then, of frames and of records, for periods of `room_period`, and
    // the lanes in use, with the end of their first round.
    alignas(WEIR_CACHE_LINE) _Atomic uint32_t head;
    uint32_t tail_seen;
    uint64_t room_end;
    uint32_t room_period;
    uint32_t in_mask; // 2^in_bits - 1
    uint32_t in_shift;
    uint8_t in_bits;
    uint64_t round_end;
    // Written by @mixer: cycles ever finished, modulo 2^32; beside it the
    // newest `head` that @mixer has seen, and the lanes in use by the cycle
    // that was peeked.
    alignas(WEIR_CACHE_LINE) _Atomic uint32_t tail;
    uint32_t head_seen;
    uint32_t out_mask; // 2^out_bits - 1
    uint32_t out_shift;
    uint8_t out_bits;
    // @control's own: frames of each lane that have been touched.
    alignas(WEIR_CACHE_LINE) uint32_t n_touched;
};

/// Cycle records that lanes of `n_frames` need.  @any
uint32_t weir_inputs_cycles(uint32_t n_frames);

/// Begin the index of all input rings in memory of the caller's own, which
/// two processes may share at one address, for lanes of `n_frames` (a power
/// of two, at least 8192 and four periods).
/// @control  Borrows `cycles`, weir_inputs_cycles() of them.
void weir_inputs_init(struct weir_inputs *inputs, struct weir_cycle *cycles,
                      uint32_t n_frames);

/// The same in memory that it makes.  Null when memory is short.
/// @control  Allocates.  Free with weir_inputs_free().
struct weir_inputs *weir_inputs_new(uint32_t n_frames);
void weir_inputs_free(struct weir_inputs *inputs);

/// Have lanes that four periods fit into for periods of up to `n_frames`.
/// @control, before the first lane.
void weir_inputs_widen(struct weir_inputs *inputs, uint32_t n_frames);

/// How much of a lane is in use at least, in frames.  @any
WEIR_RT static inline uint32_t
weir_inputs_lane_frames(const struct weir_inputs *in)
{
    return UINT32_C(1) << in->least_bits;
}

/// One channel's storage.
struct weir_lane {
    float *frames;
    void *memory; // what to unmap: `frames` starts at a line of its own choice
    size_t n_bytes;
    size_t n_touched; // bytes
};

/// Have lanes that come touched as far as periods of `n_frames` use them;
/// whether that is further than before.  @control
bool weir_inputs_reach(struct weir_inputs *inputs, uint32_t n_frames);

/// Touch a lane as far as that, if the system can; it may be in use.  @control
void weir_lane_reach(struct weir_lane *lane, const struct weir_inputs *inputs);

/// Make a lane, prefaulted.  Lanes with different `colour` start at
/// different cache lines of a page, so that the callback, which writes all of
/// them at the same offset, does not fight for one set of its cache.
/// False when memory is short.  @control  Allocates.
bool weir_lane_init(struct weir_lane *lane, const struct weir_inputs *inputs,
                    uint32_t colour);
void weir_lane_fini(struct weir_lane *lane);

/// Whether it fits now that the mixer has gone on.  @rt  Wait-free.
WEIR_RT bool weir_inputs_look_for_room(struct weir_inputs *inputs,
                                       uint64_t position, uint32_t n_frames);

/// Whether it fits as far as was seen when it was looked for room last.
/// @rt  Wait-free.
WEIR_RT static inline bool
weir_inputs_saw_room(const struct weir_inputs *in, uint64_t position,
                     uint32_t n_frames)
{
    return WEIR_MOSTLY(n_frames == in->room_period &&
                       position + n_frames <= in->room_end);
}

/// Whether a cycle of `n_frames` at `position` fits now, in all lanes.
/// @rt  Wait-free.
WEIR_RT static inline bool
weir_inputs_fits(struct weir_inputs *in, uint64_t position, uint32_t n_frames)
{
    return weir_inputs_saw_room(in, position, n_frames) ||
           weir_inputs_look_for_room(in, position, n_frames);
}

/// Where a frame goes in every lane.  @rt
WEIR_RT static inline uint32_t
weir_inputs_place(const struct weir_inputs *in, uint64_t position)
{
    return ((uint32_t)position + in->in_shift) & in->in_mask;
}

/// Copy what does not lie in a row in its lane, or is silence.  @rt
/// Wait-free.
WEIR_RT void weir_inputs_write_around(const struct weir_inputs *inputs,
                                      float *lane, uint64_t position,
                                      const float *src, uint32_t n_frames);

/// Copy one channel of a cycle that fits into its lane; null is silence.
/// @rt  Wait-free.  Borrows `src`.
WEIR_RT static inline void
weir_inputs_write(struct weir_inputs *in, float *lane, uint64_t position,
                  const float *src, uint32_t n_frames)
{
    const uint32_t at = weir_inputs_place(in, position);
    if (WEIR_MOSTLY(src && n_frames <= in->in_mask + 1 - at))
        memcpy(lane + at, src, n_frames * sizeof *lane);
    else
        weir_inputs_write_around(in, lane, position, src, n_frames);
}

/// Ask for the room in a lane that weir_inputs_write() will soon fill, while
/// others are being written: it is on its way when its turn comes.
/// @rt  Wait-free.
WEIR_RT void weir_inputs_expect(const struct weir_inputs *inputs,
                                const float *lane, uint64_t position,
                                uint32_t n_frames);

/// Ask for a cycle's frames in a lane that is about to be read, while others
/// are being read: they come from the callback's CPU.  @mixer  Wait-free.
WEIR_RT void weir_inputs_fetch(const struct weir_inputs *inputs,
                               const float *lane, uint64_t position,
                               uint32_t n_frames);

/// Write the record of a cycle that fits, before weir_inputs_commit(); but for
/// the lanes in use, which are not the caller's. Best before the frames: then
/// nothing of it need be kept over their copying.  @rt  Wait-free.
WEIR_RT static inline void
weir_inputs_record(struct weir_inputs *in, struct weir_cycle cycle)
{
    // relaxed: only this thread writes `head`.
    const uint32_t head = atomic_load_explicit(&in->head, memory_order_relaxed);
    cycle.lane_bits = in->in_bits;
    cycle.lane_shift = (uint16_t)in->in_shift;
    in->cycles[head & in->cycle_mask] = cycle;
}

/// Hand the cycle, with its record and all that was written into the lanes,
/// to the mixer.  @rt  Wait-free.
WEIR_RT static inline void
weir_inputs_commit(struct weir_inputs *in)
{
    // relaxed: only this thread writes `head`.
    const uint32_t head = atomic_load_explicit(&in->head, memory_order_relaxed);
    // release: pairs with the acquire of `head` in weir_inputs_peek(); hands
    // over the record and the cycle's frames in every lane.
    atomic_store_explicit(&in->head, head + 1, memory_order_release);
}

/// The oldest cycle that the mixer has not finished: its record is there
/// until weir_inputs_finish().  False when there is none.  @mixer  Wait-free.
WEIR_RT static inline bool
weir_inputs_peek(struct weir_inputs *in, const struct weir_cycle **cycle)
{
    // relaxed: only this thread writes `tail`.
    const uint32_t tail = atomic_load_explicit(&in->tail, memory_order_relaxed);
    if (tail == in->head_seen) {
        // acquire: pairs with the release of `head` in weir_inputs_commit().
        in->head_seen = atomic_load_explicit(&in->head, memory_order_acquire);
        if (tail == in->head_seen)
            return false;
    }
    *cycle = &in->cycles[tail & in->cycle_mask];
    if (!WEIR_MOSTLY((*cycle)->lane_bits == in->out_bits &&
                     (*cycle)->lane_shift == in->out_shift)) {
        in->out_bits = (*cycle)->lane_bits;
        in->out_mask = (UINT32_C(1) << in->out_bits) - 1;
        in->out_shift = (*cycle)->lane_shift;
    }
    return true;
}

/// Index of the frame at `position`, which lies in the cycle that was peeked,
/// in every lane.  @mixer
WEIR_RT static inline uint32_t
weir_inputs_index(const struct weir_inputs *inputs, uint64_t position)
{
    return ((uint32_t)position + inputs->out_shift) & inputs->out_mask;
}

/// Where the frame at `position`, which lies in the cycle that was peeked,
/// stands in a lane; weir_inputs_run() frames stand in a row there, until
/// weir_inputs_finish().  @mixer
WEIR_RT static inline const float *
weir_inputs_at(const struct weir_inputs *inputs, const float *lane,
               uint64_t position)
{
    return lane + weir_inputs_index(inputs, position);
}

/// Frames from `position` to the end of the lanes in use.  @mixer
WEIR_RT static inline uint32_t
weir_inputs_run(const struct weir_inputs *inputs, uint64_t position)
{
    return inputs->out_mask + 1 - weir_inputs_index(inputs, position);
}

/// Copy what does not lie in a row.  @mixer  Wait-free.
WEIR_RT void weir_inputs_read_around(const struct weir_inputs *inputs,
                                     const float *lane, uint64_t position,
                                     float *dst, uint32_t n_frames);

/// Copy `n_frames` at `position`, which lie in the cycle that was peeked,
/// from a lane.  @mixer  Wait-free.
WEIR_RT static inline void
weir_inputs_read(const struct weir_inputs *in, const float *lane,
                 uint64_t position, float *dst, uint32_t n_frames)
{
    const uint32_t at = weir_inputs_index(in, position);
    if (WEIR_MOSTLY(n_frames <= in->out_mask + 1 - at))
        memcpy(dst, lane + at, n_frames * sizeof *dst);
    else
        weir_inputs_read_around(in, lane, position, dst, n_frames);
}

/// Give the peeked cycle's room back to the callback.  @mixer  Wait-free.
WEIR_RT static inline void
weir_inputs_finish(struct weir_inputs *in)
{
    // relaxed: only this thread writes `tail`.
    const uint32_t tail = atomic_load_explicit(&in->tail, memory_order_relaxed);
    // release: pairs with the acquire of `tail` in
    // weir_inputs_look_for_room(); the
    // cycle's frames have been read and may be overwritten.
    atomic_store_explicit(&in->tail, tail + 1, memory_order_release);
}

#endif
