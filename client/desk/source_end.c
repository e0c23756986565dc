// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The end of a source, as its readers see it: the one thing that @control
// writes into a ring, in a file that a model checker can take alone.
#include "desk/source.h"

#include "rt/futex.h"

void
weir_source_end(struct weir_source *s, enum weir_broadcast_state state)
{
    // release: pairs with the acquire of who finds the ring ended; it then
    // sees the last `published`.
    atomic_store_explicit(&s->tap.ring.page->state, (uint32_t)state,
                          memory_order_release);
    // release: pairs with the acquire of `wake` in a reader that is about to
    // sleep; the mixer, which counts it otherwise, has let go.
    atomic_fetch_add_explicit(&s->tap.ring.page->wake, 1, memory_order_release);
    weir_futex_wake(&s->tap.ring.page->wake, WEIR_FUTEX_SHARED);
}
