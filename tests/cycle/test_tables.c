// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Strips come and go while others play; ports appear and vanish by tables.
#include "cycle/rig.h"

#include <criterion/criterion.h>

// A tap behind a strip's fader, so that it can be heard alone.
static struct weir_tap *
tap_strip(struct rig *r, struct rig_strip *s)
{
    struct weir_tap *tap = rig_make_tap(r, s->n_channels);
    rig_push(r,
             &(struct weir_command){
                 .kind = WEIR_COMMAND_TAP_ADD, .strip = s->mix, .tap = tap},
             1);
    rig_mix(r);
    return tap;
}

static float
tapped(const struct weir_tap *tap, uint64_t position)
{
    float got[2];
    cr_assert(rig_read(tap, position, got, 1), "frame %lu", position);
    return got[0];
}

static uint32_t
count_tables(const struct rig *r)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < r->n_events; i++)
        n += r->events[i].kind == WEIR_EVENT_TABLE;
    return n;
}

Test(tables, strips_come_and_go_without_a_break_in_any_other_strip)
{
    struct rig *r = rig_new(NULL);
    struct rig_strip *still = rig_add_strip(r, 2);
    struct weir_tap *tap = tap_strip(r, still);
    uint64_t checked = 0;
    for (uint32_t i = 0; i < 200; i++) {
        struct rig_strip *s = rig_add_strip(r, 1 + i % 3);
        rig_run(r, 64 + i % 50, 32);
        const uint32_t request = rig_remove_strip(r, s);
        rig_run(r, 320, 32);
        cr_assert(rig_answer(r, request, NULL));
        rig_drop_strip(r, s, 32);
        for (; checked < r->engine->position; checked++)
            cr_assert_eq(tapped(tap, checked),
                         rig_number(still->stream, checked));
    }
    cr_assert_eq(r->engine->n_strips, 1);
    cr_assert_eq(r->engine->n_leaving, 0);
    cr_assert_eq(rig_count(&r->process.counters.late_blocks), 0);
    cr_assert_eq(rig_count(&r->process.counters.input_frames_lost), 0);
    rig_free(r);
}

Test(tables, strips_in_the_middle_may_go_and_the_rest_keep_their_places)
{
    struct rig *r = rig_new(NULL);
    struct rig_strip *s[9];
    float got[2];
    for (int i = 0; i < 9; i++) {
        s[i] = rig_add_strip(r, 2);
        s[i]->feed = RIG_FEED_LEVEL;
        s[i]->level = (float)(1 << i) / 1024.0f;
    }
    rig_run(r, 512, 64);
    rig_remove_strip(r, s[0]);
    rig_remove_strip(r, s[4]);
    rig_remove_strip(r, s[5]);
    rig_remove_strip(r, s[8]);
    rig_run(r, 512, 64);
    cr_assert(rig_read(r->main->tap, r->engine->position - 1, got, 1));
    cr_assert_eq(got[0], (float)(2 + 4 + 8 + 64 + 128) / 1024.0f);
    cr_assert_eq(r->engine->n_strips, 5);
    rig_free(r);
}

Test(tables, every_new_table_is_told_when_its_first_cycle_came_through)
{
    struct rig *r = rig_new(NULL);
    rig_cycle(r, 64);
    cr_assert_eq(r->table_through, 1);
    rig_run(r, 640, 64);
    cr_assert_eq(count_tables(r), 1);
    rig_publish(r);
    cr_assert_eq(rig_publish(r), 3);
    rig_mix(r);
    cr_assert_eq(r->table_through, 1); // no cycle had it yet
    rig_run(r, 640, 64);
    cr_assert_eq(r->table_through, 3); // 2 was never used
    cr_assert_eq(count_tables(r), 2);
    rig_free(r);
}

