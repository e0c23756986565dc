// SPDX-License-Identifier: ISC
// SPDX-FileCopyrightText: the weir authors
//
// The feed ring: one outside process (the feeder, @feeder) writes, weir's
// mixer reads, in memory that both map for writing. This is the protocol
// alone, over memory that somebody else has mapped; docs/attach.md describes
// the layout.
//
// Positions are frame counts from 0 on, in 64 bits that never wrap, in the
// feed's own rate. Frame p lies, interleaved, at index (p mod capacity) *
// n_channels.
//
//   feeder, n frames                   mixer, each block
//   ---------------------------        ----------------------------------
//   F1 read, acquire: room             M1 written, acquire
//   F2 samples, plain                  M2 samples, relaxed words
//   F3 written += n, release           M3 read += n, release
//                                      M4 wake += 1, seq_cst
//                                      M5 sleeping, seq_cst
//   to sleep until there is more room:
//   F4 sleeping = 1, seq_cst
//   F5 wake, seq_cst
//   F6 read, acquire: still no room
//   F7 futex wait on `wake` for the value of F5
//
// M1 pairs with F3: what is written can be read. F1 pairs with M3: what has
// been read may be overwritten. Either M5 sees that the feeder sleeps, or F5
// sees the new number, and F6 with it the room.
//
// The mixer believes nothing of this: whatever the feeder stores, weir stays
// within the samples, takes each of them once into memory of its own, and
// never reads what it has written itself.
#ifndef WEIR_RT_FEED_H
#define WEIR_RT_FEED_H

#include "rt/tags.h"
#include "rt/words.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/// "WEIRFEED" as a little-endian word.
#define WEIR_FEED_MAGIC UINT64_C(0x4445454652494557)
/// Raised when the layout below or the attach protocol changes.
#define WEIR_FEED_ABI 1u
/// Where the samples begin, in bytes from the start of the memory.
#define WEIR_FEED_DATA_OFFSET 4096u

enum weir_feed_state {
    WEIR_FEED_RUNNING = 1,
    WEIR_FEED_ENDED = 2,   ///< weir stopped
    WEIR_FEED_REMOVED = 3, ///< the strip is gone, or weir has let go of it
    WEIR_FEED_HEARD = 4,   ///< `ended`, and every frame has been mixed
};

/// Who sets the pace.
enum weir_feed_pace {
    WEIR_FEED_PACE_PIPE = 0,  ///< weir: the feeder waits for room
    WEIR_FEED_PACE_CLOCK = 1, ///< the feeder's own clock: weir follows it
};

/// The first page of the shared memory, as feeders see it.
struct weir_feed_page {
    // Written by weir before any feeder can map it, and never read by weir.
    uint64_t magic;
    uint32_t abi;
    uint32_t rate_hz;    // the feed's
    uint32_t n_channels; // the strip's
    uint32_t data_offset;
    uint64_t capacity;      // frames, a power of two
    uint32_t target_frames; // clock: the latency that weir keeps
    uint32_t pace;          // enum weir_feed_pace

    // Written by the feeder.
    alignas(WEIR_CACHE_LINE) _Atomic uint64_t written; // frames ever
    _Atomic uint64_t flush_to; // frames before it are to be dropped
    _Atomic uint32_t flush_count;
    _Atomic uint32_t ended;    // 1: nothing more will be written
    _Atomic uint32_t sleeping; // 1: wants to be woken by `wake`

    // Written by the feeder for each of its chunks, clock pace, behind the
    // sequence: odd while it changes. `clock_ns` is CLOCK_MONOTONIC when the
    // frames before `clock_position`, which is what `written` has just
    // become, had been received whole.
    alignas(WEIR_CACHE_LINE) _Atomic uint32_t clock_sequence;
    _Atomic uint64_t clock_position;
    _Atomic uint64_t clock_ns;
    _Atomic uint64_t overruns; // frames dropped for want of room

    // Written by weir.
    alignas(WEIR_CACHE_LINE) _Atomic uint64_t read; // frames it is done with
    _Atomic uint32_t wake;                          // futex: counts blocks
    _Atomic uint32_t state;                         // enum weir_feed_state
    _Atomic uint64_t underruns;
    _Atomic uint64_t dropped; // frames, by flush and pause
};

