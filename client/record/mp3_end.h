// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// How far an MP3 file is whole that a failed write has ended.
#ifndef WEIR_RECORD_MP3_END_H
#define WEIR_RECORD_MP3_END_H

#include <stdint.h>

/// How many frames of sound a player gets out of the whole MPEG frames, less
/// LAME's and its own delay, and where the last of those ends.  @reader
void weir_mp3_find_end(int fd, uint64_t *n_frames, uint64_t *n_bytes);

#endif
