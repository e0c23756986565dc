// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What a packet does and what is answered: docs/osc.md, held to the letter.
#include "desk/bench_desk.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct bench *b;

static void
set_up(void)
{
    b = bench_new();
    bench_ask(b, "/strip/add mic 1\n/strip/add music 2\n/bus/add aux 2");
}

static void
tear_down(void)
{
    bench_free(b);
}

TestSuite(osc_tree, .init = set_up, .fini = tear_down);

Test(osc_tree, a_value_is_asked_for_and_set)
{
    EXPECT("/ping", "/reply /ping bench\n");
    EXPECT("/strip/mic/gain", "/strip/mic/gain 0\n");
    EXPECT("/strip/mic/gain -6.5", "/reply /strip/mic/gain -6.5\n");
    EXPECT("/strip/mic/gain", "/strip/mic/gain -6.5\n");
    EXPECT("/strip/mic/mute 1", "/reply /strip/mic/mute T\n");
    EXPECT("/strip/mic/mute", "/strip/mic/mute T\n");
    EXPECT("/bus/aux/channels", "/bus/aux/channels 2\n");
    EXPECT("/strip/music/name \"Lead Vox\"",
           "/reply /strip/music/name \"Lead Vox\"\n");
    EXPECT("/strip/music/name", "/strip/music/name \"Lead Vox\"\n");
}

Test(osc_tree, the_fader_is_another_scale_of_the_gain)
{
    EXPECT("/strip/mic/fader 0.75", "/reply /strip/mic/fader 0.75\n");
    EXPECT("/strip/mic/gain", "/strip/mic/gain 0\n");
    EXPECT("/strip/mic/fader 0.5", "/reply /strip/mic/fader 0.5\n");
    EXPECT("/strip/mic/gain", "/strip/mic/gain -10\n");
    EXPECT("/bus/aux/gain 10", "/reply /bus/aux/gain 10\n");
    EXPECT("/bus/aux/fader", "/bus/aux/fader 1\n");
}

Test(osc_tree, each_mistake_has_its_code)
{
    EXPECT_START("/nonsense", "/error /nonsense 1 ");
    EXPECT_START("/strip/mic/frobnicate 1", "/error /strip/mic/frobnicate 1 ");
    EXPECT_START("/strip/mic/gain loud", "/error /strip/mic/gain 2 ");
    EXPECT_START("/strip/mic/gain 1 2", "/error /strip/mic/gain 2 ");
    EXPECT_START("/strip/mic/name 5", "/reply /strip/mic/name ");
    EXPECT_START("/strip/mic/gain 10.5", "/error /strip/mic/gain 3 ");
    EXPECT_START("/strip/mic/pan -1.01", "/error /strip/mic/pan 3 ");
    EXPECT_START("/strip/nobody/gain", "/error /strip/nobody/gain 4 ");
    EXPECT_START("/strip/mic/send/nobody/level",
                 "/error /strip/mic/send/nobody/level 4 ");
    EXPECT_START("/reader/nobody/kick", "/error /reader/nobody/kick 4 ");
    EXPECT_START("/strip/*/*/*/*/*", "/error /strip/*/*/*/*/* 4 ");
    EXPECT_START("/strip/add mic", "/error /strip/add 5 ");
    EXPECT_START("/strip/add aux", "/error /strip/add 5 ");
    EXPECT_START("/strip/add \"Bad Id!\"", "/error /strip/add 2 ");
    EXPECT_START("/strip/add wide 65", "/error /strip/add 3 ");
    EXPECT_START("/strip/add wide 2.5", "/error /strip/add 3 ");
    EXPECT_START("/bus/main/remove", "/error /bus/main/remove 9 ");
    EXPECT_START("/status/rate 44100", "/error /status/rate 9 ");
    EXPECT_START("/strip/mic/meter 0", "/error /strip/mic/meter 9 ");
    bench_send(b, "/strip/{mic/gain\0\0\0\0,\0\0\0", 24);
    cr_expect_eq(strncmp(bench_answers(b), "/error /strip/{mic/gain 2 ", 26),
                 0);
}

Test(osc_tree, ports_that_would_share_a_name_are_refused)
{
    EXPECT_START("/strip/add multi 3", "/reply /strip/add multi 3");
    EXPECT_START("/strip/add multi_2", "/error /strip/add 5 ");
    EXPECT_START("/strip/add multi_4", "/reply /strip/add multi_4 1");
    EXPECT_START("/bus/add multi_1 1", "/error /bus/add 5 ");
}

