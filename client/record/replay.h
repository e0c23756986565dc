// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What was recorded last: from here it goes into a file, and what that file
// turns out not to have kept goes from here into the next.
#ifndef WEIR_RECORD_REPLAY_H
#define WEIR_RECORD_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

struct weir_replay;

/// Consecutive frames of one sort.
struct weir_replay_part {
    const float *frames; ///< null: exact silence
    uint32_t n;
    bool lost;       ///< they stand for lost ones
    uint64_t n_lost; ///< so many of weir's
};

/// Keep the last `n_frames`.  Null when memory is short.
/// @reader  Free with weir_replay_free().
struct weir_replay *weir_replay_new(uint32_t n_channels, uint64_t n_frames);

/// @reader  Takes `replay`, which may be null.
void weir_replay_free(struct weir_replay *replay);

/// Forget all; the next frame has that position.  @reader
void weir_replay_begin(struct weir_replay *replay, uint64_t position);

/// Take the next frames, not more than half of what fits, where they lie:
/// until weir_replay_keep(), which is next.  @reader  Borrows them.
void weir_replay_lend(struct weir_replay *replay,
                      const struct weir_replay_part *part);

/// Keep what there is from `position` on, and forget what was before; what
/// was lent is copied so far.  @reader
void weir_replay_keep(struct weir_replay *replay, uint64_t position);

/// The positions of the oldest frame that is kept, and behind the newest.
/// @reader
uint64_t weir_replay_first(const struct weir_replay *replay);
uint64_t weir_replay_end(const struct weir_replay *replay);

/// Up to `max` frames from `position`, which is kept.  @reader  Lives until
/// the next put.
struct weir_replay_part weir_replay_get(const struct weir_replay *replay,
                                        uint64_t position, uint32_t max);

/// How many of weir's frames those from `from` up to `to` stand for as lost,
/// in how many runs that begin there.  @reader
void weir_replay_lost(const struct weir_replay *replay, uint64_t from,
                      uint64_t to, uint64_t *n_lost, uint64_t *n_runs);

#endif
