// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A runner's blocks. Everything here is @mixer's of its process.
#include "plugin/runner_play.h"

#include "plugin/chain.h"
#include "rt/denormals.h"
#include "rt/futex.h"

#include <string.h>

static WEIR_RT void
play_block(struct weir_runner_player *r, uint32_t handed)
{
    struct weir_runner_page *page = r->page;
    float *channels[WEIR_MAX_CHANNELS];
    // relaxed: ordered by the acquire in weir_runner_play().
    const uint32_t n = weir_min_u32(
        atomic_load_explicit(&page->n_frames, memory_order_relaxed),
        r->max_block);
    for (uint32_t c = 0; c < r->n_channels; c++) {
        const float *in =
            weir_runner_samples(page, r->n_channels, r->max_block, 0, c);
        channels[c] =
            weir_runner_samples(page, r->n_channels, r->max_block, 1, c);
        memcpy(channels[c], in, n * sizeof(float));
    }
    // relaxed: ordered by the acquire in weir_runner_play().
    const bool freewheels =
        atomic_load_explicit(&page->freewheels, memory_order_relaxed) != 0;
    weir_chain_freewheel(r->chain, freewheels);
    weir_runner_take_sets(r);
    if (n > 0)
        weir_chain_process(r->chain, channels, n);
    // relaxed: numbers; ordered by the release below where it matters.
    atomic_store_explicit(&page->latency, weir_chain_latency(r->chain),
                          memory_order_relaxed);
    atomic_store_explicit(&page->faults, weir_chain_faults(r->chain),
                          memory_order_relaxed);
    // P3, release: pairs with the acquire in take_back(); hands back `out`.
    atomic_store_explicit(&page->done, handed, memory_order_release);
    if (freewheels)
        weir_futex_wake(&page->done, WEIR_FUTEX_SHARED);
    weir_runner_show_values(r, n);
}

void *
weir_runner_play(void *player)
{
    struct weir_runner_player *r = player;
    // relaxed: this process alone writes it, and nobody before this thread.
    uint32_t done = atomic_load_explicit(&r->page->done, memory_order_relaxed);
    weir_denormals_off();
    for (;;) {
        // P1, acquire: pairs with the release in hand_over(); the block.
        const uint32_t handed =
            atomic_load_explicit(&r->page->handed, memory_order_acquire);
        if (handed == done) {
            weir_futex_wait(&r->page->handed, handed, WEIR_FUTEX_FOREVER,
                            WEIR_FUTEX_SHARED);
            continue;
        }
        play_block(r, handed);
        done = handed;
    }
    return NULL;
}
