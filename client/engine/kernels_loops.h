// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The loops over one buffer, which compilers vectorise well enough: included
// by each variant and compiled with its options.
// Everything here belongs to @mixer.
#ifndef WEIR_ENGINE_KERNELS_LOOPS_H
#define WEIR_ENGINE_KERNELS_LOOPS_H

#include "engine/kernels.h"

#include <string.h>

static WEIR_RT struct weir_extent
extent(const float *src, uint32_t n)
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

static WEIR_RT float
power(const float *src, uint32_t n)
{
    float sum = 0.0f;
#pragma omp simd reduction(+ : sum)
    for (uint32_t i = 0; i < n; i++)
        sum += src[i] * src[i];
    return sum;
}

static WEIR_RT void
gain(float *dst, const float *src, uint32_t n, const struct weir_ramp *ramp)
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

static WEIR_RT void
add(float *dst, const float *src, uint32_t n, const struct weir_ramp *ramp)
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

#endif