Test(osc_tree, nothing_that_is_not_finite_gets_in)
{
    // As a float's bits: the text form has no word for them.
    static const uint32_t bits[] = {0x7fc00000, 0x7f800000, 0xff800000};
    for (int i = 0; i < 3; i++) {
        unsigned char packet[28] = "/strip/mic/gain\0,f\0";
        for (int k = 0; k < 4; k++)
            packet[20 + k] = (unsigned char)(bits[i] >> (24 - 8 * k));
        bench_send(b, packet, 24);
        bench_step(b);
        cr_expect_eq(strncmp(bench_answers(b), "/error /strip/mic/gain 3 ", 25),
                     0);
    }
    EXPECT("/strip/mic/gain", "/strip/mic/gain 0\n");
}

Test(osc_tree, a_pattern_answers_for_each_match_once)
{
    EXPECT("/strip/*/mute", "/strip/mic/mute F\n/strip/music/mute F\n");
    EXPECT("/strip/m*/gain -3",
           "/reply /strip/mic/gain -3\n/reply /strip/music/gain -3\n");
    EXPECT("/{strip,bus}/{mic,main}/gain",
           "/strip/mic/gain -3\n/bus/main/gain 0\n");
    EXPECT("//aux/level", "/strip/mic/send/aux/level -90\n"
                          "/strip/music/send/aux/level -90\n");
    EXPECT("/strip/mic//on", "/strip/mic/send/aux/on F\n");
    // What was found below one strip says nothing of another.
    EXPECT("//music//on", "/strip/music/send/aux/on F\n");
    EXPECT("//mic//on", "/strip/mic/send/aux/on F\n");
    EXPECT("/strip/mu*//aux/*", "/strip/music/send/aux/level -90\n"
                                "/strip/music/send/aux/on F\n"
                                "/strip/music/send/aux/pre F\n");
}

Test(osc_tree, a_star_does_not_cross_a_slash)
{
    EXPECT("/strip/*/on", "/error /strip/*/on 4 \"nothing matches\"\n");
}

Test(osc_tree, a_wildcard_at_the_end_reaches_no_command)
{
    bench_ask(b, "//*");
    bench_ask(b, "//");
    cr_expect_not(b->quit);
    EXPECT("/strip/mic/send//", "/strip/mic/send/aux/level -90\n"
                                "/strip/mic/send/aux/on F\n"
                                "/strip/mic/send/aux/pre F\n");
    EXPECT("/strip/list", "/reply /strip/list mic music\n");
    EXPECT("/bus/*/mute", "/bus/main/mute F\n/bus/aux/mute F\n");
    EXPECT("/strip/*/remove",
           "/reply /strip/mic/remove\n/reply /strip/music/remove\n");
    EXPECT("/strip/list", "/reply /strip/list\n");
}

Test(osc_tree, a_bundle_with_one_mistake_changes_nothing)
{
    EXPECT_START("/strip/mic/gain -7\n/bus/main/mute T\n/strip/add guest 1\n"
                 "/strip/mic/name Other\n/strip/music/remove\n"
                 "/bus/aux/remove\n/strip/mic/gain 99",
                 "/error /strip/mic/gain 3 ");
    EXPECT("/strip/mic/gain", "/strip/mic/gain 0\n");
    EXPECT("/strip/mic/name", "/strip/mic/name \"mic\"\n");
    EXPECT("/bus/main/mute", "/bus/main/mute F\n");
    EXPECT("/strip/list", "/reply /strip/list mic music\n");
    EXPECT("/bus/list", "/reply /bus/list main aux\n");
    cr_expect_eq(b->n_port_groups, 4);
    // And the mixer heard nothing of it either: nobody is leaving.
    EXPECT("/strip/music/remove", "/reply /strip/music/remove\n");
}

Test(osc_tree, a_bundle_sees_what_its_earlier_messages_did)
{
    EXPECT("/strip/add guest 2\n/strip/guest/gain -4\n/strip/guest/gain",
           "/reply /strip/add guest 2\n"
           "/reply /strip/guest/gain -4\n/strip/guest/gain -4\n");
    EXPECT_START("/strip/guest/remove\n/strip/guest/gain 0",
                 "/error /strip/guest/gain 4 ");
    EXPECT("/strip/list", "/reply /strip/list mic music guest\n");
}

