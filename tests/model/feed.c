// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The feed ring of two frames: what is written is read once and in order,
// nothing is overwritten before; who learns of the end has every frame, and
// who learns that all is heard has the counts. The payload is plain, on both
// sides, so that anything unordered is a data race; the mixer's own loads are
// atomic for feeders that break the rules.
#include "model.h"

// Two samples at a time, as the mixer loads them.
typedef uint64_t __attribute__((may_alias)) feed_word;

static inline void
copy_words(void *dst, const void *src, size_t n_bytes)
{
    feed_word *to = dst;
    const feed_word *from = src;
    for (size_t i = 0; i < n_bytes / sizeof *to; i++)
        to[i] = from[i];
}

#define memcpy(dst, src, n) copy_words(dst, src, n)
#include "rt/words.h"
#define weir_words_copy(words, dst, n)                                         \
    copy_words(dst, (const void *)(words), (n) * sizeof(feed_word))
#include "rt/feed.h"

#ifndef WRITES
#define WRITES 3
#endif
#ifndef TRIES // of the mixer
#define TRIES 4
#endif
enum { CAPACITY = 2, CHANNELS = 2 };

static struct weir_feed_page page;
static uint64_t samples[CAPACITY];
static struct weir_feed_ring feeders, mixers;
static uint64_t n_written;
static uint64_t n_read;

static void
prepare(void)
{
    feeders.page = mixers.page = &page;
    feeders.samples = mixers.samples = (void *)samples;
    feeders.capacity = mixers.capacity = CAPACITY;
    feeders.n_channels = mixers.n_channels = CHANNELS;
    atomic_init(&page.written, 0);
    atomic_init(&page.read, 0);
    atomic_init(&page.ended, 0);
    atomic_init(&page.state, WEIR_FEED_RUNNING);
    atomic_init(&page.dropped, 0);
    n_written = n_read = 0;
}

static void *
feeder(void *arg)
{
    (void)arg;
    for (int i = 0; i < WRITES; i++) {
        const uint64_t frame = 100 + n_written;
        if (weir_feed_ring_room(&feeders, n_written) == 0)
            continue;
        weir_feed_ring_put(&feeders, n_written, (const void *)&frame, 1);
        weir_feed_ring_publish(&feeders, ++n_written);
    }
    weir_feed_ring_end(&feeders, true);
    // relaxed: ordered by the state.
    if (weir_feed_ring_state(&feeders) == WEIR_FEED_HEARD)
        assert(atomic_load_explicit(&page.dropped, memory_order_relaxed) == 7);
    return NULL;
}

static bool
read_one(void)
{
    const bool ended = weir_feed_ring_has_ended(&mixers);
    const uint64_t written = weir_feed_ring_written(&mixers);
    uint64_t frame = 0;
    assert(written - n_read <= CAPACITY);
    if (written != n_read) {
        weir_feed_ring_take(&mixers, n_read, (void *)&frame, 1);
        assert(frame == 100 + n_read);
        weir_feed_ring_finish(&mixers, ++n_read);
    }
    return ended && n_read == written;
}

static void *
mixer(void *arg)
{
    bool heard = false;
    (void)arg;
    for (int i = 0; i < TRIES && !heard; i++)
        heard = read_one();
    if (!heard)
        return NULL;
    // relaxed: ordered by the state.
    atomic_store_explicit(&page.dropped, 7, memory_order_relaxed);
    weir_feed_ring_set_state(&mixers, WEIR_FEED_HEARD);
    assert(n_read == atomic_load_explicit(&page.written, memory_order_relaxed));
    return NULL;
}

static void
check(void)
{
    while (n_read != n_written)
        read_one();
    assert(read_one());
}

MODEL(prepare, check, feeder, mixer)
