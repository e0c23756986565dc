// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Aux sends and the buses they go to, which come and go.
#include "cycle/rig.h"

#include <criterion/criterion.h>
#include <math.h>

static struct rig_strip *
add_level(struct rig *r, float level)
{
    struct rig_strip *s = rig_add_strip(r, 2);
    s->feed = RIG_FEED_LEVEL;
    s->level = level;
    return s;
}

static void
send(struct rig *r, struct rig_strip *s, const struct rig_bus *b, float level,
     bool pre)
{
    rig_set_send(r, s, b, WEIR_SEND_PARAM_PRE, pre ? 1.0f : 0.0f);
    rig_set_send(r, s, b, WEIR_SEND_PARAM_LEVEL, level);
    rig_set_send(r, s, b, WEIR_SEND_PARAM_ON, 1.0f);
}

// One sample of a bus, left, after the ramps.
static float
heard(struct rig *r, const struct rig_bus *b)
{
    float got[2];
    rig_run(r, 512, 64);
    cr_assert(rig_read(b->tap, r->engine->position - 1, got, 1));
    return got[0];
}

Test(sends, nothing_is_sent_without_both_a_level_and_on)
{
    struct rig *r = rig_new(NULL);
    struct rig_strip *s = add_level(r, 0.5f);
    struct rig_bus *b = rig_add_bus(r, 1, 2);
    cr_assert_eq(heard(r, b), 0.0f);
    rig_set_send(r, s, b, WEIR_SEND_PARAM_ON, 1.0f);
    cr_assert_eq(heard(r, b), 0.0f);
    rig_set_send(r, s, b, WEIR_SEND_PARAM_LEVEL, 0.5f);
    cr_assert_eq(heard(r, b), 0.25f);
    rig_set_send(r, s, b, WEIR_SEND_PARAM_ON, 0.0f);
    cr_assert_eq(heard(r, b), 0.0f);
    rig_free(r);
}

Test(sends, a_post_send_follows_fader_mute_and_trim)
{
    struct rig *r = rig_new(NULL);
    struct rig_strip *s = add_level(r, 0.5f);
    struct rig_bus *b = rig_add_bus(r, 1, 2);
    send(r, s, b, 0.5f, false);
    rig_set(r, s, WEIR_STRIP_PARAM_GAIN, 0.5f);
    cr_assert_eq(heard(r, b), 0.125f);
    rig_set(r, s, WEIR_STRIP_PARAM_TRIM, 4.0f);
    cr_assert_eq(heard(r, b), 0.5f);
    rig_set(r, s, WEIR_STRIP_PARAM_MUTE, 1.0f);
    cr_assert_eq(heard(r, b), 0.0f);
    rig_free(r);
}

Test(sends, a_pre_send_follows_trim_and_polarity_but_not_fader_and_mute)
{
    struct rig *r = rig_new(NULL);
    struct rig_strip *s = add_level(r, 0.5f);
    struct rig_bus *b = rig_add_bus(r, 1, 2);
    send(r, s, b, 0.5f, true);
    rig_set(r, s, WEIR_STRIP_PARAM_GAIN, 0.0f);
    cr_assert_eq(heard(r, b), 0.25f);
    rig_set(r, s, WEIR_STRIP_PARAM_MUTE, 1.0f);
    cr_assert_eq(heard(r, b), 0.25f);
    rig_set(r, s, WEIR_STRIP_PARAM_TRIM, 2.0f);
    rig_set(r, s, WEIR_STRIP_PARAM_POLARITY, 1.0f);
    cr_assert_eq(heard(r, b), -0.5f);
    cr_assert_eq(heard(r, r->main), 0.0f);
    rig_free(r);
}

Test(sends, sends_go_on_when_the_strip_does_not_go_to_main)
{
    struct rig *r = rig_new(NULL);
    struct rig_strip *s = add_level(r, 0.5f);
    struct rig_bus *b = rig_add_bus(r, 1, 2);
    send(r, s, b, 1.0f, false);
    rig_set(r, s, WEIR_STRIP_PARAM_MAIN, 0.0f);
    cr_assert_eq(heard(r, b), 0.5f);
    cr_assert_eq(heard(r, r->main), 0.0f);
    rig_free(r);
}

