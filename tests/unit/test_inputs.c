// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The input rings: lanes behind one pair of indices. With two threads and
// two processes: tests/stress/inputs.c.
#include "rt/inputs.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { FRAMES = 8192, N_LANES = 5 };

struct lanes {
    struct weir_inputs *in;
    struct weir_lane lane[N_LANES];
    uint64_t n_fitted; // cycles that fitted
};

static struct lanes
new_lanes(void)
{
    struct lanes l = {.in = weir_inputs_new(FRAMES)};
    for (uint32_t i = 0; i < N_LANES; i++)
        cr_assert(weir_lane_init(&l.lane[i], l.in, i));
    return l;
}

static void
free_lanes(struct lanes *l)
{
    for (uint32_t i = 0; i < N_LANES; i++)
        weir_lane_fini(&l->lane[i]);
    weir_inputs_free(l->in);
}

// Whole numbers up to 2^24, other ones in every lane.
static float
number(uint32_t lane, uint64_t position)
{
    return (float)((position * N_LANES + lane) & 0xffffff);
}

static bool
write_cycle(struct lanes *l, uint64_t position, uint32_t n)
{
    static float src[FRAMES];
    if (!weir_inputs_fits(l->in, position, n))
        return false;
    for (uint32_t k = 0; k < N_LANES; k++) {
        for (uint32_t i = 0; i < n; i++)
            src[i] = number(k, position + i);
        weir_inputs_write(l->in, l->lane[k].frames, position, src, n);
    }
    weir_inputs_record(l->in,
                       (struct weir_cycle){.position = position,
                                           .table = (uint32_t)position ^ 7,
                                           .mono_ns = position + 1,
                                           .called_ns = position + 2,
                                           .rate_hz = (float)n / 3,
                                           .n_frames = n,
                                           .freewheel = n % 2});
    weir_inputs_commit(l->in);
    l->n_fitted++;
    return true;
}

// The oldest cycle, checked record and frames; its length, or 0.
static uint32_t
read_cycle(struct lanes *l, uint64_t position)
{
    static float dst[FRAMES];
    const struct weir_cycle *c;
    if (!weir_inputs_peek(l->in, &c))
        return 0;
    cr_assert_eq(c->position, position);
    cr_assert_eq(c->table, (uint32_t)position ^ 7);
    cr_assert(c->mono_ns == position + 1 && c->called_ns == position + 2);
    cr_assert(c->rate_hz == (float)c->n_frames / 3);
    cr_assert_eq(c->freewheel, c->n_frames % 2 != 0);
    for (uint32_t k = 0; k < N_LANES; k++) {
        weir_inputs_read(l->in, l->lane[k].frames, position, dst, c->n_frames);
        for (uint32_t i = 0; i < c->n_frames; i++)
            if (dst[i] != number(k, position + i))
                cr_assert_fail("lane %u at %lu", k, position + i);
    }
    const uint32_t n = c->n_frames;
    weir_inputs_finish(l->in);
    return n;
}

Test(inputs, nothing_is_there_before_the_first_cycle)
{
    struct lanes l = new_lanes();
    const struct weir_cycle *c;
    cr_assert_eq(weir_inputs_lane_frames(l.in), FRAMES);
    cr_assert_not(weir_inputs_peek(l.in, &c));
    free_lanes(&l);
}

Test(inputs, a_cycle_comes_out_as_it_went_in_at_any_place_and_length)
{
    struct lanes l = new_lanes();
    uint64_t position = 0;
    for (uint32_t i = 1; position < 2000000; i++) {
        const uint32_t n = 1 + i * 37 % FRAMES;
        cr_assert(write_cycle(&l, position, n));
        cr_assert_eq(read_cycle(&l, position), n);
        position += n;
    }
    free_lanes(&l);
}

