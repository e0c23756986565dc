// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Rings with one writer and one reader: a block in and out on one thread, and
// a stream of blocks from one CPU to another.
#include "bench/bench.h"
#include "bench/clock.h"
#include "bench/pair.h"
#include "bench/peers.h"
#include "bench/ring.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 64, PAGE_BYTES = BENCH_RING_MAX_BLOCK * sizeof(float) };

struct spsc {
    const struct bench_ring_kind *kind;
    void *ring;
    uint32_t n_block;
    uint64_t n;   // blocks of this run
    bool checked; // blocks are numbered, and looked at
    bool intact;
    double took_ns; // from the first block in to the last one out
    float *in, *out;
    alignas(PAGE_BYTES) unsigned char memory[4 * PAGE_BYTES];
};

// The ring's indices and the blocks lie a quarter of a page apart, seen modulo
// a page. A load whose address ends as that of a store before it waits for
// that store: where chance put a block upon the indices, a ring took a third
// more time for it, and the largest index was hit most often.
static void
place_blocks(struct spsc *s)
{
    const uintptr_t ring = (uintptr_t)s->ring / LINE_BYTES * LINE_BYTES;
    const uintptr_t in = (ring + PAGE_BYTES / 4) % PAGE_BYTES;
    const uintptr_t out = (ring + PAGE_BYTES / 2) % PAGE_BYTES;
    s->in = (float *)(void *)(s->memory + in);
    s->out = (float *)(void *)(s->memory + 2 * PAGE_BYTES + out);
}

static void *
enter(const struct bench_contestant *contestant, uint32_t n_block)
{
    struct spsc *s = aligned_alloc(alignof(struct spsc), sizeof *s);
    if (!s)
        return NULL;
    memset(s, 0, sizeof *s);
    s->kind = contestant->how;
    s->n_block = n_block;
    s->intact = true;
    s->ring = s->kind->make(n_block);
    if (s->ring) {
        place_blocks(s);
        return s;
    }
    free(s);
    return NULL;
}

static void
leave(void *state)
{
    struct spsc *s = state;
    s->kind->drop(s->ring);
    free(s);
}

// Frame `i` of block `k`: whole numbers, other ones in each of 2^24 / 1024
// blocks.
static float
number(uint64_t k, uint32_t i)
{
    return (float)((k * BENCH_RING_MAX_BLOCK + i) & 0xffffff);
}

static void
fill(struct spsc *s, uint64_t k)
{
    for (uint32_t i = 0; i < s->n_block; i++)
        s->in[i] = number(k, i);
}

static void
look(struct spsc *s, uint64_t k)
{
    for (uint32_t i = 0; i < s->n_block; i++)
        s->intact &= s->out[i] == number(k, i);
}

// ----------------------------------------------------------- on one thread

static void
through(struct spsc *s, uint64_t n)
{
    for (uint64_t k = 0; k < n; k++) {
        if (s->checked)
            fill(s, k);
        s->intact &= s->kind->write(s->ring, s->in, s->n_block);
        s->intact &= s->kind->read(s->ring, s->out, s->n_block);
        if (s->checked)
            look(s, k);
    }
}

static void
sample_here(void *state, uint64_t n, double *measured)
{
    struct spsc *s = state;
    const double from = bench_now_ns();
    through(s, n);
    measured[0] = (bench_now_ns() - from) / (double)n;
}

static bool
verify_here(void *state)
{
    struct spsc *s = state;
    s->checked = true;
    through(s, 1000);
    s->checked = false;
    return s->intact;
}

// ---------------------------------------------------- from one CPU to another

static void
wait_more(unsigned *n_times)
{
    bench_pause();
    bench_patience(n_times);
}

static void
write_blocks(void *state)
{
    struct spsc *s = state;
    unsigned n_times = 0;
    for (uint64_t k = 0; k < s->n; k++) {
        if (s->checked)
            fill(s, k);
        while (!s->kind->write(s->ring, s->in, s->n_block))
            wait_more(&n_times);
    }
}

