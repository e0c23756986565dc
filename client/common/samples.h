// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Sample formats by name, and samples as little-endian bytes.
#ifndef WEIR_COMMON_SAMPLES_H
#define WEIR_COMMON_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum weir_sample_format {
    WEIR_SAMPLES_F32,
    WEIR_SAMPLES_S24,
    WEIR_SAMPLES_S16,
};

/// What weir_samples_parse() takes, for people.
#define WEIR_SAMPLES_ALLOWED "s16, s24 or f32; 16, 24 and float are the same"

/// A format by its name.  @any
bool weir_samples_parse(const char *name, enum weir_sample_format *out);

/// Bytes of one sample.  @any
size_t weir_samples_bytes(enum weir_sample_format format);

/// A sample as an integer of that format: full scale is 2^15 or 2^23, so that
/// what a reader scales back is exact; rounded to nearest, clipped instead of
/// wrapped; a NaN is silence.  @any
int32_t weir_samples_integer(enum weir_sample_format format, float sample);

/// `n` samples as little-endian bytes.  @any
void weir_samples_put(enum weir_sample_format format, const float *src,
                      size_t n, unsigned char *dst);

#endif
