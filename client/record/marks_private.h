// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The ways marks are written into files.
#ifndef WEIR_RECORD_MARKS_PRIVATE_H
#define WEIR_RECORD_MARKS_PRIVATE_H

#include "record/marks.h"

/// Behind the sound, as chunks.  False with errno.  @reader  Positions are the
/// file's.
bool weir_marks_write_riff(const struct weir_marks *marks, int fd);

/// Into the padding of the header.  False with errno.  @reader
bool weir_marks_write_flac(const struct weir_marks *marks, int fd,
                           uint32_t rate_hz);
bool weir_marks_write_ogg(const struct weir_marks *marks, int fd,
                          uint32_t rate_hz);

/// How many bytes a mark needs there at most.  @any
size_t weir_marks_comment_bytes(const char *text);

#endif
