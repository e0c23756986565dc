// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What is fed: a file that libsndfile reads, or a stream of samples (a pipe,
// a FIFO, a raw file), with or without a WAV header.
#ifndef WEIR_FEED_INPUT_H
#define WEIR_FEED_INPUT_H

#include "feed/options.h"

#include <stdbool.h>
#include <stdint.h>

struct weir_input;

enum weir_input_result {
    WEIR_INPUT_FRAMES,
    WEIR_INPUT_LATER, ///< nothing now: wait for weir_input_fd()
    WEIR_INPUT_END,
    WEIR_INPUT_FAILED, ///< why has been said
};

struct weir_input_format {
    uint32_t rate_hz;    ///< 0: weir's
    uint32_t n_channels; ///< 1..1024; 0: the strip's
};

/// Open what the options name.  @feeder  Borrows `options`.  Null with
/// *exit_status when it cannot be, and why has been said.  Close with
/// weir_input_close().
struct weir_input *weir_input_open(const struct weir_feed_options *options,
                                   int *exit_status);
void weir_input_close(struct weir_input *in);

/// The format: WEIR_INPUT_FRAMES when it is known, in *out, else as
/// weir_input_read().  @feeder  Does not wait.
enum weir_input_result weir_input_format(struct weir_input *in,
                                         struct weir_input_format *out);

/// What stands for the zeros in its format.  @feeder  Before the first read.
void weir_input_settle(struct weir_input *in, struct weir_input_format format);

/// Read up to `max` frames, *n of them.  @feeder  A stream does not wait, a
/// file waits for its disk.  Borrows `frames`.
enum weir_input_result weir_input_read(struct weir_input *in, float *frames,
                                       uint32_t max, uint32_t *n);

/// To poll for reading before trying again; -1: there is always something.
/// @any
int weir_input_fd(const struct weir_input *in);

/// Throw away what it holds and what lies in its pipe now; returns how many
/// frames.  @feeder  Does not wait.
uint64_t weir_input_discard(struct weir_input *in);

/// Begin again; false when that cannot be, and why has been said.  @feeder
bool weir_input_rewind(struct weir_input *in);

#endif
