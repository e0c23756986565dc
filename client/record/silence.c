// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// How long it has been silent.
#include "record/silence.h"

#include <math.h>
#include <stdbool.h>

// What is no number is not heard.
static bool
is_silent(const float *frame, uint32_t n_channels, float peak_lin)
{
    for (uint32_t c = 0; c < n_channels; c++)
        if (fabsf(frame[c]) > peak_lin)
            return false;
    return true;
}

uint32_t
weir_silence_measure(struct weir_silence *silence, const float *frames,
                     uint32_t n, uint32_t n_channels)
{
    if (silence->limit == 0)
        return n;
    for (uint32_t i = 0; i < n; i++, frames += n_channels) {
        const bool silent = is_silent(frames, n_channels, silence->peak_lin);
        silence->n_silent = silent ? silence->n_silent + 1 : 0;
        if (silence->n_silent >= silence->limit)
            return i + 1;
    }
    return n;
}
