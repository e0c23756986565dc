// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What the port side is asked over OSC, and when that is answered.
#include "desk/bench_desk.h"

#include "oscctl/schedule.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct bench *b;

static void
set_up(void)
{
    b = bench_new();
    bench_ask(b, "/strip/add mic 1\n/strip/add keys 2");
}

static void
tear_down(void)
{
    bench_free(b);
}

TestSuite(osc_ports, .init = set_up, .fini = tear_down);

// -------------------------------------------------------------------- names

Test(osc_ports, a_port_is_shown_by_the_name_and_its_channel)
{
    char label[WEIR_PORT_LABEL_BYTES];
    weir_port_label("Singer", 1, 0, label);
    cr_expect_str_eq(label, "Singer");
    weir_port_label("Singer", 2, 0, label);
    cr_expect_str_eq(label, "Singer L");
    weir_port_label("Singer", 2, 1, label);
    cr_expect_str_eq(label, "Singer R");
    weir_port_label("Singer", 64, 63, label);
    cr_expect_str_eq(label, "Singer 64");
}

Test(osc_ports, a_rename_is_answered_when_the_ports_have_it)
{
    b->hold_ports = true;
    EXPECT("/strip/keys/name Piano", "");
    cr_expect_str_eq(b->label, "Piano R");
    EXPECT("/strip/keys/name", "/strip/keys/name \"Piano\"\n");
    bench_release_ports(b, NULL);
    cr_expect_str_eq(bench_answers(b), "/reply /strip/keys/name Piano\n");
    EXPECT("/bus/main/name Hall", "");
    cr_expect_str_eq(b->label, "Hall R");
    bench_release_ports(b, NULL);
}

Test(osc_ports, ports_hear_of_names_that_came_to_be_alone)
{
    EXPECT("/strip/mic/name Never\n/strip/nobody/gain 0",
           "/error /strip/nobody/gain 4 \"no such strip (weirctl list shows "
           "what there is)\"\n");
    cr_expect_eq(b->n_renames, 0);
    EXPECT("/strip/mic/name", "/strip/mic/name \"mic\"\n");
}

Test(osc_ports, ports_hear_of_a_name_at_its_time)
{
    // Far enough that no timer fires by itself.
    const uint64_t later = UINT64_C(50) * 48000;
    bench_cycle(b, 2048);
    bench_send_lines_at(b, later, "/strip/mic/name Later");
    weir_schedule_run(b->tree.schedule, bench_tag(b, later - 4000));
    while (b->engine->position + 2048 < later)
        bench_cycle(b, 2048);
    cr_expect_eq(b->n_renames, 0);
    bench_cycle(b, 4096);
    cr_expect_eq(b->n_renames, 1);
    cr_expect_str_eq(b->label, "Later");
    cr_expect_str_eq(bench_answers(b), "/reply /strip/mic/name Later\n");
}

// -------------------------------------------------------------- connections

Test(osc_ports, a_change_is_answered_when_the_patchbay_has_made_it)
{
    b->patchbay.hold = true;
    EXPECT("/connect \"system:capture_1\" \"other:in/1\"", "");
    cr_expect_str_eq(b->patchbay.asked,
                     "connect system:capture_1 other:in/1\n");
    EXPECT("/ping", "/reply /ping bench\n"); // others do not wait
    bench_release_patches(b);
    cr_expect_str_eq(bench_answers(b),
                     "/reply /connect system:capture_1 other:in/1\n");
}

Test(osc_ports, a_port_without_a_client_is_the_mixers)
{
    EXPECT("/connect system:capture_1 mic",
           "/reply /connect system:capture_1 bench:mic\n");
    EXPECT("/disconnect main_L system:playback_1",
           "/reply /disconnect bench:main_L system:playback_1\n");
    cr_expect_str_eq(b->patchbay.asked,
                     "connect system:capture_1 bench:mic\n"
                     "disconnect bench:main_L system:playback_1\n");
}

