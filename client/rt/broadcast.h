// SPDX-License-Identifier: ISC
// SPDX-FileCopyrightText: the weir authors
//
// The broadcast ring: one writer, any number of readers that it never waits
// for, in memory that readers map read-only. This is the protocol alone, over
// memory that somebody else has mapped; docs/attach.md describes the layout.
//
// Positions are frame counts in 64 bits that never wrap. Frames are stored
// interleaved, two samples in one 64-bit word, and every word is a relaxed
// atomic: a reader that is overtaken reads words which the writer is
// writing, notices afterwards, and that must not be undefined behaviour.
//
//   writer, n frames at p          reader, from q
//   --------------------------    ---------------------------------
//   W1 reserved = p+n, relaxed     R1 published, acquire
//   W2 fence, release              R2 words, relaxed
//   W3 words, relaxed              R3 fence, acquire
//   W4 published = p+n, release    R4 reserved, relaxed
//
// R1 pairs with W4: what is published can be read. R3/R4 pair with W2/W1: a
// reader that saw one word of a later lap in R2 sees in R4 the `reserved`
// that announced it, and throws away what that lap may have touched.
#ifndef WEIR_RT_BROADCAST_H
#define WEIR_RT_BROADCAST_H

#include "rt/tags.h"
#include "rt/words.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/// "WEIRRING" as a little-endian word.
#define WEIR_BROADCAST_MAGIC UINT64_C(0x474e495252494557)
/// Raised when the layout below or the attach protocol changes.
#define WEIR_BROADCAST_ABI 1u
/// Where the samples begin, in bytes from the start of the memory.
#define WEIR_BROADCAST_DATA_OFFSET 4096u

enum weir_broadcast_state {
    WEIR_BROADCAST_RUNNING = 1,
    WEIR_BROADCAST_ENDED = 2,   ///< weir stopped
    WEIR_BROADCAST_REMOVED = 3, ///< the strip or bus is gone
    WEIR_BROADCAST_FORMAT = 4,  ///< rate or channels changed: attach anew
    WEIR_BROADCAST_WAITING = 5, ///< not the end: weir has no server for now
};

/// The first page of the shared memory, as readers see it.
struct weir_broadcast_page {
    // Fixed before any reader can map it.
    uint64_t magic;
    uint32_t abi;
    uint32_t rate_hz;
    uint32_t n_channels;
    uint32_t data_offset;
    uint64_t capacity; // frames
    uint64_t first;    // position of the first frame ever written

    // Written by @mixer for every block.
    alignas(WEIR_CACHE_LINE) _Atomic uint64_t reserved;
    alignas(WEIR_CACHE_LINE) _Atomic uint64_t published;
    _Atomic uint32_t wake; // futex: counts blocks, modulo 2^32
    // Written by @control: running and waiting by turns, in the end one of
    // the others.
    _Atomic uint32_t state;

    // Written by @mixer once a cycle, behind the sequence: odd while it
    // changes. `clock_ns` is CLOCK_MONOTONIC when the frame
    // `clock_position` reached weir.
    alignas(WEIR_CACHE_LINE) _Atomic uint32_t clock_sequence;
    _Atomic uint64_t clock_position;
    _Atomic uint64_t clock_ns;
    _Atomic uint64_t clock_rate_uhz; // frames a second, times 10^6

    // Written by @mixer: see weir_broadcast_epoch().
    _Atomic uint64_t epoch;
};

_Static_assert(offsetof(struct weir_broadcast_page, reserved) == 64, "ABI");
_Static_assert(offsetof(struct weir_broadcast_page, published) == 128, "ABI");
_Static_assert(offsetof(struct weir_broadcast_page, wake) == 136, "ABI");
_Static_assert(offsetof(struct weir_broadcast_page, state) == 140, "ABI");
_Static_assert(offsetof(struct weir_broadcast_page, clock_rate_uhz) == 216,
               "ABI");
_Static_assert(offsetof(struct weir_broadcast_page, epoch) == 224, "ABI");
_Static_assert(sizeof(struct weir_broadcast_page) <= WEIR_BROADCAST_DATA_OFFSET,
               "the samples follow the page");

/// One side's view of a ring. The fixed fields are copies, so that a reader
/// that has checked them once is not at the mercy of the memory afterwards.
struct weir_broadcast {
    struct weir_broadcast_page *page;
    _Atomic uint64_t *words;
    uint64_t capacity;   // frames, even
    uint64_t reciprocal; // floor((2^64 - 1) / capacity): instead of dividing
    uint32_t n_channels;
};

