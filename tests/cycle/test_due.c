// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Commands for a time take effect at its frame, wherever in a block it lies:
// what comes out is, to the bit, what a mixer says whose blocks begin there
// and that was asked at once.
#include "cycle/rig.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 64, SEEN = 4096, MAX_CHANGES = 40 };

// Both mixers, with two strips and a bus that one sends to.
struct side {
    struct rig *r;
    struct rig_strip *strips[2];
    struct rig_bus *fx;
};

static struct side
new_side(void)
{
    struct side s = {.r = rig_new(NULL)};
    s.fx = rig_add_bus(s.r, 1, 2);
    for (int i = 0; i < 2; i++) {
        s.strips[i] = rig_add_strip(s.r, (uint32_t)i + 1);
        rig_set_send(s.r, s.strips[i], s.fx, WEIR_SEND_PARAM_LEVEL, 0.5f);
    }
    rig_run(s.r, 1024, BLOCK);
    return s;
}

static struct weir_command
random_change(const struct side *s, unsigned *seed, uint64_t at_ns)
{
    struct weir_command c = {.at_ns = at_ns};
    const int what = rand_r(seed) % 4;
    c.value = (float)(rand_r(seed) % 100) / 64.0f;
    if (what == 3) {
        c.kind = WEIR_COMMAND_BUS_SET;
        c.bus = rand_r(seed) % 2 ? s->fx->mix : s->r->main->mix;
        c.param = WEIR_BUS_PARAM_GAIN;
        return c;
    }
    c.kind = what ? WEIR_COMMAND_STRIP_SET : WEIR_COMMAND_SEND_SET;
    c.strip = s->strips[rand_r(seed) % 2]->mix;
    c.slot = s->fx->slot;
    if (!what)
        c.param = WEIR_SEND_PARAM_ON;
    else if (rand_r(seed) % 2)
        c.param = WEIR_STRIP_PARAM_GAIN;
    else
        c.param = WEIR_STRIP_PARAM_MUTE;
    return c;
}

struct plan {
    uint64_t frames[MAX_CHANGES]; // in their order
    uint32_t n;
};

