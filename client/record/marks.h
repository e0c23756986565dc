// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Places in a recording, with a text each, and how files have them: WAV as
// cue points with labels, FLAC, Ogg Vorbis and Opus as the chapters of a Vorbis
// comment.
#ifndef WEIR_RECORD_MARKS_H
#define WEIR_RECORD_MARKS_H

#include "record/kind.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WEIR_MARKS_MAX = 999, WEIR_MARK_BYTES = 256 };

struct weir_mark {
    uint64_t position;
    char text[WEIR_MARK_BYTES]; ///< may be empty; no control characters
};

/// In the order of their positions.
struct weir_marks {
    struct weir_mark *marks;
    size_t n;
};

/// Add one. Null, or why not: for a kind that has none, or no room for more.
/// @reader  Allocates.  Free with weir_marks_clear().
const char *weir_marks_add(struct weir_marks *marks, enum weir_kind kind,
                           uint64_t position, const char *text);

/// Forget all.  @reader
void weir_marks_clear(struct weir_marks *marks);

/// Forget those before `position`.  @reader
void weir_marks_drop(struct weir_marks *marks, uint64_t position);

/// Move those behind it to `position`.  @reader
void weir_marks_pull(struct weir_marks *marks, uint64_t position);

/// Write those of a file that is finished otherwise: from position `begin` on
/// it has `n_frames`. False with errno: the file is as it was.  @reader
bool weir_marks_write(const struct weir_marks *marks, int fd,
                      const struct weir_take_format *format, uint64_t begin,
                      uint64_t n_frames);

/// Room that is left for them in FLAC and Ogg files' headers, bytes.
enum { WEIR_MARKS_PADDING = 8192 };

#endif
