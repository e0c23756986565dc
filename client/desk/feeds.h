// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Feeds: rings in sealed shared memory that an outside process writes, for
// the mixer to add to a strip. One feed a strip. Everything here is
// @control's.
#ifndef WEIR_DESK_FEEDS_H
#define WEIR_DESK_FEEDS_H

#include "desk/fault.h"
#include "rt/feed.h"

#include <stdbool.h>
#include <stdint.h>

struct weir_desk;
struct weir_desk_flush;
struct weir_desk_strip;
struct weir_feed;

enum {
    WEIR_FEED_MIN_RATE_HZ = 1000,
    WEIR_FEED_MAX_RATE_HZ = 768000,
};

struct weir_feed_config {
    uint32_t rate_hz; ///< MIN_RATE_HZ..MAX_RATE_HZ, at most 16 times weir's
    enum weir_feed_pace pace;
    /// Clock pace: the latency that weir keeps, from the moment at which a
    /// frame had been received whole to the moment of the mix's frame that it
    /// becomes. It has to hold the feeder's largest chunk, a period of JACK's
    /// and 2 ms of lateness; what that comes to with chunks of no length is
    /// the least there is. Pipe pace: the ring's least capacity. 0: weir
    /// chooses (clock: room for chunks of 30 ms; pipe: 250 ms).
    uint32_t target_frames;
};

/// Why a feed is over.
typedef void weir_feed_gone_fn(void *owner, enum weir_feed_state why);

/// A feed as its owner (the attach socket) sees it; owned by the desk.
struct weir_desk_feed {
    int fd; ///< of the ring, sealed: for the feeder to map
    uint32_t rate_hz;
    uint32_t n_channels; ///< the strip's
    uint64_t capacity;   ///< frames
    uint32_t target_frames;
    enum weir_feed_pace pace;
    struct weir_feed_ring ring; ///< to peek at numbers that a feeder wrote
    /// Set by the owner after opening: called once when the strip goes or
    /// weir ends; the feed is still to be closed, which may be done at once.
    weir_feed_gone_fn *gone;
    /// Called for a flush that was asked for over OSC, before the mixer hears
    /// of it; may be null. The mixer drops what lies in the ring; `done` is to
    /// be settled when the feeder has thrown away what it holds itself, or
    /// will not: who asked for the flush is answered only then, so that what
    /// is fed after the answer is not thrown away with the rest.
    void (*flush)(void *owner, struct weir_ticket done);
    void *owner;
    // The desk's own.
    struct weir_desk *desk;
    struct weir_desk_strip *strip; // null: it is gone
    struct weir_feed *mix;
    struct weir_ticket ready;
    bool closed; // by its owner
    struct weir_desk_feed *next;
};

/// Open a feed into the strip `strip_id`, which must exist (its channels are
/// the ring's). `ready` is settled when the mixer plays it; the feeder may
/// write before that. A strip has one feed: a second is WEIR_FAULT_EXISTS
/// until the first is closed; after that, at once, also while the first one
/// fades. Null with a fault.
struct weir_desk_feed *
weir_desk_feed_open(struct weir_desk *desk, const char *strip_id,
                    const struct weir_feed_config *config,
                    struct weir_ticket ready, struct weir_fault *fault);

/// Close it: it fades out in the mix, then its memory is freed. At any time
/// after the open, `ready` settled or not (it is settled in any case, so its
/// owner must live until then). Nothing of `feed` may be used afterwards.
/// Null is allowed.
void weir_desk_feed_close(struct weir_desk *desk, struct weir_desk_feed *feed);

/// What a strip's feed counts; zeroed and a ratio of 1 without one.
struct weir_feed_facts {
    bool open;
    float buffered_ms;  // in the ring, and held by the resampler
    float ratio;        // frames of weir's for one of the feed's, as it is now
    uint64_t underruns; // contiguous runs of silence for want of frames
    uint64_t overruns;  // frames that found no room, as the feeder says, and
                        // one for each time that its indices made no sense
    uint64_t flushed;   // frames that were dropped by flush and pause
};
void weir_desk_feed_facts(const struct weir_desk_strip *strip,
                          struct weir_feed_facts *out);

/// A strip is out of the mix: its feed is over.  Between the desk's files.
void weir_desk_feed_lose_strip(struct weir_desk_strip *strip);

/// The mix has another rate: those that no resampler fits are over.  No mixer
/// may run.  Between the desk's files.
void weir_desk_rerate_feeds(struct weir_desk *desk);

/// Free all feeds, closed or not; the mixer must have ended.  Between the
/// desk's files.
void weir_desk_free_feeds(struct weir_desk *desk);

/// Drop what a strip's feed has queued: a fade of 5 ms, then what is written
/// after this. A part of the desk's transaction, as weir_desk_set_strip() is.
/// WEIR_FAULT_NOT_NOW without a feed.
enum weir_fault_code weir_desk_feed_flush(struct weir_desk_strip *strip,
                                          struct weir_ticket ticket,
                                          struct weir_fault *fault);

/// A flush that is about to be carried out: its feeder may drop what it holds
/// itself.  Between the desk's files.  Takes `flush`.
void weir_desk_feed_tell_flush(struct weir_desk_strip *strip,
                               struct weir_desk_flush *flush);

/// Tell all feeders that weir ends; the mixer must have ended.
void weir_desk_end_feeds(struct weir_desk *desk);

#endif
