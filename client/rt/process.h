// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The process callback without JACK: one cycle in, one block out. JACK's
// side hands it a function that finds a port's buffer; so does a test.
#ifndef WEIR_RT_PROCESS_H
#define WEIR_RT_PROCESS_H

#include "rt/broadcast.h"
#include "rt/inputs.h"
#include "rt/tags.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/// A port whose block goes into a lane.
struct weir_input_port {
    void *port;
    float *lane;
};

/// A port that gets one channel of a broadcast ring's block.
struct weir_output_port {
    void *port;
    const struct weir_broadcast *ring;
    uint32_t channel;
};

/// Which ports there are; never changed once the callback can see it.
struct weir_table {
    uint32_t number; ///< counts up from 1 with every table
    uint32_t n_inputs;
    uint32_t n_outputs;
    struct weir_input_port *inputs;
    struct weir_output_port *outputs;
};

/// Make an empty table with room for so many ports.  Null when memory is
/// short.  @control  Allocates.  Free with weir_table_free().
struct weir_table *weir_table_new(uint32_t n_inputs, uint32_t n_outputs);
void weir_table_free(struct weir_table *table);

/// What the callback counts: written by @rt alone, read by @control.
/// All relaxed: numbers to show, which hand over no other memory.
struct weir_process_counters {
    _Atomic uint64_t cycles;
    _Atomic uint64_t late_blocks;       ///< the mix was not there in time
    _Atomic uint64_t input_frames_lost; ///< that never reached the mixer
    _Atomic uint64_t zombies;           ///< calls after the end
    _Atomic uint32_t longest_ns;
};

/// The time of a cycle, as JACK tells it.
struct weir_process_time {
    uint32_t frame_time; ///< JACK's frame counter at the cycle's begin
    double rate_hz;      ///< measured; 0 when unknown
    uint64_t mono_ns;    ///< CLOCK_MONOTONIC of its begin; 0 when unknown
    /// Whether the cycle may wait for the mixer, bounded: freewheel alone.
    bool freewheel;
};

/// A port's block of the running cycle, or null when it has none.
WEIR_RT typedef void *weir_get_buffer(void *port, uint32_t n_frames);

struct weir_process {
    // Fixed before the first call.
    weir_get_buffer *get_buffer;
    struct weir_inputs *inputs;
    _Atomic uint32_t *doorbell; ///< the mixer waits on it
    uint32_t latency_blocks;
    // Written by @control.
    _Atomic(struct weir_table *) table;
    _Atomic uint32_t closing;
    // Written by @rt: odd while a call is running; @control waits on it.
    alignas(WEIR_CACHE_LINE) _Atomic uint32_t inside;
    struct weir_process_counters counters;
    // @rt's own.
    uint64_t position;
    uint32_t frame_time_due;
    uint32_t n_frames; // of the last cycle
    uint32_t ahead;    // of JACK's clock, by which `position` is
    bool running;
    bool freewheel; // in the last cycle
};

/// Prepare for calls.  @control  Borrows everything.
void weir_process_init(struct weir_process *process,
                       weir_get_buffer *get_buffer, struct weir_inputs *inputs,
                       _Atomic uint32_t *doorbell, uint32_t latency_blocks);

/// One cycle.  @rt  Wait-free but in freewheel; one futex wake at its end.
WEIR_RT void weir_process_run(struct weir_process *process,
                              const struct weir_process_time *time,
                              uint32_t n_frames);

/// Show the callback another table; returns the one it may still be using.
/// The caller frees that when a cycle with the new number has come through.
/// @control  Takes `table`.
struct weir_table *weir_process_set_table(struct weir_process *process,
                                          struct weir_table *table);

/// End it: waits for the callback's own word that it is out, at most
/// `timeout_ns`. Calls that come later are counted and do nothing. False when
/// the callback is still inside.  @control  Waits.
bool weir_process_close(struct weir_process *process, uint64_t timeout_ns);

/// The next call comes of another client, whose clock says nothing of what
/// was missed.  @control, while it is closed.
void weir_process_new_clock(struct weir_process *process);

/// Allow calls again; positions go on where they were. Frames that the same
/// client ran meanwhile are lost, and counted.  @control
void weir_process_reopen(struct weir_process *process);

#endif
