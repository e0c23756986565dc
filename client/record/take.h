// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// One file being recorded: on disk and readable at every moment but the last
// second. Failures are said on stderr where they happen, once.
#ifndef WEIR_RECORD_TAKE_H
#define WEIR_RECORD_TAKE_H

#include "common/log.h"
#include "record/encoder.h"
#include "record/kind.h"
#include "record/marks.h"

#include <stdbool.h>
#include <stdint.h>

struct weir_take;

struct weir_take_counts {
    uint64_t frames;
    uint64_t lost;     ///< of them: silence
    uint64_t dropouts; ///< contiguous runs of lost ones
    bool unmarked;     ///< its marks could not be written
};

/// Begin a file with a name made from `pattern`; null with errno, or 0 when
/// there is no such file at all, after saying why not at that level.
/// @reader  End it with weir_take_close().
struct weir_take *weir_take_open(const char *pattern,
                                 struct weir_take_format format,
                                 enum weir_log_level level);

/// Its name.  @reader  Lives as long as the take.
const char *weir_take_path(const struct weir_take *take);

/// Write `n` interleaved frames.  False after saying what went wrong.
/// @reader  At most WEIR_TAKE_BLOCK frames at once.
bool weir_take_write(struct weir_take *take, const float *frames, uint32_t n);

/// Write `n` frames which stand for lost ones, null for exact silence, and
/// count `n_lost` of weir's: at another rate these are not as many. Losses with
/// nothing between them are one dropout.  @reader  At most WEIR_TAKE_BLOCK
/// frames at once; 0 counts alone.
bool weir_take_lose(struct weir_take *take, const float *frames, uint32_t n,
                    uint64_t n_lost);

/// Bring header and data to the disk when that was not done lately: to be
/// called all the time.  @reader  May wait for the disk.
bool weir_take_keep_up(struct weir_take *take);

/// How many more frames fit into a file of at most `max_bytes` (0: any): 16
/// and 24 bit WAV end at 4 GB. What compressed kinds need nobody knows.
/// @reader
uint64_t weir_take_room(const struct weir_take *take, uint64_t max_bytes);

/// How long the file is until now.  @reader
uint64_t weir_take_bytes(const struct weir_take *take);

/// Finish the file, with those of `marks` that are in it from the position
/// `begin` of its first frame on, and free.  False when anything went wrong
/// since it was opened: what was kept is in the file, whose counts.frames are
/// exactly those; lost ones are counted for all that was written. A file that
/// kept nothing is removed.  @reader  *cause: the first errno, or 0.
bool weir_take_close(struct weir_take *take, const struct weir_marks *marks,
                     uint64_t begin, struct weir_take_counts *counts,
                     int *cause);

/// Print a file's line on stdout.  @reader
void weir_take_print(const char *file, const struct weir_take_counts *counts);

enum { WEIR_TAKE_BLOCK = WEIR_ENCODER_BLOCK };

#endif
