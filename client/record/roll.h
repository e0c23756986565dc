// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Files one after the other: each frame goes into exactly one of them,
// wherever they are split.
#ifndef WEIR_RECORD_ROLL_H
#define WEIR_RECORD_ROLL_H

#include "record/options.h"
#include "record/take.h"

struct weir_roll;

/// Files as the options say.  Null when memory is short.
/// @reader  Borrows `options`.  Free with weir_roll_free().
struct weir_roll *weir_roll_new(const struct weir_record_options *options);

/// Begin a file, at that rate and with so many channels, with what `reader`,
/// which is borrowed, reads next.  False after saying why not.
/// @reader  Close with weir_roll_close().
bool weir_roll_open(struct weir_roll *roll, const struct weir_reader *reader,
                    uint32_t rate_hz, uint32_t n_channels);

/// Write the next `n` frames.  False after saying what went wrong.
/// @reader  At most WEIR_TAKE_BLOCK frames at once.
bool weir_roll_write(struct weir_roll *roll, const float *frames, uint32_t n);

/// The same for frames that stand for lost ones: see weir_take_lose().
/// @reader
bool weir_roll_lose(struct weir_roll *roll, const float *frames, uint32_t n,
                    uint64_t n_lost);

/// End this file here; the next frame begins another. An empty one goes on.
/// False when something was wrong with it.  @reader
bool weir_roll_split(struct weir_roll *roll);

/// See weir_take_keep_up().  @reader
bool weir_roll_keep_up(struct weir_roll *roll);

/// Finish the file.  False when something was wrong with it.  @reader
bool weir_roll_close(struct weir_roll *roll);

/// Print the totals, if files were split or to be split, and free.  @reader
/// Null is allowed.
void weir_roll_free(struct weir_roll *roll);

#endif
