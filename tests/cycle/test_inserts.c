// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Inserts, and all paths as late as the latest: to the frame, through every
// change, and without a click for anybody.
#include "cycle/fake_insert.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

enum {
    BLOCK = 128,
    SETTLED = 24000, // frames: any change of latency is done
};

static const uint32_t odd_blocks[] = {128, 77, 1, 1000, 256, 33, 2048, 129};
enum { N_ODD = sizeof odd_blocks / sizeof odd_blocks[0] };

static struct rig *
new_rig(void)
{
    return rig_new(&(struct rig_config){.lane_frames = 8192});
}

static uint32_t
told_latency(const struct rig *r)
{
    return atomic_load_explicit(&r->engine->counters.insert_latency,
                                memory_order_relaxed);
}

static void
run_odd(struct rig *r, uint64_t total)
{
    for (uint64_t n = 0, i = 0; n < total; i++) {
        rig_cycle(r, odd_blocks[i % N_ODD]);
        n += odd_blocks[i % N_ODD];
    }
}

// Both channels of what was mixed last.
struct newest {
    uint64_t position;
    uint32_t n;
    float *frames; // interleaved
};

static struct newest
newest(const struct rig *r, const struct weir_tap *tap, uint32_t n)
{
    struct newest x = {.position = r->engine->position - n, .n = n};
    x.frames = calloc((size_t)n * 2, sizeof *x.frames);
    cr_assert(rig_read(tap, x.position, x.frames, n));
    return x;
}

// Frame by frame the sum of these streams, `late` frames ago.
static void
expect_numbers(const struct rig *r, const struct weir_tap *tap, uint32_t n,
               uint32_t late, uint32_t n_streams, const uint32_t *streams)
{
    const struct newest x = newest(r, tap, n);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t c = 0; c < 2; c++) {
            float sum = 0.0f;
            for (uint32_t s = 0; s < n_streams; s++)
                sum += rig_number(streams[s] + c, x.position + i - late);
            cr_assert_eq(x.frames[2 * i + c], sum,
                         "frame %u of %u, channel %u: %.9g, not %.9g", i, n, c,
                         (double)x.frames[2 * i + c], (double)sum);
        }
    free(x.frames);
}

static struct rig_strip *
add_level(struct rig *r, float level)
{
    struct rig_strip *s = rig_add_strip(r, 2);
    s->feed = RIG_FEED_LEVEL;
    s->level = level;
    return s;
}

// So many cycles, in each of which main stays at a level.
static void
run_at_level(struct rig *r, uint64_t total, uint32_t block, float level)
{
    for (uint64_t n = 0; n < total; n += block) {
        rig_cycle(r, block);
        const struct newest x = newest(r, r->main->tap, block);
        for (uint32_t i = 0; i < 2 * block; i++)
            cr_assert_float_eq(x.frames[i], level, 1e-6f,
                               "frame %u of the cycle at %lu: %.9g", i / 2,
                               (unsigned long)x.position, (double)x.frames[i]);
        free(x.frames);
    }
}

// An impulse in both channels of all strips.
static uint64_t
strike(struct rig *r, uint32_t at, uint32_t block)
{
    const uint64_t frame = r->clock + at;
    for (struct rig_strip *s = r->strips; s; s = s->next)
        for (uint32_t c = 0; c < s->n_channels; c++)
            s->in[c][at] = s->level;
    rig_cycle(r, block);
    for (struct rig_strip *s = r->strips; s; s = s->next)
        for (uint32_t c = 0; c < s->n_channels; c++)
            s->in[c][at] = 0.0f;
    return frame;
}

// ------------------------------------------------------------------ strips

Test(inserts, an_impulse_through_two_strips_arrives_at_one_frame)
{
    struct rig *r = new_rig();
    struct rig_strip *with = add_level(r, 0.25f);
    struct rig_strip *without = add_level(r, 0.5f);
    struct fake_insert *f = fake_new(1000);
    with->feed = without->feed = RIG_FEED_OWN;
    fake_add(r, f, with, NULL);
    rig_run(r, SETTLED, BLOCK);
    cr_assert_eq(told_latency(r), 1000u);
    const uint64_t frame = strike(r, 17, BLOCK);
    rig_run(r, 4000, BLOCK);
    const struct newest x = newest(r, r->main->tap, 4096);
    for (uint32_t i = 0; i < x.n; i++)
        cr_assert_eq(x.frames[2 * i],
                     x.position + i == frame + 1000 ? 0.75f : 0.0f,
                     "frame %u: %g", i, (double)x.frames[2 * i]);
    cr_assert_eq(f->longest, BLOCK);
    free(x.frames);
    rig_free(r);
    free(f);
}

