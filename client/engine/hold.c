// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Waiting for readers, in freewheel alone.
// Everything here belongs to @mixer.
//
// All atomics are relaxed. A position that is seen late costs a slice; one
// that is seen says that its reader's copies are done, and words are written
// after it has been looked at. A reader that lies about it is overtaken, and
// notices that as any other does (rt/broadcast.h).
#include "engine/hold.h"

#include "engine/engine.h"
#include "rt/clock.h"
#include "rt/futex.h"

#define SLICE_NS UINT64_C(1000000)

static WEIR_RT bool
is_held_up(const struct weir_hold *h, uint64_t end)
{
    const uint64_t position =
        atomic_load_explicit(h->position, memory_order_relaxed);
    return position < end && end - position > h->capacity &&
           !atomic_load_explicit(&h->released, memory_order_relaxed) &&
           !atomic_load_explicit(&h->given_up, memory_order_relaxed);
}

// The one exception to the mixer's rule, in freewheel alone: there is no clock
// to keep, so it waits for its readers, bounded.
static WEIR_RT void
wait_a_slice(const struct weir_hold *h, uint32_t seen)
{
    WEIR_RT_TRUST(weir_futex_wait(h->wake, seen, SLICE_NS, WEIR_FUTEX_SHARED));
}

static WEIR_RT void
await_reader(struct weir_engine *e, struct weir_hold *h, uint64_t end)
{
    while (is_held_up(h, end)) {
        // In this order: a read that comes between changes the word.
        const uint32_t seen =
            atomic_load_explicit(h->wake, memory_order_relaxed);
        if (!is_held_up(h, end))
            return;
        if (e->patience_ns == 0) {
            atomic_store_explicit(&h->given_up, true, memory_order_relaxed);
            e->patience_until = 0; // the others are not to pay for it
            return;
        }
        const uint64_t before_ns = weir_now_ns();
        wait_a_slice(h, seen);
        weir_engine_beat(&e->counters);
        e->patience_ns -=
            weir_min_u64(weir_now_ns() - before_ns, e->patience_ns);
    }
}

WEIR_RT void
weir_engine_await_readers(struct weir_engine *e, uint64_t end)
{
    if (end >= e->patience_until) {
        e->patience_ns = WEIR_HOLD_PATIENCE_NS;
        e->patience_until = end + e->rate_hz;
    }
    for (struct weir_hold *h = e->holds; h; h = h->next)
        await_reader(e, h, end);
}
