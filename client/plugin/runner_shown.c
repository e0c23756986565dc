// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What goes with a runner's blocks: values that weir sets, and those that it
// is shown.
#include "plugin/runner_play.h"

#include "plugin/chain_private.h"

#include <string.h>

WEIR_RT void
weir_runner_take_sets(struct weir_runner_player *r)
{
    const struct weir_runner_page *page = r->page;
    // relaxed, all: ordered by the acquire in weir_runner_play().
    const uint32_t n =
        weir_min_u32(atomic_load_explicit(&page->n_sets, memory_order_relaxed),
                     WEIR_RUNNER_SETS);
    if (n > 0)
        weir_chain_obey(r->chain); // they may be of one that has just come
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t number =
            atomic_load_explicit(&page->sets[4 * i], memory_order_relaxed);
        const uint32_t port =
            atomic_load_explicit(&page->sets[4 * i + 1], memory_order_relaxed);
        const uint32_t bits =
            atomic_load_explicit(&page->sets[4 * i + 2], memory_order_relaxed);
        float value;
        memcpy(&value, &bits, sizeof value);
        const uint32_t at =
            atomic_load_explicit(&page->sets[4 * i + 3], memory_order_relaxed);
        weir_chain_set_at(r->chain, number, port, value, at);
    }
}

// Its mark is its place there.
static WEIR_RT bool
has_room(const struct weir_slot *s)
{
    return s->mark < WEIR_RUNNER_SHOWN &&
           s->type->n_ports < WEIR_RUNNER_SHOWN - s->mark;
}

WEIR_RT void
weir_runner_show_values(struct weir_runner_player *r, uint32_t n)
{
    r->unshown += n;
    if (r->unshown < r->rate_hz / 100)
        return;
    r->unshown = 0;
    for (uint32_t i = 0; i < r->chain->n_slots; i++) {
        const struct weir_slot *s = r->chain->slots[i];
        for (uint32_t p = 0; has_room(s) && p < s->type->n_ports; p++)
            // relaxed: numbers to show.
            atomic_store_explicit(
                &r->page->shown[s->mark + 1 + p],
                atomic_load_explicit(&s->shown[p], memory_order_relaxed),
                memory_order_relaxed);
    }
}

// Beginning with 1: 0 is nothing yet.
void
weir_runner_show_states(struct weir_runner_player *r)
{
    for (uint32_t i = 0; i < weir_chain_count(r->chain); i++) {
        const struct weir_slot *s = weir_chain_slot(r->chain, i);
        if (has_room(s))
            // relaxed: a number to show.
            atomic_store_explicit(&r->page->shown[s->mark],
                                  (uint32_t)weir_chain_state(s) + 1,
                                  memory_order_relaxed);
    }
}
