// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A feed's block: what the feeder has said, when to begin, to fade, to drop.
// Everything here belongs to @mixer, and nothing that the feeder stores is
// believed.
#include "engine/feed.h"

#include "engine/strip.h"
#include "rt/futex.h"

#include <math.h>

// Further than this from where it should be it does not glide but jumps.
static const double jump_s = 0.02;
// A time that the feeder tells is no older or younger than this.
static const int64_t believable_ns = 2000000000;

static WEIR_RT void
count(_Atomic uint64_t *counter, uint64_t n)
{
    // relaxed: @mixer is the only writer, and nothing hangs on the number.
    const uint64_t was = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, was + n, memory_order_relaxed);
}

// Which of its frames is heard next, with its fraction.
static WEIR_RT double
next_heard(const struct weir_feed *f)
{
    return (double)f->read - weir_feed_held(f);
}

// ----------------------------------------------------------------- dropping

// Leave `n` frames out, which are in the ring, and those that the resampler
// holds.
static WEIR_RT void
drop(struct weir_feed *f, uint64_t n)
{
    count(&f->counters.dropped, n + (uint64_t)(weir_feed_held(f) + 0.5));
    f->read += n;
    f->playing = false;
    weir_feed_reset_sound(f);
}

// When what is playing has faded out, go on with the frame `to`.
static WEIR_RT void
begin_drop(struct weir_feed *f, uint64_t to, bool starts_soft)
{
    if (!f->dropping || (int64_t)(to - f->drop_to) > 0)
        f->drop_to = to;
    f->dropping = true;
    f->starts_soft = starts_soft;
}

// ---------------------------------------------------------- what it was told

static WEIR_RT void
look_at_indices(struct weir_feed *f)
{
    // In this order: who has ended has written all of it before.
    const bool ended = weir_feed_ring_has_ended(&f->ring);
    const uint64_t written = weir_feed_ring_written(&f->ring);
    f->ended = ended;
    f->written = written;
    if (written - f->read <= f->ring.capacity)
        return;
    count(&f->counters.resyncs, 1);
    f->read = written;
    f->playing = false;
    f->starts_soft = true;
    f->dropping = false;
    weir_feed_reset_sound(f);
}

// What is more than there is, or lies behind, counts as far as it can.
static WEIR_RT uint64_t
bounded(const struct weir_feed *f, uint64_t to)
{
    if (to - f->read <= f->written - f->read)
        return to;
    return (int64_t)(to - f->read) < 0 ? f->read : f->written;
}

static WEIR_RT void
look_for_flush(struct weir_feed *f)
{
    uint64_t to;
    const uint32_t flushes = weir_feed_ring_flushed(&f->ring, &to);
    if (f->flush_asked)
        begin_drop(f, bounded(f, f->flush_to), false);
    f->flush_asked = false;
    if (flushes == f->flushes_seen)
        return;
    f->flushes_seen = flushes;
    begin_drop(f, bounded(f, to), false);
}

WEIR_RT void
weir_feed_flush_before(struct weir_feed *f, uint64_t to)
{
    f->flush_asked = true;
    f->flush_to = to;
}

WEIR_RT void
weir_feed_flush_all(struct weir_feed *f)
{
    weir_feed_flush_before(f, weir_feed_ring_written(&f->ring));
}

static WEIR_RT void
look_at_clock(struct weir_feed *f)
{
    struct weir_feed_clock_pair pair;
    if (f->pace != WEIR_FEED_PACE_CLOCK ||
        !weir_feed_ring_get_clock(&f->ring, &f->clock_seen, &pair))
        return;
    const int64_t old_ns = (int64_t)(f->loop.mix.ns - pair.ns);
    const bool is_near = f->written - pair.position <= f->ring.capacity ||
                         pair.position - f->written <= f->ring.capacity;
    if (f->loop.mix.runs && is_near && old_ns < believable_ns &&
        old_ns > -believable_ns)
        weir_feed_loop_feed(&f->loop, pair.position, pair.ns);
}

// It may have to jump: the feeder's clock did, or a pause is over.
static WEIR_RT void
look_at_distance(struct weir_feed *f, uint64_t position)
{
    if (f->pace != WEIR_FEED_PACE_CLOCK || !f->playing || f->dropping ||
        !weir_feed_loop_runs(&f->loop))
        return;
    const double wanted = weir_feed_loop_wanted(&f->loop, position);
    if (fabs(wanted - next_heard(f)) > jump_s * f->rate_hz)
        begin_drop(f, f->read, true);
}

