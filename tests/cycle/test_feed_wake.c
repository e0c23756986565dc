// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Whom the mixer wakes: a feeder that says that it sleeps, once a block. The
// system calls are counted on their way (--wrap=syscall).
#include "cycle/feeder.h"

#include "rt/futex.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdarg.h>

enum { BLOCK = 256, CAPACITY = 1024 };

static struct rig *r;
static struct feeder *f;
static int n_wakes;
static pthread_t mixer;

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);

long
__wrap_syscall(long number, ...)
{
    va_list args;
    va_start(args, number);
    void *word = va_arg(args, void *);
    const int op = va_arg(args, int);
    const uint32_t value = va_arg(args, uint32_t);
    void *timeout = va_arg(args, void *);
    va_end(args);
    if (number == SYS_futex && op == (FUTEX_WAKE | WEIR_FUTEX_SHARED) &&
        pthread_equal(pthread_self(), mixer)) {
        cr_assert_eq(word, &f->ring.page->wake);
        n_wakes++;
    }
    return __real_syscall(number, word, op, value, timeout, NULL, 0);
}

static void
set_up(void)
{
    r = rig_new(NULL);
    f = feeder_new(r, rig_add_strip(r, 1),
                   &(struct feeder_config){.capacity = CAPACITY});
    f->strip->feed = RIG_FEED_LEVEL;
    mixer = pthread_self();
    rig_cycle(r, BLOCK);
    n_wakes = 0;
}

static void
tear_down(void)
{
    feeder_leave(f);
    rig_run(r, 4 * BLOCK, BLOCK);
    feeder_free(f);
    rig_free(r);
}

TestSuite(feed_wake, .init = set_up, .fini = tear_down);

Test(feed_wake, a_feeder_that_is_awake_costs_no_call)
{
    for (int i = 0; i < 10; i++) {
        feeder_write_level(f, 0.5f, BLOCK);
        rig_cycle(r, BLOCK);
    }
    cr_assert_eq(n_wakes, 0);
}

Test(feed_wake, a_feeder_that_says_it_sleeps_costs_one_call_a_block)
{
    // For ever, if it likes, and whatever it says.
    atomic_store_explicit(&f->ring.page->sleeping, UINT32_MAX,
                          memory_order_relaxed);
    for (int i = 0; i < 10; i++)
        rig_cycle(r, BLOCK);
    cr_assert_eq(n_wakes, 10);
}

// Writes as a pipe does: sleeps until there is room.
static void *
write_all(void *arg)
{
    const uint64_t *end = arg;
    while (f->written < *end) {
        const uint32_t n = feeder_write_level(f, 0.5f, BLOCK);
        if (n > 0)
            continue;
        const uint32_t wake = weir_feed_ring_drowse(&f->ring);
        if (weir_feed_ring_room(&f->ring, f->written) == 0)
            weir_futex_wait(&f->ring.page->wake, wake, UINT64_C(10000000000),
                            WEIR_FUTEX_SHARED);
        weir_feed_ring_awake(&f->ring);
    }
    return NULL;
}

// Nothing but a wake gets it on: its time-out is longer than the test's.
Test(feed_wake, who_waits_for_room_gets_on_by_being_woken, .timeout = 60)
{
    uint64_t end = RIG_IS_SLOW ? 200000 : 2000000;
    pthread_t feeder;
    cr_assert_eq(pthread_create(&feeder, NULL, write_all, &end), 0);
    while (f->feed->read < end)
        rig_cycle(r, BLOCK);
    pthread_join(feeder, NULL);
    cr_assert_geq(f->written, end);
    cr_assert_gt(n_wakes, 0);
}
