// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Sources on demand: a strip behind and before its fader, a bus.
#include "cycle/rig.h"

#include <criterion/criterion.h>

enum { AFTER, BEFORE };

static uint32_t
command_tap(struct rig *r, enum weir_command_kind kind, struct rig_strip *s,
            uint32_t place, struct weir_tap *tap)
{
    return rig_push(
        r,
        &(struct weir_command){
            .kind = kind, .strip = s->mix, .param = place, .tap = tap},
        1);
}

static struct weir_tap *
add_tap(struct rig *r, struct rig_strip *s, uint32_t place)
{
    struct weir_tap *tap = rig_make_tap(r, s->n_channels);
    command_tap(r, WEIR_COMMAND_TAP_ADD, s, place, tap);
    return tap;
}

static float
at(const struct weir_tap *tap, uint64_t position, uint32_t channel)
{
    float got[WEIR_MAX_CHANNELS];
    cr_assert(rig_read(tap, position, got, 1), "frame %lu", position);
    return got[channel];
}

Test(taps, a_tap_begins_at_its_commands_frame_and_misses_none_after_it)
{
    struct rig *r = rig_new(NULL);
    struct rig_strip *s = rig_add_strip(r, 2);
    rig_run(r, 700, 70);
    struct weir_tap *tap = rig_make_tap(r, 2);
    const uint32_t request =
        command_tap(r, WEIR_COMMAND_TAP_ADD, s, AFTER, tap);
    uint64_t frame;
    rig_run(r, 700, 70);
    cr_assert(rig_answer(r, request, &frame));
    cr_assert_eq(frame, 700);
    cr_assert_eq(tap->ring.page->first, 700);
    cr_assert_eq(weir_broadcast_published(&tap->ring), 1400);
    for (uint64_t p = 700; p < 1400; p++)
        for (uint32_t c = 0; c < 2; c++)
            cr_assert_eq(at(tap, p, c), rig_number(s->stream + c, p));
    rig_free(r);
}

Test(taps, after_is_behind_fader_and_mute_and_before_is_behind_trim)
{
    struct rig *r = rig_new(NULL);
    struct rig_strip *s = rig_add_strip(r, 2);
    struct weir_tap *after = add_tap(r, s, AFTER);
    struct weir_tap *before = add_tap(r, s, BEFORE);
    rig_set(r, s, WEIR_STRIP_PARAM_TRIM, 2.0f);
    rig_set(r, s, WEIR_STRIP_PARAM_POLARITY, 1.0f);
    rig_set(r, s, WEIR_STRIP_PARAM_GAIN, 0.25f);
    rig_set(r, s, WEIR_STRIP_PARAM_PAN, -1.0f); // behind both
    rig_set(r, s, WEIR_STRIP_PARAM_MAIN, 0.0f); // and so is this
    rig_run(r, 1024, 64);
    for (uint64_t p = 512; p < 1024; p++) {
        const float in = rig_number(s->stream + 1, p);
        cr_assert_eq(at(before, p, 1), -2.0f * in);
        cr_assert_eq(at(after, p, 1), -0.5f * in);
    }
    rig_set(r, s, WEIR_STRIP_PARAM_MUTE, 1.0f);
    rig_run(r, 1024, 64);
    for (uint64_t p = 1536; p < 2048; p++) {
        cr_assert_eq(at(before, p, 1), -2.0f * rig_number(s->stream + 1, p));
        cr_assert_eq(at(after, p, 1), 0.0f);
    }
    rig_free(r);
}

Test(taps, a_tap_has_the_strips_own_channels_odd_ones_too)
{
    static const uint32_t counts[] = {1, 3, 7, 64};
    for (int k = 0; k < 4; k++) {
        struct rig *r = rig_new(&(struct rig_config){.history_frames = 8192});
        struct rig_strip *s = rig_add_strip(r, counts[k]);
        struct weir_tap *after = add_tap(r, s, AFTER);
        struct weir_tap *before = add_tap(r, s, BEFORE);
        rig_run(r, 20000, 333); // round the ring's end
        for (uint64_t p = r->clock - 8000; p < r->clock; p += 7)
            for (uint32_t c = 0; c < counts[k]; c++) {
                cr_assert_eq(at(after, p, c), rig_number(s->stream + c, p));
                cr_assert_eq(at(before, p, c), rig_number(s->stream + c, p));
            }
        rig_free(r);
    }
}

Test(taps, a_silent_strip_publishes_silence_frame_by_frame)
{
    struct rig *r = rig_new(NULL);
    struct rig_strip *loud = rig_add_strip(r, 2);
    struct rig_strip *s = rig_add_strip(r, 2);
    struct weir_tap *after = add_tap(r, s, AFTER);
    struct weir_tap *before = add_tap(r, s, BEFORE);
    s->feed = RIG_FEED_LEVEL;
    rig_run(r, 640, 64);
    (void)loud;
    cr_assert_eq(weir_broadcast_published(&after->ring), 640);
    for (uint64_t p = 0; p < 640; p++)
        cr_assert(at(after, p, 0) == 0.0f && at(before, p, 1) == 0.0f);
    rig_free(r);
}

