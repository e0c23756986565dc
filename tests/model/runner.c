// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A page between the mixer and a runner: what comes back is what the plugins
// made of the block that was handed over, whole, and the runner does not sleep
// over a block. The samples are plain on both sides: whose they are not at the
// moment may not look at them.
#include "system.h"

#include "plugin/crossfade.h"
#include "plugin/delay.h"
#include "rt/queue.c"

// There is no plugin: it adds something to every sample.
#define WEIR_PLUGIN_CHAIN_H
enum {
    WEIR_MAX_SLOTS = 1,
    WEIR_SLOT_RESTARTS = 1,
    LATENCY = 7,
    ADDED = 100,
};
struct weir_chain {
    uint32_t n_blocks;
};
enum weir_slot_state { NO_STATE };
struct weir_why;
struct weir_plugin_type;

static inline uint32_t
weir_chain_latency(const struct weir_chain *chain)
{
    (void)chain;
    return LATENCY;
}

static inline void
weir_chain_freewheel(struct weir_chain *chain, bool freewheels)
{
    (void)chain, (void)freewheels;
}

static inline uint32_t
weir_chain_faults(const struct weir_chain *chain)
{
    (void)chain;
    return 0;
}

#ifndef BLOCKS
#define BLOCKS 3
#endif

// Of the blocks with these numbers, which begin at 1.
static inline uint32_t
length_of(uint32_t number)
{
    return number % 2 ? 2 : 1;
}

static inline uint32_t
sample_of(uint32_t number, uint32_t frame)
{
    return 10 * number + frame;
}

static inline void
weir_chain_process(struct weir_chain *chain, float *const *channels, uint32_t n)
{
    chain->n_blocks++;
    for (uint32_t number = 1; number <= BLOCKS; number++)
        if (channels[0][0] == sample_of(number, 0))
            assert(n == length_of(number));
    for (uint32_t f = 0; f < n; f++)
        channels[0][f] += ADDED;
}

// Samples as they are: explore finds who looks too early. In weir they are
// words, for a runner that keeps to nothing.
#define WEIR_RT_WORDS_H
static inline void
weir_words_copy(const _Atomic uint64_t *words, float *dst, uint64_t n)
{
    const void *from = words;
    model_copy(dst, from, n * 8);
}

#define WEIR_RT_DENORMALS_H // no such thing in a model
static inline void
weir_denormals_off(void)
{
}

#ifndef _SYS_TYPES_H // has more than a checker's headers have
#define _SYS_TYPES_H
typedef int pid_t;
#endif

#include "plugin/runner_exchange.c"
#include "plugin/runner_play.h"

// Nothing is set, and nothing shown.
void
weir_runner_take_sets(struct weir_runner_player *player)
{
    (void)player;
}

void
weir_runner_show_values(struct weir_runner_player *player, uint32_t n)
{
    (void)player, (void)n;
}

#include "plugin/runner_play.c"

enum { BLOCK = 2, WET = 8 };

static alignas(
    WEIR_CACHE_LINE) unsigned char page[sizeof(struct weir_runner_page) +
                                        2 * BLOCK * sizeof(float)];
static unsigned char delay[sizeof(struct weir_delay) + 4 * sizeof(float)];
static struct weir_runner_link mixers_link;
static struct weir_runner mixers;
static struct weir_runner_player runners;
static struct weir_chain chain;
static float wet[WET];
static float block[BLOCK];
static uint32_t sent; // number of the block that is away

static void
prepare(void)
{
    model_zero(page, sizeof page);
    runners.page = mixers_link.page = (void *)page;
    atomic_init(&mixers_link.page->handed, 0);
    atomic_init(&mixers_link.page->done, 0);
    atomic_init(&mixers_link.page->n_frames, 0);
    atomic_init(&mixers_link.page->latency, 0);
    atomic_init(&mixers_link.page->faults, 0);
    atomic_init(&mixers_link.page->n_sets, 0);
    atomic_init(&mixers_link.page->freewheels, 0);
    atomic_init(&mixers.n_faults, 0);
    mixers.freewheels = false;
    mixers.n_sets = 0;
    mixers_link.handed = 0;
    mixers_link.is_waited_for = false;
    mixers.delay = (void *)delay;
    mixers.delay->n_channels = 1;
    mixers.delay->size = 4;
    mixers.delay->at = 0;
    mixers.config.n_channels = runners.n_channels = 1;
    mixers.config.block = runners.max_block = BLOCK;
    mixers.link = &mixers_link;
    mixers.wet = wet;
    mixers.wet_size = WET;
    mixers.block = block;
    mixers.position = 8;
    mixers.wet_from = mixers.wet_to = 8;
    atomic_init(&mixers.latency, 0);
    runners.chain = &chain;
    chain.n_blocks = 0;
    sent = 0;
    model_slept = false;
}

// What is there after the block that was away is back.
static void
look(void)
{
    const uint64_t from = mixers.sent_from;
    assert(mixers.wet_to == from + length_of(sent));
    for (uint32_t f = 0; f < length_of(sent); f++)
        assert(wet[(from + f) % WET] == sample_of(sent, f) + ADDED);
    assert(atomic_load_explicit(&mixers.latency, memory_order_relaxed) ==
           LATENCY);
}

static void *
mixer(void *arg)
{
    (void)arg;
    for (uint32_t i = 1; i <= BLOCKS; i++) {
        const float in[BLOCK] = {sample_of(i, 0), sample_of(i, 1)};
        const float *const channels[1] = {in};
        const bool was_away = mixers_link.is_waited_for;
        get_back(&mixers);
        if (was_away && !mixers_link.is_waited_for)
            look();
        const bool goes = !mixers_link.is_waited_for;
        put_in(&mixers, channels, length_of(i));
        if (goes)
            sent = i;
        go_on(&mixers, length_of(i));
    }
    return NULL;
}

static void *
runner(void *arg)
{
    (void)arg;
    return weir_runner_play(&runners);
}

// The runner ends asleep: not over a block, unless its wake was to come, which
// is when the number is another by now.
static void
check(void)
{
    const uint32_t handed =
        atomic_load_explicit(&mixers_link.page->handed, memory_order_relaxed);
    const uint32_t done =
        atomic_load_explicit(&mixers_link.page->done, memory_order_relaxed);
    assert(model_slept && handed > 0);
    if (model_slept_on == handed)
        assert(done == handed && chain.n_blocks == handed);
}

MODEL(prepare, check, mixer, runner)