Test(inputs, peeking_again_gives_the_same_cycle)
{
    struct lanes l = new_lanes();
    const struct weir_cycle *c;
    write_cycle(&l, 0, 100);
    write_cycle(&l, 100, 50);
    for (int i = 0; i < 3; i++)
        cr_assert(weir_inputs_peek(l.in, &c) && c->position == 0);
    cr_assert_eq(read_cycle(&l, 0), 100);
    cr_assert(weir_inputs_peek(l.in, &c) && c->position == 100);
    free_lanes(&l);
}

Test(inputs, exactly_a_lane_of_frames_fits_and_not_one_more)
{
    struct lanes l = new_lanes();
    cr_assert_not(weir_inputs_fits(l.in, 0, FRAMES + 1));
    cr_assert(weir_inputs_fits(l.in, 0, FRAMES));
    cr_assert(write_cycle(&l, 0, FRAMES - 100));
    cr_assert_not(weir_inputs_fits(l.in, FRAMES - 100, 101));
    cr_assert(write_cycle(&l, FRAMES - 100, 100));
    cr_assert_not(weir_inputs_fits(l.in, FRAMES, 1));
    cr_assert_eq(read_cycle(&l, 0), FRAMES - 100);
    cr_assert(weir_inputs_fits(l.in, FRAMES, FRAMES - 100));
    cr_assert_not(weir_inputs_fits(l.in, FRAMES, FRAMES - 99));
    cr_assert_eq(read_cycle(&l, FRAMES - 100), 100);
    cr_assert(weir_inputs_fits(l.in, FRAMES, FRAMES));
    free_lanes(&l);
}

Test(inputs, a_gap_in_positions_takes_room_until_it_has_been_passed)
{
    struct lanes l = new_lanes();
    cr_assert(write_cycle(&l, 0, 64));
    cr_assert_not(weir_inputs_fits(l.in, FRAMES, 1));
    cr_assert(write_cycle(&l, FRAMES - 64, 64));
    cr_assert_eq(read_cycle(&l, 0), 64);
    cr_assert_eq(read_cycle(&l, FRAMES - 64), 64);
    cr_assert(write_cycle(&l, UINT64_C(1) << 40, FRAMES)); // nothing waits
    cr_assert_eq(read_cycle(&l, UINT64_C(1) << 40), FRAMES);
    free_lanes(&l);
}

Test(inputs, records_can_run_out_before_frames_do)
{
    struct lanes l = new_lanes();
    uint64_t n = 0;
    while (write_cycle(&l, n, 1))
        n++;
    cr_assert_eq(n, FRAMES / 16); // 16: the shortest period there is
    for (uint64_t i = 0; i < n; i++)
        cr_assert_eq(read_cycle(&l, i), 1);
    cr_assert_eq(read_cycle(&l, n), 0);
    free_lanes(&l);
}

Test(inputs, the_record_indices_may_wrap)
{
    struct lanes l = new_lanes();
    // As after 2^32 - 5 cycles.
    atomic_store(&l.in->head, UINT32_MAX - 4);
    atomic_store(&l.in->tail, UINT32_MAX - 4);
    l.in->tail_seen = l.in->head_seen = UINT32_MAX - 4;
    for (uint64_t i = 0; i < 40; i++) {
        cr_assert(write_cycle(&l, 2 * i * 64, 64));
        cr_assert(write_cycle(&l, (2 * i + 1) * 64, 64));
        cr_assert_eq(read_cycle(&l, 2 * i * 64), 64);
        cr_assert_eq(read_cycle(&l, (2 * i + 1) * 64), 64);
    }
    free_lanes(&l);
}

// Where position 3 * FRAMES lies in the lanes: in lanes four times as long
// three quarters behind the beginning, else at it.
static uint32_t
index_of_third(struct lanes *l)
{
    const struct weir_cycle *c;
    cr_assert(weir_inputs_peek(l->in, &c));
    return weir_inputs_index(l->in, 3 * FRAMES);
}

static struct lanes
new_wide_lanes(void)
{
    struct lanes l = {.in = weir_inputs_new(FRAMES)};
    weir_inputs_widen(l.in, FRAMES);
    for (uint32_t i = 0; i < N_LANES; i++)
        cr_assert(weir_lane_init(&l.lane[i], l.in, i));
    return l;
}

