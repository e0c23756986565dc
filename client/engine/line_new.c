// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Making and freeing lines, and what holds them: @control's part.
#include "engine/align.h"
#include "engine/detour.h"

#include "rt/lock.h"

#include <stdlib.h>

enum {
    LEAST = 512,         // frames
    APART = 16,          // frames between channels: off the same cache set
    COLOURS = 4096 / 64, // lines of a page
};

static uint32_t
power_of_two(uint32_t n)
{
    uint32_t size = LEAST;
    while (size < n)
        size *= 2;
    return size;
}

struct weir_line *
weir_line_new(uint32_t n_channels, uint32_t n_frames, uint32_t colour)
{
    const uint32_t size = power_of_two(n_frames);
    const size_t first = sizeof(struct weir_line) + WEIR_CACHE_LINE +
                         (size_t)(colour % COLOURS) * WEIR_CACHE_LINE;
    const size_t n_bytes =
        first + (size_t)n_channels * (size + APART) * sizeof(float);
    struct weir_line *line = calloc(1, n_bytes);
    if (!line)
        return NULL;
    weir_hold(line, n_bytes);
    line->n_frames = size;
    line->stride = size + APART;
    const uintptr_t at = (uintptr_t)line + first;
    line->frames = (float *)(at - at % WEIR_CACHE_LINE);
    return line;
}

void
weir_line_free(struct weir_line *line)
{
    free(line);
}

void
weir_detour_init(struct weir_detour *d, uint32_t n_channels)
{
    d->n_channels = n_channels;
    d->dry_from = UINT64_MAX;
    d->wet_from = UINT64_MAX;
    weir_ramp_set(&d->fade_in, 1.0f);
    weir_ramp_set(&d->trim, 1.0f);
}

void
weir_detour_fini(struct weir_detour *d)
{
    weir_line_free(d->dry);
    weir_line_free(d->wet);
    d->dry = d->wet = NULL;
}

void
weir_align_init(struct weir_align *a)
{
    *a = (struct weir_align){.most_strips_late = WEIR_MAX_LATE,
                             .most_buses_late = WEIR_MAX_LATE};
}