Test(sends, at_unity_moving_between_pre_and_post_cannot_be_heard)
{
    struct rig *r = rig_new(NULL);
    struct rig_strip *s = add_level(r, 0.5f);
    struct rig_bus *b = rig_add_bus(r, 1, 2);
    float got[2 * 512];
    send(r, s, b, 1.0f, false);
    rig_run(r, 512, 64);
    for (int i = 0; i < 2; i++) {
        rig_set_send(r, s, b, WEIR_SEND_PARAM_PRE, i == 0 ? 1.0f : 0.0f);
        rig_run(r, 512, 64);
        cr_assert(rig_read(b->tap, r->engine->position - 512, got, 512));
        for (int k = 0; k < 512; k++)
            cr_assert_float_eq(got[2 * k], 0.5f, 1e-6);
    }
    rig_free(r);
}

Test(sends, sixty_three_buses_beside_main_get_their_own_send)
{
    struct rig *r = rig_new(&(struct rig_config){.history_frames = 8192});
    struct rig_strip *s = add_level(r, 1.0f);
    struct rig_bus *b[WEIR_MAX_BUSES];
    for (uint32_t slot = 1; slot < WEIR_MAX_BUSES; slot++) {
        b[slot] = rig_add_bus(r, slot, 1 + slot % 2);
        send(r, s, b[slot], (float)slot / 64.0f, slot % 3 == 0);
    }
    rig_run(r, 512, 64);
    for (uint32_t slot = 1; slot < WEIR_MAX_BUSES; slot++) {
        float got[2];
        cr_assert(rig_read(b[slot]->tap, 511, got, 1));
        cr_assert_eq(got[0], (float)slot / 64.0f);
    }
    rig_free(r);
}

Test(sends, two_strips_sends_add_up_in_the_bus)
{
    struct rig *r = rig_new(NULL);
    struct rig_bus *b = rig_add_bus(r, 1, 2);
    send(r, add_level(r, 0.5f), b, 0.5f, true);
    send(r, add_level(r, 0.125f), b, 1.0f, false);
    cr_assert_eq(heard(r, b), 0.375f);
    cr_assert_eq(heard(r, r->main), 0.625f);
    rig_set_bus(r, b, WEIR_BUS_PARAM_GAIN, 0.5f);
    cr_assert_eq(heard(r, b), 0.1875f);
    cr_assert_eq(heard(r, r->main), 0.625f);
    rig_free(r);
}

// ------------------------------------------------------- buses come and go

Test(sends, a_bus_begins_at_the_frame_it_was_added_at)
{
    struct rig *r = rig_new(NULL);
    rig_add_strip(r, 2);
    rig_run(r, 640, 64);
    struct rig_bus *b = rig_add_bus(r, 3, 2);
    cr_assert_eq(b->tap->ring.page->first, 640);
    cr_assert_eq(weir_broadcast_published(&b->tap->ring), 640);
    rig_run(r, 640, 64);
    cr_assert_eq(weir_broadcast_published(&b->tap->ring), 1280);
    cr_assert_eq(rig_count(&r->process.counters.late_blocks), 0);
    rig_free(r);
}

Test(sends, a_new_buss_ports_are_silent_until_its_first_block_is_due)
{
    struct rig *r = rig_new(&(struct rig_config){.latency_blocks = 3});
    struct rig_strip *s = add_level(r, 0.5f);
    rig_run(r, 640, 64);
    struct rig_bus *b = rig_add_bus(r, 1, 2);
    send(r, s, b, 1.0f, false);
    for (int i = 0; i < 3; i++) {
        rig_cycle(r, 64);
        for (int k = 0; k < 64; k++)
            cr_assert_eq(b->out[0][k], 0.0f);
    }
    rig_cycle(r, 64); // the first 64 frames of the send's ramp
    cr_assert_gt(b->out[0][63], 0.0f);
    cr_assert_eq(rig_count(&r->process.counters.late_blocks), 0);
    rig_free(r);
}

Test(sends, a_bus_that_is_removed_fades_out_over_5_ms_and_then_answers)
{
    struct rig *r = rig_new(NULL);
    struct rig_strip *s = add_level(r, 0.5f);
    struct rig_bus *b = rig_add_bus(r, 1, 2);
    float got[2 * 256];
    uint64_t frame;
    send(r, s, b, 1.0f, false);
    rig_run(r, 640, 64);
    const uint32_t request = rig_remove_bus(r, b);
    for (int i = 0; i < 3; i++) {
        rig_cycle(r, 64);
        cr_assert_not(rig_answer(r, request, NULL));
    }
    rig_cycle(r, 64);
    cr_assert(rig_answer(r, request, &frame));
    cr_assert_eq(frame, 640 + 256); // the end of the block it ended in
    cr_assert(rig_read(b->tap, 640, got, 256));
    for (int i = 0; i < 256; i++)
        cr_assert_float_eq(got[2 * i], i < 240 ? 0.5f - (i + 1) / 480.0f : 0.0f,
                           1e-6);
    rig_run(r, 640, 64);
    cr_assert_eq(weir_broadcast_published(&b->tap->ring), 640 + 256);
    rig_free(r);
}