Test(inputs, four_of_the_longest_periods_fit_and_short_ones_use_little)
{
    struct lanes l = new_wide_lanes();
    cr_assert(write_cycle(&l, 0, FRAMES / 4));
    cr_assert_eq(index_of_third(&l), 0);
    cr_assert_eq(read_cycle(&l, 0), FRAMES / 4);
    for (uint64_t i = 1; i < 5; i++)
        cr_assert(write_cycle(&l, i * FRAMES, FRAMES));
    cr_assert_eq(index_of_third(&l), 3 * FRAMES);
    cr_assert_not(write_cycle(&l, 5 * FRAMES, FRAMES));
    for (uint64_t i = 1; i < 5; i++)
        cr_assert_eq(read_cycle(&l, i * FRAMES), FRAMES);
    cr_assert(write_cycle(&l, 5 * FRAMES, FRAMES / 4 + 1));
    cr_assert_eq(index_of_third(&l), FRAMES);
    cr_assert_eq(read_cycle(&l, 5 * FRAMES), FRAMES / 4 + 1);
    free_lanes(&l);
}

// Two short ones in flight from `p` on, then as many of the longest as fit.
static void
go_beyond_from(uint64_t p)
{
    enum { A = 100, B = FRAMES / 2, SHORT = A + B };
    struct lanes l = new_wide_lanes();
    cr_assert(write_cycle(&l, p, A));
    cr_assert(write_cycle(&l, p + A, B));
    for (uint64_t i = 0; i < 3; i++)
        cr_assert(write_cycle(&l, p + SHORT + i * FRAMES, FRAMES));
    // The next one would begin where the short ones lie.
    cr_assert_not(write_cycle(&l, p + SHORT + 3 * FRAMES, FRAMES));
    cr_assert_eq(read_cycle(&l, p), A);
    cr_assert_not(write_cycle(&l, p + SHORT + 3 * FRAMES, FRAMES));
    cr_assert_eq(read_cycle(&l, p + A), B);
    cr_assert(write_cycle(&l, p + SHORT + 3 * FRAMES, FRAMES));
    // From here on it is a ring of the whole lane.
    for (uint64_t i = 0; i < 20; i++) {
        cr_assert_not(write_cycle(&l, p + SHORT + (4 + i) * FRAMES, 1));
        cr_assert_eq(read_cycle(&l, p + SHORT + i * FRAMES), FRAMES);
        cr_assert(write_cycle(&l, p + SHORT + (4 + i) * FRAMES, FRAMES));
    }
    // A shorter one behind longer ones has their lanes, and one that finds
    // nothing in flight its own.
    for (uint64_t i = 20; i < 24; i++)
        cr_assert_eq(read_cycle(&l, p + SHORT + i * FRAMES), FRAMES);
    cr_assert(write_cycle(&l, p + SHORT + 24 * FRAMES, 16));
    cr_assert_eq(index_of_third(&l), 0);
    cr_assert_eq(read_cycle(&l, p + SHORT + 24 * FRAMES), 16);
    free_lanes(&l);
}

Test(inputs, a_longer_period_behind_cycles_in_flight_has_room_beyond_them)
{
    for (uint64_t p = 0; p < 5 * FRAMES; p += 509)
        go_beyond_from(p);
    go_beyond_from(UINT32_MAX - FRAMES - 50); // where 32 bits end
    go_beyond_from((UINT64_C(1) << 40) - 50);
}

Test(inputs, a_longer_period_behind_a_gap_has_room_beyond_what_is_in_flight)
{
    struct lanes l = new_wide_lanes();
    cr_assert(write_cycle(&l, 0, FRAMES / 4));
    cr_assert_not(write_cycle(&l, 2 * FRAMES, FRAMES / 4));
    cr_assert(write_cycle(&l, 2 * FRAMES, FRAMES));
    cr_assert_eq(read_cycle(&l, 0), FRAMES / 4);
    cr_assert_eq(read_cycle(&l, 2 * FRAMES), FRAMES);
    free_lanes(&l);
}

