// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// When one side does not come: a mixer that stalls, cycles that JACK ran
// without us, a clock that jumps, a callback after the end. No frame may
// change its place, and all that are missing are counted.
#include "cycle/rig.h"

#include <criterion/criterion.h>

enum { BLOCK = 256, LANE = 8192, N_FIT = LANE / BLOCK };

static uint64_t
count_lost(const struct rig *r)
{
    return rig_count(&r->process.counters.input_frames_lost);
}

static uint64_t
count_late(const struct rig *r)
{
    return rig_count(&r->process.counters.late_blocks);
}

static struct rig *
new_rig(void)
{
    return rig_new(&(struct rig_config){.lane_frames = LANE});
}

// Frames [from, to) of main are the strip's numbers, on both sides.
static void
check_numbers(const struct rig *r, const struct rig_strip *s, uint64_t from,
              uint64_t to)
{
    float got[2];
    for (; from < to; from++) {
        cr_assert(rig_read(r->main->tap, from, got, 1), "frame %lu", from);
        cr_assert_eq(got[0], rig_number(s->stream, from), "frame %lu", from);
        cr_assert_eq(got[1], rig_number(s->stream + 1, from), "frame %lu",
                     from);
    }
}

static void
check_silence(const struct rig *r, uint64_t from, uint64_t to)
{
    float got[2];
    for (; from < to; from++) {
        cr_assert(rig_read(r->main->tap, from, got, 1), "frame %lu", from);
        cr_assert(got[0] == 0.0f && got[1] == 0.0f, "frame %lu", from);
    }
}

static bool
output_is_silent(const struct rig *r, uint32_t n)
{
    for (uint32_t c = 0; c < 2; c++)
        for (uint32_t i = 0; i < n; i++)
            if (r->main->out[c][i] != 0.0f)
                return false;
    return true;
}

static bool
output_is_from(const struct rig *r, const struct rig_strip *s,
               uint64_t position, uint32_t n)
{
    for (uint32_t c = 0; c < 2; c++)
        for (uint32_t i = 0; i < n; i++)
            if (r->main->out[c][i] != rig_number(s->stream + c, position + i))
                return false;
    return true;
}

// ------------------------------------------------------------ mixer stalls

Test(gaps, a_stalled_mixer_makes_late_silent_blocks_and_no_lost_input_yet)
{
    struct rig *r = new_rig();
    struct rig_strip *s = rig_add_strip(r, 2);
    rig_run(r, 10 * BLOCK, BLOCK);
    rig_callback(r, BLOCK); // what is due had been mixed
    cr_assert(output_is_from(r, s, 9 * BLOCK, BLOCK));
    for (uint32_t i = 1; i < N_FIT; i++) {
        rig_callback(r, BLOCK);
        cr_assert(output_is_silent(r, BLOCK));
        cr_assert_eq(count_late(r), i);
    }
    cr_assert_eq(count_lost(r), 0);
    rig_mix(r);
    cr_assert_eq(r->engine->position, r->clock);
    check_numbers(r, s, 0, r->clock);
    rig_cycle(r, BLOCK); // one block behind, as before
    cr_assert(output_is_from(r, s, r->clock - 2 * BLOCK, BLOCK));
    cr_assert_eq(count_late(r), N_FIT - 1);
    rig_free(r);
}

Test(gaps, cycles_that_do_not_fit_are_dropped_whole_and_counted_by_the_frame)
{
    struct rig *r = new_rig();
    struct rig_strip *s = rig_add_strip(r, 2);
    rig_run(r, 10 * BLOCK, BLOCK);
    const uint64_t stall = r->clock;
    for (uint32_t i = 0; i < N_FIT + 7; i++)
        rig_callback(r, BLOCK);
    cr_assert_eq(count_lost(r), 7 * BLOCK);
    const uint64_t fitted = stall + (uint64_t)LANE;
    rig_mix(r);
    cr_assert_eq(r->engine->position, fitted);
    check_numbers(r, s, 0, fitted);
    const uint64_t back = r->clock;
    rig_run(r, 10 * BLOCK, BLOCK);
    check_silence(r, fitted, back);
    check_numbers(r, s, back, r->clock);
    cr_assert_eq(rig_count(&r->engine->counters.frames_silent), 7 * BLOCK);
    cr_assert_eq(count_lost(r), 7 * BLOCK);
    cr_assert_eq(r->engine->position, r->clock);
    cr_assert(output_is_from(r, s, r->clock - 2 * BLOCK, BLOCK));
    rig_free(r);
}

