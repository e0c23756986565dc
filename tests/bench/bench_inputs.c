// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The case that the input rings are made for: in each cycle one thread writes
// a block of 64 floats to each of 128 rings, the other one then reads them
// all. Peers have a ring with indices of its own for each; weir has one lane
// for each, and one pair of indices.
#include "bench/baton.h"
#include "bench/bench.h"
#include "bench/pair.h"
#include "bench/peers.h"

#include "rt/inputs.h"

#include <stdlib.h>
#include <string.h>

// Lanes are asked for as far ahead as the mixer does: two stereo strips.
enum { RINGS = 128, BLOCK = 64, LANES_AHEAD = 4 };

struct inputs {
    const struct bench_ring_kind *kind; // null: lanes
    bool bare;                          // lanes without weir's functions
    void *rings[RINGS];
    struct weir_inputs *index;
    struct weir_lane lanes[RINGS];
    const float *sources[RINGS];
    alignas(64) float in[RINGS][BLOCK]; // as JACK's port buffers lie
    alignas(64) float out[RINGS][BLOCK];
    uint32_t out_stride; // 0: all into one buffer, as the mixer does
    uint64_t cycle, n;   // ever before this run, in this run
    struct bench_baton baton;
    struct bench_taken writes, reads;
    bool checked, intact;
};

// ----------------------------------------------------------- coming, going

static void
leave(void *state)
{
    struct inputs *s = state;
    for (uint32_t i = 0; i < RINGS; i++) {
        if (s->rings[i])
            s->kind->drop(s->rings[i]);
        weir_lane_fini(&s->lanes[i]);
    }
    weir_inputs_free(s->index);
    free(s);
}

static bool
make_rings(struct inputs *s)
{
    for (uint32_t i = 0; i < RINGS; i++) {
        s->rings[i] = s->kind->make(BLOCK);
        if (!s->rings[i])
            return false;
    }
    return true;
}

static bool
make_lanes(struct inputs *s)
{
    s->index = weir_inputs_new(BENCH_RING_FLOATS);
    if (!s->index)
        return false;
    for (uint32_t i = 0; i < RINGS; i++)
        if (!weir_lane_init(&s->lanes[i], s->index, i))
            return false;
    return true;
}

static void *
enter(const struct bench_contestant *contestant)
{
    struct inputs *s = aligned_alloc(alignof(struct inputs), sizeof *s);
    if (!s)
        return NULL;
    memset(s, 0, sizeof *s);
    s->kind = contestant->how;
    s->bare = strcmp(contestant->name, "memcpy") == 0;
    s->intact = true;
    for (uint32_t i = 0; i < RINGS; i++)
        s->sources[i] = s->in[i];
    if (s->kind ? make_rings(s) : make_lanes(s))
        return s;
    leave(s);
    return NULL;
}

// ------------------------------------------------------------------ a cycle

static bool
write_lanes(struct inputs *s, uint64_t position)
{
    if (!weir_inputs_fits(s->index, position, BLOCK))
        return false;
    weir_inputs_record(s->index, (struct weir_cycle){
                                     .position = position,
                                     .table = 1,
                                     .mono_ns = position,
                                     .rate_hz = 48000,
                                     .n_frames = BLOCK,
                                 });
    for (uint32_t i = 0; i < RINGS; i++) {
        if (i + 1 < RINGS)
            weir_inputs_expect(s->index, s->lanes[i + 1].frames, position,
                               BLOCK);
        weir_inputs_write(s->index, s->lanes[i].frames, position, s->sources[i],
                          BLOCK);
    }
    weir_inputs_commit(s->index);
    return true;
}

static bool
read_lanes(struct inputs *s)
{
    const struct weir_cycle *cycle;
    if (!weir_inputs_peek(s->index, &cycle))
        return false;
    for (uint32_t i = 0; i < RINGS; i++) {
        if (i + LANES_AHEAD < RINGS)
            weir_inputs_fetch(s->index, s->lanes[i + LANES_AHEAD].frames,
                              cycle->position, BLOCK);
        weir_inputs_read(s->index, s->lanes[i].frames, cycle->position,
                         s->out[0] + (size_t)i * s->out_stride, BLOCK);
    }
    weir_inputs_finish(s->index);
    return true;
}

// What the copies cost: the baton alone says when.
static bool
write_bare(struct inputs *s, uint64_t position)
{
    for (uint32_t i = 0; i < RINGS; i++)
        memcpy(s->lanes[i].frames + position % BENCH_RING_FLOATS, s->sources[i],
               BLOCK * sizeof(float));
    return true;
}

