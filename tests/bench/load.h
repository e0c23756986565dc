// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The least that mixing can be: every sample is loaded once and added to its
// frame. Included by one file for each kind of vector.
#ifndef TESTS_BENCH_LOAD_H
#define TESTS_BENCH_LOAD_H

#include "engine/kernels.h"

enum { BENCH_LOAD_FRAMES = 64 };

typedef void bench_load(float *dst, const struct weir_mix_input *inputs,
                        uint32_t n_inputs);
bench_load bench_load_v3;
bench_load bench_load_v4;

#endif
