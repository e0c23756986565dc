// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What turns frames into a file's bytes. None keeps more than a quarter of a
// second to itself: what a killed recorder leaves lacks no more than that
// and what came since weir_encoder_update().
#ifndef WEIR_RECORD_ENCODER_H
#define WEIR_RECORD_ENCODER_H

#include "record/kind.h"

struct weir_encoder;

enum { WEIR_ENCODER_BLOCK = 4096 };

/// Begin such a file in `fd`, which is borrowed.  Null with *why set, for
/// people.  @reader  End it with weir_encoder_close().
struct weir_encoder *weir_encoder_open(int fd,
                                       const struct weir_take_format *format,
                                       const char **why);

/// Encode `n` frames, at most WEIR_ENCODER_BLOCK; null: exact silence.
/// False when they could not be written: errno, or if that is 0
/// weir_encoder_why().  @reader
bool weir_encoder_write(struct weir_encoder *encoder, const float *frames,
                        uint32_t n);

/// Let the header say what is there.  False as above.  @reader
bool weir_encoder_update(struct weir_encoder *encoder);

/// What was wrong when errno is 0.  @reader
const char *weir_encoder_why(const struct weir_encoder *encoder);

/// Write what is left, free.  False with errno when that, or a write before
/// it, failed: then the file was cut down to what is whole, and has *n_kept
/// frames.  @reader
bool weir_encoder_close(struct weir_encoder *encoder, uint64_t *n_kept);

#endif
