// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Triangular dither: what rounding adds to a sound becomes a noise that has
// nothing to do with it.
#ifndef WEIR_COMMON_DITHER_H
#define WEIR_COMMON_DITHER_H

#include "common/samples.h"

/// `n` interleaved frames as integers of that format, with dither of +-1
/// step, triangular. The dither of a sample follows from its position and
/// channel alone, so that the same frames become the same integers in
/// whichever file.  @any
void weir_dither(enum weir_sample_format format, uint64_t position,
                 uint32_t n_channels, const float *src, uint32_t n, int *dst);

#endif