Test(inserts, all_strips_are_as_late_as_the_latest_at_odd_blocks)
{
    struct rig *r = new_rig();
    struct rig_strip *a = rig_add_strip(r, 2);
    struct rig_strip *b = rig_add_strip(r, 2);
    struct rig_strip *c = rig_add_strip(r, 2);
    struct fake_insert *fa = fake_new(1000);
    struct fake_insert *fb = fake_new(311);
    const uint32_t streams[] = {a->stream, b->stream};
    rig_set(r, c, WEIR_STRIP_PARAM_MUTE, 1.0f);
    fake_add(r, fa, a, NULL);
    fake_add(r, fb, b, NULL);
    run_odd(r, SETTLED);
    for (int i = 0; i < 20; i++) {
        run_odd(r, 4000);
        expect_numbers(r, r->main->tap, 4000, 1000, 2, streams);
    }
    cr_assert_gt(fa->n_runs, 100u);
    rig_free(r);
    free(fa);
    free(fb);
}

Test(inserts, commands_split_the_block_and_not_the_inserts)
{
    struct rig *r = new_rig();
    struct rig_strip *a = add_level(r, 0.25f);
    struct rig_strip *b = add_level(r, 0.25f);
    struct fake_insert *f = fake_new(300);
    fake_add(r, f, a, NULL);
    rig_run(r, SETTLED, BLOCK);
    const uint32_t n_runs = f->n_runs;
    // One block, split at 40 and 41, from which on both fade out at once.
    const uint64_t at = r->clock + 41;
    struct weir_command c[] = {
        {.kind = WEIR_COMMAND_STRIP_SET,
         .strip = a->mix,
         .param = WEIR_STRIP_PARAM_PAN,
         .at_ns = rig_ns(r, at - 1)},
        {.kind = WEIR_COMMAND_STRIP_SET,
         .strip = a->mix,
         .param = WEIR_STRIP_PARAM_MUTE,
         .value = 1.0f,
         .at_ns = rig_ns(r, at)},
        {.kind = WEIR_COMMAND_STRIP_SET,
         .strip = b->mix,
         .param = WEIR_STRIP_PARAM_MUTE,
         .value = 1.0f,
         .at_ns = rig_ns(r, at)},
    };
    rig_push(r, c, 3);
    rig_run(r, 3 * BLOCK, BLOCK);
    cr_assert_eq(f->n_runs, n_runs + 3);
    cr_assert_eq(f->longest, BLOCK);
    const struct newest x = newest(r, r->main->tap, 3 * BLOCK);
    for (uint32_t i = 0; i < x.n; i++) {
        const uint64_t frame = x.position + i;
        const uint64_t gone = frame < at ? 0 : frame - at + 1;
        const float want =
            gone >= RIG_RAMP ? 0.0f : 0.5f * (1.0f - (float)gone / RIG_RAMP);
        cr_assert_float_eq(x.frames[2 * i], want, 1e-5f, "frame %u: %g", i,
                           (double)x.frames[2 * i]);
    }
    free(x.frames);
    rig_free(r);
    free(f);
}

Test(inserts, adding_changing_and_removing_one_is_not_heard)
{
    for (uint32_t i = 0; i < N_ODD; i++) {
        const uint32_t block = odd_blocks[i];
        const uint64_t settled = block < 8 ? 12000 : SETTLED;
        struct rig *r = new_rig();
        struct rig_strip *with = add_level(r, 0.25f);
        struct fake_insert *f = fake_new(1000);
        struct fake_insert *g = fake_new(64);
        struct rig_strip *other = add_level(r, 0.125f);
        rig_run(r, 4096, block);
        fake_add(r, f, with, NULL);
        run_at_level(r, settled, block, 0.375f);
        cr_assert_eq(told_latency(r), 1000u);
        fake_add(r, g, other, NULL);
        run_at_level(r, settled, block, 0.375f);
        g->late = g->tells = 5000; // it has had so many frames
        run_at_level(r, settled, block, 0.375f);
        cr_assert_eq(told_latency(r), 5000u);
        const uint32_t request = fake_remove(r, g, other, NULL);
        run_at_level(r, settled, block, 0.375f);
        cr_assert(rig_answer(r, request, NULL));
        cr_assert_eq(told_latency(r), 1000u);
        const uint32_t last = fake_remove(r, f, with, NULL);
        run_at_level(r, settled, block, 0.375f);
        cr_assert(rig_answer(r, last, NULL));
        cr_assert_eq(told_latency(r), 0u);
        cr_assert_not(r->engine->align.is_on);
        cr_assert_gt(f->n_in, settled);
        rig_free(r);
        free(f);
        free(g);
    }
}

