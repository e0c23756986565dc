// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The broadcast ring: a stereo block of 64 frames written while readers on
// the other CPU are in step, and read while it is hot.
#include "bench/baton.h"
#include "bench/bench.h"
#include "bench/pair.h"

#include "rt/broadcast.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
    BLOCK = 64,
    CHANNELS = 2,
    SAMPLES = BLOCK * CHANNELS,
    CAPACITY = 20 * 48000, // weir's --history, at 48 kHz
    MAX_READERS = 32,
    PERIOD_NS = 4000, // between two blocks: longer than any readers take
};

struct broadcast {
    bool bare;  // copies alone
    bool words; // so does this, by words as the ring does
    uint32_t n_readers;
    uint64_t first_block, n; // of this run
    bool checked, intact;
};

// All contestants use the same memory in turn: where it lies makes more of a
// difference than they do. The ring's is shared, as readers would map it.
static struct {
    struct weir_broadcast ring;
    void *memory;
    uint64_t n_blocks; // written, ever
    uint32_t n_users;
    alignas(64) float left[BLOCK], right[BLOCK];
    alignas(64) float interleaved[SAMPLES];
    struct bench_taken writes;
    struct bench_baton baton;
    alignas(64) uint64_t at[MAX_READERS]; // the readers'
    alignas(64) float out[SAMPLES];
    bool intact; // as far as the reading thread has seen
} shared;

// ------------------------------------------------------------ coming, going

/// How a contestant is told apart: how many readers, and what it does.
struct how {
    uint32_t n_readers;
    bool bare, words;
};

