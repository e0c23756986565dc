// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Bundles with a time: checked at once, in effect at the frame of their tag,
// shown and answered then. Cycles are made here, and tell their times as JACK
// would; what the timer does is called with the time that it is then. Clocks
// stand still otherwise (fuzz/clock.h), however long a test takes.
#include "desk/bench_desk.h"

#include "common/loop.h"
#include "engine/strip.h"
#include "oscctl/schedule.h"
#include "oscctl/time.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum {
    RATE = 48000,
    LATER = 50 * RATE + 12345, // within what bundles may wait
    LONG = 2048,               // frames of a cycle
};
#define LEAD_NTP ((UINT64_C(1) << 32) / 10)

static struct bench *b;

static void
set_up(void)
{
    b = bench_new();
    bench_ask(b, "/strip/add mic 1\n/strip/add music 2\n/bus/add aux 2");
    bench_cycle(b, LONG);
}

static void
tear_down(void)
{
    bench_free(b);
}

TestSuite(osc_times, .init = set_up, .fini = tear_down);

static struct weir_strip *
mix(const char *id)
{
    return weir_desk_find_strip(b->desk, id)->mix;
}

// What the timer does a tenth of a second before a frame.
static void
ring_before(uint64_t frame)
{
    weir_schedule_run(b->tree.schedule, bench_tag(b, frame) - LEAD_NTP + 1000);
}

static void
run_to(uint64_t frame)
{
    while (b->engine->position < frame) {
        const uint64_t n = frame - b->engine->position;
        bench_cycle(b, n < LONG ? (uint32_t)n : LONG);
    }
}

static void
expect_silence(void)
{
    cr_expect_str_eq(bench_answers(b), "");
}

Test(osc_times, a_bundle_takes_effect_at_the_frame_of_its_tag_to_the_sample)
{
    bench_send_lines_at(b, LATER,
                        "/strip/mic/mute T\n/bus/main/gain -6\n"
                        "/strip/music/send/aux/on T");
    expect_silence();
    ring_before(LATER);
    run_to(LATER - 1);
    expect_silence();
    bench_send_lines(b, "/strip/mic/mute");
    cr_expect_str_eq(bench_answers(b), "/strip/mic/mute F\n");
    cr_expect_not(mix("mic")->mute);
    bench_cycle(b, 1); // what is next is the frame
    cr_expect(mix("mic")->mute);
    cr_expect(mix("music")->sends[1].on);
    cr_expect_float_eq(b->engine->buses[0]->gain_lin, 0.501187f, 1e-5f);
    cr_expect_str_eq(bench_answers(b),
                     "/reply /strip/mic/mute T\n/reply /bus/main/gain -6\n"
                     "/reply /strip/music/send/aux/on T\n");
    cr_expect_str_eq(bench_ask(b, "/strip/mic/mute"), "/strip/mic/mute T\n");
}

Test(osc_times, in_the_middle_of_a_cycle_as_well)
{
    bench_send_lines_at(b, LATER, "/strip/mic/mute T");
    ring_before(LATER);
    run_to(LATER - 1000);
    bench_cycle(b, LONG);
    cr_expect(mix("mic")->mute);
    // The ramp has gone 1048 of 240 frames: it is at rest, as the other is.
    cr_expect_eq(mix("mic")->fader.left, 0);
    cr_expect_str_eq(bench_answers(b), "/reply /strip/mic/mute T\n");
}

Test(osc_times, a_tag_opens_the_answers_then_as_well)
{
    bench_send_lines_at(b, LATER, "/tag later\n/strip/mic/gain -3");
    ring_before(LATER);
    run_to(LATER + 1);
    cr_expect_str_eq(bench_answers(b),
                     "/tag later\n/reply /strip/mic/gain -3\n");
}

Test(osc_times, a_query_in_a_bundle_is_answered_as_things_are_then)
{
    bench_send_lines_at(b, LATER, "/strip/mic/gain\n/strip/mic/pan 0.5");
    ring_before(LATER);
    bench_send_lines(b, "/strip/mic/gain -9");
    run_to(LATER + 1);
    cr_expect_str_eq(bench_answers(b),
                     "/reply /strip/mic/gain -9\n"
                     "/strip/mic/gain -9\n/reply /strip/mic/pan 0.5\n");
}

Test(osc_times, a_tag_in_the_past_is_now)
{
    bench_send_lines_at(b, 0, "/strip/mic/gain -3\n/strip/mic/pan 1");
    bench_step(b);
    cr_expect_str_eq(bench_answers(b), "/reply /strip/mic/gain -3\n"
                                       "/reply /strip/mic/pan 1\n");
}