Test(inputs, room_that_was_found_and_not_taken_is_found_again)
{
    struct lanes l = new_wide_lanes();
    cr_assert(write_cycle(&l, 0, FRAMES / 2));
    cr_assert(weir_inputs_fits(l.in, FRAMES / 2, FRAMES));
    cr_assert(weir_inputs_fits(l.in, FRAMES, FRAMES));
    cr_assert(write_cycle(&l, 2 * FRAMES, FRAMES));
    cr_assert_eq(read_cycle(&l, 0), FRAMES / 2);
    cr_assert_eq(read_cycle(&l, 2 * FRAMES), FRAMES);
    free_lanes(&l);
}

Test(inputs, cycles_of_any_length_come_through_lanes_that_follow_them)
{
    struct lanes l = new_wide_lanes();
    uint64_t in = 0;
    uint64_t out = 0;
    uint64_t n_refused = 0;
    for (uint32_t i = 1; in < 4000000; i++) {
        // Short ones for a while, then long ones, always some in flight.
        const uint32_t n = 1 + i * 37 % (i / 50 % 3 == 2 ? FRAMES : 500);
        if (!write_cycle(&l, in, n)) {
            n_refused++;
            while (out < in)
                out += read_cycle(&l, out);
            cr_assert(write_cycle(&l, in, n));
        }
        in += n;
        if (i % 7 != 0)
            out += read_cycle(&l, out);
    }
    cr_assert(n_refused > 10 && n_refused < 200, "%lu", n_refused);
    free_lanes(&l);
}

// Pages of a lane that are there.
static size_t
n_resident(const struct weir_lane *lane)
{
    static unsigned char there[4096];
    size_t n = 0;
    const size_t n_pages = lane->n_bytes / 4096;
    cr_assert_eq(mincore(lane->memory, lane->n_bytes, there), 0);
    for (size_t i = 0; i < n_pages; i++)
        n += there[i] & 1;
    return n;
}

Test(inputs, lanes_are_touched_as_far_as_periods_use_them)
{
    struct lanes l = new_wide_lanes();
    const size_t page_frames = 4096 / sizeof(float);
    cr_assert_eq(n_resident(&l.lane[0]), FRAMES / page_frames + 1);
    cr_assert_not(weir_inputs_reach(l.in, FRAMES / 4));
    cr_assert(write_cycle(&l, 0, 300));
    cr_assert(weir_inputs_reach(l.in, FRAMES));
    for (uint32_t i = 0; i < N_LANES; i++)
        weir_lane_reach(&l.lane[i], l.in);
    cr_assert_eq(n_resident(&l.lane[0]), 4 * FRAMES / page_frames + 1);
    cr_assert_eq(read_cycle(&l, 0), 300);       // as it was
    cr_assert_not(weir_inputs_reach(l.in, 16)); // what is there stays
    struct weir_lane late;
    cr_assert(weir_lane_init(&late, l.in, 7));
    cr_assert_eq(n_resident(&late), 4 * FRAMES / page_frames + 1);
    weir_lane_fini(&late);
    free_lanes(&l);
}

Test(inputs, lanes_of_different_colour_start_at_different_lines_of_a_page)
{
    struct weir_inputs *in = weir_inputs_new(FRAMES);
    struct weir_lane lane[64];
    bool taken[64] = {false};
    for (uint32_t i = 0; i < 64; i++) {
        cr_assert(weir_lane_init(&lane[i], in, i));
        const size_t line = (size_t)lane[i].frames % 4096 / 64;
        cr_assert_eq((size_t)lane[i].frames % 64, 0);
        cr_assert_not(taken[line]);
        taken[line] = true;
    }
    for (uint32_t i = 0; i < 64; i++)
        weir_lane_fini(&lane[i]);
    weir_inputs_free(in);
}

Test(inputs, null_and_a_lane_that_was_never_made_can_be_freed)
{
    struct weir_lane lane = {0};
    weir_inputs_free(NULL);
    weir_lane_fini(&lane);
}