Test(taps, lost_frames_are_silence_in_a_tap_too)
{
    struct rig *r = rig_new(NULL);
    struct rig_strip *s = rig_add_strip(r, 2);
    struct weir_tap *tap = add_tap(r, s, AFTER);
    rig_run(r, 640, 64);
    rig_skip(r, 100);
    rig_run(r, 640, 64);
    for (uint64_t p = 0; p < r->clock; p++)
        cr_assert_eq(at(tap, p, 0),
                     p >= 640 && p < 740 ? 0.0f : rig_number(s->stream, p));
    rig_free(r);
}

Test(taps, a_tap_that_was_removed_is_not_written_any_more)
{
    struct rig *r = rig_new(NULL);
    struct rig_strip *s = rig_add_strip(r, 2);
    struct weir_tap *after = add_tap(r, s, AFTER);
    struct weir_tap *before = add_tap(r, s, BEFORE);
    rig_run(r, 640, 64);
    command_tap(r, WEIR_COMMAND_TAP_REMOVE, s, AFTER, after);
    rig_run(r, 640, 64);
    cr_assert_eq(weir_broadcast_published(&after->ring), 640);
    cr_assert_eq(weir_broadcast_published(&before->ring), 1280);
    command_tap(r, WEIR_COMMAND_TAP_REMOVE, s, BEFORE, before);
    rig_run(r, 640, 64);
    cr_assert_eq(weir_broadcast_published(&before->ring), 1280);
    rig_free(r);
}

Test(taps, a_buss_tap_holds_what_its_ports_play)
{
    struct rig *r = rig_new(NULL);
    struct rig_strip *s = rig_add_strip(r, 2);
    struct rig_bus *b = rig_add_bus(r, 1, 2);
    rig_set_send(r, s, b, WEIR_SEND_PARAM_LEVEL, 0.5f);
    rig_set_send(r, s, b, WEIR_SEND_PARAM_ON, 1.0f);
    rig_set_bus(r, b, WEIR_BUS_PARAM_GAIN, 0.5f);
    rig_run(r, 640, 64);
    struct weir_tap *tap = rig_make_tap(r, 2);
    struct weir_command add = {
        .kind = WEIR_COMMAND_TAP_ADD, .bus = b->mix, .tap = tap};
    rig_push(r, &add, 1);
    rig_run(r, 640, 64);
    cr_assert_eq(tap->ring.page->first, 640);
    for (uint64_t p = 640; p < 1280; p++) {
        cr_assert_eq(at(tap, p, 0), 0.25f * rig_number(s->stream, p));
        cr_assert_eq(at(tap, p, 1), at(b->tap, p, 1));
    }
    add.kind = WEIR_COMMAND_TAP_REMOVE;
    rig_push(r, &add, 1);
    rig_run(r, 640, 64);
    cr_assert_eq(weir_broadcast_published(&tap->ring), 1280);
    cr_assert_eq(weir_broadcast_published(&b->tap->ring), 1920);
    rig_free(r);
}

Test(taps, a_taps_clock_is_set_like_the_mixs)
{
    struct rig *r = rig_new(NULL);
    struct rig_strip *s = rig_add_strip(r, 1);
    struct weir_tap *taps[2] = {add_tap(r, s, AFTER), add_tap(r, s, BEFORE)};
    rig_run(r, 640, 64);
    for (int i = 0; i < 2; i++) {
        struct weir_broadcast_clock clock;
        cr_assert(weir_broadcast_get_clock(&taps[i]->ring, &clock));
        cr_assert_eq(clock.position, 576);
        cr_assert_eq(clock.rate_uhz, UINT64_C(48000000000));
    }
    rig_free(r);
}

Test(taps, whether_anybody_sleeps_on_a_tap_is_told_by_a_command)
{
    struct rig *r = rig_new(NULL);
    struct rig_strip *s = rig_add_strip(r, 1);
    struct weir_tap *tap = add_tap(r, s, AFTER);
    struct weir_command readers = {
        .kind = WEIR_COMMAND_TAP_READERS, .tap = tap, .value = 1.0f};
    rig_mix(r);
    cr_assert_not(tap->has_readers);
    rig_push(r, &readers, 1);
    rig_mix(r);
    cr_assert(tap->has_readers);
    readers.value = 0.0f;
    rig_push(r, &readers, 1);
    rig_mix(r);
    cr_assert_not(tap->has_readers);
    rig_free(r);
}
