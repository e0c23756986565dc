// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The mixer: cycles in, mixed blocks out, commands in between. No JACK, no
// OSC, no files, no thread of its own: a test drives it cycle by cycle.
#ifndef WEIR_ENGINE_ENGINE_H
#define WEIR_ENGINE_ENGINE_H

#include "engine/align.h"
#include "engine/bus.h"
#include "engine/command.h"
#include "engine/feed.h"
#include "engine/limits.h"
#include "engine/strip.h"
#include "rt/inputs.h"
#include "rt/queue.h"
#include "rt/tags.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { WEIR_COMMANDS = 8192, WEIR_EVENTS = 16384 };

/// What the mixer counts: written by @mixer alone, read by @control.
/// All relaxed: numbers to show, which hand over no other memory.
struct weir_engine_counters {
    _Atomic uint64_t frames_mixed;      // the mix's position
    _Atomic uint64_t frames_silent;     // of those, made up for lost input
    _Atomic uint64_t blocks_not_finite; // a strip's block held a NaN
    _Atomic uint64_t blocks_late;       // the mix was not there when due
    _Atomic uint32_t beats;             // ten times a second and more
    _Atomic uint64_t longest_ns;        // from a cycle's callback to its mix
    _Atomic uint32_t load_ppm;          // time to mix, of the period
    _Atomic uint32_t cycle_frames;      // of the newest cycle
    _Atomic uint32_t insert_latency;    // frames: of all paths, see align.h
};

/// Say that the mixer goes on.  @mixer
static inline WEIR_RT void
weir_engine_beat(struct weir_engine_counters *counters)
{
    // relaxed, both: a number that @mixer alone writes.
    const uint32_t n =
        atomic_load_explicit(&counters->beats, memory_order_relaxed);
    atomic_store_explicit(&counters->beats, n + 1, memory_order_relaxed);
}

/// What the newest cycle told of the clock.
struct weir_engine_clock {
    uint64_t position; // the frame that
    uint64_t mono_ns;  // came at this time
    double rate_hz;    // and so fast they come
    // Not JACK's time: after a stall that is late for half a second.
    uint64_t called_ns; // the cycle came into the rings
    uint64_t due_ns;    // its mix has to be there; 0: in freewheel
    uint32_t n_frames;  // the period
};

/// Count something.  @mixer
static inline WEIR_RT void
weir_engine_count(_Atomic uint64_t *counter, uint64_t n)
{
    // relaxed: @mixer is the only writer, and nothing hangs on the number.
    const uint64_t was = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, was + n, memory_order_relaxed);
}

struct weir_batches;
struct weir_due;
struct weir_hold;

struct weir_engine {
    // Fixed after weir_engine_new().
    struct weir_inputs *inputs;
    struct weir_queue *commands; // @control writes, @mixer reads
    struct weir_queue *events;   // @mixer writes, @control reads
    uint32_t rate_hz;
    uint32_t latency_blocks; // after which a mix is due; 0 is as 1

    // Cycles and commands are announced here: @rt and @control ring it.
    alignas(WEIR_CACHE_LINE) _Atomic uint32_t doorbell;

    // Written by @mixer.
    alignas(WEIR_CACHE_LINE) struct weir_engine_counters counters;

    // @mixer's own.
    uint64_t position;                          // the next frame to be mixed
    uint64_t table;                             // of the newest cycle
    struct weir_strip *strips[WEIR_MAX_STRIPS]; // in the order they came
    uint32_t n_strips;
    uint32_t n_soloed;
    uint32_t n_leaving;
    struct weir_bus *buses[WEIR_MAX_BUSES]; // by slot; main is slot 0
    struct weir_feed *feeds;                // a list
    struct weir_hold *holds;                // a list: waited for in freewheel
    uint64_t patience_ns;                   // what is left of it, for them
    uint64_t patience_until;                // the position that renews it
    uint64_t epoch;                         // as rings show it
    struct weir_desk_state desk;
    struct weir_align align;
    struct weir_due *due; // commands that wait for their time
    struct weir_engine_clock clock;
    uint32_t bin_frames; // of all meters
    struct weir_batches *batches;
    struct weir_strip_buffers buffers;
    float *buffer_memory;
    uint32_t n_events; // since weir_engine_take_events()
    bool stopping;
};

/// Make a mixer without strips and buses, for lanes of `lane_frames` (see
/// weir_inputs_new()).  Null when memory is short.  @control  Allocates.
struct weir_engine *weir_engine_new(uint32_t rate_hz, uint32_t lane_frames);

/// Free it; its strips and buses belong to who made them.  @control
void weir_engine_free(struct weir_engine *engine);

/// A strip's block held what is not finite.  @mixer
static inline WEIR_RT void
weir_engine_count_not_finite(struct weir_engine *e, struct weir_strip *s)
{
    weir_engine_count(&e->counters.blocks_not_finite, 1);
    weir_engine_count(&s->n_not_finite, 1);
}

/// Let it run again after WEIR_COMMAND_STOP.  @control, while no mixer does.
void weir_engine_resume(struct weir_engine *engine);

/// Go on at another rate: ramps and meters, of what is being mixed, too.  The
/// position goes on.  @control, while no mixer runs and no cycle waits.
void weir_engine_set_rate(struct weir_engine *engine, uint32_t rate_hz);

/// Carry out all commands that are there; groups take effect whole, at the
/// next frame to be mixed, or wait for their time, and the block is split
/// there.
/// @mixer
WEIR_RT void weir_engine_obey(struct weir_engine *engine);

/// Mix the oldest cycle that is waiting; false when there is none.  Frames
/// that were lost before it are mixed as silent input.  @mixer
WEIR_RT bool weir_engine_cycle(struct weir_engine *engine);

/// The newest cycle's mix is there at `now_ns` (CLOCK_MONOTONIC): how long it
/// took since the callback, and whether that is too late for the ports.
/// @mixer
WEIR_RT void weir_engine_note_end(struct weir_engine *engine, uint64_t now_ns);

/// No cycles come: what waits for a fade is finished without it.  @mixer
WEIR_RT void weir_engine_idle(struct weir_engine *engine);

/// How many events were posted since the last call: whether to tell @control.
/// @mixer
WEIR_RT uint32_t weir_engine_take_events(struct weir_engine *engine);

#endif
