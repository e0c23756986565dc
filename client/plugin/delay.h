// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The sound before a plugin, kept for as long as the plugin delays it: what
// is heard when it is bypassed.
#ifndef WEIR_PLUGIN_DELAY_H
#define WEIR_PLUGIN_DELAY_H

#include "rt/prefault.h"
#include "rt/tags.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct weir_delay {
    uint32_t n_channels;
    uint32_t size; // frames of each channel, a power of two
    uint32_t at;   // where the next block begins
    float frames[];
};

/// Make one for `n_channels` that can go back by `n_frames` behind a block of
/// `max_block`.  Null when memory is short.  @control  Free with free().
static inline struct weir_delay *
weir_delay_new(uint32_t n_channels, uint32_t n_frames, uint32_t max_block)
{
    uint32_t size = 1024;
    while (size < n_frames + max_block)
        size *= 2;
    const size_t n_bytes = (size_t)n_channels * size * sizeof(float);
    struct weir_delay *d = calloc(1, sizeof *d + n_bytes);
    if (!d)
        return NULL;
    weir_prefault(d, sizeof *d + n_bytes);
    d->n_channels = n_channels;
    d->size = size;
    return d;
}

/// Put the next block of `channel` in.  @mixer
WEIR_RT static inline void
weir_delay_put(struct weir_delay *d, uint32_t channel, const float *from,
               uint32_t n)
{
    float *frames = d->frames + (size_t)channel * d->size;
    const uint32_t n_first = weir_min_u32(n, d->size - d->at);
    memcpy(frames + d->at, from, n_first * sizeof *from);
    memcpy(frames, from + n_first, (n - n_first) * sizeof *from);
}

/// The block that was put in, `late` frames later.  @mixer
WEIR_RT static inline void
weir_delay_get(const struct weir_delay *d, uint32_t channel, uint32_t late,
               float *to, uint32_t n)
{
    const float *frames = d->frames + (size_t)channel * d->size;
    const uint32_t from = (d->at - late) & (d->size - 1);
    const uint32_t n_first = weir_min_u32(n, d->size - from);
    memcpy(to, frames + from, n_first * sizeof *to);
    memcpy(to + n_first, frames, (n - n_first) * sizeof *to);
}

/// On to the next block, when every channel has been put in.  @mixer
WEIR_RT static inline void
weir_delay_advance(struct weir_delay *d, uint32_t n)
{
    d->at = (d->at + n) & (d->size - 1);
}

#endif
