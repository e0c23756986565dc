// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The loops over samples, in plain C that compilers vectorise.
// Everything here belongs to @mixer.
#include "engine/kernels.h"

#include <string.h>

WEIR_RT struct weir_extent
weir_kernel_extent(const float *src, uint32_t n)
{
    uint32_t most = 0;
#pragma omp simd reduction(max : most)
    for (uint32_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &src[i], sizeof bits);
        bits &= UINT32_C(0x7fffffff); // the order of |x| is that of its bits
        most = bits > most ? bits : most;
    }
    struct weir_extent e = {.finite = most < UINT32_C(0x7f800000)};
    memcpy(&e.peak, &most, sizeof most);
    return e;
}

WEIR_RT float
weir_kernel_power(const float *src, uint32_t n)
{
    float sum = 0.0f;
#pragma omp simd reduction(+ : sum)
    for (uint32_t i = 0; i < n; i++)
        sum += src[i] * src[i];
    return sum;
}

WEIR_RT void
weir_kernel_gain(float *dst, const float *src, uint32_t n,
                 const struct weir_ramp *ramp)
{
    const uint32_t n_ramp = weir_min_u32(n, ramp->left);
    const float from = ramp->now;
    const float step = ramp->step;
    const float rest = ramp->target;
#pragma omp simd
    for (uint32_t i = 0; i < n_ramp; i++)
        dst[i] = src[i] * (from + step * (float)(int32_t)(i + 1));
#pragma omp simd
    for (uint32_t i = n_ramp; i < n; i++)
        dst[i] = src[i] * rest;
}

WEIR_RT void
weir_kernel_mix(float *dst, const float *src, uint32_t n,
                const struct weir_ramp *ramp)
{
    const uint32_t n_ramp = weir_min_u32(n, ramp->left);
    const float from = ramp->now;
    const float step = ramp->step;
    const float rest = ramp->target;
#pragma omp simd
    for (uint32_t i = 0; i < n_ramp; i++)
        dst[i] += src[i] * (from + step * (float)(int32_t)(i + 1));
#pragma omp simd
    for (uint32_t i = n_ramp; i < n; i++)
        dst[i] += src[i] * rest;
}