Test(osc_tree, a_bundle_takes_effect_at_one_frame)
{
    bench_send_lines(b, "/strip/mic/gain -90\n/strip/music/gain -90");
    // One step of the mixer's queue takes both, or a block would come between.
    weir_engine_obey(b->engine);
    cr_expect_eq(weir_desk_find_strip(b->desk, "mic")->mix->gain_lin, 0.0f);
    cr_expect_eq(weir_desk_find_strip(b->desk, "music")->mix->gain_lin, 0.0f);
}

Test(osc_tree, answers_come_when_the_mixer_has_obeyed)
{
    bench_send_lines(b, "/strip/mic/gain -6");
    cr_expect_str_eq(bench_answers(b), "");
    bench_step(b);
    cr_expect_str_eq(bench_answers(b), "/reply /strip/mic/gain -6\n");
}

Test(osc_tree, a_bundles_answers_begin_with_its_tag)
{
    EXPECT("/tag t1\n/strip/mic/gain -1\n/strip/music/gain -2",
           "/tag t1\n/reply /strip/mic/gain -1\n"
           "/reply /strip/music/gain -2\n");
    EXPECT_START("/tag t2\n/nonsense", "/tag t2\n/error /nonsense 1 ");
    EXPECT_START("/strip/mic/gain\n/tag t3", "/error /tag 2 ");
}

Test(osc_tree, many_answers_come_in_bundles_of_at_most_1400_bytes)
{
    char line[64];
    for (int i = 0; i < 100; i++) {
        snprintf(line, sizeof line, "/strip/add s%d 1", i);
        bench_ask(b, line);
    }
    const char *answers = bench_ask(b, "/tag big\n/strip/*/*");
    unsigned n_lines = 0;
    for (const char *at = answers; (at = strchr(at, '\n')); at++)
        n_lines++;
    // 10 values and 3 more of 102 strips; every bundle's tag.
    cr_expect_eq(n_lines, 102 * 13 + b->n_datagrams, "%u lines in %u", n_lines,
                 b->n_datagrams);
    cr_expect_leq(b->longest, 1400);
}

Test(osc_tree, the_answers_to_one_packet_stay_below_64_kilobytes)
{
    char line[64];
    for (int i = 0; i < 400; i++) {
        snprintf(line, sizeof line, "/strip/add strip-with-a-name-%d 1", i);
        bench_ask(b, line);
    }
    EXPECT_START("//*", "/error //* 7 ");
    EXPECT_START("/strip/*/gain", "/strip/mic/gain 0\n");
}

// As many strips with 64 channels as answer within 64 kB, and one more.
Test(osc_tree, the_bound_on_answers_is_exact_for_the_widest_meters)
{
    char line[64], lines[128];
    size_t n_bytes = 0;
    size_t n_one = 0;
    int n = 0;
    bench_ask(b, "/strip/*/remove");
    for (;; n++) {
        snprintf(line, sizeof line, "/strip/add wide-%d 64", n);
        cr_assert_eq(strncmp(bench_ask(b, line), "/reply ", 7), 0);
        const char *got = bench_ask(b, "/tag t\n/strip/*/meter");
        if (strncmp(got, "/tag t\n/error /strip/*/meter 7 ", 31) == 0)
            break;
        cr_assert_leq(b->n_bytes, 65536, "%d strips", n + 1);
        n_one = b->n_bytes - n_bytes;
        n_bytes = b->n_bytes;
    }
    // Less was left than one more would have taken, in a bundle of its own.
    cr_expect_gt(n_bytes + 2 * n_one, 65536, "%zu bytes for %d", n_bytes, n);
    cr_expect_gt(n, 80);
    // Longer tags leave less and less room for what fitted before.
    snprintf(line, sizeof line, "/strip/wide-%d/remove", n);
    bench_ask(b, line);
    int n_refused = 0;
    for (int length = 1; length < 80; length += 4) {
        snprintf(lines, sizeof lines, "/tag %0*d\n/strip/*/meter", length, 1);
        n_refused += strstr(bench_ask(b, lines), "/error") != NULL;
        cr_assert_leq(b->n_bytes, 65536, "a tag of %d", length);
    }
    cr_expect(n_refused > 0 && n_refused < 20, "%d of 20", n_refused);
    for (int i = 0; i < 8; i++) { // without the tags more would fit
        snprintf(line, sizeof line, "/strip/add more-%d 64", i);
        bench_ask(b, line);
    }
    EXPECT_START("//meter", "/error //meter 7 ");
    cr_expect_leq(b->n_bytes, 300);
}

