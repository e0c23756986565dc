// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// See load.h.
#ifndef TESTS_BENCH_LOAD_BODY_H
#define TESTS_BENCH_LOAD_BODY_H

#include "bench/load.h"
#include "engine/vector.h"

enum { LOAD_VECTORS = BENCH_LOAD_FRAMES / VECTOR_WIDTH };

static inline void
load_and_add(float *dst, const struct weir_mix_input *inputs, uint32_t n_inputs)
{
    vector sum[LOAD_VECTORS];
    for (int k = 0; k < LOAD_VECTORS; k++)
        sum[k] = V_LOAD(dst + k * VECTOR_WIDTH);
    for (uint32_t i = 0; i < n_inputs; i++)
        for (int k = 0; k < LOAD_VECTORS; k++)
            sum[k] = V_ADD(sum[k], V_LOAD(inputs[i].src + k * VECTOR_WIDTH));
    for (int k = 0; k < LOAD_VECTORS; k++)
        V_STORE(dst + k * VECTOR_WIDTH, sum[k]);
}

#endif