// A bus of the strip's own, so that it can be heard alone.
static struct rig_bus *
give_own_bus(struct rig *r, struct rig_strip *s, uint32_t slot)
{
    struct rig_bus *b = rig_add_bus(r, slot, 2);
    rig_set(r, s, WEIR_STRIP_PARAM_MAIN, 0.0f);
    rig_set_send(r, s, b, WEIR_SEND_PARAM_LEVEL, 1.0f);
    rig_set_send(r, s, b, WEIR_SEND_PARAM_ON, 1.0f);
    return b;
}

Test(gaps, all_inputs_drop_the_same_cycles)
{
    enum { N = 40 };
    struct rig *r = new_rig();
    struct rig_strip *s[N];
    struct rig_bus *b[N];
    float got[2];
    for (uint32_t i = 0; i < N; i++) {
        s[i] = rig_add_strip(r, 2);
        b[i] = give_own_bus(r, s[i], i + 1);
    }
    rig_run(r, 10 * BLOCK, BLOCK);
    for (uint32_t i = 0; i < 2 * N_FIT; i++)
        rig_callback(r, 100 + 17 * (i % 9));
    const uint64_t end = r->clock;
    rig_mix(r);
    rig_run(r, 10 * BLOCK, BLOCK);
    const uint64_t n_lost = count_lost(r);
    cr_assert_gt(n_lost, 0);
    for (uint32_t i = 0; i < N; i++) {
        for (uint64_t p = 10 * BLOCK; p < r->clock; p++) {
            const bool lost = p >= end - n_lost && p < end;
            cr_assert(rig_read(b[i]->tap, p, got, 1));
            cr_assert_eq(got[0], lost ? 0.0f : rig_number(s[i]->stream, p));
            cr_assert_eq(got[1], lost ? 0.0f : rig_number(s[i]->stream + 1, p));
        }
    }
    rig_free(r);
}

Test(gaps, a_ring_full_of_many_short_cycles_drops_whole_cycles_too)
{
    struct rig *r = new_rig();
    struct rig_strip *s = rig_add_strip(r, 2);
    rig_run(r, 64, 64);
    // Shorter than 16 frames: the records run out before the frames do.
    for (uint32_t i = 0; i < LANE / 16 + 5; i++)
        rig_callback(r, 8);
    cr_assert_eq(count_lost(r), 5 * 8);
    rig_mix(r);
    rig_run(r, 640, 64);
    check_numbers(r, s, 0, 64 + LANE / 2);
    check_silence(r, 64 + LANE / 2, 64 + LANE / 2 + 5 * 8);
    check_numbers(r, s, 64 + LANE / 2 + 5 * 8, r->clock);
    rig_free(r);
}

Test(gaps, a_mixer_that_stalls_again_and_again_keeps_every_frame_in_place)
{
    struct rig *r = new_rig();
    struct rig_strip *s = rig_add_strip(r, 2);
    float got[2];
    uint32_t random = 12345;
    uint64_t checked = 0;
    uint64_t silent = 0;
    while (r->clock < 3000000) {
        random = random * 1664525u + 1013904223u;
        rig_callback(r, 16 + (random >> 20) % 1500);
        if ((random >> 8) % 12 != 0)
            continue;
        rig_mix(r);
        for (; checked < r->engine->position; checked++) {
            if (r->engine->position - checked > r->config.history_frames)
                continue;
            cr_assert(rig_read(r->main->tap, checked, got, 1));
            silent += got[0] == 0.0f;
            cr_assert(got[0] == 0.0f ||
                      (got[0] == rig_number(s->stream, checked) &&
                       got[1] == rig_number(s->stream + 1, checked)));
        }
    }
    rig_mix(r);
    rig_cycle(r, 16);
    cr_assert_eq(r->engine->position, r->clock);
    cr_assert_gt(silent, 0);
    cr_assert_eq(rig_count(&r->engine->counters.frames_silent), count_lost(r));
    rig_free(r);
}

