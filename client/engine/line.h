// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The last frames of every channel of something, by their position.
#ifndef WEIR_ENGINE_LINE_H
#define WEIR_ENGINE_LINE_H

#include "rt/tags.h"

#include <stdint.h>
#include <string.h>

enum { WEIR_MAX_LATE = 32768 }; // frames that anything is held back

/// Made by @control, @mixer's from the command that hands it over.
struct weir_line {
    uint32_t n_frames; // of each channel; a power of two
    uint32_t stride;   // from one channel to the next
    float *frames;
};

/// A line of at least `n_frames` that were silent; lines of different `colour`
/// do not begin at the same line of a page.  Null when memory is short.
/// @control  Allocates.  Free with weir_line_free().
struct weir_line *weir_line_new(uint32_t n_channels, uint32_t n_frames,
                                uint32_t colour);
void weir_line_free(struct weir_line *line);

/// Where the frame at `position` of a channel lies.  @mixer
WEIR_RT static inline float *
weir_line_at(const struct weir_line *line, uint32_t channel, uint64_t position)
{
    return line->frames + (size_t)channel * line->stride +
           ((uint32_t)position & (line->n_frames - 1));
}

/// How many lie in a row from there on.  @mixer
WEIR_RT static inline uint32_t
weir_line_run(const struct weir_line *line, uint64_t position)
{
    return line->n_frames - ((uint32_t)position & (line->n_frames - 1));
}

/// How many may be put in while so many before them can still be read: as
/// many as it holds if it cannot be.  @mixer
WEIR_RT static inline uint32_t
weir_line_room(const struct weir_line *line, uint32_t late)
{
    return line->n_frames - (line->n_frames > late ? late : 0);
}

/// Put `n` frames in, at most as many as it holds.  @mixer
WEIR_RT static inline void
weir_line_put(struct weir_line *line, uint32_t channel, uint64_t position,
              const float *src, uint32_t n)
{
    const uint32_t n_first = weir_min_u32(n, weir_line_run(line, position));
    memcpy(weir_line_at(line, channel, position), src, n_first * sizeof *src);
    memcpy(weir_line_at(line, channel, 0), src + n_first,
           (n - n_first) * sizeof *src);
}

/// The same with silence.  @mixer
WEIR_RT static inline void
weir_line_silence(struct weir_line *line, uint32_t channel, uint64_t position,
                  uint32_t n)
{
    const uint32_t n_first = weir_min_u32(n, weir_line_run(line, position));
    memset(weir_line_at(line, channel, position), 0, n_first * sizeof(float));
    memset(weir_line_at(line, channel, 0), 0, (n - n_first) * sizeof(float));
}

/// Copy `n` frames out.  @mixer
WEIR_RT static inline void
weir_line_get(const struct weir_line *line, uint32_t channel, uint64_t position,
              float *dst, uint32_t n)
{
    const uint32_t n_first = weir_min_u32(n, weir_line_run(line, position));
    memcpy(dst, weir_line_at(line, channel, position), n_first * sizeof *dst);
    memcpy(dst + n_first, weir_line_at(line, channel, 0),
           (n - n_first) * sizeof *dst);
}

#endif