/// Bytes of shared memory for a ring.  @any
static inline size_t
weir_broadcast_bytes(uint64_t capacity, uint32_t n_channels)
{
    return WEIR_BROADCAST_DATA_OFFSET +
           (size_t)capacity * n_channels * sizeof(float);
}

/// One side's view of a ring in `memory`, whose fixed fields were checked.
/// @any  Borrows `memory`.
static inline struct weir_broadcast
weir_broadcast_view(void *memory, uint64_t capacity, uint32_t n_channels)
{
    return (struct weir_broadcast){
        .page = memory,
        .words = (_Atomic uint64_t *)(void *)((char *)memory +
                                              WEIR_BROADCAST_DATA_OFFSET),
        .capacity = capacity,
        .reciprocal = UINT64_MAX / capacity,
        .n_channels = n_channels,
    };
}

/// Start a ring in zeroed memory of weir_broadcast_bytes(); its first frame
/// will be `first`.  `capacity` is even.  @control  Borrows `memory`.
static inline void
weir_broadcast_init(struct weir_broadcast *b, void *memory, uint32_t rate_hz,
                    uint32_t n_channels, uint64_t capacity, uint64_t first)
{
    struct weir_broadcast_page *page = memory;
    page->magic = WEIR_BROADCAST_MAGIC;
    page->abi = WEIR_BROADCAST_ABI;
    page->rate_hz = rate_hz;
    page->n_channels = n_channels;
    page->data_offset = WEIR_BROADCAST_DATA_OFFSET;
    page->capacity = capacity;
    page->first = first;
    atomic_init(&page->reserved, first);
    atomic_init(&page->published, first);
    atomic_init(&page->wake, 0);
    atomic_init(&page->epoch, 0);
    atomic_init(&page->state, WEIR_BROADCAST_RUNNING);
    *b = weir_broadcast_view(memory, capacity, n_channels);
}

// Where a position's frame lies: its remainder by the capacity. To divide 64
// bits takes as long as to copy twenty words; the estimate by the reciprocal
// is right or one too small.
WEIR_RT static inline uint64_t
weir_broadcast_frame_index(const struct weir_broadcast *b, uint64_t position)
{
#if defined(__SIZEOF_INT128__) && !defined(WEIR_MODEL)
    const uint64_t laps =
        (uint64_t)((unsigned __int128)position * b->reciprocal >> 64);
    const uint64_t rest = position - laps * b->capacity;
    return rest < b->capacity ? rest : rest - b->capacity;
#else
    return position % b->capacity;
#endif
}

// ---------------------------------------------------------------- writing

/// W1, W2: announce that the frames before `end` will be touched.
/// @mixer  Wait-free.
WEIR_RT static inline void
weir_broadcast_reserve(struct weir_broadcast *b, uint64_t end)
{
    // relaxed: the fence below orders it before the words.
    atomic_store_explicit(&b->page->reserved, end, memory_order_relaxed);
    // release: pairs with the acquire fence in weir_broadcast_valid_from():
    // who sees a word written after it sees `reserved` as well.
    atomic_thread_fence(memory_order_release);
}

/// W4: hand the frames before `end` to the readers.  @mixer  Wait-free.
/// Sleeping readers are woken by the caller, if there are any.
WEIR_RT static inline void
weir_broadcast_publish(struct weir_broadcast *b, uint64_t end)
{
    struct weir_broadcast_page *page = b->page;
    // release: pairs with the acquire in weir_broadcast_published().
    atomic_store_explicit(&page->published, end, memory_order_release);
    // relaxed: this thread alone writes it.
    const uint32_t wake =
        atomic_load_explicit(&page->wake, memory_order_relaxed);
    // release: pairs with the acquire of `wake` before a reader looks at
    // `published` for the last time and goes to sleep.
    atomic_store_explicit(&page->wake, wake + 1, memory_order_release);
}

// Put one sample at sample index `at`, keeping the other half of its word.
// relaxed: this thread alone writes words; their order is W2's and W4's.
WEIR_RT static inline void
weir_broadcast_put(struct weir_broadcast *b, uint64_t at, float sample)
{
    float pair[2];
    const uint64_t word =
        atomic_load_explicit(&b->words[at >> 1], memory_order_relaxed);
    weir_word_unpack(word, pair);
    pair[at & 1] = sample;
    atomic_store_explicit(&b->words[at >> 1], weir_word_pack(pair),
                          memory_order_relaxed);
}