// --------------------------------------------------------- JACK's own gaps

Test(gaps, cycles_that_jack_skipped_become_silence_of_their_length)
{
    struct rig *r = new_rig();
    struct rig_strip *s = rig_add_strip(r, 2);
    rig_run(r, 10 * BLOCK, BLOCK);
    rig_skip(r, 3 * BLOCK);
    rig_run(r, 10 * BLOCK, BLOCK);
    rig_skip(r, 1); // the smallest
    rig_run(r, 10 * BLOCK, BLOCK);
    cr_assert_eq(count_lost(r), 3 * BLOCK + 1);
    cr_assert_eq(r->engine->position, r->clock);
    check_numbers(r, s, 0, 10 * BLOCK);
    check_silence(r, 10 * BLOCK, 13 * BLOCK);
    check_numbers(r, s, 13 * BLOCK, 23 * BLOCK);
    check_silence(r, 23 * BLOCK, 23 * BLOCK + 1);
    check_numbers(r, s, 23 * BLOCK + 1, r->clock);
    cr_assert(output_is_from(r, s, r->clock - 2 * BLOCK, BLOCK));
    rig_free(r);
}

Test(gaps, a_gap_longer_than_the_input_rings_is_silence_all_the_same)
{
    struct rig *r = new_rig();
    struct rig_strip *s = rig_add_strip(r, 2);
    rig_run(r, 10 * BLOCK, BLOCK);
    rig_skip(r, 5 * LANE + 3);
    rig_run(r, 10 * BLOCK, BLOCK);
    cr_assert_eq(count_lost(r), 5 * LANE + 3);
    cr_assert_eq(r->engine->position, r->clock);
    check_silence(r, 10 * BLOCK, r->clock - 10 * BLOCK);
    check_numbers(r, s, r->clock - 10 * BLOCK, r->clock);
    rig_free(r);
}

Test(gaps, a_gap_of_just_under_twenty_seconds_is_kept)
{
    struct rig *r = new_rig();
    rig_add_strip(r, 2);
    rig_run(r, 10 * BLOCK, BLOCK);
    rig_skip(r, 20 * RIG_RATE_HZ - 1);
    rig_run(r, 10 * BLOCK, BLOCK);
    cr_assert_eq(count_lost(r), 20 * RIG_RATE_HZ - 1);
    cr_assert_eq(r->engine->position, r->clock);
    rig_free(r);
}

// The numbers go on behind `at` as if nothing had been.
static void
check_anchored_anew(struct rig *r, const struct rig_strip *s, uint64_t at,
                    uint32_t jump)
{
    float got[2];
    rig_skip(r, jump);
    const uint64_t clock = r->clock;
    rig_run(r, 10 * BLOCK, BLOCK);
    cr_assert_eq(r->engine->position, at + 10 * BLOCK);
    cr_assert_eq(count_lost(r), 0);
    for (uint32_t i = 0; i < 10 * BLOCK; i++) {
        cr_assert(rig_read(r->main->tap, at + i, got, 1));
        cr_assert_eq(got[0], rig_number(s->stream, clock + i));
    }
}

Test(gaps, a_clock_that_jumps_far_or_backwards_is_anchored_without_silence)
{
    struct rig *r = new_rig();
    struct rig_strip *s = rig_add_strip(r, 2);
    rig_run(r, 10 * BLOCK, BLOCK);
    check_anchored_anew(r, s, 10 * BLOCK, 20 * RIG_RATE_HZ); // far
    check_anchored_anew(r, s, 20 * BLOCK, (uint32_t)-1);     // back by one
    check_anchored_anew(r, s, 30 * BLOCK, (uint32_t)-5000000);
    rig_free(r);
}