WEIR_RT void
weir_feed_tell_time(struct weir_feed *f, uint64_t position, uint64_t ns)
{
    if (f->pace == WEIR_FEED_PACE_CLOCK)
        weir_feed_loop_mix(&f->loop, position, ns);
}

// -------------------------------------------------------------------- fading

static WEIR_RT bool
wants_silence(const struct weir_feed *f)
{
    return f->leaving || f->dropping || f->strip->feed_paused;
}

// Where there is nothing to hear there is nothing to fade.
static WEIR_RT void
aim(struct weir_feed *f)
{
    if (!wants_silence(f))
        weir_ramp_to(&f->fade, 1.0f, f->ramp_frames);
    else if (f->playing)
        weir_ramp_to(&f->fade, 0.0f, f->ramp_frames);
    else
        weir_ramp_set(&f->fade, 0.0f);
}

// It has faded out: do what that was for. What comes after a flush begins as
// it is.
static WEIR_RT void
turn_around(struct weir_feed *f)
{
    if (f->dropping) {
        // While it faded it may have gone past.
        const int64_t n = (int64_t)(f->drop_to - f->read);
        f->dropping = false;
        drop(f, n > 0 ? (uint64_t)n : 0);
    }
    if (wants_silence(f))
        return;
    weir_ramp_set(&f->fade, 1.0f);
}

// Paused: a clock does not wait, its frames go by unheard; a pipe does.
static WEIR_RT void
let_pass(struct weir_feed *f, uint64_t end)
{
    if (f->leaving || f->pace != WEIR_FEED_PACE_CLOCK ||
        !weir_feed_loop_runs(&f->loop))
        return;
    f->starts_soft = true;
    const double to = weir_feed_loop_wanted(&f->loop, end);
    const double ahead = to - (double)f->read;
    if (!(ahead >= 1.0))
        return;
    const uint64_t n_there = f->written - f->read;
    const uint64_t n = ahead < (double)n_there ? (uint64_t)ahead : n_there;
    drop(f, n);
}

// ------------------------------------------------------------------- playing

// With its own clock a feed begins at the frame of the mix that is its first
// frame's; what should have been heard before is dropped.
static WEIR_RT uint32_t
begin_by_clock(struct weir_feed *f, uint64_t position, uint32_t n)
{
    const double wanted = weir_feed_loop_wanted(&f->loop, position);
    const double late = wanted - (double)f->read;
    if (!(late < (double)(f->written - f->read)))
        return n; // there is nothing yet that should be heard
    if (late >= 1.0)
        drop(f, (uint64_t)late);
    const double wait = late < 0.0 ? ceil(-late / f->nominal_step) : 0.0;
    return wait < (double)n ? (uint32_t)wait : n;
}

// What the resampler holds is heard, too, when nothing else comes.
static WEIR_RT bool
has_more(const struct weir_feed *f)
{
    return f->written != f->read || (f->ended && weir_feed_held(f) > 0.0);
}

// How many of `n` frames pass before it plays.
static WEIR_RT uint32_t
begin(struct weir_feed *f, uint64_t position, uint32_t n)
{
    uint32_t n_before = 0;
    if (!has_more(f))
        return n;
    if (f->pace == WEIR_FEED_PACE_CLOCK) {
        if (weir_feed_loop_runs(&f->loop))
            n_before = begin_by_clock(f, position, n);
        else if (!f->ended)
            return n;
        if (n_before < n)
            weir_feed_reset_sound(f);
    }
    if (n_before == n)
        return n;
    f->playing = true;
    if (f->starts_soft) {
        weir_ramp_set(&f->fade, 0.0f);
        weir_ramp_to(&f->fade, 1.0f, f->ramp_frames);
    }
    f->starts_soft = false;
    return n_before;
}

// Nothing more is there. At its end that is as it should be; otherwise what
// is left is faded out. A flush wants no more.
static WEIR_RT void
run_dry(struct weir_feed *f, uint32_t n_left)
{
    f->playing = false;
    if (f->ended && !f->dropping)
        return;
    const uint32_t n = weir_min_u32(n_left, f->ramp_frames);
    struct weir_ramp edge;
    weir_ramp_set(&edge, 1.0f);
    if (n > 0)
        weir_ramp_to(&edge, 0.0f, n);
    weir_feed_shape_sound(f, n_left - n, n, &edge);
    if (f->dropping)
        return;
    count(&f->counters.underruns, 1);
    if (f->pace == WEIR_FEED_PACE_CLOCK) {
        f->starts_soft = true;
        weir_feed_loop_forget(&f->loop);
    }
}

