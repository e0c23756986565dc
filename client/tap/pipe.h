// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Bytes on their way to stdout, whatever it is.
#ifndef WEIR_TAP_PIPE_H
#define WEIR_TAP_PIPE_H

#include "common/samples.h"

#include <stddef.h>
#include <stdint.h>

enum weir_pipe_result {
    WEIR_PIPE_OK,
    WEIR_PIPE_CLOSED, ///< nobody reads any more
    WEIR_PIPE_FAILED, ///< why has been said
};

/// Write all of it.  @reader  Waits for the other side; once the program is
/// asked to stop, at most a second.
enum weir_pipe_result weir_pipe_write(int fd, const void *bytes, size_t n);

enum { WEIR_PIPE_WAV_BYTES = 44 };

/// A WAV header for a stream whose end is not known.  @any  Borrows `out`,
/// of WEIR_PIPE_WAV_BYTES.
void weir_pipe_wav_header(unsigned char *out, uint32_t rate_hz,
                          uint32_t n_channels, enum weir_sample_format format);

#endif
