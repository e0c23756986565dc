// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Inserts run on whole blocks, and what is set for a time acts at its frame
// nevertheless: in them, and in what goes into them.
#include "cycle/fake_insert.h"

#include <criterion/criterion.h>
#include <stdlib.h>

enum { BLOCK = 128, SETTLED = 24000, AT = 41 };

struct in_mix {
    struct rig *r;
    struct rig_strip *strip;
    struct fake_insert *f;
};

static struct in_mix
begin(struct fake_insert *f, bool on_bus)
{
    struct in_mix x = {.r = rig_new(NULL), .f = f};
    x.strip = rig_add_strip(x.r, 2);
    x.strip->feed = RIG_FEED_LEVEL;
    x.strip->level = 0.5f;
    fake_add(x.r, f, on_bus ? NULL : x.strip, on_bus ? x.r->main : NULL);
    rig_run(x.r, SETTLED / BLOCK * BLOCK, BLOCK);
    return x;
}

static void
end(struct in_mix *x)
{
    rig_free(x->r);
    free(x->f);
}

static uint32_t
set_at(struct in_mix *x, bool on_bus, float value, uint64_t frame)
{
    struct weir_command c = {.kind = WEIR_COMMAND_INSERT_SET,
                             .strip = on_bus ? NULL : x->strip->mix,
                             .bus = on_bus ? x->r->main->mix : NULL,
                             .number = 7,
                             .value = value,
                             .at_ns = rig_ns(x->r, frame)};
    return rig_push(x->r, &c, 1);
}

static void
acts_at_its_frame(struct fake_insert *f, bool on_bus)
{
    struct in_mix x = begin(f, on_bus);
    for (uint32_t i = 0; i < 5; i++) {
        const uint64_t n_in = f->n_in;
        const uint64_t now = x.r->clock;
        uint64_t frame = 0;
        // The second of two; and one that is the next block's.
        const uint32_t later = set_at(&x, on_bus, 9.0f, now + BLOCK + 1);
        set_at(&x, on_bus, 5.0f, now + AT - 1);
        const uint32_t request = set_at(&x, on_bus, (float)i, now + AT + i);
        rig_cycle(x.r, BLOCK);
        cr_assert(rig_answer(x.r, request, &frame));
        cr_assert_eq(frame, now + AT + i);
        cr_assert_eq(f->set_value, (float)i);
        cr_assert_eq(f->set_frame, n_in + AT + i);
        cr_assert_not(rig_answer(x.r, later, NULL));
        rig_cycle(x.r, BLOCK);
        cr_assert(rig_answer(x.r, later, &frame));
        cr_assert_eq(frame, now + BLOCK + 1);
        cr_assert_eq(f->set_value, 9.0f);
        cr_assert_eq(f->set_frame, n_in + BLOCK + 1);
    }
    end(&x);
}

Test(insert_times, a_value_acts_at_its_frame_in_a_strip)
{
    acts_at_its_frame(fake_new(300), false);
}

Test(insert_times, a_value_acts_at_its_frame_in_a_bus)
{
    acts_at_its_frame(fake_new(300), true);
    acts_at_its_frame(fake_new_taken(BLOCK), true);
}

// More than are looked at go with the next block, the last one last.
Test(insert_times, however_many_there_are_the_last_one_counts)
{
    struct in_mix x = begin(fake_new(0), false);
    for (uint32_t n = 1; n < 1000; n += 111) {
        for (uint32_t i = 0; i < n; i++)
            set_at(&x, false, (float)i, x.r->clock + 1 + i * 100 / n);
        rig_run(x.r, 2 * BLOCK, BLOCK);
        cr_assert_eq(x.f->set_value, (float)(n - 1));
    }
    end(&x);
}

Test(insert_times, in_lost_frames_it_is_the_next_blocks)
{
    struct in_mix x = begin(fake_new(0), false);
    const uint64_t n_in = x.f->n_in;
    set_at(&x, false, 1.0f, x.r->clock + AT);
    rig_skip(x.r, BLOCK);
    rig_cycle(x.r, BLOCK);
    cr_assert_eq(x.f->set_value, 1.0f);
    cr_assert_eq(x.f->set_frame, n_in);
    end(&x);
}

// ------------------------------------------------------- what goes into them

struct turn {
    enum weir_strip_param param;
    float value;
    uint32_t at;
    float trim; // with polarity
};

Test(insert_times, trim_and_polarity_move_at_their_frames)
{
    static const struct turn turns[] = {
        {WEIR_STRIP_PARAM_TRIM, 0.25f, 5, 0.25f},
        {WEIR_STRIP_PARAM_POLARITY, 1.0f, 41, -0.25f},
        {WEIR_STRIP_PARAM_TRIM, 2.0f, 100, -2.0f},
        {WEIR_STRIP_PARAM_POLARITY, 0.0f, BLOCK + 17, 2.0f},
        {WEIR_STRIP_PARAM_TRIM, 1.0f, 5 * BLOCK, 1.0f},
    };
    enum { N = sizeof turns / sizeof turns[0], SEEN = 8 * BLOCK };
    static float got[2 * SEEN];
    struct in_mix x = begin(fake_new(0), false);
    struct weir_ramp ramp;
    const uint64_t now = x.r->clock;
    for (uint32_t i = N; i-- > 0;) {
        struct weir_command c = {.kind = WEIR_COMMAND_STRIP_SET,
                                 .strip = x.strip->mix,
                                 .param = turns[i].param,
                                 .value = turns[i].value,
                                 .at_ns = rig_ns(x.r, now + turns[i].at)};
        rig_push(x.r, &c, 1);
    }
    rig_run(x.r, SEEN, BLOCK);
    cr_assert(rig_read(x.r->main->tap, now, got, SEEN));
    weir_ramp_set(&ramp, 1.0f);
    for (uint32_t i = 0; i < SEEN; i++) {
        for (uint32_t t = 0; t < N; t++)
            if (turns[t].at == i)
                weir_ramp_to(&ramp, turns[t].trim, RIG_RAMP);
        weir_ramp_advance(&ramp, 1);
        cr_assert_float_eq(got[2 * i], 0.5f * ramp.now, 1e-4f,
                           "frame %u: %g, not %g", i, (double)got[2 * i],
                           0.5 * (double)ramp.now);
    }
    end(&x);
}
