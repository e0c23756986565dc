// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// zita-resampler for C. Two kinds: from one rate to another for ever
// (struct weir_resampler), and at a ratio that is steered while it runs
// (struct weir_vresampler). Frames are interleaved 32-bit floats.
//
// Both are aligned: the first frame that comes out stands for the moment of
// the first that went in, output frame j for input frame j / ratio. What goes
// in is held back for the filter's half length, which weir_*_latency() tells.
// After weir_*_flush() exactly the frames have come out whose moments lie
// before the end of what went in: ceil(n_in * ratio) of them.
//
// One resampler belongs to one thread at a time; different ones do not know
// of each other (filters of equal kind are shared, under zita's own lock, in
// new and free alone).
#ifndef WEIR_SHIM_RESAMPLER_H
#define WEIR_SHIM_RESAMPLER_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    WEIR_RESAMPLER_MIN_RATE_HZ = 1000,
    WEIR_RESAMPLER_MAX_RATE_HZ = 768000,
    WEIR_RESAMPLER_MAX_CHANNELS = 1024, // 16 joined sources of 64
    /// The filter's half length in frames of the lower rate. With h, gain
    /// falls by 6 dB at (1 - 2.6 / h) times half of the lower rate; cost and
    /// latency grow with it.
    WEIR_RESAMPLER_MIN_HALF = 8,
    WEIR_RESAMPLER_MAX_HALF = 96,
    WEIR_RESAMPLER_GOOD_HALF = 48,
    /// Of the two rates' ratio in lowest terms: how many output frames there
    /// may be before it repeats.
    WEIR_RESAMPLER_MAX_STEPS = 1000,
};

/// What may be wrong when a resampler is made or steered. Nothing has changed
/// then.
enum weir_resampler_status {
    WEIR_RESAMPLER_OK = 0,
    WEIR_RESAMPLER_BAD_RATE,     ///< a rate out of range
    WEIR_RESAMPLER_BAD_RATIO,    ///< rates that do not fit each other, a
                                 ///< ratio out of range or not finite
    WEIR_RESAMPLER_BAD_CHANNELS, ///< not 1..MAX_CHANNELS
    WEIR_RESAMPLER_BAD_HALF,     ///< not 8..96
    WEIR_RESAMPLER_BAD_TIME,     ///< a time below 0 or not finite
    WEIR_RESAMPLER_NO_MEMORY,
};

/// What a call took and what it gave, in frames.
struct weir_resampled {
    uint32_t n_in;
    uint32_t n_out;
};

// ---------------------------------------------------------------- fixed ratio

struct weir_resampler;

struct weir_resampler_config {
    uint32_t rate_in_hz;  ///< MIN_RATE_HZ..MAX_RATE_HZ
    uint32_t rate_out_hz; ///< the same; at least a 64th of rate_in_hz
    uint32_t n_channels;  ///< 1..MAX_CHANNELS
    uint32_t half_length; ///< MIN_HALF..MAX_HALF
};

/// Make one.  @control  Allocates; computes the filter, which may take
/// milliseconds.  Free with weir_resampler_free().
enum weir_resampler_status
weir_resampler_new(const struct weir_resampler_config *config,
                   struct weir_resampler **out);

/// @control  Takes `r`, which may be null.
void weir_resampler_free(struct weir_resampler *r);

/// Forget what went in: the next frame is the first.  @any  Does not
/// allocate.
void weir_resampler_reset(struct weir_resampler *r);

/// How many input frames are held back: the output frame for input frame k
/// comes when frame k + latency has gone in. Exact: the filter reaches as far
/// to both sides.  @any
uint32_t weir_resampler_latency(const struct weir_resampler *r);

/// How far the output frame that comes next lies before the input frame that
/// goes in next, in input frames with their fraction: what is held back now.
/// @any
double weir_resampler_held(const struct weir_resampler *r);

/// Take up to `n_in` frames from `in` and give up to `n_out` to `out`: it ends
/// when either is used up. Borrows both; `in` may be null for silence.
/// @any  Does not allocate, wait or throw. Each sample that comes out costs
/// 2 * weir_resampler_latency() multiplications.
struct weir_resampled weir_resampler_process(struct weir_resampler *r,
                                             const float *in, uint32_t n_in,
                                             float *out, uint32_t n_out);

/// After the last frame that goes in: give up to `n_out` of the frames that
/// are still held back. Fewer than `n_out` came: that was the end, and `r` is
/// as after weir_resampler_reset(). Until then nothing else may go in.
/// @any  As weir_resampler_process().
uint32_t weir_resampler_flush(struct weir_resampler *r, float *out,
                              uint32_t n_out);

// -------------------------------------------------------------- steered ratio

struct weir_vresampler;

struct weir_vresampler_config {
    double ratio;         ///< nominal, output by input rate: 1/16..64
    uint32_t n_channels;  ///< 1..MAX_CHANNELS
    uint32_t half_length; ///< MIN_HALF..MAX_HALF
};

/// How far a ratio can be steered from the nominal one: times these.
#define WEIR_VRESAMPLER_MIN_FACTOR 0.95
#define WEIR_VRESAMPLER_MAX_FACTOR 16.0

/// Make one.  @control  As weir_resampler_new(). Steered to 1, at once.
enum weir_resampler_status
weir_vresampler_new(const struct weir_vresampler_config *config,
                    struct weir_vresampler **out);
void weir_vresampler_free(struct weir_vresampler *v);

/// Steer the ratio to `factor` times the nominal one, from the next frame on.
/// A factor below 1 lowers the output's rate, but not the filter's edge.
/// @any  Does not allocate.
enum weir_resampler_status weir_vresampler_steer(struct weir_vresampler *v,
                                                 double factor);

/// How the ratio follows: exponentially, with a time constant of `n_frames` of
/// output; below 1 at once.  @any  Does not allocate.
enum weir_resampler_status weir_vresampler_smooth(struct weir_vresampler *v,
                                                  double n_frames);

/// As their namesakes above. A reset does not touch the ratio. Where the ratio
/// has changed, output frame j stands for the sum of j steps of 1 / ratio.
void weir_vresampler_reset(struct weir_vresampler *v);
uint32_t weir_vresampler_latency(const struct weir_vresampler *v);
double weir_vresampler_held(const struct weir_vresampler *v);
struct weir_resampled weir_vresampler_process(struct weir_vresampler *v,
                                              const float *in, uint32_t n_in,
                                              float *out, uint32_t n_out);
uint32_t weir_vresampler_flush(struct weir_vresampler *v, float *out,
                               uint32_t n_out);

#ifdef __cplusplus
}
#endif

#endif
