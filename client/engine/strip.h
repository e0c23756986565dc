// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A strip as the mixer sees it: input, trim, fader, pan, main and sends.
#ifndef WEIR_ENGINE_STRIP_H
#define WEIR_ENGINE_STRIP_H

#include "engine/detour.h"
#include "engine/limits.h"
#include "engine/meter.h"
#include "engine/ramp.h"
#include "rt/inputs.h"
#include "rt/tags.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct weir_bus;
struct weir_kernels;
struct weir_tap;

/// The way from a strip into a bus: for a stereo pair two gains, which move
/// with the pan; otherwise `left` is everybody's.
struct weir_path {
    struct weir_ramp left;
    struct weir_ramp right;
};

/// An aux send. It has a way before and one after the fader; moving it
/// fades from one to the other.
struct weir_send {
    float level_lin;
    bool on;
    bool pre;
    struct weir_path before;
    struct weir_path after;
};

/// What can be set on a strip; gains are linear.
enum weir_strip_param {
    WEIR_STRIP_PARAM_GAIN,
    WEIR_STRIP_PARAM_TRIM,
    WEIR_STRIP_PARAM_PAN, // -1..1
    WEIR_STRIP_PARAM_MUTE,
    WEIR_STRIP_PARAM_SOLO,
    WEIR_STRIP_PARAM_SOLO_SAFE,
    WEIR_STRIP_PARAM_POLARITY,
    WEIR_STRIP_PARAM_MAIN,
    WEIR_STRIP_PARAM_FEED_PAUSED,
};

enum weir_send_param {
    WEIR_SEND_PARAM_LEVEL, // linear
    WEIR_SEND_PARAM_ON,
    WEIR_SEND_PARAM_PRE,
};

/// Made by @control, @mixer's from the command that adds it to the event
/// that gives it back.
struct weir_strip {
    // What each block looks at comes first: three or four cache lines.
    uint32_t n_channels;
    bool has_sound;           // in this block: weir_strip_listen()
    bool is_simple;           // in this run: has sound, weir_strip_is_simple()
    bool is_detoured;         // in this block: what is heard is its detour's
    bool leaving;             // fades out, then goes
    uint32_t n_feeds;         // that add to the lanes: feed.h
    uint64_t since_table;     // the first port table that feeds the lanes
    struct weir_tap *before;  // source strip/ID/pre, if anybody asked
    struct weir_tap *after;   // source strip/ID
    struct weir_ramp trim;    // with polarity
    struct weir_ramp fader;   // with mute
    struct weir_path to_main; // with solo
    struct weir_meter meter;
    struct weir_lane lanes[WEIR_MAX_CHANNELS];

    struct weir_send sends[WEIR_MAX_BUSES]; // by the bus's slot; not main's

    // What is set.
    float gain_lin;
    float trim_lin;
    float pan;
    bool mute;
    bool solo;
    bool solo_safe;
    bool polarity;
    bool main;
    bool feed_paused; // its feed, if there is one
    uint32_t leave_request;

    struct weir_detour detour;  // insert, and being as late as others
    struct weir_detour taps[2]; // of `before` and `after`: as late as buses

    // Written by @mixer, shown by @control: blocks that were silenced.
    _Atomic uint64_t n_not_finite;
};

/// Make a strip with the default values and lanes for `inputs`; `colour`
/// numbers its first lane.  Null when memory is short.  @control  Allocates.
struct weir_strip *weir_strip_new(const struct weir_inputs *inputs,
                                  uint32_t n_channels, uint32_t rate_hz,
                                  uint32_t colour);
void weir_strip_free(struct weir_strip *strip);

/// Touch its lanes as far as weir_inputs_reach() has said.  @control
void weir_strip_reach(struct weir_strip *strip,
                      const struct weir_inputs *inputs);

/// Buffers of one strip while it is being mixed by itself.
struct weir_strip_buffers {
    float *before[WEIR_MAX_CHANNELS];
    float *after[WEIR_MAX_CHANNELS];
};

/// What a strip needs to know of the mixer.
struct weir_desk_state {
    const struct weir_kernels *kernels;
    const struct weir_inputs *inputs;
    struct weir_bus *const *buses; // by slot; null: none
    uint32_t n_slots;
    uint32_t ramp_frames;
    bool any_solo;
    bool late_taps; // sources of strips are as late as buses
};

/// A part of a block that is mixed in one go: it lies in a row in every lane
/// and in one bin of every meter.
struct weir_run {
    uint64_t position; // of its first frame
    uint32_t offset;   // that frame in the block, hence in the buses' sums
    uint32_t n;
};

/// Send every ramp to where the values say.  `at_once` for a strip that
/// nobody has heard yet.  @mixer
WEIR_RT void weir_strip_aim(struct weir_strip *strip,
                            const struct weir_desk_state *desk, bool at_once);

/// Ask for the lines of the strip itself that weir_strip_fetch() and
/// weir_strip_listen() look at.  @mixer
WEIR_RT void weir_strip_approach(const struct weir_strip *strip);

/// Ask for the block of `n` frames at `position`, which the callback's CPU
/// has, before weir_strip_listen() looks at it.  @mixer
WEIR_RT void weir_strip_fetch(const struct weir_strip *strip,
                              const struct weir_desk_state *desk,
                              uint64_t position, uint32_t n);

/// Look through the block of `n` frames at `position`: notes whether there is
/// any sound.  Not `fed`: there is none.  Returns false when the input was
/// not finite, or too loud for any use, and counts as silence.  @mixer
WEIR_RT bool weir_strip_listen(struct weir_strip *strip,
                               const struct weir_desk_state *desk,
                               uint64_t position, uint32_t n, bool fed);

/// Whether in a run it needs nothing but gains: the batch (batch.h) mixes
/// it, otherwise weir_strip_mix().  @mixer
WEIR_RT bool weir_strip_is_simple(const struct weir_strip *strip,
                                  const struct weir_desk_state *desk,
                                  const struct weir_run *run);

/// Where what is heard of a channel lies in a run, before the trim that is
/// below, if it is simple and has a detour.  @mixer
WEIR_RT const float *weir_strip_detoured(const struct weir_strip *strip,
                                         uint32_t channel, uint64_t position);

/// What an insert made has had its trim before.  @mixer
WEIR_RT static inline float
weir_strip_trim(const struct weir_strip *s)
{
    return s->is_detoured && s->detour.view.wet ? 1.0f : s->trim.now;
}

/// Mix a run into the buses, and into the strip's sources.  @mixer
WEIR_RT void weir_strip_mix(struct weir_strip *strip,
                            const struct weir_desk_state *desk,
                            const struct weir_run *run,
                            const struct weir_strip_buffers *buffers);

/// Move the ramps on by `n` frames, whoever mixed them.  @mixer
WEIR_RT void weir_strip_advance(struct weir_strip *strip,
                                const struct weir_desk_state *desk, uint32_t n);

/// Wake those who sleep on its sources.  @mixer  A futex wake for each source
/// that has readers.
WEIR_RT void weir_strip_wake(const struct weir_strip *strip);

/// Whether neither side of a path is heard, nor about to be.  @mixer
WEIR_RT static inline bool
weir_path_is_silent(const struct weir_path *path)
{
    return weir_ramp_rests_at(&path->left, 0.0f) &&
           weir_ramp_rests_at(&path->right, 0.0f);
}

/// Whether a strip that is leaving has faded out.  @mixer
WEIR_RT bool weir_strip_is_gone(const struct weir_strip *strip);

#endif