// A set in the same packet is not done.
Test(osc_tree, what_would_be_answered_by_too_much_is_not_done)
{
    char line[64];
    for (int i = 0; i < 100; i++) {
        snprintf(line, sizeof line, "/strip/add wide-%d 16", i);
        bench_ask(b, line);
    }
    EXPECT_START("/strip/mic/gain -5\n//meter\n//meter\n//meter\n//meter",
                 "/error //meter 7 ");
    EXPECT("/strip/mic/gain", "/strip/mic/gain 0\n");
}

Test(osc_tree, words_of_late_failures_are_left_out_where_there_is_no_room)
{
    static char lines[BENCH_TEXT];
    static char id[40];
    size_t n = 0;
    unsigned n_errors = 0;
    struct weir_fault fault;
    weir_fault(&fault, WEIR_FAULT_FAILED, "%0190d", 1);
    for (int i = 0; i < 400; i++)
        n += (size_t)sprintf(lines + n, "/strip/add s%d\n", i);
    b->hold_ports = true;
    bench_send_lines(b, lines);
    bench_step(b);
    bench_release_ports(b, &fault);
    bench_step(b);
    const char *at = bench_answers(b);
    cr_expect_leq(b->n_bytes, 65536);
    for (; strncmp(at, "/error /strip/add 8 \"\"\n", 23) == 0; n_errors++)
        at += 23;
    cr_expect_eq(n_errors, 400, "%u, then %.80s", n_errors, at);
    // Few enough keep them.
    snprintf(id, sizeof id, "/strip/add one");
    bench_send_lines(b, id);
    bench_step(b);
    bench_release_ports(b, &fault);
    bench_step(b);
    cr_expect_not_null(strstr(bench_answers(b), "00001"));
}

Test(osc_tree, lists_come_by_pages)
{
    char line[64];
    char all[BENCH_TEXT];
    for (int i = 0; i < 100; i++) {
        snprintf(line, sizeof line, "/strip/add a-strip-with-a-long-id-%d", i);
        bench_ask(b, line);
    }
    snprintf(all, sizeof all, "%s", bench_ask(b, "/strip/list"));
    // Page after page, from where the last one ended, gives the whole list.
    char joined[BENCH_TEXT] = "/reply /strip/list";
    unsigned n = 0;
    unsigned n_pages = 0;
    for (;; n_pages++) {
        snprintf(line, sizeof line, "/strip/list %u", n);
        const char *page = bench_ask(b, line) + strlen("/reply /strip/list");
        cr_assert_leq(b->longest, 1024);
        if (strcmp(page, "\n") == 0)
            break;
        for (const char *at = page; (at = strchr(at, ' ')); at++)
            n++;
        joined[strcspn(joined, "\n")] = '\0';
        strcat(joined, page);
    }
    cr_expect_str_eq(joined, all);
    cr_expect_eq(n, 102);
    cr_expect(n_pages > 2 && n_pages < 6, "%u pages", n_pages);
    EXPECT("/bus/list 1", "/reply /bus/list aux\n");
    EXPECT("/bus/list 0", "/reply /bus/list main aux\n");
    EXPECT("/reader/list 0", "/reply /reader/list\n");
    EXPECT("/strip/list 2000000000", "/reply /strip/list\n");
    EXPECT_START("/strip/list -1", "/error /strip/list 3 ");
    EXPECT_START("/strip/list 0.5", "/error /strip/list 3 ");
    EXPECT_START("/strip/list first", "/error /strip/list 2 ");
    EXPECT_START("/strip/list 1 2", "/error /strip/list 2 ");
}

Test(osc_tree, a_pattern_that_matches_too_much_is_refused_in_one_piece)
{
    char line[64];
    for (int i = 0; i < 400; i++) {
        snprintf(line, sizeof line, "/strip/add s%d", i);
        bench_ask(b, line);
    }
    for (int i = 0; i < WEIR_MAX_BUSES - 2; i++) {
        snprintf(line, sizeof line, "/bus/add b%d 1", i);
        bench_ask(b, line);
    }
    // 402 strips, 63 buses beside main, 3 values: more than 65,536.
    EXPECT_START("/strip/*/send/*/*", "/error /strip/*/send/*/* 7 ");
    EXPECT("/ping", "/reply /ping bench\n");
}

Test(osc_tree, an_add_is_answered_when_its_ports_are_there)
{
    b->hold_ports = true;
    EXPECT("/strip/add late 2", "");
    EXPECT("/strip/late/gain -3", "/reply /strip/late/gain -3\n");
    EXPECT_START("/strip/late/remove", "/error /strip/late/remove 6 ");
    bench_release_ports(b, NULL);
    cr_expect_str_eq(bench_answers(b), "/reply /strip/add late 2\n");
    EXPECT("/strip/late/remove", "/reply /strip/late/remove\n");
}

