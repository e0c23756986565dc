// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Files one after the other. The next one is begun by its first frame, so
// that none is empty because the recording ended where it would begin.
#include "record/roll.h"
#include "common/log.h"
#include "record/align.h"

#include <math.h>
#include <stdlib.h>

struct weir_roll {
    const struct weir_record_options *options;
    const struct weir_reader *reader;
    struct weir_take_format format; // its position: of the next frame
    uint64_t first;                 // position of the first
    struct weir_take *take;         // null between two files
    uint64_t begin;                 // position of its first frame
    uint64_t left;                  // frames that still go into it
    int64_t boundary_ns;            // where it ends by the clock; 0: none yet
    bool losing;                    // the last frames were lost ones
    bool has_total;                 // files were split
    struct weir_take_counts total;
};

struct weir_roll *
weir_roll_new(const struct weir_record_options *options)
{
    struct weir_roll *roll = calloc(1, sizeof *roll);
    if (!roll) {
        weir_log(WEIR_LOG_ERROR, "out of memory");
        return NULL;
    }
    roll->options = options;
    roll->has_total = options->split.seconds > 0 || options->split.bytes > 0;
    return roll;
}

// -------------------------------------------------------- how long a file is

static uint64_t
min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t
frames_by_time(struct weir_roll *roll)
{
    const double split_s = roll->options->split.seconds;
    if (!roll->options->align)
        return (uint64_t)fmax(1, round(split_s * roll->format.rate_hz));
    // The file's frames are as many more or fewer than weir's.
    const double ratio =
        (double)roll->format.rate_hz / weir_reader_format(roll->reader).rate_hz;
    const double since = (double)(roll->format.position - roll->first) / ratio;
    struct weir_wall wall =
        weir_wall_of(roll->reader, roll->first + (uint64_t)since);
    wall.rate_hz *= ratio;
    roll->boundary_ns =
        weir_align_next(wall.ns, llround(split_s * 1e9), roll->boundary_ns);
    return weir_align_frames(wall, roll->boundary_ns);
}

static uint64_t
length(struct weir_roll *roll)
{
    uint64_t n = weir_take_room(roll->take, roll->options->split.bytes);
    if (roll->options->split.seconds > 0)
        n = min_u64(n, frames_by_time(roll));
    return n;
}

// Compressed kinds have their size when it is there.
static bool
is_full(const struct weir_roll *roll)
{
    const uint64_t bytes = roll->options->split.bytes;
    return roll->left == 0 ||
           (bytes > 0 && weir_take_bytes(roll->take) >= bytes);
}

// ------------------------------------------------------------------- files

static bool
open_next(struct weir_roll *roll)
{
    if (roll->take)
        return true;
    roll->take = weir_take_open(roll->options->pattern, roll->format);
    if (!roll->take)
        return false;
    roll->begin = roll->format.position;
    roll->left = length(roll);
    return true;
}

bool
weir_roll_open(struct weir_roll *roll, const struct weir_reader *reader,
               uint32_t rate_hz, uint32_t n_channels)
{
    roll->reader = reader;
    roll->boundary_ns = 0;
    roll->losing = false;
    roll->first = weir_reader_position(reader);
    roll->format = (struct weir_take_format){
        .rate_hz = rate_hz,
        .n_channels = n_channels,
        .samples = roll->options->samples,
        .kind = roll->options->kind,
        .position = roll->first,
    };
    return open_next(roll);
}

bool
weir_roll_close(struct weir_roll *roll)
{
    struct weir_take_counts counts;
    if (!roll->take)
        return true;
    const bool ok = weir_take_close(roll->take, &counts);
    roll->take = NULL;
    roll->total.frames += counts.frames;
    roll->total.lost += counts.lost;
    return ok;
}

bool
weir_roll_split(struct weir_roll *roll)
{
    roll->has_total = true;
    if (!roll->take || roll->begin == roll->format.position)
        return true;
    // The next one ends where this one would have ended.
    roll->boundary_ns = 0;
    return weir_roll_close(roll);
}

void
weir_roll_free(struct weir_roll *roll)
{
    if (!roll)
        return;
    if (roll->has_total)
        weir_take_print("total", &roll->total);
    free(roll);
}

// ------------------------------------------------------------------ writing

static bool
after(struct weir_roll *roll, uint64_t n)
{
    roll->left -= n;
    roll->format.position += n;
    return !is_full(roll) || weir_roll_close(roll);
}

bool
weir_roll_write(struct weir_roll *roll, const float *frames, uint32_t n)
{
    bool ok = true;
    while (ok && n > 0) {
        if (!open_next(roll))
            return false;
        const uint32_t part = (uint32_t)min_u64(n, roll->left);
        ok = weir_take_write(roll->take, frames, part) && after(roll, part);
        frames += (size_t)part * roll->format.n_channels;
        n -= part;
        roll->losing = false;
    }
    return ok;
}

// The part's share of the lost ones; the last has what is left of them.
static bool
lose_part(struct weir_roll *roll, const float *frames, uint32_t part,
          uint64_t n_lost)
{
    // One run is one dropout, in however many files it is.
    roll->total.dropouts += !roll->losing;
    roll->losing = true;
    return weir_take_lose(roll->take, frames, part, n_lost) &&
           after(roll, part);
}

bool
weir_roll_lose(struct weir_roll *roll, const float *frames, uint32_t n,
               uint64_t n_lost)
{
    bool ok = true;
    while (ok && (n > 0 || n_lost > 0)) {
        if (!open_next(roll))
            return false;
        const uint32_t part = (uint32_t)min_u64(n, roll->left);
        const uint64_t share = n > 0 ? n_lost * part / n : n_lost;
        ok = lose_part(roll, frames, part, share);
        frames =
            frames ? frames + (size_t)part * roll->format.n_channels : NULL;
        n -= part;
        n_lost -= share;
    }
    return ok;
}

bool
weir_roll_keep_up(struct weir_roll *roll)
{
    return !roll->take || weir_take_keep_up(roll->take);
}
