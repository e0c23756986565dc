// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What a feeder tells beside its frames: a clock of two words that belong
// together, or none; and up to where it flushes.
#include "model.h"

#define memcpy(dst, src, n) model_copy(dst, src, n)
#include "rt/feed.h"

static struct weir_feed_page page;
static struct weir_feed_ring feeders, mixers;

static void
prepare(void)
{
    feeders.page = mixers.page = &page;
    atomic_init(&page.clock_sequence, 0);
    atomic_init(&page.clock_position, 0);
    atomic_init(&page.clock_ns, 0);
    atomic_init(&page.flush_count, 0);
    atomic_init(&page.flush_to, 0);
}

static void *
feeder(void *arg)
{
    (void)arg;
#ifdef FLUSH
    weir_feed_ring_flush(&feeders, 5);
#else
    weir_feed_ring_set_clock(&feeders, 1, 10);
    weir_feed_ring_set_clock(&feeders, 2, 20);
#endif
    return NULL;
}

static void *
mixer(void *arg)
{
    (void)arg;
#ifdef FLUSH
    uint64_t to = 0;
    if (weir_feed_ring_flushed(&mixers, &to) == 1)
        assert(to == 5);
#else
    struct weir_feed_clock_pair pair = {0, 0};
    uint32_t seen = 0;
    for (int i = 0; i < 2; i++)
        if (weir_feed_ring_get_clock(&mixers, &seen, &pair))
            assert(pair.position * 2 == seen && pair.ns == 10 * pair.position);
#endif
    return NULL;
}

static void
check(void)
{
#ifndef FLUSH
    struct weir_feed_clock_pair pair = {0, 0};
    uint32_t seen = 0;
    assert(weir_feed_ring_get_clock(&mixers, &seen, &pair));
    assert(pair.position == 2 && pair.ns == 20);
    assert(!weir_feed_ring_get_clock(&mixers, &seen, &pair));
#endif
}

MODEL(prepare, check, feeder, mixer)