_Static_assert(offsetof(struct weir_feed_page, written) == 64, "ABI");
_Static_assert(offsetof(struct weir_feed_page, clock_sequence) == 128, "ABI");
_Static_assert(offsetof(struct weir_feed_page, read) == 192, "ABI");
_Static_assert(offsetof(struct weir_feed_page, dropped) == 216, "ABI");
_Static_assert(sizeof(struct weir_feed_page) <= WEIR_FEED_DATA_OFFSET,
               "the samples follow the page");

/// One side's view of a ring. The fixed fields are copies, so that a side
/// that has checked them once is not at the mercy of the memory afterwards.
struct weir_feed_ring {
    struct weir_feed_page *page;
    float *samples;
    uint64_t capacity; // frames, a power of two, at least 2
    uint32_t n_channels;
};

/// Bytes of shared memory for a ring.  @any
static inline size_t
weir_feed_ring_bytes(uint64_t capacity, uint32_t n_channels)
{
    return WEIR_FEED_DATA_OFFSET +
           (size_t)capacity * n_channels * sizeof(float);
}

/// One side's view of a ring in `memory`, whose fixed fields were checked.
/// @any  Borrows `memory`.
static inline struct weir_feed_ring
weir_feed_ring_view(void *memory, uint64_t capacity, uint32_t n_channels)
{
    return (struct weir_feed_ring){
        .page = memory,
        .samples = (float *)(void *)((char *)memory + WEIR_FEED_DATA_OFFSET),
        .capacity = capacity,
        .n_channels = n_channels,
    };
}

/// Start a ring in zeroed memory of weir_feed_ring_bytes().  @control
/// Borrows `memory`.
static inline struct weir_feed_ring
weir_feed_ring_init(void *memory, uint64_t capacity, uint32_t n_channels,
                    uint32_t rate_hz, enum weir_feed_pace pace,
                    uint32_t target_frames)
{
    struct weir_feed_page *page = memory;
    page->magic = WEIR_FEED_MAGIC;
    page->abi = WEIR_FEED_ABI;
    page->rate_hz = rate_hz;
    page->n_channels = n_channels;
    page->data_offset = WEIR_FEED_DATA_OFFSET;
    page->capacity = capacity;
    page->target_frames = target_frames;
    page->pace = pace;
    atomic_init(&page->state, WEIR_FEED_RUNNING);
    return weir_feed_ring_view(memory, capacity, n_channels);
}

// ---------------------------------------------------------- the feeder's side

/// F1: how many frames fit now, when `written` have been written so far.
/// @feeder  Wait-free.
static inline uint64_t
weir_feed_ring_room(const struct weir_feed_ring *r, uint64_t written)
{
    // acquire: pairs with the release in weir_feed_ring_finish(); the frames
    // before it have been read and may be overwritten.
    const uint64_t read =
        atomic_load_explicit(&r->page->read, memory_order_acquire);
    return r->capacity - (written - read);
}

/// F2: copy `n` interleaved frames in, which fit, at position `p`.
/// @feeder  Borrows `frames`.
static inline void
weir_feed_ring_put(struct weir_feed_ring *r, uint64_t p, const float *frames,
                   uint64_t n)
{
    const uint64_t frame = p & (r->capacity - 1);
    const uint64_t n_first = weir_min_u64(n, r->capacity - frame);
    const size_t first = (size_t)n_first * r->n_channels;
    const size_t rest = (size_t)(n - n_first) * r->n_channels;
    memcpy(r->samples + frame * r->n_channels, frames, first * sizeof *frames);
    memcpy(r->samples, frames + first, rest * sizeof *frames);
}

/// F3: hand the frames before `written` to weir.  @feeder  Wait-free.
static inline void
weir_feed_ring_publish(struct weir_feed_ring *r, uint64_t written)
{
    // release: pairs with the acquire in weir_feed_ring_written().
    atomic_store_explicit(&r->page->written, written, memory_order_release);
}

/// Tell weir that the frames before `position` (what was published last) had
/// been received whole at `ns` of CLOCK_MONOTONIC: after each chunk, clock
/// pace.  @feeder  Wait-free.
static inline void
weir_feed_ring_set_clock(struct weir_feed_ring *r, uint64_t position,
                         uint64_t ns)
{
    struct weir_feed_page *page = r->page;
    // relaxed: this thread alone writes it.
    const uint32_t seq =
        atomic_load_explicit(&page->clock_sequence, memory_order_relaxed);
    atomic_store_explicit(&page->clock_sequence, seq + 1, memory_order_relaxed);
    // release: pairs with the acquire fence in weir_feed_ring_get_clock():
    // who sees one of the words below sees the odd sequence.
    atomic_thread_fence(memory_order_release);
    // relaxed: ordered by the fence above and the release below.
    atomic_store_explicit(&page->clock_position, position,
                          memory_order_relaxed);
    atomic_store_explicit(&page->clock_ns, ns, memory_order_relaxed);
    // release: pairs with the acquire in weir_feed_ring_get_clock().
    atomic_store_explicit(&page->clock_sequence, seq + 2, memory_order_release);
}

