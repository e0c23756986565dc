// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Waiting for the mixer in freewheel: who looks at `wake` first and then at
// what it waits for never sleeps over a block that was published meanwhile.
// With ROOM it waits for room in the rings, else for the block that is due.
#include "callback.h"

static _Alignas(64) unsigned char memory[WEIR_BROADCAST_DATA_OFFSET + 64];
static struct weir_broadcast ring;
static struct weir_output_port output;
static struct weir_table table = {.number = 1};
static float given[N];

static void *
get_buffer(void *which, uint32_t n_frames)
{
    (void)n_frames;
    return which;
}

static void
prepare(void)
{
    weir_broadcast_init(&ring, memory, 48000, 2, 4, 0);
    output.port = given;
    output.ring = &ring;
    output.channel = 0;
    table.n_outputs = 1;
    table.outputs = &output;
    prepare_callback(get_buffer, &table);
#ifdef ROOM
    // Both slots are taken, and the block that will be due is the first.
    for (int i = 0; i < N_CYCLES; i++) {
        weir_inputs_record(
            &inputs,
            (struct weir_cycle){.position = process.position, .n_frames = N});
        weir_inputs_commit(&inputs);
        process.position += N;
    }
    process.latency_blocks = 2;
#else
    process.position = N;
#endif
}

static void *
mixer(void *arg)
{
    const float block[N] = {1.0f, 2.0f};
    const float *channels[2] = {block, block};
    (void)arg;
#ifdef ROOM
    for (uint64_t p = 0; p < N_CYCLES * N; p += N) {
        weir_broadcast_write(&ring, p, channels, N);
        weir_inputs_finish(&inputs);
    }
#else
    weir_broadcast_write(&ring, 0, channels, N);
#endif
    return NULL;
}

static void *
callback(void *arg)
{
    (void)arg;
    run_callback(true);
    assert(given[0] == 1.0f && given[1] == 2.0f);
    return NULL;
}

static void
check(void)
{
    // Nobody rings after the last block.
    assert(!model_slept ||
           model_slept_on !=
               atomic_load_explicit(&ring.page->wake, memory_order_relaxed));
}

MODEL(prepare, check, mixer, callback)
