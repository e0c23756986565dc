// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Raw samples, little-endian and interleaved, as floats.
#ifndef WEIR_FEED_PCM_H
#define WEIR_FEED_PCM_H

#include "common/samples.h"

#include <stddef.h>

/// What a WAV header can announce; -e names three of them.
enum weir_pcm {
    WEIR_PCM_U8,
    WEIR_PCM_S16,
    WEIR_PCM_S24,
    WEIR_PCM_S32,
    WEIR_PCM_F32,
    WEIR_PCM_F64,
};

/// That of -e.  @any
enum weir_pcm weir_pcm_of(enum weir_sample_format format);

/// Bytes of one sample.  @any
size_t weir_pcm_bytes(enum weir_pcm pcm);

/// For people, as in "s16".  @any
const char *weir_pcm_name(enum weir_pcm pcm);

/// `n` samples; full scale is 1.0, as weir_samples_integer() has it.  @any
void weir_pcm_get(enum weir_pcm pcm, const unsigned char *src, size_t n,
                  float *dst);

#endif
