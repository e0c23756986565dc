// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Sample formats.
#include "common/samples.h"

#include <math.h>
#include <string.h>

static const struct {
    const char *name;
    enum weir_sample_format format;
} names[] = {
    {"f32", WEIR_SAMPLES_F32}, {"float", WEIR_SAMPLES_F32},
    {"s24", WEIR_SAMPLES_S24}, {"24", WEIR_SAMPLES_S24},
    {"s16", WEIR_SAMPLES_S16}, {"16", WEIR_SAMPLES_S16},
};

bool
weir_samples_parse(const char *name, enum weir_sample_format *out)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(name, names[i].name) != 0)
            continue;
        *out = names[i].format;
        return true;
    }
    return false;
}

size_t
weir_samples_bytes(enum weir_sample_format format)
{
    switch (format) {
    case WEIR_SAMPLES_S16:
        return 2;
    case WEIR_SAMPLES_S24:
        return 3;
    case WEIR_SAMPLES_F32:
        break;
    }
    return 4;
}

int32_t
weir_samples_integer(enum weir_sample_format format, float sample)
{
    const float full = format == WEIR_SAMPLES_S16 ? 0x1p15f : 0x1p23f;
    if (isnan(sample))
        return 0;
    return (int32_t)lrintf(fminf(fmaxf(sample * full, -full), full - 1.0f));
}

// The sample's bits in its format.
static uint32_t
bits(enum weir_sample_format format, float sample)
{
    uint32_t word;
    if (format != WEIR_SAMPLES_F32)
        return (uint32_t)weir_samples_integer(format, sample);
    memcpy(&word, &sample, sizeof word);
    return word;
}

void
weir_samples_put(enum weir_sample_format format, const float *src, size_t n,
                 unsigned char *dst)
{
    const size_t n_bytes = weir_samples_bytes(format);
    for (size_t i = 0; i < n; i++) {
        uint32_t word = bits(format, src[i]);
        for (size_t k = 0; k < n_bytes; k++, word >>= 8)
            *dst++ = (unsigned char)(word & 0xff);
    }
}