Test(tables, a_strip_is_fed_from_its_first_table_on_and_not_earlier)
{
    struct rig *r = rig_new(NULL);
    struct rig_strip *s = rig_make_strip(r, 2);
    rig_push(
        r,
        &(struct weir_command){.kind = WEIR_COMMAND_STRIP_ADD, .strip = s->mix},
        1);
    struct weir_tap *tap = tap_strip(r, s);
    // What is in its lanes from earlier must not be heard.
    for (uint32_t i = 0; i < r->config.lane_frames; i++)
        s->mix->lanes[0].frames[i] = s->mix->lanes[1].frames[i] = 0.9f;
    rig_run(r, 256, 64); // without a number it is not fed
    for (int i = 0; i < 3; i++)
        rig_callback(r, 64); // in flight, with the old table
    s->patched = true;
    const uint64_t number = rig_publish(r);
    for (int i = 0; i < 3; i++)
        rig_callback(r, 64);
    rig_push(r,
             &(struct weir_command){.kind = WEIR_COMMAND_STRIP_INPUT,
                                    .strip = s->mix,
                                    .number = number},
             1);
    rig_mix(r);
    rig_run(r, 256, 64);
    for (uint64_t p = 0; p < 256 + 192; p++)
        cr_assert_eq(tapped(tap, p), 0.0f);
    for (uint64_t p = 256 + 192; p < r->clock; p++)
        cr_assert_eq(tapped(tap, p), rig_number(s->stream, p));
    rig_free(r);
}

Test(tables, a_strip_whose_ports_went_is_silent_when_it_is_told_so)
{
    struct rig *r = rig_new(NULL);
    struct rig_strip *s = rig_add_strip(r, 2);
    struct weir_tap *tap = tap_strip(r, s);
    rig_run(r, 256, 64);
    s->patched = false;
    rig_push(r,
             &(struct weir_command){.kind = WEIR_COMMAND_STRIP_INPUT,
                                    .strip = s->mix,
                                    .number = UINT64_MAX},
             1);
    rig_publish(r);
    rig_run(r, 256, 64);
    for (uint64_t p = 256; p < 512; p++)
        cr_assert_eq(tapped(tap, p), 0.0f);
    s->patched = true;
    const uint64_t number = rig_publish(r);
    rig_push(r,
             &(struct weir_command){.kind = WEIR_COMMAND_STRIP_INPUT,
                                    .strip = s->mix,
                                    .number = number},
             1);
    rig_run(r, 256, 64);
    for (uint64_t p = 512; p < 768; p++)
        cr_assert_eq(tapped(tap, p), rig_number(s->stream, p));
    rig_free(r);
}

// ----------------------------------------------------------------- removal

Test(tables, a_strip_that_is_removed_fades_out_over_5_ms_and_then_answers)
{
    struct rig *r = rig_new(NULL);
    struct rig_strip *s = rig_add_strip(r, 2);
    float got[2 * 256];
    uint64_t frame;
    s->feed = RIG_FEED_LEVEL;
    s->level = 0.5f;
    rig_run(r, 640, 80);
    const uint32_t request = rig_remove_strip(r, s);
    rig_run(r, 160, 80);
    cr_assert_not(rig_answer(r, request, NULL));
    rig_run(r, 80, 80);
    cr_assert(rig_answer(r, request, &frame));
    cr_assert_eq(frame, 640 + 240);
    rig_run(r, 160, 80);
    cr_assert(rig_read(r->main->tap, 640, got, 256));
    for (int i = 0; i < 256; i++)
        cr_assert_float_eq(got[2 * i], i < 240 ? 0.5f - (i + 1) / 480.0f : 0.0f,
                           1e-6, "frame %d", i);
    rig_free(r);
}

Test(tables, a_silent_strip_is_removed_in_the_same_time)
{
    struct rig *r = rig_new(NULL);
    struct rig_strip *s = rig_add_strip(r, 2);
    s->feed = RIG_FEED_LEVEL;
    rig_run(r, 640, 80);
    const uint32_t request = rig_remove_strip(r, s);
    rig_run(r, 160, 80);
    cr_assert_not(rig_answer(r, request, NULL));
    rig_run(r, 80, 80);
    cr_assert(rig_answer(r, request, NULL));
    rig_free(r);
}

Test(tables, a_strip_can_be_removed_before_it_was_ever_fed)
{
    struct rig *r = rig_new(NULL);
    struct rig_strip *s = rig_make_strip(r, 2);
    struct weir_command both[2] = {
        {.kind = WEIR_COMMAND_STRIP_ADD, .strip = s->mix},
        {.kind = WEIR_COMMAND_STRIP_REMOVE, .strip = s->mix},
    };
    const uint32_t add = rig_push(r, both, 2);
    rig_run(r, 256, 64);
    cr_assert(rig_answer(r, add, NULL));
    cr_assert(rig_answer(r, add + 1, NULL));
    cr_assert_eq(r->engine->n_strips, 0);
    rig_free(r);
}