Test(gaps, a_jump_into_freewheel_or_out_of_it_is_no_gap)
{
    struct rig *r = new_rig();
    struct rig_strip *s = rig_add_strip(r, 2);
    rig_run(r, 10 * BLOCK, BLOCK);
    r->freewheel = true;
    check_anchored_anew(r, s, 10 * BLOCK, 5 * BLOCK);
    r->freewheel = false;
    check_anchored_anew(r, s, 20 * BLOCK, 7 * BLOCK);
    rig_free(r);
}

Test(gaps, how_far_is_far_goes_by_the_rate)
{
    struct rig *r = rig_new(&(struct rig_config){.rate_hz = 192000});
    rig_add_strip(r, 2);
    rig_run(r, 10 * BLOCK, BLOCK);
    rig_skip(r, 20 * 192000 - 1);
    rig_run(r, 10 * BLOCK, BLOCK);
    cr_assert_eq(count_lost(r), 20 * 192000 - 1);
    r->rate_hz = 0.0; // unknown: 48 kHz is assumed
    rig_skip(r, 20 * 48000);
    rig_run(r, 10 * BLOCK, BLOCK);
    cr_assert_eq(count_lost(r), 20 * 192000 - 1);
    rig_free(r);
}

// ---------------------------------------------------------------- the end

Test(gaps, callbacks_after_the_end_do_nothing_and_are_counted)
{
    struct rig *r = new_rig();
    struct rig_strip *s = rig_add_strip(r, 2);
    rig_run(r, 10 * BLOCK, BLOCK);
    const uint64_t end = r->clock;
    cr_assert(weir_process_close(&r->process, 0));
    for (int i = 0; i < 3; i++) {
        rig_cycle(r, BLOCK);
        cr_assert_eq(r->main->out[0][0], 1e30f); // not even the outputs
    }
    cr_assert_eq(rig_count(&r->process.counters.zombies), 3);
    cr_assert_eq(rig_count(&r->process.counters.cycles), 10);
    cr_assert_eq(r->engine->position, end);
    check_numbers(r, s, 0, end);
    rig_free(r);
}

Test(gaps, what_the_same_client_ran_while_it_was_closed_is_lost_and_counted)
{
    struct rig *r = new_rig();
    rig_add_strip(r, 2);
    rig_run(r, 10 * BLOCK, BLOCK);
    cr_assert(weir_process_close(&r->process, 0));
    rig_skip(r, 777);
    weir_process_reopen(&r->process);
    rig_run(r, 10 * BLOCK, BLOCK);
    cr_assert_eq(r->engine->position, 20 * BLOCK + 777);
    cr_assert_eq(count_lost(r), 777);
    rig_free(r);
}

Test(gaps, after_reopening_positions_go_on_where_they_were)
{
    struct rig *r = new_rig();
    struct rig_strip *s = rig_add_strip(r, 2);
    float got[2];
    rig_run(r, 10 * BLOCK, BLOCK);
    cr_assert(weir_process_close(&r->process, 0));
    rig_skip(r, 777); // another server, another clock
    weir_process_new_clock(&r->process);
    weir_process_reopen(&r->process);
    const uint64_t clock = r->clock;
    rig_run(r, 10 * BLOCK, BLOCK);
    cr_assert_eq(r->engine->position, 20 * BLOCK);
    cr_assert_eq(count_lost(r), 0);
    for (uint32_t i = 0; i < 10 * BLOCK; i++) {
        cr_assert(rig_read(r->main->tap, 10 * BLOCK + i, got, 1));
        cr_assert_eq(got[0], rig_number(s->stream, clock + i));
    }
    cr_assert(output_is_from(r, s, clock + 8 * BLOCK, BLOCK));
    rig_free(r);
}
