// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// From the sources' rate and channels to those that are wanted: put frames
// in, get frames out until there are none, put the next ones in.
//
// Output frame j stands for the moment of input frame j * rate_in / rate_out:
// the first is the first. After weir_convert_end() as many have come as there
// are moments before the end of what was put in.
//
// Channels, as weir's mixer has them:
//   equal counts  one to one
//   to mono       the mean of all
//   from mono     a copy to each (at 0 dB: no pan law, nothing is panned)
//   to fewer      channel i adds to channel i mod n
//   to more       one to one, the rest is silent
#ifndef WEIR_COMMON_CONVERT_H
#define WEIR_COMMON_CONVERT_H

#include "shim/resampler.h"

#include <stdint.h>

struct weir_convert;

struct weir_convert_config {
    uint32_t rate_in_hz;
    uint32_t rate_out_hz;
    uint32_t n_in;  ///< channels, 1..WEIR_RESAMPLER_MAX_CHANNELS
    uint32_t n_out; ///< the same
};

enum { WEIR_CONVERT_BLOCK = 4096 };

/// Make one.  @reader  Allocates. Equal rates cost no resampler, have no
/// limits, and leave samples as they are.  Free with weir_convert_free().
enum weir_resampler_status
weir_convert_new(const struct weir_convert_config *config,
                 struct weir_convert **out);

/// @reader  Takes `c`, which may be null.
void weir_convert_free(struct weir_convert *c);

/// Put in `n` frames, at most WEIR_CONVERT_BLOCK; null: silence. All that was
/// put in before has been got.  @reader  Does not allocate. Borrows `frames`
/// until weir_convert_get() has given 0.
void weir_convert_put(struct weir_convert *c, const float *frames, uint32_t n);

/// Get up to `n` frames; 0: put more in, or, after weir_convert_end(), it is
/// over.  @reader  Does not allocate.  Borrows `out`.
uint32_t weir_convert_get(struct weir_convert *c, float *out, uint32_t n);

/// The same where they lie already, if they come as they were put in: up to
/// `*n` frames, which says how many. Otherwise they are in `room`.  @reader
/// Does not allocate. They are there until the next are put in.  Borrows
/// `room`.
const float *weir_convert_next(struct weir_convert *c, float *room,
                               uint32_t *n);

/// No more is put in: what is held back can be got. All that was put in has
/// been.  @reader
void weir_convert_end(struct weir_convert *c);

/// How many input frames have their moment before the end of the first
/// `n_out` output frames.  @any
uint64_t weir_convert_spans(const struct weir_convert *c, uint64_t n_out);

/// How many more than these it takes until they have all come.  @any
uint32_t weir_convert_latency(const struct weir_convert *c);

/// Why it cannot be had, and what would do, for people.  @any
const char *weir_convert_why(enum weir_resampler_status status);

/// Say on stderr why it cannot be had, and what would do.  @reader  Returns
/// the exit status for it.
int weir_convert_refuse(const struct weir_convert_config *config,
                        enum weir_resampler_status status);

#endif