/// Have all frames before `to` dropped, which is at most `written`; those
/// after it are played at once.  @feeder  Wait-free.
static inline void
weir_feed_ring_flush(struct weir_feed_ring *r, uint64_t to)
{
    struct weir_feed_page *page = r->page;
    // relaxed: this thread alone writes both; the release below orders them.
    const uint32_t count =
        atomic_load_explicit(&page->flush_count, memory_order_relaxed);
    atomic_store_explicit(&page->flush_to, to, memory_order_relaxed);
    // release: pairs with the acquire in weir_feed_ring_flushed().
    atomic_store_explicit(&page->flush_count, count + 1, memory_order_release);
}

/// Say that nothing more will be written, or (a loop) that there will.
/// @feeder  Wait-free.
static inline void
weir_feed_ring_end(struct weir_feed_ring *r, bool ended)
{
    // release: pairs with the acquire in weir_feed_ring_has_ended(), which
    // then sees the last `written`.
    atomic_store_explicit(&r->page->ended, ended, memory_order_release);
}

/// Count frames that were dropped for want of room.  @feeder  Wait-free.
static inline void
weir_feed_ring_count_overrun(struct weir_feed_ring *r, uint64_t n_frames)
{
    // relaxed: a number to show, written by this thread alone.
    const uint64_t was =
        atomic_load_explicit(&r->page->overruns, memory_order_relaxed);
    atomic_store_explicit(&r->page->overruns, was + n_frames,
                          memory_order_relaxed);
}

/// F4, F5: say that this side is about to sleep, and get the value of `wake`
/// to sleep on. After it look once more at what is waited for (the room, the
/// state), then futex-wait (shared) for that value, with a time-out, for weir
/// may be killed; then weir_feed_ring_awake().  @feeder  Wait-free.
static inline uint32_t
weir_feed_ring_drowse(struct weir_feed_ring *r)
{
    // seq_cst, both: pairs with weir_feed_ring_announce(). Either that sees
    // `sleeping`, or this sees its `wake`, and with it what came before.
    atomic_store_explicit(&r->page->sleeping, 1, memory_order_seq_cst);
    return atomic_load_explicit(&r->page->wake, memory_order_seq_cst);
}

/// Awake again.  @feeder  Wait-free.
static inline void
weir_feed_ring_awake(struct weir_feed_ring *r)
{
    // relaxed: who sees it late makes a wake for nobody.
    atomic_store_explicit(&r->page->sleeping, 0, memory_order_relaxed);
}

/// How the feed stands with weir.  @feeder  Wait-free.
static inline uint32_t
weir_feed_ring_state(const struct weir_feed_ring *r)
{
    // acquire: pairs with the releases of `state` in
    // weir_feed_ring_set_state(); the last `read` and the counts are seen.
    return atomic_load_explicit(&r->page->state, memory_order_acquire);
}

// ---------------------------------------------------------------- weir's side

/// M1: frames ever written, as the feeder says.  @mixer  Wait-free.
WEIR_RT static inline uint64_t
weir_feed_ring_written(const struct weir_feed_ring *r)
{
    // acquire: pairs with the release in weir_feed_ring_publish().
    return atomic_load_explicit(&r->page->written, memory_order_acquire);
}

/// Whether nothing more will be written, as the feeder says; to be asked
/// before weir_feed_ring_written().  @mixer  Wait-free.
WEIR_RT static inline bool
weir_feed_ring_has_ended(const struct weir_feed_ring *r)
{
    // acquire: pairs with the release in weir_feed_ring_end().
    return atomic_load_explicit(&r->page->ended, memory_order_acquire) != 0;
}

/// How often frames were to be dropped, and before which position, as the
/// feeder says.  @mixer  Wait-free.
WEIR_RT static inline uint32_t
weir_feed_ring_flushed(const struct weir_feed_ring *r, uint64_t *to)
{
    // acquire: pairs with the release in weir_feed_ring_flush().
    const uint32_t count =
        atomic_load_explicit(&r->page->flush_count, memory_order_acquire);
    // relaxed: ordered by the acquire; a newer one belongs to a newer count.
    *to = atomic_load_explicit(&r->page->flush_to, memory_order_relaxed);
    return count;
}