Test(inserts, an_insert_is_heard_and_its_trim_is_before_it)
{
    struct rig *r = new_rig();
    struct rig_strip *s = add_level(r, 0.125f);
    struct fake_insert *f = fake_new(0);
    f->add = 0.25f;
    rig_set(r, s, WEIR_STRIP_PARAM_TRIM, 0.5f);
    fake_add(r, f, s, NULL);
    rig_run(r, SETTLED, BLOCK);
    run_at_level(r, 1000, BLOCK, 0.3125f); // 0.125 * 0.5 + 0.25
    cr_assert_eq(told_latency(r), 0u);
    rig_set(r, s, WEIR_STRIP_PARAM_TRIM, 2.0f);
    rig_run(r, 1000, BLOCK);
    run_at_level(r, 1000, BLOCK, 0.5f);
    s->level = 0.0f; // a silent strip is processed
    rig_run(r, 1000, BLOCK);
    run_at_level(r, 1000, BLOCK, 0.25f);
    rig_free(r);
    free(f);
}

Test(inserts, values_go_to_the_one_that_is_there)
{
    struct rig *r = new_rig();
    struct rig_strip *s = rig_add_strip(r, 2);
    struct fake_insert *f = fake_new(0);
    struct weir_command c = {.kind = WEIR_COMMAND_INSERT_SET,
                             .strip = s->mix,
                             .slot = 3,
                             .number = 7,
                             .value = 0.5f};
    fake_add(r, f, s, NULL);
    rig_push(r, &c, 1);
    rig_run(r, BLOCK, BLOCK);
    cr_assert(f->set_slot == 3 && f->set_port == 7 && f->set_value == 0.5f);
    fake_remove(r, f, s, NULL);
    rig_run(r, 10 * BLOCK, BLOCK);
    c.value = 1.0f;
    const uint32_t request = rig_push(r, &c, 1);
    rig_run(r, BLOCK, BLOCK);
    cr_assert(rig_answer(r, request, NULL));
    cr_assert_eq(f->set_value, 0.5f);
    rig_free(r);
    free(f);
}

Test(inserts, what_is_not_finite_silences_its_strip_alone)
{
    struct rig *r = new_rig();
    struct rig_strip *bad = add_level(r, 0.25f);
    add_level(r, 0.5f);
    struct fake_insert *f = fake_new(0);
    fake_add(r, f, bad, NULL);
    rig_run(r, SETTLED, BLOCK);
    run_at_level(r, BLOCK, BLOCK, 0.75f);
    f->add = NAN;
    run_at_level(r, 10 * BLOCK, BLOCK, 0.5f);
    cr_assert_eq(rig_count(&r->engine->counters.blocks_not_finite), 10u);
    cr_assert_eq(rig_count(&bad->mix->n_not_finite), 10u);
    f->add = 1e20f; // nor what is louder than any sound
    run_at_level(r, BLOCK, BLOCK, 0.5f);
    f->add = 0.0f;
    run_at_level(r, BLOCK, BLOCK, 0.75f);
    rig_free(r);
    free(f);
}

Test(inserts, a_strip_may_take_one_insert_for_another)
{
    struct rig *r = new_rig();
    struct rig_strip *s = add_level(r, 0.25f);
    struct fake_insert *f = fake_new(500);
    struct fake_insert *g = fake_new(500);
    fake_add(r, f, s, NULL);
    rig_run(r, SETTLED, BLOCK);
    const uint32_t request = fake_remove(r, f, s, NULL);
    const uint32_t second = fake_add(r, g, s, NULL);
    run_at_level(r, SETTLED, BLOCK, 0.25f);
    cr_assert(rig_answer(r, request, NULL) && rig_answer(r, second, NULL));
    cr_assert_gt(g->n_in, 1000u);
    const uint64_t n_in = f->n_in;
    rig_run(r, 1000, BLOCK);
    cr_assert_eq(f->n_in, n_in);
    rig_free(r);
    free(f);
    free(g);
}

