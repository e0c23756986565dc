// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The loops over samples. Buffers do not overlap unless they are the same.
#ifndef WEIR_ENGINE_KERNELS_H
#define WEIR_ENGINE_KERNELS_H

#include "engine/ramp.h"
#include "rt/tags.h"

#include <stdbool.h>
#include <stdint.h>

/// What a buffer holds at most.
struct weir_extent {
    float peak;  // largest absolute value
    bool finite; // false when there is a NaN or an infinity
};

/// Peak, and whether all samples are finite: by their bits, which holds under
/// any compiler option.  @mixer
WEIR_RT struct weir_extent weir_kernel_extent(const float *src, uint32_t n);

/// Sum of the squares.  @mixer
WEIR_RT float weir_kernel_power(const float *src, uint32_t n);

/// dst = src * ramp; `dst` may be `src`.  The ramp is not moved.  @mixer
WEIR_RT void weir_kernel_gain(float *dst, const float *src, uint32_t n,
                              const struct weir_ramp *ramp);

/// dst += src * ramp.  The ramp is not moved.  @mixer
WEIR_RT void weir_kernel_mix(float *dst, const float *src, uint32_t n,
                             const struct weir_ramp *ramp);

#endif
