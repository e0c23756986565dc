// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What the port side is asked over OSC, and when that is answered.
#include "desk/bench_desk.h"

#include "oscctl/schedule.h"

#include <criterion/criterion.h>
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

#define EXPECT(lines, answer)                                                  \
    do {                                                                       \
        const char *got_ = bench_ask(b, lines);                                \
        cr_expect_str_eq(got_, answer, "%s\n-> %swanted %s", lines, got_,      \
                         answer);                                              \
    } while (0)

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
