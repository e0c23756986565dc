// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A feeder that finds no room goes to sleep, and the mixer, which wakes only
// who says that it sleeps, makes room: it does not sleep on.
#include "system.h"

#include "rt/feed.h"
#include "rt/futex.h"

enum { CAPACITY = 2 };

static struct weir_feed_page page;
static struct weir_feed_ring feeders, mixers;
static bool woke;

static void
prepare(void)
{
    feeders.page = mixers.page = &page;
    feeders.capacity = mixers.capacity = CAPACITY;
    atomic_init(&page.read, 0);
    atomic_init(&page.wake, 0);
    atomic_init(&page.sleeping, 0);
    model_slept = woke = false;
}

static void *
feeder(void *arg)
{
    (void)arg;
    const uint32_t wake = weir_feed_ring_drowse(&feeders);
    if (weir_feed_ring_room(&feeders, CAPACITY) == 0)
        weir_futex_wait(&page.wake, wake, 0, WEIR_FUTEX_SHARED);
    weir_feed_ring_awake(&feeders);
    return NULL;
}

static void *
mixer(void *arg)
{
    (void)arg;
    weir_feed_ring_finish(&mixers, 1);
    woke = weir_feed_ring_announce(&mixers, 1);
    return NULL;
}

// Who sleeps does so on the value before the block, and the mixer's wake comes
// after the new one: it finds the sleeper, or the sleeper finds the value.
static void
check(void)
{
    if (model_slept)
        assert(woke && model_slept_on == 0);
}

MODEL(prepare, check, feeder, mixer)
