// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The process callback as it is, over one input ring that holds two cycles of
// two frames, for the programs about it.
#ifndef TESTS_MODEL_CALLBACK_H
#define TESTS_MODEL_CALLBACK_H

#include "system.h"

#include "rt/inputs.c"
#include "rt/process.c"
#define now_ns now_ns_of_control
#include "rt/process_control.c"
#undef now_ns

enum { N = 2, LANE_BITS = 2, LANE = 1 << LANE_BITS, N_CYCLES = 2 };

static struct weir_cycle cycles[N_CYCLES];
static struct weir_inputs inputs;
static struct weir_process process;
static _Atomic uint32_t doorbell;

static inline void
prepare_callback(weir_get_buffer *get_buffer, struct weir_table *table)
{
    inputs.cycles = cycles;
    inputs.n_cycles = N_CYCLES;
    inputs.cycle_mask = N_CYCLES - 1;
    inputs.least_bits = inputs.most_bits = inputs.in_bits = LANE_BITS;
    inputs.in_mask = inputs.out_mask = LANE - 1;
    inputs.room_end = inputs.room_period = 0;
    atomic_init(&inputs.head, 0);
    atomic_init(&inputs.tail, 0);
    inputs.tail_seen = inputs.head_seen = 0;
    atomic_init(&doorbell, 0);
    process.get_buffer = get_buffer;
    process.inputs = &inputs;
    process.doorbell = &doorbell;
    process.latency_blocks = 1;
    atomic_init(&process.table, table);
    atomic_init(&process.closing, 0);
    atomic_init(&process.inside, 0);
    process.position = 0;
    process.frame_time_due = 0;
    process.running = false;
    model_slept = false;
}

static inline void
run_callback(bool freewheel)
{
    const struct weir_process_time time = {.frame_time = process.frame_time_due,
                                           .freewheel = freewheel};
    weir_process_run(&process, &time, N);
}

#endif
