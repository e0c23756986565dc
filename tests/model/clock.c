// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The clock behind its sequence counter: three words that belong together,
// or none.
#include "model.h"

#include "rt/broadcast.h"

#ifndef SETS
#define SETS 1
#endif

static struct weir_broadcast_page page;
static struct weir_broadcast ring;

static void
prepare(void)
{
    ring.page = &page;
    atomic_init(&page.clock_sequence, 0);
    atomic_init(&page.clock_position, 0);
    atomic_init(&page.clock_ns, 0);
    atomic_init(&page.clock_rate_uhz, 0);
}

static void *
mixer(void *arg)
{
    (void)arg;
    for (uint64_t i = 1; i <= SETS; i++)
        weir_broadcast_set_clock(
            &ring, (struct weir_broadcast_clock){
                       .position = i, .ns = 10 * i, .rate_uhz = 100 * i});
    return NULL;
}

static void *
reader(void *arg)
{
    struct weir_broadcast_clock c = {0, 0, 0};
    (void)arg;
    if (weir_broadcast_get_clock(&ring, &c))
        assert(c.position <= SETS && c.ns == 10 * c.position &&
               c.rate_uhz == 100 * c.position);
    return NULL;
}

static void
check(void)
{
    struct weir_broadcast_clock c = {0, 0, 0};
    assert(weir_broadcast_get_clock(&ring, &c));
    assert(c.position == SETS && c.ns == 10 * SETS && c.rate_uhz == 100 * SETS);
}

MODEL(prepare, check, mixer, reader)