Test(osc_ports, what_the_patchbay_refuses_is_an_answer)
{
    weir_fault(&b->patchbay.fault, WEIR_FAULT_EXISTS, "there already");
    EXPECT("/connect a:b c:d", "/error /connect 5 \"there already\"\n");
    EXPECT("/ports", "/error /ports 5 \"there already\"\n");
    // The rest of its bundle was done, and is answered.
    EXPECT("/strip/mic/gain -6\n/disconnect a:b c:d\n/strip/mic/gain",
           "/reply /strip/mic/gain -6\n"
           "/error /disconnect 5 \"there already\"\n"
           "/strip/mic/gain -6\n");
}

Test(osc_ports, hundreds_that_are_refused_are_answered_within_64_kb)
{
    static char lines[65536];
    unsigned n = 0;
    size_t n_lines = 0;
    for (int i = 0; i < 600; i++)
        n_lines += (size_t)snprintf(lines + n_lines, sizeof lines - n_lines,
                                    "/connect aaaa:%03d bbbb:%03d\n", i, i);
    weir_fault(&b->patchbay.fault, WEIR_FAULT_NO_OBJECT, "no such port: %0150d",
               0);
    const char *at = bench_ask(b, lines);
    cr_expect(strlen(at) < 65536);
    for (; (at = strstr(at, "/error /connect 4 ")); at++)
        n++;
    cr_expect_eq(n, 600);
}

Test(osc_ports, names_that_are_none_are_refused_with_their_bundle)
{
    static const char *const bad[] = {
        "/connect a:b",      "/connect",          "/connect a:b c:d e:f",
        "/connect \"\" c:d", "/connect a:b \"\"", "/disconnect a:b",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char lines[256];
        snprintf(lines, sizeof lines, "/strip/mic/gain -6\n%s", bad[i]);
        EXPECT_START(lines, bad[i][1] == 'c' ? "/error /connect 2 "
                                             : "/error /disconnect 2 ");
    }
    const char number[] = "/connect\0\0\0\0,si\0a:b\0\0\0\0\1";
    bench_send(b, number, sizeof number - 1);
    cr_expect_eq(strncmp(bench_answers(b), "/error /connect 2 ", 18), 0);
    const char control[] = "/connect\0\0\0\0,ss\0a:b\0c:\n\0";
    bench_send(b, control, sizeof control - 1);
    cr_expect_eq(strncmp(bench_answers(b), "/error /connect 2 ", 18), 0);
    EXPECT("/strip/mic/gain", "/strip/mic/gain 0\n");
    cr_expect_str_eq(b->patchbay.asked, "");
}

Test(osc_ports, names_are_utf8_of_no_more_than_511_bytes)
{
    char line[1200];
    snprintf(line, sizeof line, "/connect a:%0509d c:d", 0);
    EXPECT_START(line, "/reply /connect a:000");
    snprintf(line, sizeof line, "/connect a:%0510d c:d", 0);
    EXPECT_START(line, "/error /connect 2 ");
    snprintf(line, sizeof line, "/connect %0506d c:d", 0); // bench:
    EXPECT_START(line, "/error /connect 2 ");
    const char latin1[] = "/connect\0\0\0\0,ss\0a:\xe4\0c:d";
    bench_send(b, latin1, sizeof latin1);
    cr_expect_eq(strncmp(bench_answers(b), "/error /connect 2 ", 18), 0);
}

Test(osc_ports, a_new_strip_is_connected_in_one_bundle_after_its_ports)
{
    EXPECT("/strip/add dj 1\n/connect system:capture_1 dj",
           "/reply /strip/add dj 1\n"
           "/reply /connect system:capture_1 bench:dj\n");
    b->patchbay.asked[0] = '\0';
    EXPECT_START("/strip/add ok 1\n/connect system:capture_1 ok\n"
                 "/strip/nobody/gain",
                 "/error /strip/nobody/gain 4 ");
    cr_expect_str_eq(b->patchbay.asked, "", "nothing of it was done");
}