// W3 for two channels that share a word in each frame, `stride` words apart.
WEIR_RT static inline void
weir_broadcast_put_two(_Atomic uint64_t *words, uint32_t stride,
                       const float *left, const float *right, uint32_t n)
{
    // Unrolled, here and below, for no compiler makes one access of several
    // atomics, and does not unroll them by itself.
#pragma GCC unroll 8
    for (uint32_t i = 0; i < n; i++)
        weir_word_store(&words[(size_t)i * stride], left[i], right[i]);
}

// W3 for an even number of channels, a few frames at a time, so that their
// lines stay near until the last pair is in.
WEIR_RT static inline void
weir_broadcast_put_even(struct weir_broadcast *b, uint64_t at,
                        const float *const *channels, uint32_t offset,
                        uint32_t n)
{
    enum { FEW = 64 };
    const uint32_t stride = b->n_channels / 2;
    _Atomic uint64_t *words = &b->words[at >> 1];
    for (uint32_t i = 0; i < n; i += FEW)
        for (uint32_t c = 0; c < stride; c++)
            weir_broadcast_put_two(&words[(size_t)i * stride + c], stride,
                                   channels[(size_t)2 * c] + offset + i,
                                   channels[(size_t)2 * c + 1] + offset + i,
                                   weir_min_u32(FEW, n - i));
}

// W3 for mono: two frames are a word, the first and the last may be half one.
WEIR_RT static inline void
weir_broadcast_put_mono(struct weir_broadcast *b, uint64_t at, const float *src,
                        uint32_t n)
{
    if (n > 0 && (at & 1)) {
        weir_broadcast_put(b, at++, *src++);
        n--;
    }
    _Atomic uint64_t *words = &b->words[at >> 1];
#pragma GCC unroll 8
    for (uint32_t i = 0; i < n / 2; i++)
        weir_word_store(&words[i], src[(size_t)2 * i], src[(size_t)2 * i + 1]);
    if (n & 1)
        weir_broadcast_put(b, at + n - 1, src[n - 1]);
}

// W3 for any number of channels, up to the ring's end.
WEIR_RT static inline void
weir_broadcast_put_run(struct weir_broadcast *b, uint64_t at,
                       const float *const *channels, uint32_t offset,
                       uint32_t n)
{
    if (b->n_channels == 2)
        weir_words_interleave(&b->words[at >> 1], channels[0] + offset,
                              channels[1] + offset, n);
    else if (b->n_channels == 1)
        weir_broadcast_put_mono(b, at, channels[0] + offset, n);
    else if (b->n_channels % 2 == 0)
        weir_broadcast_put_even(b, at, channels, offset, n);
    else
        for (uint32_t i = 0; i < n; i++)
            for (uint32_t c = 0; c < b->n_channels; c++)
                weir_broadcast_put(b, at++, channels[c][offset + i]);
}

/// Write `n` frames of `n_channels` planar buffers at position `p`, which is
/// where the last write ended, and publish them.  `n` is at most the
/// capacity.  @mixer  Wait-free.  Borrows `channels`.
WEIR_RT static inline void
weir_broadcast_write(struct weir_broadcast *b, uint64_t p,
                     const float *const *channels, uint32_t n)
{
    const uint64_t frame = weir_broadcast_frame_index(b, p);
    const uint32_t n_first = (uint32_t)weir_min_u64(n, b->capacity - frame);
    // Readers have this line; the samples go on their way meanwhile.
    weir_prefetch_write(&b->page->published);
    weir_broadcast_reserve(b, p + n);
    weir_broadcast_put_run(b, frame * b->n_channels, channels, 0, n_first);
    weir_broadcast_put_run(b, 0, channels, n_first, n - n_first);
    weir_broadcast_publish(b, p + n);
}

// ---------------------------------------------------------------- reading

/// R1: frames before the returned position can be read.  @reader @rt
WEIR_RT static inline uint64_t
weir_broadcast_published(const struct weir_broadcast *b)
{
    // acquire: pairs with the release in weir_broadcast_publish().
    return atomic_load_explicit(&b->page->published, memory_order_acquire);
}

/// R3, R4: after copying, the oldest position that was certainly not being
/// overwritten meanwhile.  Frames before it are gone.  @reader @rt
WEIR_RT static inline uint64_t
weir_broadcast_valid_from(const struct weir_broadcast *b)
{
    // acquire: pairs with the release fence in weir_broadcast_reserve().
    atomic_thread_fence(memory_order_acquire);
    // relaxed: the fence above orders it behind the words.
    const uint64_t reserved =
        atomic_load_explicit(&b->page->reserved, memory_order_relaxed);
    return reserved > b->capacity ? reserved - b->capacity : 0;
}