// Returns how many of `n` frames are done: what is flushed may end earlier, and
// what is new begins there.
static WEIR_RT uint32_t
play(struct weir_feed *f, const struct weir_inputs *inputs, uint64_t position,
     uint32_t n)
{
    if (f->pace == WEIR_FEED_PACE_CLOCK)
        weir_feed_set_step(
            f, weir_feed_loop_step(&f->loop, position, next_heard(f)));
    const uint32_t n_got = weir_feed_render(f, n);
    if (f->fade.left > 0)
        weir_feed_shape_sound(f, 0, n_got, &f->fade);
    if (n_got < n)
        run_dry(f, n_got);
    if (inputs)
        weir_feed_add_sound(f, inputs, position, n_got);
    weir_ramp_advance(&f->fade, n);
    return f->dropping && n_got < n ? n_got : n;
}

// Up to where a fade ends, at most `n`; returns how many frames.
static WEIR_RT uint32_t
mix_part(struct weir_feed *f, const struct weir_inputs *inputs,
         uint64_t position, uint32_t n)
{
    aim(f);
    if (weir_ramp_rests_at(&f->fade, 0.0f))
        turn_around(f);
    if (weir_ramp_rests_at(&f->fade, 0.0f)) {
        let_pass(f, position + n);
        return n;
    }
    if (!f->playing) {
        const uint32_t n_before = begin(f, position, n);
        if (n_before > 0)
            return n_before;
    }
    const uint32_t n_part =
        f->fade.left > 0 ? weir_min_u32(n, f->fade.left) : n;
    return play(f, inputs, position, n_part);
}

// --------------------------------------------------------------------- block

// All that was written has been mixed, and nothing more comes.
static WEIR_RT bool
is_heard(const struct weir_feed *f)
{
    return f->ended && !f->playing && !has_more(f);
}

static WEIR_RT void
tell_state(struct weir_feed *f)
{
    const enum weir_feed_state state =
        is_heard(f) ? WEIR_FEED_HEARD : WEIR_FEED_RUNNING;
    if (state == f->state)
        return;
    f->state = state;
    weir_feed_ring_set_state(&f->ring, state);
}

// The numbers that are shown, here and on the feeder's side.
static WEIR_RT void
tell_counts(struct weir_feed *f)
{
    struct weir_feed_counters *c = &f->counters;
    struct weir_feed_page *page = f->ring.page;
    const double buffered = (double)(f->written - f->read) + weir_feed_held(f);
    // relaxed, all of them: numbers to show.
    atomic_store_explicit(&c->buffered_us,
                          (uint32_t)(buffered * 1e6 / f->rate_hz + 0.5),
                          memory_order_relaxed);
    atomic_store_explicit(
        &page->underruns,
        atomic_load_explicit(&c->underruns, memory_order_relaxed),
        memory_order_relaxed);
    atomic_store_explicit(
        &page->dropped, atomic_load_explicit(&c->dropped, memory_order_relaxed),
        memory_order_relaxed);
}

static WEIR_RT void
tell_feeder(struct weir_feed *f)
{
    tell_counts(f);
    tell_state(f);
    weir_feed_ring_finish(&f->ring, f->read);
    if (weir_feed_ring_announce(&f->ring, ++f->n_blocks))
        weir_futex_wake(&f->ring.page->wake, WEIR_FUTEX_SHARED);
}

WEIR_RT bool
weir_feed_mix(struct weir_feed *f, const struct weir_inputs *inputs,
              uint64_t position, uint32_t n)
{
    f->not_finite = false;
    look_at_indices(f);
    look_for_flush(f);
    look_at_clock(f);
    look_at_distance(f, position);
    for (uint32_t done = 0; done < n;)
        done += mix_part(f, inputs, position + done, n - done);
    tell_feeder(f);
    return !f->not_finite;
}

WEIR_RT bool
weir_feed_is_gone(const struct weir_feed *f)
{
    return f->leaving && weir_ramp_rests_at(&f->fade, 0.0f);
}
