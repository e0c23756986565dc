// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The loops over samples as they are meant, in plain C: the reference, and
// what runs on machines that have no variant of their own.
// Everything here belongs to @mixer.
#include "engine/kernels.h"

#include "engine/kernels_loops.h"

#include <math.h>

// Peak and power take one lane of the sums: who adds them up does not mind.
static WEIR_RT void
measured(struct weir_sums *sums, float peak, float squares)
{
    if (!sums)
        return;
    sums->peak[0] = peak > sums->peak[0] ? peak : sums->peak[0];
    sums->power[0] += squares;
}

static WEIR_RT void
into_one(float *dst, uint32_t n, const struct weir_mix_input *in)
{
    const struct weir_mix_input m = *in;
    float most = 0.0f;
    float squares = 0.0f;
#pragma omp simd reduction(max : most) reduction(+ : squares)
    for (uint32_t i = 0; i < n; i++) {
        const float y = m.src[i] * (m.gain + m.step * (float)(int32_t)(i + 1));
        const float size = fabsf(y);
        dst[i] += y * m.left;
        most = size > most ? size : most;
        squares += y * y;
    }
    measured(in->sums, most, squares);
}

static WEIR_RT void
into_two(float *left, float *right, uint32_t n, const struct weir_mix_input *in)
{
    const struct weir_mix_input m = *in;
    float most = 0.0f;
    float squares = 0.0f;
#pragma omp simd reduction(max : most) reduction(+ : squares)
    for (uint32_t i = 0; i < n; i++) {
        const float y = m.src[i] * (m.gain + m.step * (float)(int32_t)(i + 1));
        const float size = fabsf(y);
        left[i] += y * m.left;
        right[i] += y * m.right;
        most = size > most ? size : most;
        squares += y * y;
    }
    measured(in->sums, most, squares);
}

static WEIR_RT void
mix_one(float *dst, uint32_t n, const struct weir_mix_input *inputs,
        uint32_t n_inputs)
{
    for (uint32_t i = 0; i < n_inputs; i++)
        into_one(dst, n, &inputs[i]);
}

static WEIR_RT void
mix_two(float *left, float *right, uint32_t n,
        const struct weir_mix_input *inputs, uint32_t n_inputs)
{
    for (uint32_t i = 0; i < n_inputs; i++)
        into_two(left, right, n, &inputs[i]);
}

const struct weir_kernels weir_kernels_plain = {
    .name = "plain",
    .extent = extent,
    .power = power,
    .gain = gain,
    .add = add,
    .mix_one = mix_one,
    .mix_two = mix_two,
};
