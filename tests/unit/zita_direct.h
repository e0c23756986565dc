// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// zita-resampler used directly, as its manual says: what the shim is compared
// with, to the bit.
#ifndef TESTS_UNIT_ZITA_DIRECT_H
#define TESTS_UNIT_ZITA_DIRECT_H

#include "shim/resampler.h"

#ifdef __cplusplus
extern "C" {
#endif

/// All of `in`, in one piece: silence before it so that nothing is delayed,
/// silence after it, and of what comes the first `n_out` frames. Returns how
/// many came.
uint32_t zita_direct(const struct weir_resampler_config *config,
                     const float *in, uint32_t n_in, float *out,
                     uint32_t n_out);

/// A change of the ratio, after so many output frames.
struct zita_turn {
    uint32_t at;
    double factor;
};

/// The same with a ratio that is steered.
uint32_t zita_direct_steered(const struct weir_vresampler_config *config,
                             double smooth, const struct zita_turn *turns,
                             uint32_t n_turns, const float *in, uint32_t n_in,
                             float *out, uint32_t n_out);

/// zita's own delay, between what comes out and what goes in next after a
/// reset, in input frames.
double zita_direct_distance(const struct weir_resampler_config *config);

#ifdef __cplusplus
}
#endif

#endif
