// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The input rings: cycles of two frames through a lane of four. A cycle goes
// in whole or its frames are counted; what comes out is in order, at its
// place, with no frame of another cycle, and got + lost = all. The payload is
// plain: what is not ordered is a data race.
#include "model.h"

#define memcpy(dst, src, n) model_copy(dst, src, n)
#include "rt/inputs.c"

#ifndef WRITES
#define WRITES 4
#endif
#ifndef READS
#define READS 3
#endif
enum { N_CYCLES = 2, LANE = 4, N = 2 };

static struct weir_cycle cycles[N_CYCLES];
static struct weir_inputs in;
static float lane[LANE];
static uint64_t n_lost;
static uint64_t n_got;

static void
prepare(void)
{
    in.cycles = cycles;
    in.n_cycles = N_CYCLES;
    in.n_frames = LANE;
    in.cycle_mask = N_CYCLES - 1;
    in.frame_mask = LANE - 1;
    atomic_init(&in.head, 0);
    atomic_init(&in.tail, 0);
    in.tail_seen = in.head_seen = 0;
    n_lost = n_got = 0;
}

static void *
callback(void *arg)
{
    (void)arg;
    for (uint64_t p = 0; p < (uint64_t)WRITES * N; p += N) {
        const float src[N] = {(float)(p + 1), (float)(p + 2)};
        if (!weir_inputs_fits(&in, p, N)) {
            n_lost += N;
            continue;
        }
        weir_inputs_write(&in, lane, p, src, N);
        *weir_inputs_record(&in) =
            (struct weir_cycle){.position = p, .n_frames = N};
        weir_inputs_commit(&in);
    }
    return NULL;
}

static uint64_t
read_one(uint64_t position)
{
    float dst[N];
    const struct weir_cycle *cycle;
    if (!weir_inputs_peek(&in, &cycle))
        return position;
    const uint64_t at = cycle->position;
    assert(at >= position && cycle->n_frames == N);
    weir_inputs_read(&in, lane, at, dst, N);
    for (uint32_t i = 0; i < N; i++)
        assert(dst[i] == (float)(at + i + 1));
    weir_inputs_finish(&in);
    n_got += N;
    return at + N;
}

static void *
mixer(void *arg)
{
    uint64_t position = 0;
    (void)arg;
    for (int i = 0; i < READS; i++)
        position = read_one(position);
    return NULL;
}

static void
check(void)
{
    for (int i = 0; i < N_CYCLES; i++)
        read_one(0);
    assert(n_got + n_lost == (uint64_t)WRITES * N);
}

MODEL(prepare, check, callback, mixer)