static int
by_size(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static struct plan
random_plan(unsigned *seed, uint64_t from)
{
    struct plan p = {.n = MAX_CHANGES};
    for (uint32_t i = 0; i < p.n; i++)
        p.frames[i] = from + (uint64_t)(rand_r(seed) % (SEEN - 1024));
    qsort(p.frames, p.n, sizeof *p.frames, by_size);
    return p;
}

// All of it beforehand, the last first; those of one frame in their order.
static void
play_ahead(struct side *s, const struct plan *p, unsigned seed)
{
    struct weir_command all[MAX_CHANGES];
    for (uint32_t i = 0; i < p->n; i++)
        all[i] = random_change(s, &seed, rig_ns(s->r, p->frames[i]));
    for (uint32_t end = p->n; end > 0;) {
        uint32_t begin = end - 1;
        while (begin > 0 && all[begin - 1].at_ns == all[end - 1].at_ns)
            begin--;
        rig_push(s->r, &all[begin], end - begin);
        end = begin;
    }
    const uint64_t until = s->r->engine->position + SEEN;
    while (s->r->engine->position < until)
        rig_cycle(s->r, BLOCK);
}

// Cycles that end where a change is due, and at every BLOCK.
static void
play_at_once(struct side *s, const struct plan *p, unsigned seed)
{
    uint32_t i = 0;
    const uint64_t until = s->r->engine->position + SEEN;
    while (s->r->engine->position < until) {
        const uint64_t now = s->r->engine->position;
        for (; i < p->n && p->frames[i] == now; i++) {
            struct weir_command c = random_change(s, &seed, 0);
            rig_push(s->r, &c, 1);
        }
        uint64_t end = now - now % BLOCK + BLOCK;
        if (i < p->n && p->frames[i] < end)
            end = p->frames[i];
        rig_cycle(s->r, (uint32_t)(end - now));
    }
}

static void
check_same(const struct side *a, const struct side *b, uint64_t from)
{
    static float x[2 * SEEN];
    static float y[2 * SEEN];
    for (int bus = 0; bus < 2; bus++) {
        cr_assert(rig_read((bus ? a->fx : a->r->main)->tap, from, x, SEEN));
        cr_assert(rig_read((bus ? b->fx : b->r->main)->tap, from, y, SEEN));
        for (int i = 0; i < 2 * SEEN; i++)
            cr_assert_eq(x[i], y[i], "bus %d, frame %d", bus, i / 2);
    }
}

Test(due, changes_at_frames_are_those_of_blocks_that_begin_there)
{
    for (unsigned seed = 1; seed <= (RIG_IS_SLOW ? 3 : 30); seed++) {
        unsigned at = seed;
        struct side a = new_side();
        struct side b = new_side();
        const uint64_t from = a.r->engine->position;
        const struct plan plan = random_plan(&at, from);
        play_ahead(&a, &plan, seed);
        play_at_once(&b, &plan, seed);
        check_same(&a, &b, from);
        rig_free(a.r);
        rig_free(b.r);
    }
}

// ------------------------------------------------------------- their answers

static uint32_t
set_at(struct side *s, enum weir_strip_param param, float value, uint64_t frame)
{
    struct weir_command c = {.kind = WEIR_COMMAND_STRIP_SET,
                             .strip = s->strips[0]->mix,
                             .param = param,
                             .value = value,
                             .at_ns = rig_ns(s->r, frame)};
    return rig_push(s->r, &c, 1);
}

Test(due, the_answer_names_the_frame_and_does_not_come_before_it)
{
    struct side s = new_side();
    uint64_t frame = 0;
    const uint64_t wanted = s.r->engine->position + 3 * BLOCK + 17;
    const uint32_t request = set_at(&s, WEIR_STRIP_PARAM_GAIN, 0.25f, wanted);
    rig_run(s.r, 3 * BLOCK, BLOCK);
    cr_assert_not(rig_answer(s.r, request, &frame));
    rig_cycle(s.r, BLOCK);
    cr_assert(rig_answer(s.r, request, &frame));
    cr_assert_eq(frame, wanted);
    rig_free(s.r);
}

Test(due, what_comes_too_late_takes_effect_at_once_and_says_where)
{
    struct side s = new_side();
    uint64_t frame = 0;
    const uint64_t now = s.r->engine->position;
    const uint32_t request = set_at(&s, WEIR_STRIP_PARAM_GAIN, 0.25f, now - 1);
    rig_cycle(s.r, BLOCK);
    cr_assert(rig_answer(s.r, request, &frame));
    cr_assert_eq(frame, now);
    rig_free(s.r);
}

Test(due, frames_that_were_lost_are_crossed_at_the_right_one)
{
    struct side s = new_side();
    uint64_t frame = 0;
    const uint64_t wanted = s.r->engine->position + 5 * BLOCK + 3;
    const uint32_t request = set_at(&s, WEIR_STRIP_PARAM_MUTE, 1.0f, wanted);
    rig_cycle(s.r, BLOCK);
    rig_skip(s.r, 20 * BLOCK);
    rig_cycle(s.r, BLOCK);
    cr_assert(rig_answer(s.r, request, &frame));
    cr_assert_eq(frame, wanted);
    rig_free(s.r);
}

Test(due, without_cycles_nothing_waits_for_ever)
{
    struct side s = new_side();
    uint64_t frame = 0;
    const uint32_t request = set_at(&s, WEIR_STRIP_PARAM_GAIN, 0.25f,
                                    s.r->engine->position + 100000);
    rig_mix(s.r);
    cr_assert_not(rig_answer(s.r, request, &frame));
    weir_engine_idle(s.r->engine);
    rig_take_events(s.r);
    cr_assert(rig_answer(s.r, request, &frame));
    rig_free(s.r);
}

Test(due, as_many_wait_as_there_can_be_and_each_at_its_frame)
{
    struct side s = new_side();
    const uint64_t from = s.r->engine->position;
    static uint32_t requests[WEIR_COMMANDS];
    for (uint32_t i = 0; i < WEIR_COMMANDS; i++) {
        // Eight a frame, and far from in order.
        const uint32_t at = i * 4099 % (WEIR_COMMANDS / 8);
        requests[i] = set_at(&s, WEIR_STRIP_PARAM_GAIN, (float)i, from + at);
        if (i % 64 == 0)
            rig_mix(s.r);
    }
    rig_run(s.r, WEIR_COMMANDS / 8 + BLOCK, BLOCK);
    uint32_t last = 0;
    for (uint32_t i = 0; i < WEIR_COMMANDS; i++) {
        uint64_t frame = 0;
        if (i * 4099 % (WEIR_COMMANDS / 8) == WEIR_COMMANDS / 8 - 1)
            last = i;
        cr_assert(rig_answer(s.r, requests[i], &frame));
        cr_assert_eq(frame, from + i * 4099 % (WEIR_COMMANDS / 8));
    }
    // Of those at the last frame the last one that came is what is set.
    cr_assert_eq(s.strips[0]->mix->gain_lin, (float)last);
    rig_free(s.r);
}

// ----------------------------------------------------------- what is gone

Test(due, what_waits_for_a_strip_that_goes_is_answered_and_touches_nothing)
{
    struct side s = new_side();
    uint64_t frame = 0;
    struct rig_strip *gone = s.strips[0];
    const uint64_t wanted = s.r->engine->position + 100 * BLOCK;
    const uint32_t waits = set_at(&s, WEIR_STRIP_PARAM_SOLO, 1.0f, wanted);
    const uint32_t removal = rig_remove_strip(s.r, gone);
    while (!rig_answer(s.r, removal, &frame))
        rig_cycle(s.r, BLOCK);
    rig_drop_strip(s.r, gone, BLOCK); // freed: a sanitizer sees the rest
    while (s.r->engine->position < wanted + BLOCK)
        rig_cycle(s.r, BLOCK);
    cr_assert(rig_answer(s.r, waits, &frame));
    cr_assert_eq(frame, wanted);
    cr_assert_eq(s.r->engine->n_soloed, 0);
    rig_free(s.r);
}

Test(due, what_waits_for_a_bus_that_goes_leaves_the_next_one_in_its_slot_alone)
{
    struct side s = new_side();
    uint64_t frame = 0;
    const uint64_t wanted = s.r->engine->position + 100 * BLOCK;
    struct weir_command commands[2] = {
        {.kind = WEIR_COMMAND_SEND_SET,
         .strip = s.strips[0]->mix,
         .slot = s.fx->slot,
         .param = WEIR_SEND_PARAM_ON,
         .value = 1.0f,
         .at_ns = rig_ns(s.r, wanted)},
        {.kind = WEIR_COMMAND_BUS_SET,
         .bus = s.fx->mix,
         .param = WEIR_BUS_PARAM_GAIN,
         .value = 3.0f,
         .at_ns = rig_ns(s.r, wanted)},
    };
    rig_push(s.r, commands, 2);
    const uint32_t removal = rig_remove_bus(s.r, s.fx);
    while (!rig_answer(s.r, removal, &frame))
        rig_cycle(s.r, BLOCK);
    struct rig_bus *next = rig_add_bus(s.r, 1, 2);
    while (s.r->engine->position < wanted + BLOCK)
        rig_cycle(s.r, BLOCK);
    cr_assert_not(s.strips[0]->mix->sends[1].on);
    cr_assert_eq(next->mix->gain_lin, 1.0f);
    rig_free(s.r);
}
