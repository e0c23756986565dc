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

static inline float
signal_sample(unsigned number, uint32_t t)
{
    return (float)signal_units(number, t) / SIGNAL_SCALE;
}

#endif