Test(osc_tree, a_strip_whose_ports_are_refused_is_gone_again)
{
    b->fail_ports = "poor";
    EXPECT_START("/strip/add poor 2", "/error /strip/add 8 ");
    EXPECT("/strip/list", "/reply /strip/list mic music\n");
    b->fail_ports = NULL;
    EXPECT("/strip/add poor 2", "/reply /strip/add poor 2\n");
}

Test(osc_tree, a_removed_id_can_be_used_again_at_once)
{
    EXPECT("/strip/mic/gain -9\n/strip/mic/remove\n/strip/add mic 2",
           "/reply /strip/mic/gain -9\n/reply /strip/mic/remove\n"
           "/reply /strip/add mic 2\n");
    EXPECT("/strip/mic/gain", "/strip/mic/gain 0\n");
    cr_expect_eq(b->n_port_groups, 4);
}

Test(osc_tree, a_new_bus_begins_with_sends_at_their_defaults)
{
    EXPECT_START("/strip/mic/send/aux/level -3", "/reply ");
    EXPECT_START("/strip/mic/send/aux/on T", "/reply ");
    EXPECT("/bus/aux/remove", "/reply /bus/aux/remove\n");
    EXPECT("/bus/add fx 2", "/reply /bus/add fx 2\n");
    EXPECT("/strip/mic/send/*/*", "/strip/mic/send/fx/level -90\n"
                                  "/strip/mic/send/fx/on F\n"
                                  "/strip/mic/send/fx/pre F\n");
}

Test(osc_tree, loudness_is_measured_reset_and_left_alone_again)
{
    EXPECT("/bus/aux/loudness", "/bus/aux/loudness -120 -120 -120 0 -120\n");
    // A later question is answered from what is known; results pile up.
    EXPECT("/bus/aux/loudness", "/bus/aux/loudness -120 -120 -120 0 -120\n");
    usleep(250000);
    EXPECT("/bus/aux/loudness/reset", "/reply /bus/aux/loudness/reset\n");
    usleep(250000);
    EXPECT("/bus/aux/remove", "/reply /bus/aux/remove\n");
    EXPECT("/bus/list", "/reply /bus/list main\n");
}

static unsigned
count_lines(const char *text, const char *begin)
{
    unsigned n = 0;
    for (const char *at = text; (at = strstr(at, begin)); at++)
        n += at == text || at[-1] == '\n';
    return n;
}

// Its ring is in use until the observer has left, whoever else waits.
Test(osc_tree, a_bus_goes_although_too_many_ask_for_its_loudness)
{
    char lines[300 * sizeof "/bus/aux/loudness/reset" + 1] = "";
    for (int i = 0; i < 300; i++)
        strcat(lines, "/bus/aux/loudness/reset\n");
    bench_send_lines(b, lines);
    bench_send_lines(b, "/bus/aux/remove");
    bench_step(b);
    const char *answers = bench_answers(b);
    cr_assert_eq(count_lines(answers, "/reply /bus/aux/loudness/reset\n"), 256);
    cr_assert_eq(count_lines(answers, "/error /bus/aux/loudness/reset 7 "), 44);
    cr_assert_eq(count_lines(answers, "/reply /bus/aux/remove\n"), 1, "%s",
                 answers);
}

// `depth` bundles, one in the other, with `n` pings in the innermost; returns
// the bytes.
static size_t
nest_pings(unsigned char *out, unsigned depth, unsigned n)
{
    size_t n_left = 16 * (size_t)n;
    size_t at = 0;
    for (unsigned i = 0; i < depth; i++) {
        const size_t n_inside = 20 * (size_t)(depth - i) - 4 + n_left;
        if (i > 0) {
            for (int k = 0; k < 4; k++)
                out[at++] = (unsigned char)(n_inside >> (24 - 8 * k));
        }
        memcpy(out + at, "#bundle\0\0\0\0\0\0\0\0\1", 16);
        at += 16;
    }
    for (unsigned i = 0; i < n; i++, at += 16)
        memcpy(out + at, "\0\0\0\x0c/ping\0\0\0,\0\0", 16);
    return at;
}

static const char *
ask_nested(unsigned depth, unsigned n)
{
    static unsigned char packet[BENCH_TEXT];
    bench_send(b, packet, nest_pings(packet, depth, n));
    bench_step(b);
    return bench_answers(b);
}