// M2 for `n` samples that do not cross the ring's end. They are loaded as
// words of two: a feeder that writes meanwhile, which it must not, is no
// undefined behaviour here.
WEIR_RT static inline void
weir_feed_ring_take_run(const struct weir_feed_ring *r, uint64_t at, float *dst,
                        uint64_t n)
{
    const _Atomic uint64_t *words =
        (const _Atomic uint64_t *)(const void *)r->samples;
    float pair[2];
    if (n > 0 && (at & 1)) {
        weir_word_load(&words[at >> 1], pair);
        *dst++ = pair[1];
        at++;
        n--;
    }
    weir_words_copy(&words[at >> 1], dst, n / 2);
    if (n & 1) {
        weir_word_load(&words[(at + n - 1) >> 1], pair);
        dst[n - 1] = pair[0];
    }
}

/// M2: copy `n` frames (at most the capacity) from position `p`, interleaved,
/// to `dst`. Any `p` will do.  @mixer  Wait-free.
WEIR_RT static inline void
weir_feed_ring_take(const struct weir_feed_ring *r, uint64_t p, float *dst,
                    uint32_t n)
{
    const uint64_t frame = p & (r->capacity - 1);
    const uint64_t n_first = weir_min_u64(n, r->capacity - frame);
    weir_feed_ring_take_run(r, frame * r->n_channels, dst,
                            n_first * r->n_channels);
    weir_feed_ring_take_run(r, 0, dst + n_first * r->n_channels,
                            (n - n_first) * r->n_channels);
}

/// M3: give the room of the frames before `read` back.  @mixer  Wait-free.
WEIR_RT static inline void
weir_feed_ring_finish(struct weir_feed_ring *r, uint64_t read)
{
    // release: pairs with the acquire in weir_feed_ring_room(); those frames
    // have been read and may be overwritten.
    atomic_store_explicit(&r->page->read, read, memory_order_release);
}

/// M4, M5: a block is done. Whether the feeder says that it sleeps, and is to
/// be woken by a futex wake (shared) of `wake`.  @mixer  Wait-free.
WEIR_RT static inline bool
weir_feed_ring_announce(struct weir_feed_ring *r, uint32_t n_blocks)
{
    // seq_cst, both: pairs with weir_feed_ring_drowse(). Either this side sees
    // `sleeping`, or the feeder sees `wake`, and with it what `read` and
    // `state` are now. The number is the mixer's own, so that the feeder
    // cannot hold it still.
    atomic_store_explicit(&r->page->wake, n_blocks, memory_order_seq_cst);
    return atomic_load_explicit(&r->page->sleeping, memory_order_seq_cst) != 0;
}

/// Tell how the feed stands.  @mixer, and @control when the mixer has let go.
/// Wait-free.
WEIR_RT static inline void
weir_feed_ring_set_state(struct weir_feed_ring *r, enum weir_feed_state state)
{
    // release: pairs with the acquire in weir_feed_ring_state().
    atomic_store_explicit(&r->page->state, (uint32_t)state,
                          memory_order_release);
}

/// A frame of the feeder's clock.
struct weir_feed_clock_pair {
    uint64_t position;
    uint64_t ns;
};

/// The newest pair, if there is one after the sequence `*seen`, which moves
/// on; false when there is none, or when the feeder is writing it: that is
/// looked at a block later.  @mixer  Wait-free, one try.
WEIR_RT static inline bool
weir_feed_ring_get_clock(const struct weir_feed_ring *r, uint32_t *seen,
                         struct weir_feed_clock_pair *pair)
{
    const struct weir_feed_page *page = r->page;
    // acquire: pairs with the last release in weir_feed_ring_set_clock().
    const uint32_t seq =
        atomic_load_explicit(&page->clock_sequence, memory_order_acquire);
    if (seq == *seen || (seq & 1))
        return false;
    // relaxed: believed only when the sequence did not move.
    pair->position =
        atomic_load_explicit(&page->clock_position, memory_order_relaxed);
    pair->ns = atomic_load_explicit(&page->clock_ns, memory_order_relaxed);
    // acquire: pairs with the release fence in weir_feed_ring_set_clock().
    atomic_thread_fence(memory_order_acquire);
    // relaxed: the fence above orders it behind the words.
    if (seq !=
        atomic_load_explicit(&page->clock_sequence, memory_order_relaxed))
        return false;
    *seen = seq;
    return true;
}

#endif