// ---------------------------------------------------------------- who comes

Test(inserts, strips_that_come_and_go_are_as_late_as_the_others)
{
    struct rig *r = new_rig();
    struct rig_strip *a = rig_add_strip(r, 2);
    struct fake_insert *f = fake_new(1000);
    fake_add(r, f, a, NULL);
    rig_run(r, SETTLED, BLOCK);
    struct rig_strip *b = rig_add_strip(r, 2);
    rig_run(r, 4 * 1024, BLOCK);
    const uint32_t both[] = {a->stream, b->stream};
    expect_numbers(r, r->main->tap, 1024, 1000, 2, both);
    const uint32_t request = rig_remove_strip(r, b);
    rig_run(r, 1024, BLOCK);
    cr_assert(rig_answer(r, request, NULL));
    rig_drop_strip(r, b, BLOCK);
    rig_run(r, 1024, BLOCK);
    expect_numbers(r, r->main->tap, 1024, 1000, 1, both);
    rig_free(r);
    free(f);
}

Test(inserts, a_strip_takes_its_insert_with_it)
{
    struct rig *r = new_rig();
    struct rig_strip *a = rig_add_strip(r, 2);
    struct rig_strip *b = rig_add_strip(r, 2);
    struct fake_insert *f = fake_new(1000);
    fake_add(r, f, a, NULL);
    rig_run(r, SETTLED, BLOCK);
    const uint32_t insert_goes = fake_remove(r, f, a, NULL);
    const uint32_t strip_goes = rig_remove_strip(r, a);
    rig_run(r, SETTLED, BLOCK);
    cr_assert(rig_answer(r, insert_goes, NULL));
    cr_assert(rig_answer(r, strip_goes, NULL));
    const uint64_t n_in = f->n_in;
    rig_drop_strip(r, a, BLOCK);
    rig_run(r, SETTLED, BLOCK);
    cr_assert_eq(f->n_in, n_in);
    cr_assert_eq(told_latency(r), 0u);
    expect_numbers(r, r->main->tap, 1024, 0, 1, &b->stream);
    rig_free(r);
    free(f);
}

Test(inserts, without_cycles_they_go_at_once)
{
    struct rig *r = new_rig();
    struct rig_strip *a = rig_add_strip(r, 2);
    struct fake_insert *f = fake_new(1000);
    fake_add(r, f, a, NULL);
    rig_run(r, SETTLED, BLOCK);
    const uint32_t request = fake_remove(r, f, a, NULL);
    weir_engine_obey(r->engine);
    weir_engine_idle(r->engine);
    rig_take_events(r);
    cr_assert(rig_answer(r, request, NULL));
    rig_run(r, SETTLED, BLOCK);
    expect_numbers(r, r->main->tap, 1024, 0, 1, &a->stream);
    rig_free(r);
    free(f);
}

// ----------------------------------------------------------- lost, refused

Test(inserts, frames_that_jack_lost_do_not_run_them)
{
    struct rig *r = new_rig();
    struct rig_strip *a = rig_add_strip(r, 2);
    struct rig_strip *b = rig_add_strip(r, 2);
    struct fake_insert *inside = fake_new(300);
    struct fake_insert *late = fake_new_taken(2 * BLOCK);
    const uint32_t streams[] = {a->stream, b->stream};
    fake_add(r, inside, a, NULL);
    fake_add(r, late, b, NULL);
    rig_run(r, SETTLED, BLOCK);
    const uint64_t n_in = inside->n_in;
    const uint64_t n_in_late = late->n_in;
    rig_skip(r, 700);
    rig_run(r, 16 * BLOCK, BLOCK);
    cr_assert_eq(inside->n_in - n_in, 16 * BLOCK);
    cr_assert_eq(late->n_in - n_in_late, 16 * BLOCK + 700);
    cr_assert_eq(late->n_lost, 700u);
    cr_assert_eq(rig_count(&r->engine->counters.frames_silent), 700u);
    expect_numbers(r, r->main->tap, 8 * BLOCK, 300, 2, streams);
    rig_free(r);
    free(inside);
    free(late);
}

