// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The input rings: cycles of two frames through a lane of four. A cycle goes
// in whole or its frames are counted; what comes out is in order, at its
// place, with no frame of another cycle, and got + lost = all. The payload is
// plain: what is not ordered is a data race. LONGER: SHORT cycles of one frame
// first, for which four frames of a lane are in use, and then eight, also
// behind cycles that are in flight.
#include "model.h"

#define memcpy(dst, src, n) model_copy(dst, src, n)
#include "rt/inputs.c"

#ifndef WRITES
#define WRITES 3
#endif
#ifndef READS
#define READS 3
#endif
#ifndef SHORT
#define SHORT 2
#endif
#ifdef LONGER
enum { FIRST = 4, N_CYCLES = 4, LEAST_BITS = 2, MOST_BITS = 3 };
#else
enum { FIRST = 0, N_CYCLES = 2, LEAST_BITS = 2, MOST_BITS = 2 };
#undef SHORT
#define SHORT 0
#endif
enum { LEAST = 1 << LEAST_BITS, LANE = 1 << MOST_BITS, N = 2 };

static struct weir_cycle cycles[N_CYCLES];
static struct weir_inputs in;
static float lane[LANE];
static uint64_t n_all;
static uint64_t n_lost;
static uint64_t n_got;

static void
prepare(void)
{
    in.cycles = cycles;
    in.n_cycles = N_CYCLES;
    in.cycle_mask = N_CYCLES - 1;
    in.least_bits = in.in_bits = in.out_bits = LEAST_BITS;
    in.most_bits = MOST_BITS;
    in.in_mask = in.out_mask = LEAST - 1;
    in.in_shift = in.out_shift = 0;
    in.room_end = in.room_period = 0;
    atomic_init(&in.head, 0);
    atomic_init(&in.tail, 0);
    in.tail_seen = in.head_seen = 0;
    n_all = n_lost = n_got = 0;
}

static void *
callback(void *arg)
{
    (void)arg;
    uint64_t p = FIRST;
    for (int i = 0; i < WRITES; i++) {
        const float src[N] = {(float)(p + 1), (float)(p + 2)};
        const uint32_t n = i < SHORT ? 1 : N;
        p += n;
        n_all += n;
        if (!weir_inputs_fits(&in, p - n, n)) {
            n_lost += n;
            continue;
        }
        weir_inputs_write(&in, lane, p - n, src, n);
        weir_inputs_record(
            &in, (struct weir_cycle){.position = p - n, .n_frames = n});
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
    const uint32_t n = cycle->n_frames;
    assert(at >= position && n >= 1 && n <= N);
    weir_inputs_read(&in, lane, at, dst, n);
    for (uint32_t i = 0; i < n; i++)
        assert(dst[i] == (float)(at + i + 1));
    weir_inputs_finish(&in);
    n_got += n;
    return at + n;
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
    assert(n_got + n_lost == n_all);
}

MODEL(prepare, check, callback, mixer)