Test(osc_tree, bundles_are_taken_to_a_depth_of_8_and_1024_messages)
{
    cr_expect_str_eq(ask_nested(8, 1), "/reply /ping bench\n");
    cr_expect_str_eq(ask_nested(9, 1), "/error / 2 \"not an OSC packet: "
                                       "bundles nested more than 8 deep\"\n");
    const char *got = ask_nested(1, 1024);
    cr_expect_eq(strlen(got), 1024 * strlen("/reply /ping bench\n"));
    cr_expect_leq(b->n_bytes, 65536);
    cr_expect_str_eq(ask_nested(1, 1025),
                     "/error / 2 \"not an OSC packet: more than 1024 messages "
                     "in one packet\"\n");
    // However they are spread.
    got = ask_nested(8, 1024);
    cr_expect_eq(strlen(got), 1024 * strlen("/reply /ping bench\n"));
}

Test(osc_tree, a_tag_has_up_to_255_bytes)
{
    char lines[400], wanted[400], tag[300];
    memset(tag, 'x', sizeof tag);
    tag[255] = '\0';
    snprintf(lines, sizeof lines, "/tag %s\n/ping", tag);
    snprintf(wanted, sizeof wanted, "/tag %s\n/reply /ping bench\n", tag);
    EXPECT(lines, wanted);
    tag[255] = 'x';
    tag[256] = '\0';
    snprintf(lines, sizeof lines, "/tag %s\n/ping", tag);
    EXPECT("/ping", "/reply /ping bench\n");
    EXPECT(lines, "/error /tag 2 \"a tag has up to 255 bytes\"\n");
}

Test(osc_tree, panic_mutes_all_buses)
{
    EXPECT("/panic", "/reply /panic\n");
    EXPECT("/bus/*/mute", "/bus/main/mute T\n/bus/aux/mute T\n");
}

Test(osc_tree, quit_is_answered_first)
{
    EXPECT("/quit", "/reply /quit\n");
    cr_expect(b->quit);
    b->quit = false;
    EXPECT_START("/quit\n/nonsense", "/error ");
    cr_expect_not(b->quit);
}

Test(osc_tree, the_strips_run_out_with_an_error_that_says_so)
{
    char line[64];
    for (int i = 2; i < WEIR_MAX_STRIPS; i++) {
        snprintf(line, sizeof line, "/strip/add s%d", i);
        EXPECT_START(line, "/reply ");
    }
    EXPECT_START("/strip/add more",
                 "/error /strip/add 7 \"512 strips are the limit\"");
    EXPECT_START("/strip/s2/remove", "/reply ");
    EXPECT_START("/strip/add more", "/reply ");
}

Test(osc_tree, a_bundle_far_in_the_future_is_refused)
{
    unsigned char packet[44];
    memcpy(packet,
           "#bundle\0\xff\xff\xff\xff\0\0\0\0\0\0\0\x18"
           "/strip/mic/gain\0,f\0\0\xc0\xc0\0\0",
           44);
    bench_send(b, packet, 44);
    bench_step(b);
    cr_expect_eq(strncmp(bench_answers(b), "/error /strip/mic/gain 3 ", 25), 0);
    EXPECT("/strip/mic/gain", "/strip/mic/gain 0\n");
}

// Xorshift: the same mutations in every run.
static uint32_t
next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

Test(osc_tree, no_mutated_packet_does_harm)
{
    static const char seed[] = "#bundle\0\0\0\0\0\0\0\0\1"
                               "\0\0\0\x18/strip/mic/gain\0,f\0\0\xc0\xc0\0\0"
                               "\0\0\0\x14/strip/{mic,m*}/*\0\0\0"
                               "\0\0\0\x18/strip/add\0\0,si\0dj\0\0\0\0\0\2"
                               "\0\0\0\x10//level\0,T\0\0\0\0\0";
    uint32_t random = 20260101;
    for (int i = 0; i < 20000; i++) {
        unsigned char packet[sizeof seed];
        size_t n = sizeof seed - 1;
        memcpy(packet, seed, sizeof seed);
        for (uint32_t k = next_random(&random) % 4 + 1; k > 0; k--)
            packet[next_random(&random) % n] =
                (unsigned char)next_random(&random);
        if (next_random(&random) % 4 == 0)
            n = next_random(&random) % n;
        bench_send(b, packet, n);
        bench_step(b);
        bench_answers(b);
    }
    EXPECT("/ping", "/reply /ping bench\n");
}
