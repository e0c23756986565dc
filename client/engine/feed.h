// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A feed as the mixer sees it: a ring that an outside process writes, a
// resampler, and the strip whose lanes its sound is added to.
#ifndef WEIR_ENGINE_FEED_H
#define WEIR_ENGINE_FEED_H

#include "engine/feed_loop.h"
#include "engine/ramp.h"
#include "rt/feed.h"
#include "rt/inputs.h"
#include "rt/tags.h"

#include <stdbool.h>
#include <stdint.h>

struct weir_resampler;
struct weir_strip;
struct weir_vresampler;

/// What a feed counts: written by @mixer alone, read by @control.
/// All relaxed: numbers to show, which hand over no other memory.
struct weir_feed_counters {
    _Atomic uint64_t underruns;   // contiguous runs of silence
    _Atomic uint64_t resyncs;     // indices that made no sense
    _Atomic uint64_t dropped;     // frames
    _Atomic uint32_t buffered_us; // written and not yet heard
    _Atomic uint32_t ratio_ppb;   // of the nominal one, 10^9: that
};

/// Made by @control, @mixer's from the command that adds it to the event that
/// gives it back.
struct weir_feed {
    // Fixed after weir_feed_new(), but for weir_feed_set_mix_rate().
    struct weir_feed_ring ring;
    enum weir_feed_pace pace;
    uint32_t rate_hz;
    uint32_t ramp_frames;
    double latency_s;                // that is kept, with a clock
    double nominal_step;             // frames of its own for one of the mix
    struct weir_resampler *fixed;    // pipe, another rate
    struct weir_vresampler *steered; // clock; or a pipe's odd rate
    float *in;                       // WEIR_FEED_PIECE frames, interleaved
    float *out;                      // WEIR_MAX_BLOCK frames, interleaved

    struct weir_feed_counters counters;

    // @mixer's own.
    struct weir_feed *next; // in the mixer's list
    struct weir_strip *strip;
    bool in_mix;
    bool leaving; // fades out, then goes
    uint32_t leave_request;

    uint64_t written; // as far as may be read, in this block
    uint64_t read;    // frames taken out of the ring
    bool ended;       // nothing comes after `written`
    bool playing;     // otherwise it waits for something to play
    bool starts_soft; // fades in when it plays again
    bool not_finite;  // samples of this block were silenced
    bool flush_asked; // over OSC, of what lies before `flush_to`
    uint64_t flush_to;
    bool dropping; // when it has faded out, the frames before `drop_to`
    uint64_t drop_to;
    uint32_t flushes_seen;
    uint32_t clock_seen;
    uint32_t n_blocks;
    enum weir_feed_state state;
    struct weir_ramp fade;
    struct weir_feed_loop loop;
};

enum { WEIR_FEED_PIECE = 1024 };

/// Frames that a feed's resampler looks ahead, in the feed's rate, when its
/// clock is its own.  @any
uint32_t weir_feed_lookahead(uint32_t feed_hz, uint32_t mix_hz);

struct weir_feed_shape {
    enum weir_feed_pace pace;
    uint32_t rate_hz;
    uint32_t mix_hz;
    uint32_t latency_frames; // clock: of the feed's
};

/// Make what plays `ring`, which is borrowed.  Null when memory is short, or
/// no resampler fits the rates.  @control  Allocates.
struct weir_feed *weir_feed_new(const struct weir_feed_ring *ring,
                                const struct weir_feed_shape *shape);
void weir_feed_free(struct weir_feed *feed);

/// Go on in a mix of another rate: what the resampler held is not heard.
/// False when memory is short, or no resampler fits: as it was.  @control,
/// while no mixer runs.  Allocates.
bool weir_feed_set_mix_rate(struct weir_feed *feed, uint32_t mix_hz);

/// The mix's frame `position` begins at `ns`.  @mixer, each cycle.
WEIR_RT void weir_feed_tell_time(struct weir_feed *feed, uint64_t position,
                                 uint64_t ns);

/// Add `n` frames at `position` to the strip's lanes, which are the mixer's
/// until the cycle is finished. Without `inputs` (frames that were lost) they
/// are consumed unheard.  Returns false when there were samples that are not
/// finite, or too loud for any use: they are silence.  @mixer
WEIR_RT bool weir_feed_mix(struct weir_feed *feed,
                           const struct weir_inputs *inputs, uint64_t position,
                           uint32_t n);

/// Drop what was written before `to`, or until now.  @mixer
WEIR_RT void weir_feed_flush_before(struct weir_feed *feed, uint64_t to);
WEIR_RT void weir_feed_flush_all(struct weir_feed *feed);

/// Whether a feed that is leaving has faded out.  @mixer
WEIR_RT bool weir_feed_is_gone(const struct weir_feed *feed);

// ------------------------------------------------- between feed*.c: the sound

/// How far the next frame that is heard lies before the next that is read: what
/// the resampler holds.  @mixer
WEIR_RT double weir_feed_held(const struct weir_feed *feed);

/// Forget what the resampler holds.  @mixer
WEIR_RT void weir_feed_reset_sound(struct weir_feed *feed);

/// Go on by so many of its frames for each of the mix from here on.  @mixer
WEIR_RT void weir_feed_set_step(struct weir_feed *feed, double step);

/// Take frames out of the ring and make `n` of the mix's rate of them, in
/// `out`; fewer when there are no more.  @mixer
WEIR_RT uint32_t weir_feed_render(struct weir_feed *feed, uint32_t n);

/// Multiply the rendered frames from `at` on by a ramp.  @mixer
WEIR_RT void weir_feed_shape_sound(struct weir_feed *feed, uint32_t at,
                                   uint32_t n, const struct weir_ramp *ramp);

/// Add `n` rendered frames to the strip's lanes at `position`.  @mixer
WEIR_RT void weir_feed_add_sound(const struct weir_feed *feed,
                                 const struct weir_inputs *inputs,
                                 uint64_t position, uint32_t n);

#endif
