// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Whether what a plugin gave can be heard.
#ifndef WEIR_PLUGIN_FINITE_H
#define WEIR_PLUGIN_FINITE_H

#include "rt/tags.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/// Whether all of `n` samples are numbers, and none is infinite. By the bits:
/// a compiler that was told of fast math knows no infinity.
/// @any
WEIR_RT static inline bool
weir_are_finite(const float *samples, uint32_t n)
{
    uint32_t wrong = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &samples[i], sizeof bits);
        wrong |= (bits & 0x7f800000u) == 0x7f800000u;
    }
    return wrong == 0;
}

#endif