// ------------------------------------------------------------------- refused

static void
expect_error(const char *start)
{
    const char *got = bench_answers(b);
    cr_expect_eq(strncmp(got, start, strlen(start)), 0, "%s", got);
    cr_expect_eq(strchr(got, '\n'), got + strlen(got) - 1, "%s", got);
}

Test(osc_times, what_is_wrong_is_said_at_once_and_nothing_of_it_is_done)
{
    bench_send_lines_at(b, LATER, "/strip/mic/mute T\n/strip/mic/gain 99");
    expect_error("/error /strip/mic/gain 3 ");
    bench_send_lines_at(b, LATER, "/strip/mic/mute T\n/strip/nobody/gain 0");
    expect_error("/error /strip/nobody/gain 4 ");
    ring_before(LATER);
    run_to(LATER + 1);
    cr_expect_not(mix("mic")->mute);
    expect_silence();
}

Test(osc_times, each_message_is_checked_in_the_state_the_ones_before_it_leave)
{
    bench_send_lines_at(b, LATER, "/strip/add late 1\n/strip/late/gain -6");
    expect_silence();
    cr_expect_str_eq(bench_ask(b, "/strip/list"),
                     "/reply /strip/list mic music\n");
    ring_before(LATER);
    run_to(LATER - 1);
    cr_expect_eq(b->engine->n_strips, 2);
    bench_cycle(b, 1);
    cr_expect_eq(b->engine->n_strips, 3);
    cr_expect_str_eq(bench_answers(b), "/reply /strip/add late 1\n"
                                       "/reply /strip/late/gain -6\n");
}

Test(osc_times, more_than_a_minute_ahead_is_refused)
{
    bench_send_lines_at(b, 61 * RATE + RATE / 2, "/strip/mic/mute T");
    expect_error("/error /strip/mic/mute 3 ");
    bench_send_lines_at(b, 59 * RATE, "/strip/mic/mute T");
    expect_silence();
}

Test(osc_times, beyond_4096_bundles_the_next_one_is_refused)
{
    for (int i = 0; i < WEIR_SCHEDULE_BUNDLES; i++)
        bench_send_lines_at(b, LATER + (uint64_t)(i * 7 % 50),
                            "/strip/mic/mute T");
    expect_silence();
    bench_send_lines_at(b, LATER, "/strip/mic/mute T");
    expect_error("/error /strip/mic/mute 7 ");
    ring_before(LATER + 50);
    run_to(LATER + 51);
    // All of them were answered: there is room again.
    bench_answers(b);
    bench_send_lines_at(b, LATER + RATE, "/strip/mic/mute F");
    expect_silence();
}

Test(osc_times, bundles_that_would_fill_the_memory_are_refused)
{
    static char lines[BENCH_TEXT];
    size_t n = 0;
    for (int i = 0; i < 600; i++)
        n += (size_t)sprintf(lines + n, "/strip/mic/name %064d\n", i);
    for (int i = 0; i < WEIR_SCHEDULE_BUNDLES; i++) {
        bench_send_lines_at(b, LATER, lines);
        const char *got = bench_answers(b);
        if (strncmp(got, "/error /strip/mic/name 7 ", 25) == 0)
            return;
        cr_assert_str_eq(got, "");
    }
    cr_assert_fail("all of them were taken");
}

Test(osc_times, a_bundle_inside_cannot_be_later)
{
    unsigned char packet[64] = "#bundle\0\0\0\0\0\0\0\0\1\0\0\0\x28#bundle";
    static const unsigned char message[] = "\0\0\0\x14/strip/mic/gain\0,\0\0";
    const uint64_t tag = bench_tag(b, LATER);
    for (int i = 0; i < 8; i++)
        packet[28 + i] = (unsigned char)(tag >> (56 - 8 * i));
    memcpy(packet + 36, message, 24);
    bench_send(b, packet, 60);
    expect_error("/error /strip/mic/gain 3 ");
}

// --------------------------------------------------------------------- order

// What is set now: the desk's word, and the mixer's.
static void
expect_gain(const char *id, float db)
{
    const struct weir_desk_strip *strip = weir_desk_find_strip(b->desk, id);
    cr_expect_eq(strip->values[WEIR_STRIP_GAIN], db, "%s: the desk says %g", id,
                 (double)strip->values[WEIR_STRIP_GAIN]);
    cr_expect_eq(strip->mix->gain_lin, weir_db_to_lin(db),
                 "%s: the mixer says %g", id, (double)strip->mix->gain_lin);
}