static bool
read_bare(struct inputs *s, uint64_t position)
{
    for (uint32_t i = 0; i < RINGS; i++)
        memcpy(s->out[0] + (size_t)i * s->out_stride,
               s->lanes[i].frames + position % BENCH_RING_FLOATS,
               BLOCK * sizeof(float));
    return true;
}

static bool
write_cycle(struct inputs *s, uint64_t cycle)
{
    if (s->kind)
        return s->kind->write_each(s->rings, RINGS, s->sources, BLOCK);
    return s->bare ? write_bare(s, cycle * BLOCK)
                   : write_lanes(s, cycle * BLOCK);
}

static bool
read_cycle(struct inputs *s, uint64_t cycle)
{
    if (s->kind)
        return s->kind->read_each(s->rings, RINGS, s->out[0], s->out_stride,
                                  BLOCK);
    return s->bare ? read_bare(s, cycle * BLOCK) : read_lanes(s);
}

// ------------------------------------------------------------- the two ends

// Whole numbers up to 2^24, other ones in every ring and cycle.
static float
number(uint64_t cycle, uint32_t ring, uint32_t i)
{
    return (float)(((cycle * RINGS + ring) * BLOCK + i) & 0xffffff);
}

static void
fill(struct inputs *s, uint64_t cycle)
{
    for (uint32_t r = 0; r < RINGS; r++)
        for (uint32_t i = 0; i < BLOCK; i++)
            s->in[r][i] = number(cycle, r, i);
}

static void
look(struct inputs *s, uint64_t cycle)
{
    for (uint32_t r = 0; r < RINGS; r++)
        for (uint32_t i = 0; i < BLOCK; i++)
            s->intact &= s->out[r][i] == number(cycle, r, i);
}

static void
write_cycles(void *state)
{
    struct inputs *s = state;
    bool good = true;
    for (uint64_t k = s->cycle; k < s->cycle + s->n; k++) {
        bench_baton_await(&s->baton.read, k);
        if (s->checked)
            fill(s, k);
        const uint64_t begin = bench_ticks_begin();
        good &= write_cycle(s, k);
        bench_take(&s->writes, bench_ticks_end() - begin);
        bench_baton_pass(&s->baton.written, k + 1);
    }
    bench_baton_await(&s->baton.read, s->cycle + s->n);
    s->intact &= good;
}

static void
read_cycles(void *state)
{
    struct inputs *s = state;
    bool good = true;
    for (uint64_t k = s->cycle; k < s->cycle + s->n; k++) {
        bench_baton_await(&s->baton.written, k + 1);
        const uint64_t begin = bench_ticks_begin();
        good &= read_cycle(s, k);
        bench_take(&s->reads, bench_ticks_end() - begin);
        if (s->checked)
            look(s, k);
        if (k + 1 == s->cycle + s->n)
            s->intact &= good;
        bench_baton_pass(&s->baton.read, k + 1);
    }
}

static void
run(struct inputs *s, uint64_t n)
{
    s->n = n;
    s->writes.n = s->reads.n = 0;
    bench_pair_run(write_cycles, read_cycles, s);
    s->cycle += n;
}

static void
sample(void *state, uint64_t n, double *measured)
{
    struct inputs *s = state;
    run(s, n);
    measured[0] = bench_taken_ns(&s->writes) / RINGS;
    measured[1] = bench_taken_ns(&s->reads) / RINGS;
}

// More than once around the ring.
static bool
verify(void *state)
{
    struct inputs *s = state;
    s->checked = true;
    s->out_stride = BLOCK;
    run(s, 140);
    s->checked = false;
    s->out_stride = 0;
    return s->intact;
}

static const struct bench_contestant contestants[] = {
    {"memcpy", NULL}, {"weir", NULL}, BENCH_PEERS};

static const struct bench_target targets[] = {
    {"weir", "spa", "write", .at_most = 1.0},
    {"weir", "spa", "read", .at_most = 0.8},
    {"weir", "memcpy", "write", .stretch = 1.3},
};

static const char *const measures[] = {"write", "read", NULL};

void
bench_inputs_groups(bench_add *add)
{
    add(&(struct bench_group){
        .name = "inputs-128",
        .title = "64 floats into each of 128 rings, then all read on the "
                 "other CPU",
        .unit = "ns a ring",
        .measures = measures,
        .two_cpus = true,
        .contestants = contestants,
        .n_contestants = BENCH_COUNT(contestants),
        .targets = targets,
        .n_targets = BENCH_COUNT(targets),
        .enter = enter,
        .sample = sample,
        .verify = verify,
        .leave = leave,
    });
}