Test(tables, without_cycles_a_removal_is_answered_when_nothing_plays)
{
    struct rig *r = rig_new(NULL);
    struct rig_strip *s = rig_add_strip(r, 2);
    struct rig_strip *stays = rig_add_strip(r, 2);
    struct rig_bus *b = rig_add_bus(r, 1, 2);
    rig_set(r, s, WEIR_STRIP_PARAM_SOLO, 1.0f);
    rig_run(r, 640, 64);
    const uint32_t strip = rig_remove_strip(r, s);
    const uint32_t bus = rig_remove_bus(r, b);
    rig_mix(r);
    cr_assert_not(rig_answer(r, strip, NULL));
    weir_engine_idle(r->engine);
    rig_mix(r);
    cr_assert(rig_answer(r, strip, NULL));
    cr_assert(rig_answer(r, bus, NULL));
    cr_assert_eq(r->engine->n_strips, 1);
    cr_assert_null(r->engine->buses[1]);
    rig_drop_strip(r, s, 64);
    rig_run(r, 640, 64);
    float got[2];
    cr_assert(rig_read(r->main->tap, r->engine->position - 1, got, 1));
    cr_assert_eq(got[0], rig_number(stays->stream, r->engine->position - 1));
    rig_free(r);
}

Test(tables, idling_with_nothing_to_remove_changes_nothing)
{
    struct rig *r = rig_new(NULL);
    rig_add_strip(r, 2);
    rig_run(r, 640, 64);
    rig_mix(r);
    const uint32_t n = r->n_events;
    weir_engine_take_events(r->engine);
    weir_engine_idle(r->engine);
    rig_mix(r);
    cr_assert_eq(r->n_events, n);
    cr_assert_eq(weir_engine_take_events(r->engine), 0);
    cr_assert_eq(r->engine->position, 640);
    rig_free(r);
}

// ---------------------------------------------------------------- commands

Test(tables, every_command_is_answered_in_its_turn_with_its_frame)
{
    struct rig *r = rig_new(NULL);
    struct rig_strip *s = rig_add_strip(r, 2);
    rig_run(r, 640, 64);
    const uint32_t n = r->n_events;
    uint32_t first = rig_do(r, WEIR_COMMAND_NOTHING);
    rig_set(r, s, WEIR_STRIP_PARAM_GAIN, 0.5f);
    rig_do(r, WEIR_COMMAND_NOTHING);
    rig_mix(r); // without a cycle
    cr_assert_eq(r->n_events, n + 3);
    for (uint32_t i = 0; i < 3; i++) {
        cr_assert_eq(r->events[n + i].kind, WEIR_EVENT_DONE);
        cr_assert_eq(r->events[n + i].request, first + i);
        cr_assert_eq(r->events[n + i].number, 640);
    }
    cr_assert_geq(weir_engine_take_events(r->engine), 3);
    cr_assert_eq(weir_engine_take_events(r->engine), 0);
    rig_free(r);
}

Test(tables, a_full_queue_of_commands_gets_all_of_its_answers)
{
    struct rig *r = rig_new(NULL);
    struct rig_strip *s = rig_add_strip(r, 2);
    rig_mix(r);
    const uint32_t n = r->n_events;
    const uint32_t first = rig_do(r, WEIR_COMMAND_NOTHING);
    for (uint32_t i = 1; i < WEIR_COMMANDS; i++)
        rig_set(r, s, WEIR_STRIP_PARAM_GAIN, (float)i);
    cr_assert_eq(weir_queue_room(r->engine->commands), 0);
    rig_mix(r);
    cr_assert_eq(r->n_events, n + WEIR_COMMANDS);
    cr_assert(rig_answer(r, first + WEIR_COMMANDS - 1, NULL));
    cr_assert_eq(s->mix->gain_lin, (float)(WEIR_COMMANDS - 1));
    rig_free(r);
}

Test(tables, stop_is_answered_after_what_was_asked_before)
{
    struct rig *r = rig_new(NULL);
    struct rig_strip *s = rig_add_strip(r, 2);
    rig_callback(r, 64);
    rig_callback(r, 64);
    rig_set(r, s, WEIR_STRIP_PARAM_GAIN, 0.0f);
    const uint32_t stop = rig_do(r, WEIR_COMMAND_STOP);
    cr_assert_not(r->engine->stopping);
    rig_mix(r);
    cr_assert(r->engine->stopping);
    cr_assert(rig_answer(r, stop, NULL));
    cr_assert_eq(r->engine->position, 128); // what was in the rings
    rig_free(r);
}
