// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// See load.h; compiled with -march=x86-64-v3.
#include "bench/load_body.h"

void
bench_load_v3(float *dst, const struct weir_mix_input *inputs,
              uint32_t n_inputs)
{
    load_and_add(dst, inputs, n_inputs);
}