static void
check_that_it_waits(const char *lines, const char *answers)
{
    const uint64_t later = UINT64_C(50) * 48000;
    bench_cycle(b, 2048);
    bench_send_lines_at(b, later, lines);
    weir_schedule_run(b->tree.schedule, bench_tag(b, later - 4000));
    while (b->engine->position + 2048 < later)
        bench_cycle(b, 2048);
    cr_expect_str_eq(b->patchbay.asked, "");
    bench_cycle(b, 4096);
    cr_expect_str_eq(b->patchbay.asked, "connect a:b bench:mic\n");
    cr_expect_str_eq(bench_answers(b), answers);
}

Test(osc_ports, a_change_is_made_at_the_time_of_its_bundle)
{
    check_that_it_waits("/connect a:b mic\n/strip/mic/gain -6",
                        "/reply /connect a:b bench:mic\n"
                        "/reply /strip/mic/gain -6\n");
}

Test(osc_ports, a_change_waits_for_its_time_also_alone)
{
    check_that_it_waits("/connect a:b mic", "/reply /connect a:b bench:mic\n");
}

Test(osc_ports, without_a_patchbay_it_is_not_possible)
{
    b->tree.patchbay = NULL;
    EXPECT_START("/connect a:b c:d", "/error /connect 6 ");
    EXPECT_START("/ports", "/error /ports 6 ");
}

// -------------------------------------------------------------------- lists

static const char *port_words[] = {
    "system:capture_1",
    "out",
    "audio", // 0
    "system:playback_1",
    "in",
    "audio",
    "ardour:Audio 1/in 1",
    "in",
    "audio",
    "a2j:Through [14] (0)",
    "out",
    "midi",
    "bench:mic",
    "in",
    "audio",
};
static const char *connection_words[] = {
    "system:capture_1",
    "bench:mic",
    "system:capture_1",
    "ardour:Audio 1/in 1",
};

static void
show_ports(void)
{
    b->patchbay.lists[WEIR_PATCH_PORTS] =
        (struct weir_patch_list){5, 3, 15, port_words};
    b->patchbay.lists[WEIR_PATCH_CONNECTIONS] =
        (struct weir_patch_list){2, 2, 4, connection_words};
}

Test(osc_ports, ports_are_listed_with_direction_and_type)
{
    show_ports();
    EXPECT("/ports",
           "/reply /ports system:capture_1 out audio system:playback_1 in "
           "audio \"ardour:Audio 1/in 1\" in audio \"a2j:Through [14] (0)\" "
           "out midi bench:mic in audio\n");
    EXPECT("/ports system:*", "/reply /ports system:capture_1 out audio "
                              "system:playback_1 in audio\n");
    EXPECT("/ports *:{mic,capture_?}",
           "/reply /ports system:capture_1 out audio bench:mic in audio\n");
    EXPECT("/ports nobody:*", "/reply /ports\n");
}

Test(osc_ports, a_slash_in_a_port_is_like_any_character)
{
    show_ports();
    EXPECT("/ports ardour:*",
           "/reply /ports \"ardour:Audio 1/in 1\" in audio\n");
    EXPECT("/ports \"*/in 1\"",
           "/reply /ports \"ardour:Audio 1/in 1\" in audio\n");
}

Test(osc_ports, a_name_that_looks_like_a_pattern_is_found_by_itself)
{
    show_ports();
    EXPECT("/ports \"a2j:Through [14] (0)\"",
           "/reply /ports \"a2j:Through [14] (0)\" out midi\n");
}

Test(osc_ports, connections_are_listed_by_either_end)
{
    show_ports();
    EXPECT("/connections", "/reply /connections system:capture_1 bench:mic "
                           "system:capture_1 \"ardour:Audio 1/in 1\"\n");
    EXPECT("/connections bench:*",
           "/reply /connections system:capture_1 bench:mic\n");
    EXPECT("/connections system:*",
           "/reply /connections system:capture_1 bench:mic "
           "system:capture_1 \"ardour:Audio 1/in 1\"\n");
}