static void
share_ring(void)
{
    if (shared.n_users++ > 0)
        return;
    shared.memory = mmap(NULL, weir_broadcast_bytes(CAPACITY, CHANNELS),
                         PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (shared.memory == MAP_FAILED)
        abort();
    weir_broadcast_init(&shared.ring, shared.memory, 48000, CHANNELS, CAPACITY,
                        0);
    shared.n_blocks = CAPACITY / BLOCK - 50; // verified past the ring's end
    shared.intact = true;
}

static void
leave(void *state)
{
    free(state);
    if (--shared.n_users == 0)
        munmap(shared.memory, weir_broadcast_bytes(CAPACITY, CHANNELS));
}

static void *
enter(const struct bench_contestant *contestant)
{
    const struct how *how = contestant->how;
    struct broadcast *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    share_ring();
    s->bare = how->bare;
    s->words = how->words;
    s->n_readers = how->n_readers;
    s->intact = true;
    return s;
}

// Whole numbers, other ones in each of 2^24 / 128 blocks.
static float
number(uint64_t block, uint32_t i)
{
    return (float)((block * SAMPLES + i) & 0xffffff);
}

static void
fill(uint64_t block)
{
    for (uint32_t i = 0; i < BLOCK; i++) {
        shared.left[i] = number(block, 2 * i);
        shared.right[i] = number(block, 2 * i + 1);
    }
    for (uint32_t i = 0; i < SAMPLES; i++)
        shared.interleaved[i] = number(block, i);
}

static void
look(uint64_t block)
{
    for (uint32_t i = 0; i < SAMPLES; i++)
        shared.intact &= shared.out[i] == number(block, i);
}

// ------------------------------------------------------------------ a block

static float *
bare_place(uint64_t block)
{
    char *samples = (char *)shared.memory + WEIR_BROADCAST_DATA_OFFSET;
    return (float *)(void *)samples +
           block * SAMPLES % ((uint64_t)CAPACITY * CHANNELS);
}

// By the library's memcpy(): of a length that it knows the compiler would make
// a slower one here.
static void
copy(float *dst, const float *src, size_t n_bytes)
{
    __asm__ volatile("" : "+r"(n_bytes));
    memcpy(dst, src, n_bytes);
}

// The words without the ring, each by an atomic of its own.
static void
copy_words(float *dst, const _Atomic uint64_t *words)
{
#pragma GCC unroll 8
    for (uint32_t i = 0; i < BLOCK; i++)
        weir_word_load(&words[i], dst + (size_t)2 * i);
}

static void
write_block(struct broadcast *s, uint64_t block)
{
    const float *const channels[CHANNELS] = {shared.left, shared.right};
    if (s->bare)
        copy(bare_place(block), shared.interleaved, sizeof shared.interleaved);
    else
        weir_broadcast_write(&shared.ring, block * BLOCK, channels, BLOCK);
}

static void
read_block(struct broadcast *s, uint64_t block, uint32_t reader)
{
    if (s->words) {
        copy_words(shared.out,
                   shared.ring.words + block * BLOCK % (uint64_t)CAPACITY);
        return;
    }
    if (s->bare) {
        copy(shared.out, bare_place(block), sizeof shared.out);
        return;
    }
    const struct weir_broadcast_span span =
        weir_broadcast_read(&shared.ring, &shared.at[reader], shared.out, BLOCK,
                            weir_broadcast_keep(&shared.ring));
    shared.intact &= span.n == BLOCK && span.lost == 0;
}

// ---------------------------------------------------------------- in step

// How long the writer has waited makes a difference to what it does next, so
// all wait for as long: however many readers there are.
static void
await_period(uint64_t *due)
{
    while (bench_ticks_begin() < *due)
        ;
    *due = bench_ticks_begin() + (uint64_t)(PERIOD_NS / bench_ns_per_tick);
}

static void
write_blocks(void *state)
{
    struct broadcast *s = state;
    uint64_t due = 0;
    const uint64_t end = s->first_block + s->n;
    for (uint64_t k = s->first_block; k < end; k++) {
        bench_baton_await(&shared.baton.read, k);
        if (s->checked)
            fill(k);
        else
            await_period(&due);
        const uint64_t begin = bench_ticks_begin();
        write_block(s, k);
        bench_take(&shared.writes, bench_ticks_end() - begin);
        bench_baton_pass(&shared.baton.written, k + 1);
    }
    bench_baton_await(&shared.baton.read, end);
}

static void
read_blocks(void *state)
{
    struct broadcast *s = state;
    const uint64_t end = s->first_block + s->n;
    for (uint64_t k = s->first_block; k < end; k++) {
        bench_baton_await(&shared.baton.written, k + 1);
        for (uint32_t r = 0; r < s->n_readers; r++) {
            read_block(s, k, r);
            if (s->checked)
                look(k);
        }
        bench_baton_pass(&shared.baton.read, k + 1);
    }
}

// Goes on where the last one, whoever it was, has ended.
static void
run(struct broadcast *s, uint64_t n)
{
    s->n = n;
    s->first_block = shared.n_blocks;
    shared.writes.n = 0;
    atomic_init(&shared.baton.written, s->first_block);
    atomic_init(&shared.baton.read, s->first_block);
    weir_broadcast_reserve(&shared.ring, s->first_block * BLOCK);
    weir_broadcast_publish(&shared.ring, s->first_block * BLOCK);
    for (uint32_t r = 0; r < s->n_readers; r++)
        shared.at[r] = s->first_block * BLOCK;
    bench_pair_run(write_blocks, read_blocks, s);
    shared.n_blocks += n;
}

static void
sample_write(void *state, uint64_t n, double *measured)
{
    struct broadcast *s = state;
    run(s, n);
    measured[0] = bench_taken_ns(&shared.writes);
}

static bool
verify_write(void *state)
{
    struct broadcast *s = state;
    s->checked = true;
    run(s, 100);
    s->checked = false;
    return s->intact && shared.intact;
}

// -------------------------------------------------------------------- read

// The same block again and again: what reading costs when memory does not.
static void
sample_read(void *state, uint64_t n, double *measured)
{
    struct broadcast *s = state;
    const double from = bench_now_ns();
    for (uint64_t k = 0; k < n; k++) {
        shared.at[0] = 0;
        read_block(s, 0, 0);
        // What was read counts as looked at.
        __asm__ volatile("" : : "r"(shared.out) : "memory");
    }
    measured[0] = (bench_now_ns() - from) / (double)n;
}

static bool
verify_read(void *state)
{
    struct broadcast *s = state;
    double ignored[1];
    if (weir_broadcast_published(&shared.ring) == 0) {
        fill(0);
        write_block(s, 0);
    }
    memset(shared.out, 0, sizeof shared.out);
    sample_read(s, 1, ignored);
    look(0);
    return s->intact && shared.intact;
}

// Both channels, each into a buffer of its own, as the callback does.
static void
sample_channels(void *state, uint64_t n, double *measured)
{
    struct broadcast *s = state;
    const double from = bench_now_ns();
    for (uint64_t k = 0; k < n; k++) {
        for (uint32_t c = 0; c < CHANNELS; c++) {
            float *dst = shared.out + (size_t)c * BLOCK;
            if (s->bare)
                copy(dst, bare_place(0) + (size_t)c * BLOCK,
                     BLOCK * sizeof *dst);
            else
                weir_broadcast_copy_channel(&shared.ring, 0, c, dst, BLOCK);
        }
        __asm__ volatile("" : : "r"(shared.out) : "memory");
    }
    measured[0] = (bench_now_ns() - from) / (double)n;
}

static bool
verify_channels(void *state)
{
    struct broadcast *s = state;
    double ignored[1];
    if (!verify_read(s) || s->bare) // bare copies keep them interleaved
        return s->intact && shared.intact;
    sample_channels(s, 1, ignored);
    for (uint32_t c = 0; c < CHANNELS; c++)
        for (uint32_t i = 0; i < BLOCK; i++)
            shared.intact &=
                shared.out[c * BLOCK + i] == number(0, i * CHANNELS + c);
    return s->intact && shared.intact;
}

// ------------------------------------------------------------------- groups

#define READERS(n) (&(const struct how){.n_readers = (n)})
#define BARE(n) (&(const struct how){.n_readers = (n), .bare = true})

static const struct bench_contestant writers[] = {
    {"memcpy, 1 reader", BARE(1)},     {"weir, 1 reader", READERS(1)},
    {"weir, 2 readers", READERS(2)},   {"weir, 4 readers", READERS(4)},
    {"weir, 8 readers", READERS(8)},   {"weir, 16 readers", READERS(16)},
    {"weir, 32 readers", READERS(32)}, {"memcpy, 32 readers", BARE(32)},
};
static const struct bench_target write_targets[] = {
    {"weir, 1 reader", "memcpy, 1 reader", .at_most = 1.1},
    {"weir, 32 readers", "memcpy, 32 readers", .at_most = 1.1},
    {"weir, 32 readers", "weir, 1 reader", .at_most = 1.05},
};

static const struct bench_contestant readers[] = {
    {"memcpy", BARE(1)},
    {"words one by one", &(const struct how){.n_readers = 1, .words = true}},
    {"weir", READERS(1)},
};
static const struct bench_contestant channel_readers[] = {{"memcpy", BARE(1)},
                                                          {"weir", READERS(1)}};
static const struct bench_target read_targets[] = {
    {"weir", "memcpy", .at_most = 2.6, .stretch = 1.5},
};

static const struct bench_group groups[] = {
    {
        .name = "broadcast-write",
        .title = "two channels of 64 frames written, readers on the other CPU "
                 "in step; memcpy finds them interleaved",
        .unit = "ns a block",
        .two_cpus = true,
        .contestants = writers,
        .n_contestants = BENCH_COUNT(writers),
        .targets = write_targets,
        .n_targets = BENCH_COUNT(write_targets),
        .enter = enter,
        .sample = sample_write,
        .verify = verify_write,
        .leave = leave,
    },
    {
        .name = "broadcast-read",
        .title = "64 stereo frames read and validated, in the cache",
        .unit = "ns a block",
        .contestants = readers,
        .n_contestants = BENCH_COUNT(readers),
        .targets = read_targets,
        .n_targets = BENCH_COUNT(read_targets),
        .enter = enter,
        .sample = sample_read,
        .verify = verify_read,
        .leave = leave,
    },
    {
        .name = "broadcast-channels",
        .title = "64 stereo frames read channel by channel, in the cache; "
                 "memcpy leaves them interleaved",
        .unit = "ns a block",
        .contestants = channel_readers,
        .n_contestants = BENCH_COUNT(channel_readers),
        .enter = enter,
        .sample = sample_channels,
        .verify = verify_channels,
        .leave = leave,
    },
};

void
bench_broadcast_groups(bench_add *add)
{
    for (size_t i = 0; i < BENCH_COUNT(groups); i++)
        add(&groups[i]);
}
