// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The loops over samples, in variants for what the machine can do. Buffers do
// not overlap unless they are the same; any address and length will do.
#ifndef WEIR_ENGINE_KERNELS_H
#define WEIR_ENGINE_KERNELS_H

#include "engine/ramp.h"
#include "rt/tags.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// What a buffer holds at most.
struct weir_extent {
    float peak;  // largest absolute value
    bool finite; // false when there is a NaN or an infinity
};

/// Peak and power of one channel, spread over the lanes of a vector: adding
/// them up costs more than a block, and is not needed for each.
enum { WEIR_SUM_LANES = 16 };
struct weir_sums {
    alignas(WEIR_CACHE_LINE) float peak[WEIR_SUM_LANES];
    alignas(WEIR_CACHE_LINE) float power[WEIR_SUM_LANES]; // sums of squares
};

/// One channel on its way into one output or two. At frame i its gain is
/// `gain` + (i + 1) * `step`; the outputs' shares stand still.
struct weir_mix_input {
    const float *src; // finite
    float gain;
    float step;
    float left; // the only output's
    float right;
    struct weir_sums *sums; // null: not measured
};

/// Peak, and whether all samples are finite: by their bits, which holds under
/// any compiler option.
typedef struct weir_extent weir_kernel_extent(const float *src, uint32_t n)
    WEIR_RT;

/// Sum of the squares.
typedef float weir_kernel_power(const float *src, uint32_t n) WEIR_RT;

/// dst = src * ramp; `dst` may be `src`.  The ramp is not moved.
typedef void weir_kernel_gain(float *dst, const float *src, uint32_t n,
                              const struct weir_ramp *ramp) WEIR_RT;

/// dst += src * ramp.  The ramp is not moved.
typedef void weir_kernel_add(float *dst, const float *src, uint32_t n,
                             const struct weir_ramp *ramp) WEIR_RT;

/// dst += the inputs, each by its gain and its share.  Peak and power of each,
/// behind the gain and before the share, go into its sums, on top of what is
/// there; either all inputs have some, or none.
typedef void weir_kernel_mix_one(float *dst, uint32_t n,
                                 const struct weir_mix_input *inputs,
                                 uint32_t n_inputs) WEIR_RT;
typedef void weir_kernel_mix_two(float *left, float *right, uint32_t n,
                                 const struct weir_mix_input *inputs,
                                 uint32_t n_inputs) WEIR_RT;

/// One variant.  All functions: @mixer.
struct weir_kernels {
    const char *name;
    weir_kernel_extent *extent;
    weir_kernel_power *power;
    weir_kernel_gain *gain;
    weir_kernel_add *add;
    weir_kernel_mix_one *mix_one;
    weir_kernel_mix_two *mix_two;
};

/// The plain loops that the others are compared with.
extern const struct weir_kernels weir_kernels_plain;
#if defined(__x86_64__)
extern const struct weir_kernels weir_kernels_v2;
extern const struct weir_kernels weir_kernels_v3;
extern const struct weir_kernels weir_kernels_v4;
#elif defined(__aarch64__)
extern const struct weir_kernels weir_kernels_neon;
#endif

enum { WEIR_KERNELS_MOST = 4 };

/// The variants that this machine can run, the best one last; returns how
/// many.  @any
int weir_kernels_usable(const struct weir_kernels *usable[WEIR_KERNELS_MOST]);

/// The best one.  @any
const struct weir_kernels *weir_kernels_best(void);

#endif