static void
read_blocks(void *state)
{
    struct spsc *s = state;
    unsigned n_times = 0;
    const double from = bench_now_ns();
    for (uint64_t k = 0; k < s->n; k++) {
        while (!s->kind->read(s->ring, s->out, s->n_block))
            wait_more(&n_times);
        if (s->checked)
            look(s, k);
    }
    s->took_ns = bench_now_ns() - from;
}

// The bare copies are handed over by quarters of the ring: whole ones.
static uint64_t
whole_quarters(const struct spsc *s, uint64_t n)
{
    const uint64_t quarter = BENCH_RING_FLOATS / 4 / s->n_block;
    return (n + quarter - 1) / quarter * quarter;
}

static void
sample_across(void *state, uint64_t n, double *measured)
{
    struct spsc *s = state;
    s->n = whole_quarters(s, n);
    bench_pair_run(write_blocks, read_blocks, s);
    measured[0] = s->took_ns / (double)s->n;
}

static bool
verify_across(void *state)
{
    struct spsc *s = state;
    s->n = whole_quarters(s, 1000);
    s->checked = true;
    bench_pair_run(write_blocks, read_blocks, s);
    s->checked = false;
    return s->intact;
}

// ------------------------------------------------------------------- groups

static const struct bench_contestant here[] = {
    {"memcpy", &bench_ring_unasked},
    {"weir inputs", &bench_ring_weir},
    {"weir queue", &bench_ring_queue},
    BENCH_PEERS};
static const struct bench_contestant across[] = {
    {"memcpy", &bench_ring_memcpy},
    {"weir inputs", &bench_ring_weir},
    {"weir queue", &bench_ring_queue},
    BENCH_PEERS};

static const struct bench_target here_targets[] = {
    {"weir inputs", "spa", .at_most = 1.0},
    {"weir inputs", "jack", .at_most = 0.8},
    {"weir inputs", "memcpy", .stretch = 2.0},
    {"weir queue", "spa", .at_most = 1.0},
    {"weir queue", "jack", .at_most = 0.8},
    {"weir queue", "memcpy", .stretch = 2.0},
};
// The last two are for the longest blocks alone.
static const struct bench_target across_targets[] = {
    {"weir inputs", "jack", .at_most = 1.0},
    {"weir inputs", "boost", .at_most = 1.0},
    {"weir inputs", "spa", .at_most = 1.05},
    {"weir queue", "jack", .at_most = 1.0},
    {"weir queue", "boost", .at_most = 1.0},
    {"weir queue", "spa", .at_most = 1.05},
    {"weir inputs", "memcpy", .stretch = 1.2},
    {"weir queue", "memcpy", .stretch = 1.2},
};

#define ENTER(n_block)                                                         \
    static void *enter_##n_block(const struct bench_contestant *contestant)    \
    {                                                                          \
        return enter(contestant, n_block);                                     \
    }
ENTER(64)
ENTER(256)
ENTER(1024)

#define ACROSS(n_block)                                                        \
    {                                                                          \
        .name = "spsc-" #n_block,                                              \
        .title = "a stream of blocks of " #n_block                             \
                 " floats from one CPU to another",                            \
        .unit = "ns a block", .two_cpus = true, .contestants = across,         \
        .n_contestants = BENCH_COUNT(across), .targets = across_targets,       \
        .n_targets = BENCH_COUNT(across_targets) - ((n_block) < 1024 ? 2 : 0), \
        .enter = enter_##n_block, .sample = sample_across,                     \
        .verify = verify_across, .leave = leave,                               \
    }

static const struct bench_group groups[] = {
    {
        .name = "spsc-here",
        .title = "64 floats in and out on one thread",
        .unit = "ns a block",
        .contestants = here,
        .n_contestants = BENCH_COUNT(here),
        .targets = here_targets,
        .n_targets = BENCH_COUNT(here_targets),
        .enter = enter_64,
        .sample = sample_here,
        .verify = verify_here,
        .leave = leave,
    },
    ACROSS(64),
    ACROSS(256),
    ACROSS(1024),
};

void
bench_spsc_groups(bench_add *add)
{
    for (size_t i = 0; i < BENCH_COUNT(groups); i++)
        add(&groups[i]);
}
