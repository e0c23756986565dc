// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Test signals: ramps made of JACK's frame time, so that each sample says
// which frame of which port it is. All values are multiples of 2^-24 within
// -0.25..0.25: the sum of four of them is exact in float, in any order.
#ifndef WEIR_TESTS_JACK_SIGNAL_H
#define WEIR_TESTS_JACK_SIGNAL_H

#include <stdbool.h>
#include <stdint.h>

enum {
    SIGNAL_BITS = 23, // a ramp repeats after 2^23 frames: 174 s at 48 kHz
    SIGNAL_MASK = (1 << SIGNAL_BITS) - 1,
    SIGNAL_MIDDLE = 1 << (SIGNAL_BITS - 1),
};
#define SIGNAL_SCALE 16777216.0f // 2^24
enum { NOISE_BITS = 17 }; // a noise repeats after 2^17 frames: 2.7 s at 48 kHz

static inline uint32_t
signal_slope(unsigned number)
{
    return 2u * number + 1u;
}

/// Signal `number` at frame time `t`, in units of 2^-24.
static inline int32_t
signal_units(unsigned number, uint32_t t)
{
    const uint32_t step = (t * signal_slope(number)) & SIGNAL_MASK;
    return (int32_t)step - SIGNAL_MIDDLE;
}

/// Noise `seed` at frame time `t`: the same again each 2^NOISE_BITS frames,
/// within -0.25..0.25, all 24 bits of it used.
static inline float
signal_noise(uint32_t seed, uint32_t t)
{
    uint32_t x = (t & ((1u << NOISE_BITS) - 1)) * 0x9e3779b1u + seed;
    x = (x ^ x >> 16) * 0x85ebca6bu;
    x = (x ^ x >> 13) * 0xc2b2ae35u;
    return (float)(int32_t)(x ^ x >> 16) / 8589934592.0f; // 2^33
}

static inline float
signal_sample(unsigned number, uint32_t t)
{
    return (float)signal_units(number, t) / SIGNAL_SCALE;
}

#endif
