// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// One resampler, in C or in C++: each has its loop in a file of its own, so
// that it is called there as a program of that language calls it.
#ifndef TESTS_BENCH_RESAMPLE_H
#define TESTS_BENCH_RESAMPLE_H

#include "shim/resampler.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A block that goes in again and again, and room for what comes.
struct bench_resample_block {
    const float *in;
    uint32_t n_in;
    float *out;
    uint32_t n_out;
};

struct bench_resample_way {
    void *(*make)(const struct weir_resampler_config *config);
    void (*drop)(void *resampler);
    /// Put the block in `n` times; returns how many frames came.
    uint64_t (*run)(void *resampler, const struct bench_resample_block *block,
                    uint64_t n);
};

extern const struct bench_resample_way bench_resample_shim;
extern const struct bench_resample_way bench_resample_zita;

#ifdef __cplusplus
}
#endif

#endif
