// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Raw samples.
#include "feed/pcm.h"

#include <stdint.h>
#include <string.h>

static const struct {
    const char *name;
    size_t n_bytes;
} kinds[] = {
    [WEIR_PCM_U8] = {"u8", 1},   [WEIR_PCM_S16] = {"s16", 2},
    [WEIR_PCM_S24] = {"s24", 3}, [WEIR_PCM_S32] = {"s32", 4},
    [WEIR_PCM_F32] = {"f32", 4}, [WEIR_PCM_F64] = {"f64", 8},
};

enum weir_pcm
weir_pcm_of(enum weir_sample_format format)
{
    switch (format) {
    case WEIR_SAMPLES_S16:
        return WEIR_PCM_S16;
    case WEIR_SAMPLES_S24:
        return WEIR_PCM_S24;
    case WEIR_SAMPLES_F32:
        break;
    }
    return WEIR_PCM_F32;
}

size_t
weir_pcm_bytes(enum weir_pcm pcm)
{
    return kinds[pcm].n_bytes;
}

const char *
weir_pcm_name(enum weir_pcm pcm)
{
    return kinds[pcm].name;
}

// `n` bytes, the least significant first.
static uint64_t
word(const unsigned char *at, size_t n)
{
    uint64_t value = 0;
    for (size_t i = n; i-- > 0;)
        value = value << 8 | at[i];
    return value;
}

// The word's top bit becomes the sign.
static float
from_integer(uint64_t bits, size_t n_bytes)
{
    const uint32_t up = (uint32_t)(bits << (32 - 8 * n_bytes));
    return (float)(int32_t)up * 0x1p-31f;
}

static float
from_double(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return (float)value;
}

static float
from_float(uint64_t bits)
{
    const uint32_t low = (uint32_t)bits;
    float value;
    memcpy(&value, &low, sizeof value);
    return value;
}

void
weir_pcm_get(enum weir_pcm pcm, const unsigned char *src, size_t n, float *dst)
{
    const size_t n_bytes = weir_pcm_bytes(pcm);
    for (size_t i = 0; i < n; i++, src += n_bytes) {
        const uint64_t bits = word(src, n_bytes);
        if (pcm == WEIR_PCM_F32)
            dst[i] = from_float(bits);
        else if (pcm == WEIR_PCM_F64)
            dst[i] = from_double(bits);
        else
            dst[i] =
                from_integer(pcm == WEIR_PCM_U8 ? bits ^ 0x80 : bits, n_bytes);
    }
}