Test(inserts, what_is_due_in_lost_frames_comes_in_time)
{
    struct rig *r = new_rig();
    struct rig_strip *a = rig_add_strip(r, 2);
    struct rig_strip *b = rig_add_strip(r, 2);
    struct fake_insert *f = fake_new_taken(BLOCK);
    const uint32_t streams[] = {a->stream, b->stream};
    fake_add(r, f, a, NULL);
    rig_run(r, SETTLED, BLOCK);
    rig_skip(r, BLOCK);
    rig_run(r, BLOCK, BLOCK);
    // The lost block's place has the one before it, and the next has silence.
    const struct newest x = newest(r, r->main->tap, 2 * BLOCK);
    for (uint32_t i = 0; i < 2 * BLOCK; i++) {
        const uint64_t frame = x.position + i - BLOCK;
        const float want = i < BLOCK ? rig_number(streams[0], frame) +
                                           rig_number(streams[1], frame)
                                     : 0.0f;
        cr_assert_eq(x.frames[2 * i], want, "frame %u", i);
    }
    free(x.frames);
    rig_free(r);
    free(f);
}

Test(inserts, without_memory_it_plays_late_and_the_others_go_on)
{
    struct rig *r = new_rig();
    struct rig_strip *a = add_level(r, 0.25f);
    struct fake_insert *f = fake_new(100);
    fake_add(r, f, a, NULL);
    rig_run(r, SETTLED, BLOCK);
    cr_assert_eq(told_latency(r), 100u);
    r->no_memory = true;
    const uint32_t n_lines = r->n_lines;
    f->late = f->tells = 20000;
    rig_run(r, 3 * SETTLED, BLOCK);
    cr_assert_eq(r->n_lines, n_lines + 1, "asked again and again");
    cr_assert_eq(told_latency(r), 100u);
    run_at_level(r, 1000, BLOCK, 0.25f);
    // The next insert is reason to ask once more.
    struct fake_insert *g = fake_new(0);
    struct rig_strip *b = add_level(r, 0.0f);
    r->no_memory = false;
    fake_add(r, g, b, NULL);
    rig_run(r, 4 * SETTLED, BLOCK);
    cr_assert_eq(told_latency(r), 20000u);
    rig_free(r);
    free(f);
    free(g);
}

Test(inserts, nobody_is_later_than_the_most)
{
    struct rig *r = new_rig();
    struct rig_strip *a = add_level(r, 0.25f);
    add_level(r, 0.125f);
    struct fake_insert *f = fake_new(50000);
    fake_add(r, f, a, NULL);
    rig_run(r, 4 * SETTLED, BLOCK);
    cr_assert_eq(told_latency(r), (uint32_t)WEIR_MAX_LATE);
    run_at_level(r, 1000, BLOCK, 0.375f);
    rig_free(r);
    free(f);
}

Test(inserts, one_that_tells_lies_moves_nobody_else)
{
    struct rig *r = new_rig();
    struct rig_strip *a = add_level(r, 0.25f);
    struct rig_strip *b = rig_add_strip(r, 2);
    struct fake_insert *f = fake_new(100);
    fake_add(r, f, a, NULL);
    rig_run(r, SETTLED, BLOCK);
    rig_set(r, a, WEIR_STRIP_PARAM_MUTE, 1.0f);
    rig_run(r, 1024, BLOCK);
    const uint32_t n_lines = r->n_lines;
    for (uint32_t i = 0; i < 300; i++) {
        f->tells = i * 7919 % 40000;
        rig_cycle(r, BLOCK);
        expect_numbers(r, r->main->tap, BLOCK, 100, 1, &b->stream);
    }
    cr_assert_eq(r->n_lines, n_lines);
    rig_free(r);
    free(f);
}

// ------------------------------------------------------------------- buses

struct bus_case {
    bool taken;
    uint32_t late;
};