Test(sends, a_later_bus_in_the_same_slot_starts_with_nothing_sent)
{
    struct rig *r = rig_new(NULL);
    struct rig_strip *s = add_level(r, 0.5f);
    struct rig_strip *pre = add_level(r, 0.25f);
    struct rig_bus *b = rig_add_bus(r, 1, 2);
    send(r, s, b, 1.0f, false);
    send(r, pre, b, 1.0f, true);
    cr_assert_eq(heard(r, b), 0.75f);
    const uint32_t request = rig_remove_bus(r, b);
    rig_run(r, 512, 64);
    cr_assert(rig_answer(r, request, NULL));
    struct rig_bus *later = rig_add_bus(r, 1, 2);
    cr_assert_eq(heard(r, later), 0.0f);
    rig_set_send(r, s, later, WEIR_SEND_PARAM_ON, 1.0f); // level: -90 dB
    rig_set(r, pre, WEIR_STRIP_PARAM_GAIN, 0.5f);
    cr_assert_eq(heard(r, later), 0.0f);
    rig_set_send(r, s, later, WEIR_SEND_PARAM_LEVEL, 0.5f);
    cr_assert_eq(heard(r, later), 0.25f);
    rig_free(r);
}

Test(sends, a_later_bus_is_silent_even_when_the_first_went_without_cycles)
{
    struct rig *r = rig_new(NULL);
    struct rig_strip *s = add_level(r, 0.5f);
    struct rig_bus *b = rig_add_bus(r, 1, 2);
    send(r, s, b, 1.0f, false);
    rig_run(r, 512, 64);
    const uint32_t request = rig_remove_bus(r, b);
    rig_mix(r);
    weir_engine_idle(r->engine);
    rig_mix(r);
    cr_assert(rig_answer(r, request, NULL));
    struct rig_bus *later = rig_add_bus(r, 1, 1);
    float got;
    rig_run(r, 512, 64);
    for (uint64_t p = 512; p < 1024; p++)
        cr_assert(rig_read(later->tap, p, &got, 1) && got == 0.0f);
    rig_free(r);
}

Test(sends, a_strip_added_later_finds_the_bus)
{
    struct rig *r = rig_new(NULL);
    struct rig_bus *b = rig_add_bus(r, 9, 2);
    rig_run(r, 512, 64);
    struct rig_strip *s = add_level(r, 0.5f);
    send(r, s, b, 1.0f, true);
    cr_assert_eq(heard(r, b), 0.5f);
    rig_free(r);
}

Test(sends, main_goes_on_to_the_bit_while_buses_come_and_go)
{
    struct rig *r = rig_new(&(struct rig_config){.history_frames = 8192});
    struct rig_strip *s = rig_add_strip(r, 2);
    float got[2];
    uint64_t checked = 0;
    for (uint32_t i = 0; i < 60; i++) {
        struct rig_bus *b = rig_add_bus(r, 1 + i % 5, 1 + i % 4);
        send(r, s, b, 0.7f, i % 2);
        rig_run(r, 300, 60);
        const uint32_t request = rig_remove_bus(r, b);
        rig_run(r, 300, 60);
        cr_assert(rig_answer(r, request, NULL));
        for (; checked < r->engine->position; checked++)
            cr_assert(rig_read(r->main->tap, checked, got, 1) &&
                      got[0] == rig_number(s->stream, checked) &&
                      got[1] == rig_number(s->stream + 1, checked));
    }
    rig_free(r);
}

Test(sends, a_leaving_strips_pre_send_fades_out_before_it_goes)
{
    struct rig *r = rig_new(NULL);
    struct rig_strip *s = add_level(r, 0.5f);
    struct rig_bus *b = rig_add_bus(r, 1, 2);
    float got[2 * 256];
    uint64_t frame;
    send(r, s, b, 1.0f, true);
    rig_set(r, s, WEIR_STRIP_PARAM_MUTE, 1.0f); // its fader rests at 0
    rig_run(r, 640, 64);
    const uint32_t request = rig_remove_strip(r, s);
    rig_run(r, 512, 64);
    cr_assert(rig_answer(r, request, &frame));
    cr_assert_eq(frame, 640 + 256);
    cr_assert(rig_read(b->tap, 640, got, 256));
    for (int i = 0; i < 256; i++)
        cr_assert_float_eq(got[2 * i], i < 240 ? 0.5f - (i + 1) / 480.0f : 0.0f,
                           1e-6);
    rig_free(r);
}
