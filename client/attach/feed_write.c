// SPDX-License-Identifier: ISC
// SPDX-FileCopyrightText: the weir authors
//
// libweir: writing into the ring. The protocol itself is in rt/feed.h.
#include "attach/feed_private.h"
#include "rt/clock.h"
#include "rt/futex.h"

#include <errno.h>

// How long weir's death may go unnoticed.
#define SLICE_NS UINT64_C(100000000)

// ------------------------------------------------------------------ waiting

static uint64_t
deadline(int timeout_ms)
{
    const uint64_t ms = timeout_ms > 0 ? (uint64_t)timeout_ms : 0;
    return weir_now_ns() + ms * 1000000u;
}

static uint64_t
room(const struct weir_feed *feed)
{
    const uint64_t n = weir_feed_ring_room(&feed->ring, feed->written);
    // More than everything: weir's word makes no sense.
    return n > feed->ring.capacity ? 0 : n;
}

static bool
is_heard(const struct weir_feed *feed)
{
    return weir_feed_ring_state(&feed->ring) == WEIR_FEED_HEARD;
}

static bool
has_room(const struct weir_feed *feed)
{
    return room(feed) > 0;
}

// Sleep until weir has done a block, or for a slice. False when a signal
// came, or time is up.
static bool
wait_for(struct weir_feed *feed, bool (*ready)(const struct weir_feed *),
         uint64_t until_ns)
{
    const uint64_t now = weir_now_ns();
    int rc = 0;
    if (now >= until_ns)
        return false;
    const uint32_t seen = weir_feed_ring_drowse(&feed->ring);
    // Looked at once more: from here on weir sees that we sleep.
    if (!ready(feed) && weir_feed_ring_state(&feed->ring) == WEIR_FEED_RUNNING)
        rc = weir_futex_wait(&feed->ring.page->wake, seen,
                             weir_min_u64(until_ns - now, SLICE_NS),
                             WEIR_FUTEX_SHARED);
    weir_feed_ring_awake(&feed->ring);
    return rc != EINTR;
}

// ------------------------------------------------------------------ writing

static uint32_t
put(struct weir_feed *feed, const float *frames, uint32_t n_frames)
{
    const uint32_t n = (uint32_t)weir_min_u64(n_frames, room(feed));
    weir_feed_ring_put(&feed->ring, feed->written, frames, n);
    feed->written += n;
    weir_feed_ring_publish(&feed->ring, feed->written);
    return n;
}

static struct weir_fed
write_now(struct weir_feed *feed, const float *frames, uint32_t n_frames)
{
    const uint64_t now = weir_now_ns();
    const enum weir_fed_kind said = weir_feed_look(feed);
    if (said != WEIR_FED_TIMEOUT)
        return (struct weir_fed){said, 0};
    const uint32_t n = put(feed, frames, n_frames);
    feed->overruns += n_frames - n;
    weir_feed_ring_count_overrun(&feed->ring, n_frames - n);
    if (!feed->stamped)
        weir_feed_ring_set_clock(&feed->ring, feed->written, now);
    return (struct weir_fed){WEIR_FED_FRAMES, n_frames};
}

static struct weir_fed
write_until(struct weir_feed *feed, const float *frames, uint32_t n_frames,
            uint64_t until_ns)
{
    for (;;) {
        // Before each look for room: what a flush has just made is not for
        // frames from before it.
        const enum weir_fed_kind said = weir_feed_look(feed);
        if (said != WEIR_FED_TIMEOUT)
            return (struct weir_fed){said, 0};
        if (n_frames == 0 || has_room(feed))
            return (struct weir_fed){WEIR_FED_FRAMES,
                                     put(feed, frames, n_frames)};
        if (!wait_for(feed, has_room, until_ns))
            return (struct weir_fed){WEIR_FED_TIMEOUT, 0};
    }
}

// ---------------------------------------------------------- <weir/feed.h>

struct weir_fed
weir_feed_write(struct weir_feed *feed, const float *frames, uint32_t n_frames,
                int timeout_ms)
{
    weir_feed_obey(feed);
    if (feed->pace == WEIR_FEED_CLOCK)
        return write_now(feed, frames, n_frames);
    return write_until(feed, frames, n_frames, deadline(timeout_ms));
}

void
weir_feed_stamp(struct weir_feed *feed, uint64_t monotonic_ns)
{
    feed->stamped = true;
    weir_feed_ring_set_clock(&feed->ring, feed->written, monotonic_ns);
}

void
weir_feed_flush(struct weir_feed *feed)
{
    weir_feed_ring_flush(&feed->ring, feed->written);
}

void
weir_feed_end(struct weir_feed *feed)
{
    weir_feed_ring_end(&feed->ring, true);
}

enum weir_fed_kind
weir_feed_drain(struct weir_feed *feed, int timeout_ms)
{
    const uint64_t until_ns = deadline(timeout_ms);
    weir_feed_obey(feed);
    for (;;) {
        if (is_heard(feed))
            return WEIR_FED_HEARD;
        const enum weir_fed_kind said = weir_feed_look(feed);
        if (said != WEIR_FED_TIMEOUT)
            return said;
        if (!wait_for(feed, is_heard, until_ns))
            return WEIR_FED_TIMEOUT;
    }
}
