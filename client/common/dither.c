// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Triangular dither from a counter.
#include "common/dither.h"

#include <math.h>

// 64 bits that look as if they had nothing to do with their neighbours'
// (the finalizer of splitmix64).
static uint64_t
scatter(uint64_t counter)
{
    uint64_t x = counter * UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

// The sum of two even distributions of one step each: -1 to 1 steps.
static double
triangle(uint64_t counter)
{
    const uint64_t x = scatter(counter);
    const double a = (double)(x >> 32);
    const double b = (double)(x & 0xffffffff);
    return (a + b) * 0x1p-32 - 1.0;
}

// To the nearest step; clipped, and a NaN is silence.
static int
to_step(double steps, double full)
{
    if (isnan(steps))
        return 0;
    return (int)lrint(fmin(fmax(steps, -full), full - 1));
}

void
weir_dither(enum weir_sample_format format, uint64_t position,
            uint32_t n_channels, const float *src, uint32_t n, int *dst)
{
    // In double: 24 bits and their dither do not fit a float.
    const double full = format == WEIR_SAMPLES_S16 ? 0x1p15 : 0x1p23;
    uint64_t counter = position * n_channels;
    for (size_t i = 0; i < (size_t)n * n_channels; i++)
        dst[i] = to_step(src[i] * full + triangle(counter++), full);
}
