// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// How long it has been silent.
#ifndef WEIR_RECORD_SILENCE_H
#define WEIR_RECORD_SILENCE_H

#include <stdint.h>

struct weir_silence {
    float peak_lin;    ///< up to this it is silent
    uint64_t limit;    ///< frames that end the recording; 0: none do
    uint64_t n_silent; ///< frames since the last that was not
};

/// How many of `n` frames there are until the limit is reached: all, when it
/// is not.  @reader
uint32_t weir_silence_measure(struct weir_silence *silence, const float *frames,
                              uint32_t n, uint32_t n_channels);

#endif