Test(osc_ports, a_list_begins_where_it_is_told)
{
    show_ports();
    EXPECT("/ports 3", "/reply /ports \"a2j:Through [14] (0)\" out midi "
                       "bench:mic in audio\n");
    EXPECT("/ports system:* 1", "/reply /ports system:playback_1 in audio\n");
    EXPECT("/ports 5", "/reply /ports\n");
    EXPECT("/connections 1", "/reply /connections system:capture_1 "
                             "\"ardour:Audio 1/in 1\"\n");
    EXPECT_START("/ports -1", "/error /ports 3 ");
    EXPECT_START("/ports 0.5", "/error /ports 3 ");
    EXPECT_START("/ports a b", "/error /ports 2 ");
    EXPECT_START("/ports 1 a", "/error /ports 2 ");
    EXPECT_START("/ports \"{a\"", "/error /ports 2 ");
}

enum { N_LONG = 900 };

// A list of about 64 bytes a port.
static void
show_long_list(uint32_t n)
{
    static char names[2 * N_LONG][64];
    static const char *words[3 * 2 * N_LONG];
    for (uint32_t i = 0; i < n; i++) {
        snprintf(names[i], sizeof names[i], "client:port_%040u", i);
        words[3 * i] = names[i];
        words[3 * i + 1] = "out";
        words[3 * i + 2] = "audio";
    }
    b->patchbay.lists[WEIR_PATCH_PORTS] =
        (struct weir_patch_list){n, 3, 3 * n, words};
}

// The ports in an answer, which must go on with number `from`.
static uint32_t
count_ports(const char *answer, uint32_t from)
{
    char name[64];
    uint32_t n = 0;
    for (const char *at = answer; (at = strstr(at, "client:")); at++) {
        snprintf(name, sizeof name, "client:port_%040u", from + n++);
        cr_assert_eq(strncmp(at, name, strlen(name)), 0);
    }
    return n;
}

Test(osc_ports, a_list_is_whole_or_refused)
{
    show_long_list(800);
    cr_expect_eq(count_ports(bench_ask(b, "/ports"), 0), 800);
    cr_expect_lt(b->longest, 60001);
    show_long_list(N_LONG);
    EXPECT_START("/ports", "/error /ports 7 ");
    EXPECT_START("/ports *99", "/reply /ports client:port_0");
}

Test(osc_ports, a_long_list_comes_in_pages)
{
    char line[32];
    uint32_t n_seen = 0;
    uint32_t n = 0;
    show_long_list(2 * N_LONG);
    do {
        snprintf(line, sizeof line, "/ports %u", n_seen);
        n = count_ports(bench_ask(b, line), n_seen);
        cr_assert(b->longest <= 1024, "%zu bytes", b->longest);
        n_seen += n;
        cr_assert(n >= 12 || n_seen == 2 * N_LONG, "a page of %u", n);
    } while (n > 0);
    cr_expect_eq(n_seen, 2 * N_LONG);
}

Test(osc_ports, a_page_has_one_row_however_long)
{
    static char name[1200];
    const char *words[] = {name, "out", "audio", "a:b", "in", "midi"};
    memset(name, 'x', sizeof name - 1);
    b->patchbay.lists[WEIR_PATCH_PORTS] =
        (struct weir_patch_list){2, 3, 6, words};
    const char *answer = bench_ask(b, "/ports 0");
    cr_expect_not_null(strstr(answer, "xxx out audio\n"));
    EXPECT("/ports 1", "/reply /ports a:b in midi\n");
}

Test(osc_ports, lists_that_have_no_room_together_are_refused)
{
    show_ports();
    EXPECT_START("/strip/mic/gain -6\n/ports\n/ports", "/error /ports 7 ");
    EXPECT("/strip/mic/gain", "/strip/mic/gain 0\n");
    EXPECT("/ports 4\n/connections 1",
           "/reply /ports bench:mic in audio\n/reply /connections "
           "system:capture_1 \"ardour:Audio 1/in 1\"\n");
}