// R2: one sample.  relaxed: validated by R3 and R4 before it is believed.
WEIR_RT static inline float
weir_broadcast_get(const struct weir_broadcast *b, uint64_t at)
{
    float pair[2];
    const uint64_t word =
        atomic_load_explicit(&b->words[at >> 1], memory_order_relaxed);
    weir_word_unpack(word, pair);
    return pair[at & 1];
}

// R2 for `n` samples that do not cross the ring's end.
WEIR_RT static inline void
weir_broadcast_get_run(const struct weir_broadcast *b, uint64_t at, float *dst,
                       uint64_t n)
{
    if (n > 0 && (at & 1)) {
        *dst++ = weir_broadcast_get(b, at++);
        n--;
    }
    weir_words_copy(&b->words[at >> 1], dst, n / 2);
    if (n & 1)
        dst[n - 1] = weir_broadcast_get(b, at + n - 1);
}

/// R2: copy `n` frames at position `q`, interleaved, into `dst`.  What came
/// out may be believed from weir_broadcast_valid_from() on.  @reader
WEIR_RT static inline void
weir_broadcast_copy(const struct weir_broadcast *b, uint64_t q, float *dst,
                    uint32_t n)
{
    const uint64_t at = weir_broadcast_frame_index(b, q) * b->n_channels;
    const uint64_t n_samples = (uint64_t)n * b->n_channels;
    const uint64_t room = b->capacity * b->n_channels - at;
    const uint64_t n_first = weir_min_u64(n_samples, room);
    weir_broadcast_get_run(b, at, dst, n_first);
    weir_broadcast_get_run(b, 0, dst + n_first, n_samples - n_first);
}

// R2 for one channel, up to the ring's end.
WEIR_RT static inline void
weir_broadcast_get_channel(const struct weir_broadcast *b, uint64_t frame,
                           uint32_t channel, float *dst, uint32_t n)
{
    if (b->n_channels == 2) {
        weir_words_copy_half(&b->words[frame], channel, dst, n);
        return;
    }
    uint64_t at = frame * b->n_channels + channel;
    for (uint32_t i = 0; i < n; i++, at += b->n_channels)
        dst[i] = weir_broadcast_get(b, at);
}

/// R2: copy `n` frames of one channel at position `q` into `dst`.  @rt
WEIR_RT static inline void
weir_broadcast_copy_channel(const struct weir_broadcast *b, uint64_t q,
                            uint32_t channel, float *dst, uint32_t n)
{
    const uint64_t frame = weir_broadcast_frame_index(b, q);
    const uint32_t n_first = (uint32_t)weir_min_u64(n, b->capacity - frame);
    weir_broadcast_get_channel(b, frame, channel, dst, n_first);
    weir_broadcast_get_channel(b, 0, channel, dst + n_first, n - n_first);
}

/// What a read found: first `lost` frames that are gone, then `n` frames.
struct weir_broadcast_span {
    uint64_t lost;
    uint32_t n;
};

/// A reader that lost frames goes on this many behind the newest: a quarter
/// of the history is left before it would be lapped again.  @any
static inline uint64_t
weir_broadcast_keep(const struct weir_broadcast *b)
{
    return b->capacity - (b->capacity + 3) / 4;
}

/// Read up to `n_max` frames from `*q` on, interleaved, into `dst`, and move
/// `*q` behind them.  A reader that was lapped, before the copy or during it,
/// is told exactly how many frames it lost, and goes on `keep` frames (at
/// most the capacity) behind the newest: it does not pick up the few that
/// are still whole in front of the writer, which would only make two
/// dropouts of one.
/// @reader  Wait-free: at most `tries` copies, then `n` is 0.
static inline struct weir_broadcast_span
weir_broadcast_read(const struct weir_broadcast *b, uint64_t *q, float *dst,
                    uint32_t n_max, uint64_t keep)
{
    struct weir_broadcast_span span = {0, 0};
    for (int tries = 3; tries > 0; tries--) {
        const uint64_t published = weir_broadcast_published(b);
        const uint64_t behind = published > *q ? published - *q : 0;
        const uint32_t n = (uint32_t)weir_min_u64(n_max, behind);
        if (behind <= b->capacity) {
            weir_broadcast_copy(b, *q, dst, n);
            if (weir_broadcast_valid_from(b) <= *q) {
                *q += n;
                span.n = n;
                return span;
            }
        }
        // A block longer than what `keep` leaves free may be under way, and
        // never be finished: its writer died.
        const uint64_t newest = weir_broadcast_published(b);
        const uint64_t whole =
            weir_min_u64(weir_broadcast_valid_from(b), newest);
        const uint64_t kept = newest > keep ? newest - keep : 0;
        const uint64_t next = whole > kept ? whole : kept;
        if (next > *q) {
            span.lost += next - *q;
            *q = next;
        }
    }
    return span;
}