Test(osc_times, of_equal_tags_the_last_that_came_has_the_last_word)
{
    char line[64];
    for (int i = 1; i <= 20; i++) {
        snprintf(line, sizeof line, "/strip/mic/gain %d", -i);
        bench_send_lines_at(b, LATER, line);
        snprintf(line, sizeof line, "/strip/music/gain %d", -i);
        bench_send_lines_at(b, LATER - (uint64_t)i, line);
    }
    ring_before(LATER);
    run_to(LATER + 1);
    expect_gain("mic", -20.0f);
    expect_gain("music", -1.0f);
}

Test(osc_times, one_that_comes_within_the_lead_finds_its_place)
{
    bench_send_lines_at(b, LATER, "/strip/mic/gain -1");
    ring_before(LATER);
    bench_send_lines_at(b, LATER - 10, "/strip/mic/gain -2");
    ring_before(LATER);
    run_to(LATER - 9);
    expect_gain("mic", -2.0f);
    run_to(LATER + 1);
    expect_gain("mic", -1.0f);
}

Test(osc_times, what_is_set_at_once_meanwhile_is_overruled_when_the_time_comes)
{
    bench_send_lines_at(b, LATER, "/strip/mic/gain -1");
    ring_before(LATER);
    bench_send_lines(b, "/strip/mic/gain -2");
    run_to(LATER - 9);
    expect_gain("mic", -2.0f);
    run_to(LATER + 1);
    expect_gain("mic", -1.0f);
}

Test(osc_times, what_the_mixer_took_after_it_stays_whoever_heard_of_it_first)
{
    bench_send_lines_at(b, LATER, "/strip/mic/gain -1");
    ring_before(LATER);
    run_to(LATER - 10);
    // The mixer has passed the frame, and the desk does not know yet.
    bench_mix(b, 20);
    bench_send_lines(b, "/strip/mic/gain -2");
    bench_step(b);
    expect_gain("mic", -2.0f);
}

// ---------------------------------------------------------------------- gone

Test(osc_times, a_strip_that_has_gone_by_then_is_an_error_then)
{
    bench_send_lines_at(b, LATER, "/strip/mic/gain -1\n/bus/main/gain -1");
    bench_ask(b, "/strip/mic/remove");
    ring_before(LATER);
    expect_error("/error /strip/mic/gain 4 ");
    run_to(LATER + 1);
    cr_expect_eq(b->engine->buses[0]->gain_lin, 1.0f);
}

Test(osc_times, a_strip_that_goes_within_the_lead_is_left_alone)
{
    bench_send_lines_at(b, LATER, "/strip/mic/gain -1\n/bus/main/gain -1");
    ring_before(LATER);
    bench_send_lines(b, "/strip/mic/remove");
    run_to(LATER - 9);
    cr_expect_str_eq(bench_answers(b), "/reply /strip/mic/remove\n");
    run_to(LATER + 1);
    const char *got = bench_answers(b);
    cr_expect_not_null(strstr(got, "/error /strip/mic/gain 4 "), "%s", got);
    cr_expect_not_null(strstr(got, "\n/reply /bus/main/gain -1\n"), "%s", got);
    cr_expect_eq(b->engine->buses[0]->gain_lin, weir_db_to_lin(-1.0f));
    cr_expect_str_eq(bench_ask(b, "/bus/main/gain"), "/bus/main/gain -1\n");
}

Test(osc_times, a_removal_takes_effect_at_its_time)
{
    bench_send_lines_at(b, LATER, "/strip/mic/remove\n/strip/music/mute T");
    ring_before(LATER);
    run_to(LATER - 1);
    cr_expect_not(b->engine->strips[0]->leaving);
    bench_cycle(b, 1);
    cr_expect(b->engine->strips[0]->leaving);
    cr_expect(mix("music")->mute);
    run_to(LATER + 4 * LONG);
    cr_expect_str_eq(bench_answers(b), "/reply /strip/mic/remove\n"
                                       "/reply /strip/music/mute T\n");
}

Test(osc_times, without_cycles_it_is_done_when_the_clock_says_so)
{
    struct bench *other = b;
    b = bench_new(); // no cycle has told a time yet
    bench_ask(b, "/strip/add mic 1");
    bench_send_lines_at(b, LATER, "/strip/mic/gain -3\n/strip/mic/pan 1");
    ring_before(LATER);
    bench_step(b);
    expect_silence();
    weir_schedule_run(b->tree.schedule, bench_tag(b, LATER) + 1000000);
    bench_step(b);
    cr_expect_str_eq(bench_answers(b), "/reply /strip/mic/gain -3\n"
                                       "/reply /strip/mic/pan 1\n");
    bench_free(b);
    b = other;
}
