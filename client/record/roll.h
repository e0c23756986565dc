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
/// which is borrowed, reads next.  False when it cannot be begun, which has
/// been said; unless a file was begun before, and it is the disk's fault: then
/// the roll waits for the disk. `must` allows no waiting.
/// @reader  Close with weir_roll_close(), also after a failure.
bool weir_roll_open(struct weir_roll *roll, const struct weir_reader *reader,
                    uint32_t rate_hz, uint32_t n_channels, bool must);

/// Take the next `n` frames, and write them as far as the disk allows: see
/// weir_roll_waits().  False when there cannot be another file.
/// @reader  At most WEIR_TAKE_BLOCK frames at once.
bool weir_roll_write(struct weir_roll *roll, const float *frames, uint32_t n);

/// The same for frames that stand for lost ones: see weir_take_lose().
/// @reader
bool weir_roll_lose(struct weir_roll *roll, const float *frames, uint32_t n,
                    uint64_t n_lost);

/// End this file here; the next frame begins another. An empty one goes on.
/// False when something was wrong with it.  @reader
bool weir_roll_split(struct weir_roll *roll);

/// Mark the frame at that position of weir's; in the file that will have it.
/// Null, or why not.  @reader
const char *weir_roll_mark(struct weir_roll *roll, uint64_t position,
                           const char *text);

/// See weir_take_keep_up().  @reader
void weir_roll_keep_up(struct weir_roll *roll);

/// Whether it has frames that it cannot write until the disk is well again:
/// it is to be given no more.  @reader
bool weir_roll_waits(const struct weir_roll *roll);

/// Try once more, if the disk seems to have room.  False when there cannot be
/// another file.  @reader
bool weir_roll_retry(struct weir_roll *roll);

/// Wait no longer: what is not written, and what still comes, is not kept.
/// @reader
void weir_roll_give_up(struct weir_roll *roll);

/// Finish the file.  @reader  Returns how many frames it was given since
/// weir_roll_open() until the first that no file has.
uint64_t weir_roll_close(struct weir_roll *roll);

/// Count `n` of weir's frames that no file has.  @reader
void weir_roll_miss(struct weir_roll *roll, uint64_t n);

/// Count a disk that failed otherwise.  @reader
void weir_roll_fail(struct weir_roll *roll);

/// Whether all that was to be recorded is in the files, as far as anyone
/// knows.  @reader
bool weir_roll_is_whole(const struct weir_roll *roll);

/// Print the totals, if files were split or to be split, or frames are in
/// none, and free.  @reader  Null is allowed.
void weir_roll_free(struct weir_roll *roll);

#endif