static void
check_buses(bool taken, uint32_t late)
{
    struct rig *r = new_rig();
    struct rig_strip *a = rig_add_strip(r, 2);
    struct rig_strip *b = rig_add_strip(r, 2);
    struct rig_bus *aux = rig_add_bus(r, 1, 2);
    struct fake_insert *on_strip = fake_new(200);
    struct fake_insert *on_bus = taken ? fake_new_taken(late) : fake_new(late);
    struct weir_tap *taps[2] = {rig_make_tap(r, 2), rig_make_tap(r, 2)};
    const uint32_t both[] = {a->stream, b->stream};
    const uint32_t all = late + 200;
    struct weir_command c[] = {
        {.kind = WEIR_COMMAND_TAP_ADD, .tap = taps[0], .strip = b->mix},
        {.kind = WEIR_COMMAND_TAP_ADD,
         .tap = taps[1],
         .strip = a->mix,
         .param = 1}};
    rig_push(r, &c[0], 1);
    rig_set_send(r, b, aux, WEIR_SEND_PARAM_LEVEL, 1.0f);
    rig_set_send(r, b, aux, WEIR_SEND_PARAM_ON, 1.0f);
    fake_add(r, on_strip, a, NULL);
    fake_add(r, on_bus, NULL, r->main);
    rig_run(r, SETTLED, BLOCK);
    rig_push(r, &c[1], 1); // one that comes when all is late
    for (int i = 0; i < 3; i++) {
        if (taken)
            rig_run(r, 8192, BLOCK);
        else
            run_odd(r, 8192);
        expect_numbers(r, r->main->tap, 4096, all, 2, both);
        expect_numbers(r, aux->tap, 4096, all, 1, &b->stream);
        expect_numbers(r, taps[0], 4096, all, 1, &b->stream);
        expect_numbers(r, taps[1], 4096, all, 1, &a->stream);
    }
    cr_assert_eq(told_latency(r), all);
    const uint32_t request = fake_remove(r, on_bus, NULL, r->main);
    rig_run(r, SETTLED, BLOCK);
    cr_assert(rig_answer(r, request, NULL));
    cr_assert_eq(told_latency(r), 200u);
    expect_numbers(r, r->main->tap, 4096, 200, 2, both);
    expect_numbers(r, taps[0], 4096, 200, 1, &b->stream);
    rig_free(r);
    free(on_strip);
    free(on_bus);
}

Test(inserts, buses_and_sources_are_as_late_as_the_latest_bus)
{
    check_buses(false, 700);
}

Test(inserts, a_bus_takes_a_block_before_it_gives_the_next)
{
    check_buses(true, 2 * BLOCK);
    check_buses(true, BLOCK);
}

Test(inserts, a_bus_gives_its_whole_block_however_it_was_split)
{
    struct rig *r = new_rig();
    struct rig_strip *a = rig_add_strip(r, 2);
    struct fake_insert *f = fake_new_taken(BLOCK);
    fake_add(r, f, NULL, r->main);
    rig_run(r, SETTLED, BLOCK);
    const uint32_t n_runs = f->n_runs;
    for (uint32_t i = 0; i < 20; i++) {
        struct weir_command c = {.kind = WEIR_COMMAND_STRIP_SET,
                                 .strip = a->mix,
                                 .param = WEIR_STRIP_PARAM_GAIN,
                                 .value = 1.0f,
                                 .at_ns = rig_ns(r, r->clock + 1 + 3 * i)};
        rig_push(r, &c, 1);
        rig_cycle(r, BLOCK);
        expect_numbers(r, r->main->tap, BLOCK, BLOCK, 1, &a->stream);
    }
    cr_assert_eq(f->n_runs, n_runs + 20);
    rig_skip(r, 3 * BLOCK);
    rig_run(r, 2 * BLOCK, BLOCK);
    cr_assert_eq(f->n_lost, 3u * BLOCK);
    expect_numbers(r, r->main->tap, BLOCK, BLOCK, 1, &a->stream);
    rig_free(r);
    free(f);
}

Test(inserts, adding_and_removing_one_on_a_bus_is_not_heard)
{
    struct rig *r = new_rig();
    add_level(r, 0.25f);
    struct fake_insert *f = fake_new_taken(1024);
    rig_run(r, 4096, BLOCK);
    fake_add(r, f, NULL, r->main);
    run_at_level(r, SETTLED, BLOCK, 0.25f);
    cr_assert_eq(told_latency(r), 1024u);
    f->add = NAN;
    rig_run(r, BLOCK, BLOCK);
    run_at_level(r, BLOCK, BLOCK, 0.0f);
    cr_assert_gt(rig_count(&r->engine->counters.blocks_not_finite), 0u);
    f->add = 0.0f;
    run_at_level(r, BLOCK, BLOCK, 0.25f);
    fake_remove(r, f, NULL, r->main);
    run_at_level(r, SETTLED, BLOCK, 0.25f);
    cr_assert_eq(told_latency(r), 0u);
    rig_free(r);
    free(f);
}
