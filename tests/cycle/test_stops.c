// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The mixer stands for any number of cycles, fewer than the rings hold or
// many more, at every latency: each output block is the mix's, exactly so
// much behind, or silent and counted; each input frame is mixed at its place,
// or silent and counted. Both are told by a model of a few lines. With a
// server and a thread that is really stopped: tests/faults/mixer_stops.py.
#include "cycle/rig.h"

#include <criterion/criterion.h>
#include <string.h>

enum { LANE = 8192, BEFORE = 10, AFTER = 10, MAX_CYCLES = 400 };

struct stop {
    struct rig *rig;
    struct rig_strip *strip;
    uint32_t block;
    uint32_t latency;
    // The model: cycles are counted from the start.
    uint32_t n_cycles;         // that the callback ran
    uint32_t n_mixed;          // the mix reaches to there
    bool lost[MAX_CYCLES];     // refused
    uint32_t waiting;          // in the rings
    uint64_t n_late, n_lost;   // cycles
    uint32_t n_silent_in_time; // output blocks of a silent mix
};

static bool
output_is(const struct stop *s, bool silent, uint64_t position)
{
    for (uint32_t c = 0; c < 2; c++)
        for (uint32_t i = 0; i < s->block; i++)
            if (s->rig->main->out[c][i] !=
                (silent ? 0.0f
                        : rig_number(s->strip->stream + c, position + i)))
                return false;
    return true;
}

// One callback, and what the outputs must be then.
static void
run_callback(struct stop *s)
{
    const uint32_t k = s->n_cycles++;
    const bool due = k >= s->latency;
    const bool late = due && k - s->latency >= s->n_mixed;
    s->lost[k] = (s->waiting + 1) * s->block > LANE;
    s->waiting += !s->lost[k];
    s->n_lost += s->lost[k];
    s->n_late += late;
    rig_callback(s->rig, s->block);
    const bool silent = !due || late || s->lost[k - s->latency];
    s->n_silent_in_time += silent && due && !late;
    cr_assert(output_is(s, silent, (uint64_t)(k - s->latency) * s->block),
              "block %u of %u, latency %u, in cycle %u", s->block, s->n_cycles,
              s->latency, k);
    cr_assert_eq(rig_count(&s->rig->process.counters.late_blocks), s->n_late,
                 "cycle %u", k);
    cr_assert_eq(rig_count(&s->rig->process.counters.input_frames_lost),
                 s->n_lost * s->block);
    cr_assert_eq(rig_count(&s->rig->process.counters.cycles), s->n_cycles);
}

// The mix reaches to the newest cycle that went in.
static void
run_mixer(struct stop *s)
{
    rig_mix(s->rig);
    s->waiting = 0;
    for (uint32_t k = s->n_mixed; k < s->n_cycles; k++)
        if (!s->lost[k])
            s->n_mixed = k + 1;
    cr_assert_eq(s->rig->engine->position, (uint64_t)s->n_mixed * s->block);
}

static void
check_mix(const struct stop *s)
{
    float got[2];
    for (uint64_t p = 0; p < s->rig->engine->position; p++) {
        const bool silent = s->lost[p / s->block];
        cr_assert(rig_read(s->rig->main->tap, p, got, 1));
        for (uint32_t c = 0; c < 2; c++)
            cr_assert_eq(got[c],
                         silent ? 0.0f : rig_number(s->strip->stream + c, p),
                         "frame %lu", p);
    }
    cr_assert_eq(rig_count(&s->rig->engine->counters.frames_silent),
                 s->n_lost * s->block);
}

static void
stop_for(uint32_t n_cycles, uint32_t block, uint32_t latency)
{
    struct stop s = {.block = block, .latency = latency};
    s.rig = rig_new(&(struct rig_config){.latency_blocks = latency,
                                         .lane_frames = LANE,
                                         .history_frames = 1 << 19});
    s.strip = rig_add_strip(s.rig, 2);
    for (uint32_t i = 0; i < BEFORE; i++) {
        run_callback(&s);
        run_mixer(&s);
    }
    cr_assert_eq(s.n_late, 0);
    for (uint32_t i = 0; i < n_cycles; i++)
        run_callback(&s);
    for (uint32_t i = 0; i < AFTER; i++) {
        run_mixer(&s);
        run_callback(&s);
    }
    run_mixer(&s);
    check_mix(&s);
    // In numbers: what the rings hold is not lost, the latency's blocks are
    // not late; and the last outputs were as far behind as ever.
    const uint32_t n_fit = LANE / block;
    const uint32_t n_lost = n_cycles > n_fit ? n_cycles - n_fit : 0;
    cr_assert_eq(s.n_lost, n_lost);
    // A callback that comes behind a loss finds the mix before it.
    const uint32_t n_due = n_cycles + (n_lost >= latency && n_lost > 0);
    cr_assert_eq(s.n_late, n_due > latency ? n_due - latency : 0);
    cr_assert(
        output_is(&s, false, (uint64_t)(s.n_cycles - 1 - latency) * block));
    rig_free(s.rig);
}

static void
stop_at(uint32_t latency)
{
    static const uint32_t blocks[] = {64, 256, 1024};
    for (uint32_t b = 0; b < 3; b++) {
        const uint32_t n_fit = LANE / blocks[b];
        for (uint32_t n = 0; n <= latency + 2; n++)
            stop_for(n, blocks[b], latency);
        for (uint32_t n = n_fit - 2; n <= n_fit + latency + 2; n++)
            stop_for(n, blocks[b], latency);
        stop_for(2 * n_fit + 77, blocks[b], latency);
    }
}

Test(stops, are_counted_and_leave_no_trace_at_one_block_of_latency)
{
    stop_at(1);
}

Test(stops, are_counted_and_leave_no_trace_at_two_blocks_of_latency)
{
    stop_at(2);
}

Test(stops, are_counted_and_leave_no_trace_at_three_blocks_of_latency)
{
    stop_at(3);
}