// ------------------------------------------------------------------ epochs

/// An epoch as the page has it, in one word: the position at which freewheel
/// began or ended last, and which of the two.  0: it has been real time since
/// the beginning.  @any
WEIR_RT static inline uint64_t
weir_broadcast_epoch(uint64_t position, _Bool freewheel)
{
    return position << 1 | (freewheel ? 1u : 0u);
}

/// Whether that is one of freewheel.  @any
WEIR_RT static inline _Bool
weir_broadcast_epoch_freewheels(uint64_t epoch)
{
    return epoch & 1;
}

/// Its first frame.  @any
static inline uint64_t
weir_broadcast_epoch_begin(uint64_t epoch)
{
    return epoch >> 1;
}

/// Tell readers of another epoch, before its first block.  @mixer
WEIR_RT static inline void
weir_broadcast_set_epoch(struct weir_broadcast *b, uint64_t epoch)
{
    // relaxed: handed over by the release of the next `published`.
    atomic_store_explicit(&b->page->epoch, epoch, memory_order_relaxed);
}

/// The epoch of the newest frame that was seen to be published, or a later
/// one.  @reader
static inline uint64_t
weir_broadcast_get_epoch(const struct weir_broadcast *b)
{
    // relaxed: whoever acquired `published` sees the epoch of its frames.
    return atomic_load_explicit(&b->page->epoch, memory_order_relaxed);
}

// ------------------------------------------------------------------ clock

struct weir_broadcast_clock {
    uint64_t position;
    uint64_t ns;
    uint64_t rate_uhz;
};

/// Tell readers when a frame arrived.  @mixer  Wait-free.
WEIR_RT static inline void
weir_broadcast_set_clock(struct weir_broadcast *b,
                         struct weir_broadcast_clock clock)
{
    struct weir_broadcast_page *page = b->page;
    // relaxed: this thread alone writes it.
    const uint32_t seq =
        atomic_load_explicit(&page->clock_sequence, memory_order_relaxed);
    atomic_store_explicit(&page->clock_sequence, seq + 1, memory_order_relaxed);
    // release: pairs with the acquire fence in weir_broadcast_get_clock():
    // who sees one of the words below sees the odd sequence.
    atomic_thread_fence(memory_order_release);
    // relaxed: ordered by the fence above and the release below.
    atomic_store_explicit(&page->clock_position, clock.position,
                          memory_order_relaxed);
    atomic_store_explicit(&page->clock_ns, clock.ns, memory_order_relaxed);
    atomic_store_explicit(&page->clock_rate_uhz, clock.rate_uhz,
                          memory_order_relaxed);
    // release: pairs with the acquire in weir_broadcast_get_clock().
    atomic_store_explicit(&page->clock_sequence, seq + 2, memory_order_release);
}

/// The clock, or false when the writer was in the middle of it a few times
/// in a row (or died there).  @reader  Wait-free.
static inline _Bool
weir_broadcast_get_clock(const struct weir_broadcast *b,
                         struct weir_broadcast_clock *clock)
{
    const struct weir_broadcast_page *page = b->page;
    for (int tries = 8; tries > 0; tries--) {
        // acquire: pairs with the last release in weir_broadcast_set_clock().
        const uint32_t seq =
            atomic_load_explicit(&page->clock_sequence, memory_order_acquire);
        // relaxed: believed only when the sequence did not move.
        clock->position =
            atomic_load_explicit(&page->clock_position, memory_order_relaxed);
        clock->ns = atomic_load_explicit(&page->clock_ns, memory_order_relaxed);
        clock->rate_uhz =
            atomic_load_explicit(&page->clock_rate_uhz, memory_order_relaxed);
        // acquire: pairs with the release fence in weir_broadcast_set_clock().
        atomic_thread_fence(memory_order_acquire);
        // relaxed: the fence above orders it behind the words.
        if (!(seq & 1) && seq == atomic_load_explicit(&page->clock_sequence,
                                                      memory_order_relaxed))
            return 1;
    }
    return 0;
}

#endif
