// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Plugins on strips and buses as OSC adds, sets, moves and removes them, over
// a driven mixer and racks that only note what they are asked.
#include "desk/bench_desk.h"
#include "desk/fake_plugins.h"

#include "common/loop.h"
#include "oscctl/parking.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct bench *b;

static void
set_up(void)
{
    fake_reset();
    bench_nursery = &fake;
    b = bench_new();
    bench_ask(b, "/strip/add mic 1\n/bus/add aux 2");
}

static void
tear_down(void)
{
    char dir[sizeof b->dir], path[96];
    memcpy(dir, b->dir, sizeof dir);
    bench_free(b);
    cr_expect_eq(fake.n_racks, 0, "a rack is left");
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, i ? "bus.main" : "strip.mic");
        rmdir(path);
    }
    rmdir(dir);
}

TestSuite(osc_plugins, .init = set_up, .fini = tear_down);

#define ASKED(text)                                                            \
    do {                                                                       \
        const char *asked_ = fake_asked();                                     \
        cr_expect_str_eq(asked_, text, "racks were asked:\n%swanted:\n%s",     \
                         asked_, text);                                        \
    } while (0)

static void
add_eq(void)
{
    EXPECT("/strip/mic/plugin/add eq urn:amp",
           "/reply /strip/mic/plugin/add eq\n");
    fake_asked();
}

Test(osc_plugins, a_rack_comes_with_the_first_slot_and_goes_with_the_last)
{
    EXPECT("/strip/mic/plugin/list", "/reply /strip/mic/plugin/list\n");
    EXPECT("/strip/mic/plugin/add eq urn:amp",
           "/reply /strip/mic/plugin/add eq\n");
    ASKED("describe urn:amp\n"
          "new strip/mic channels 1 block 256 rate 48000\n"
          "add eq urn:amp at 0\n");
    EXPECT("/strip/mic/plugin/add comp urn:amp2",
           "/reply /strip/mic/plugin/add comp\n");
    ASKED("describe urn:amp2\nadd comp urn:amp2 at 1\n");
    EXPECT("/strip/mic/plugin/list", "/reply /strip/mic/plugin/list eq comp\n");
    EXPECT("/strip/mic/plugin/eq/remove",
           "/reply /strip/mic/plugin/eq/remove\n");
    ASKED("remove eq\n");
    EXPECT("/strip/mic/plugin/comp/remove",
           "/reply /strip/mic/plugin/comp/remove\n");
    ASKED("remove comp\nfree strip/mic\n");
    EXPECT("/strip/mic/plugin/list", "/reply /strip/mic/plugin/list\n");
}

Test(osc_plugins, the_mixer_runs_the_rack_until_it_has_given_it_back)
{
    add_eq();
    bench_send_lines(b, "/strip/mic/plugin/eq/remove");
    ASKED("remove eq\n"); // and not freed: the mixer has it
    bench_step(b);
    ASKED("free strip/mic\n");
}

Test(osc_plugins, a_slot_that_comes_while_the_rack_goes_gets_a_new_one)
{
    add_eq();
    bench_send_lines(b, "/strip/mic/plugin/eq/remove");
    bench_send_lines(b, "/strip/mic/plugin/add fx urn:amp");
    bench_send_lines(b, "/strip/mic/plugin/fx/param/gain -3");
    ASKED("remove eq\n");
    bench_step(b);
    ASKED("free strip/mic\n"
          "new strip/mic channels 1 block 256 rate 48000\n"
          "add fx urn:amp at 0\nset fx 2 -3\n");
    bench_answers(b);
    EXPECT("/strip/mic/plugin/*/param/gain",
           "/strip/mic/plugin/fx/param/gain -3\n");
}

Test(osc_plugins, a_strip_goes_with_its_plugins)
{
    add_eq();
    EXPECT("/strip/mic/remove", "/reply /strip/mic/remove\n");
    ASKED("free strip/mic\n");
    EXPECT_START("/strip/mic/plugin/eq/bypass",
                 "/error /strip/mic/plugin/eq/bypass 4 ");
}

Test(osc_plugins, errors_are_those_of_the_interface)
{
    EXPECT_START("/strip/mic/plugin/add eq urn:none",
                 "/error /strip/mic/plugin/add 4 ");
    EXPECT("/strip/mic/plugin/add eq urn:refused",
           "/error /strip/mic/plugin/add 8 "
           "\"it requires the feature <urn:feature>\"\n");
    EXPECT_START("/strip/mic/plugin/add EQ urn:amp",
                 "/error /strip/mic/plugin/add 2 ");
    EXPECT_START("/strip/mic/plugin/add list urn:amp",
                 "/error /strip/mic/plugin/add 2 ");
    EXPECT_START("/strip/mic/plugin/add eq", "/error /strip/mic/plugin/add 2 ");
    EXPECT_START("/strip/mic/plugin/add eq urn:amp -1",
                 "/error /strip/mic/plugin/add 3 ");
    EXPECT_START("/strip/none/plugin/add eq urn:amp",
                 "/error /strip/none/plugin/add 4 ");
    add_eq();
    EXPECT_START("/strip/mic/plugin/add eq urn:amp",
                 "/error /strip/mic/plugin/add 5 ");
    EXPECT_START("/strip/mic/plugin/eq/param/none 1",
                 "/error /strip/mic/plugin/eq/param/none 4 ");
    EXPECT_START("/strip/mic/plugin/other/param/gain 1",
                 "/error /strip/mic/plugin/other/param/gain 4 ");
    EXPECT_START("/strip/mic/plugin/eq/pitch",
                 "/error /strip/mic/plugin/eq/pitch 1 ");
    EXPECT_START("/strip/mic/plugin/eq/param/level 1",
                 "/error /strip/mic/plugin/eq/param/level 9 ");
    EXPECT_START("/strip/mic/plugin/eq/move 1",
                 "/error /strip/mic/plugin/eq/move 3 ");
    ASKED("");
}

Test(osc_plugins, the_seventeenth_slot_is_refused)
{
    char line[80];
    for (int i = 0; i < 16; i++) {
        snprintf(line, sizeof line, "/bus/main/plugin/add s%d urn:amp", i);
        bench_ask(b, line);
    }
    EXPECT_START("/bus/main/plugin/add s16 urn:amp",
                 "/error /bus/main/plugin/add 7 ");
    EXPECT("/bus/main/plugin/s15/param/gain",
           "/bus/main/plugin/s15/param/gain 0\n");
}

Test(osc_plugins, a_plugin_that_does_not_start_is_answered_and_gone)
{
    fake.fail = "add";
    EXPECT("/strip/mic/plugin/add eq urn:amp",
           "/error /strip/mic/plugin/add 8 \"it failed\"\n");
    EXPECT("/strip/mic/plugin/list", "/reply /strip/mic/plugin/list\n");
    cr_expect_eq(fake.n_racks, 0);
    fake.fail = "new";
    EXPECT("/strip/mic/plugin/add eq urn:amp",
           "/error /strip/mic/plugin/add 8 \"no process\"\n");
    EXPECT("/strip/mic/plugin/list", "/reply /strip/mic/plugin/list\n");
    fake.fail = NULL;
    add_eq();
}

Test(osc_plugins, values_are_checked_shown_and_set_by_the_mixer)
{
    add_eq();
    EXPECT("/strip/mic/plugin/eq/param/*",
           "/strip/mic/plugin/eq/param/gain 0\n"
           "/strip/mic/plugin/eq/param/mode 0\n"
           "/strip/mic/plugin/eq/param/on T\n"
           "/strip/mic/plugin/eq/param/level -120\n"
           "/strip/mic/plugin/eq/param/reset F\n");
    EXPECT("/strip/mic/plugin/eq/param/gain -6.5",
           "/reply /strip/mic/plugin/eq/param/gain -6.5\n");
    EXPECT("/strip/mic/plugin/eq/param/mode High",
           "/reply /strip/mic/plugin/eq/param/mode 1\n");
    EXPECT("/strip/mic/plugin/eq/param/on F",
           "/reply /strip/mic/plugin/eq/param/on F\n");
    EXPECT("/strip/mic/plugin/eq/bypass T",
           "/reply /strip/mic/plugin/eq/bypass T\n");
    ASKED("keep eq 2 -6.5\nkeep eq 3 1\nkeep eq 4 0\nkeep eq -1 1\n");
    cr_expect_str_eq(fake_mixed(), "slot 0 port 2 value -6.5\n"
                                   "slot 0 port 3 value 1\n"
                                   "slot 0 port 4 value 0\n"
                                   "slot 0 port -1 value 1\n");
    EXPECT("/strip/mic/plugin/eq/*", "/strip/mic/plugin/eq/uri urn:amp\n"
                                     "/strip/mic/plugin/eq/name Amplifier\n"
                                     "/strip/mic/plugin/eq/state bypassed\n"
                                     "/strip/mic/plugin/eq/bypass T\n");
    static const char *const wrong[] = {"24.1", "-61", "inf", "Loud"};
    for (int i = 0; i < 4; i++) {
        char line[80];
        snprintf(line, sizeof line, "/strip/mic/plugin/eq/param/gain %s",
                 wrong[i]);
        EXPECT_START(line, i == 3 || i == 2
                               ? "/error /strip/mic/plugin/eq/param/gain 2 "
                               : "/error /strip/mic/plugin/eq/param/gain 3 ");
    }
    EXPECT_START("/strip/mic/plugin/eq/param/mode 0.5",
                 "/error /strip/mic/plugin/eq/param/mode 3 ");
    EXPECT_START("/strip/mic/plugin/eq/param/mode Middle",
                 "/error /strip/mic/plugin/eq/param/mode 3 ");
    EXPECT("/strip/mic/plugin/eq/param/gain",
           "/strip/mic/plugin/eq/param/gain -6.5\n");
}

Test(osc_plugins, a_trigger_is_pressed_and_not_kept)
{
    add_eq();
    EXPECT("/strip/mic/plugin/eq/param/reset T",
           "/reply /strip/mic/plugin/eq/param/reset T\n");
    cr_expect_str_eq(fake_mixed(), "slot 0 port 6 value 1\n");
    EXPECT("/strip/mic/plugin/eq/param/reset",
           "/strip/mic/plugin/eq/param/reset F\n");
}

Test(osc_plugins, a_trigger_is_given_the_value_and_no_other)
{
    add_eq();
    EXPECT("/strip/mic/plugin/eq/param/reset 0.25",
           "/reply /strip/mic/plugin/eq/param/reset 0.25\n");
    EXPECT("/strip/mic/plugin/eq/param/reset 1",
           "/reply /strip/mic/plugin/eq/param/reset T\n");
    cr_expect_str_eq(fake_mixed(), "slot 0 port 6 value 0.25\n"
                                   "slot 0 port 6 value 1\n");
    EXPECT_START("/strip/mic/plugin/eq/param/reset 1.5",
                 "/error /strip/mic/plugin/eq/param/reset 3 ");
    cr_expect_str_eq(fake_mixed(), "");
    EXPECT("/strip/mic/plugin/eq/param/reset",
           "/strip/mic/plugin/eq/param/reset F\n");
}

Test(osc_plugins, parameters_are_reset_all_or_by_name)
{
    add_eq();
    bench_ask(b, "/strip/mic/plugin/eq/param/gain -3\n"
                 "/strip/mic/plugin/eq/param/mode 1\n"
                 "/strip/mic/plugin/eq/param/on F\n"
                 "/strip/mic/plugin/eq/bypass T");
    fake_asked();
    fake_mixed();
    EXPECT("/strip/mic/plugin/eq/reset on gain",
           "/reply /strip/mic/plugin/eq/reset\n");
    cr_expect_str_eq(fake_mixed(), "slot 0 port 2 value 0\n"
                                   "slot 0 port 4 value 1\n");
    EXPECT("/strip/mic/plugin/eq/param/{gain,mode,on}",
           "/strip/mic/plugin/eq/param/gain 0\n"
           "/strip/mic/plugin/eq/param/mode 1\n"
           "/strip/mic/plugin/eq/param/on T\n");
    EXPECT("/strip/mic/plugin/eq/reset", "/reply /strip/mic/plugin/eq/reset\n");
    EXPECT("/strip/mic/plugin/eq/reset", "/reply /strip/mic/plugin/eq/reset\n");
    cr_expect_str_eq(fake_mixed(), "slot 0 port 3 value 0\n");
    EXPECT("/strip/mic/plugin/eq/bypass", "/strip/mic/plugin/eq/bypass T\n");
    EXPECT_START("/strip/mic/plugin/eq/reset none",
                 "/error /strip/mic/plugin/eq/reset 4 ");
    EXPECT_START("/strip/mic/plugin/eq/reset level",
                 "/error /strip/mic/plugin/eq/reset 9 ");
    EXPECT_START("/strip/mic/plugin/eq/reset 1",
                 "/error /strip/mic/plugin/eq/reset 2 ");
}

Test(osc_plugins, a_bundle_adds_and_sets_or_does_nothing)
{
    EXPECT("/strip/mic/plugin/add eq urn:amp\n"
           "/strip/mic/plugin/eq/param/gain -3\n"
           "/strip/mic/plugin/add pre urn:amp2 0\n"
           "/strip/mic/plugin/eq/bypass T\n",
           "/reply /strip/mic/plugin/add eq\n"
           "/reply /strip/mic/plugin/eq/param/gain -3\n"
           "/reply /strip/mic/plugin/add pre\n"
           "/reply /strip/mic/plugin/eq/bypass T\n");
    ASKED("describe urn:amp\ndescribe urn:amp2\n"
          "new strip/mic channels 1 block 256 rate 48000\n"
          "add eq urn:amp at 0\nset eq 2 -3\nadd pre urn:amp2 at 0\n"
          "set eq -1 1\n");
    EXPECT("/strip/mic/plugin/list", "/reply /strip/mic/plugin/list pre eq\n");
    EXPECT_START("/strip/mic/plugin/pre/move 1\n"
                 "/strip/mic/plugin/eq/remove\n"
                 "/strip/mic/plugin/add fx urn:amp\n"
                 "/strip/mic/plugin/pre/param/gain -9\n"
                 "/strip/mic/plugin/pre/param/gain -99\n",
                 "/error /strip/mic/plugin/pre/param/gain 3 ");
    ASKED("");
    EXPECT("/strip/mic/plugin/list", "/reply /strip/mic/plugin/list pre eq\n");
    EXPECT("/strip/mic/plugin/*/param/gain",
           "/strip/mic/plugin/pre/param/gain 0\n"
           "/strip/mic/plugin/eq/param/gain -3\n");
    EXPECT("/strip/mic/plugin/pre/move 1",
           "/reply /strip/mic/plugin/pre/move 1\n");
    ASKED("move pre to 1\n");
    EXPECT("/strip/mic/plugin/list", "/reply /strip/mic/plugin/list eq pre\n");
}

Test(osc_plugins, a_slot_being_removed_holds_its_id_until_it_is)
{
    add_eq();
    fake.slow = true;
    bench_send_lines(b, "/strip/mic/plugin/eq/remove");
    EXPECT_START("/strip/mic/plugin/add eq urn:amp",
                 "/error /strip/mic/plugin/add 6 ");
    fake_tell();
    bench_step(b);
    cr_expect_str_eq(bench_answers(b), "/reply /strip/mic/plugin/eq/remove\n");
    fake.slow = false;
    add_eq();
}

Test(osc_plugins, a_set_takes_effect_in_the_block_of_its_time_tag)
{
    add_eq();
    bench_cycle(b, 256);
    bench_send_lines_at(b, 3 * 256 + 10, "/strip/mic/plugin/eq/param/gain 6");
    bench_send_lines(b, "/strip/mic/plugin/eq/param/gain");
    cr_expect_str_eq(bench_answers(b), "/strip/mic/plugin/eq/param/gain 0\n");
    for (int i = 1; i < 3; i++) {
        bench_cycle(b, 256);
        cr_expect_str_eq(fake_mixed(), "", "in block %d", i);
    }
    bench_cycle(b, 256);
    cr_expect_str_eq(fake_mixed(), "slot 0 port 2 value 6\n");
    cr_expect_str_eq(bench_answers(b),
                     "/reply /strip/mic/plugin/eq/param/gain 6\n");
    ASKED("keep eq 2 6\n");
    EXPECT("/strip/mic/plugin/eq/param/gain",
           "/strip/mic/plugin/eq/param/gain 6\n");
}

Test(osc_plugins, packets_wait_in_order_for_a_description)
{
    fake.hold = true;
    EXPECT("/strip/mic/plugin/add eq urn:amp", "");
    EXPECT("/strip/mic/plugin/eq/param/gain -3", "");
    EXPECT("/ping", "");
    EXPECT("/strip/mic/plugin/add fx urn:amp2", "");
    ASKED("describe urn:amp\n");
    fake_describe();
    weir_parking_run(b->tree.parking);
    bench_step(b);
    cr_expect_str_eq(bench_answers(b),
                     "/reply /strip/mic/plugin/add eq\n"
                     "/reply /ping bench\n" // which the mixer is not asked
                     "/reply /strip/mic/plugin/eq/param/gain -3\n");
    fake_describe();
    weir_parking_run(b->tree.parking);
    bench_step(b);
    cr_expect_str_eq(bench_answers(b), "/reply /strip/mic/plugin/add fx\n");
    EXPECT("/ping", "/reply /ping bench\n");
}

Test(osc_plugins, another_peer_does_not_wait)
{
    struct weir_peer other = b->peer;
    fake.hold = true;
    EXPECT("/strip/mic/plugin/add eq urn:amp", "");
    other.n_address--; // as if it were somebody else
    cr_expect_not(weir_parking_holds(b->tree.parking, &other));
    cr_expect(weir_parking_holds(b->tree.parking, &b->peer));
    fake_describe();
    weir_parking_run(b->tree.parking);
    cr_expect_not(weir_parking_holds(b->tree.parking, &b->peer));
}

Test(osc_plugins, what_is_installed_is_listed_and_described)
{
    EXPECT("/plugin/list",
           "/reply /plugin/list urn:amp urn:amp2 urn:refused\n");
    EXPECT("/plugin/list 2", "/reply /plugin/list urn:refused\n");
    EXPECT("/plugin/list 3", "/reply /plugin/list\n");
    EXPECT_START("/plugin/list -1", "/error /plugin/list 3 ");
    EXPECT_START(
        "/plugin/describe urn:amp",
        "/reply /plugin/describe urn:amp Amplifier \"Amplifier Plugin\" \"\" 9 "
        "gain gain in number -60 24 0 dB 0 "
        "mode mode in enumeration 0 1 0 \"\" 2 0 Low 1 High "
        "on on in toggle 0 1 1 \"\" 0 "
        "level level out number -120 0 0 \"\" 0 "
        "reset reset in trigger 0 1 0 \"\" 0 "
        "file File in property 0 0 0 \"http://lv2plug.in/ns/ext/atom#Path\" 0 "
        "depth depth in property 0 1 0.5 ");
    EXPECT_START("/plugin/describe urn:amp 2",
                 "/reply /plugin/describe urn:amp Amplifier "
                 "\"Amplifier Plugin\" \"\" 9 on on in ");
    EXPECT_START("/plugin/describe urn:none", "/error /plugin/describe 4 ");
    EXPECT("/plugin/presets urn:amp",
           "/reply /plugin/presets \"urn:amp#loud\" Loud\n");
    add_eq();
    EXPECT_START("/strip/mic/plugin/eq/describe",
                 "/reply /strip/mic/plugin/eq/describe urn:amp Amplifier ");
    EXPECT("/strip/mic/plugin/eq/presets",
           "/reply /strip/mic/plugin/eq/presets \"urn:amp#loud\" Loud\n");
}

Test(osc_plugins, a_preset_shows_in_the_values)
{
    add_eq();
    // The answer waits for what the plugin shows then.
    EXPECT("/strip/mic/plugin/eq/preset Loud", "");
    ASKED("preset eq urn:amp#loud\n");
    for (int look = 0; look < 3; look++)
        weir_desk_service_racks(b->desk);
    cr_expect_str_eq(bench_answers(b),
                     "/reply /strip/mic/plugin/eq/preset Loud\n");
    EXPECT("/strip/mic/plugin/eq/param/gain",
           "/strip/mic/plugin/eq/param/gain 6\n");
    EXPECT_START("/strip/mic/plugin/eq/preset urn:other",
                 "/error /strip/mic/plugin/eq/preset 4 ");
}

Test(osc_plugins, properties_are_set_by_name_and_heard)
{
    add_eq();
    EXPECT("/strip/mic/plugin/eq/property/*",
           "/strip/mic/plugin/eq/property/file \"\"\n"
           "/strip/mic/plugin/eq/property/depth 0.5\n"
           "/strip/mic/plugin/eq/property/file-2 \"\"\n"
           "/strip/mic/plugin/eq/property/depth-3 \"\"\n");
    EXPECT("/strip/mic/plugin/eq/property/file /tmp/ir.wav",
           "/reply /strip/mic/plugin/eq/property/file /tmp/ir.wav\n");
    ASKED("property eq urn:test#file /tmp/ir.wav\n");
    EXPECT("/strip/mic/plugin/eq/property/depth 0.25",
           "/reply /strip/mic/plugin/eq/property/depth 0.25\n");
    EXPECT_START("/strip/mic/plugin/eq/property/depth 1.5",
                 "/error /strip/mic/plugin/eq/property/depth 3 ");
    EXPECT_START("/strip/mic/plugin/eq/property/file-2 x",
                 "/error /strip/mic/plugin/eq/property/file-2 9 ");
    fake_say_property("eq", "urn:other/file", "/tmp/out.wav");
    EXPECT("/strip/mic/plugin/eq/property/*",
           "/strip/mic/plugin/eq/property/file /tmp/ir.wav\n"
           "/strip/mic/plugin/eq/property/depth 0.25\n"
           "/strip/mic/plugin/eq/property/file-2 /tmp/out.wav\n"
           "/strip/mic/plugin/eq/property/depth-3 \"\"\n");
}

#define PROPERTY "/strip/mic/plugin/eq/property"

Test(osc_plugins, properties_are_known_by_their_uris)
{
    add_eq();
    EXPECT(
        PROPERTY,
        "/reply " PROPERTY " file \"urn:test#file\" depth "
        "\"urn:test#depth\" file-2 urn:other/file depth-3 urn:other/depth\n");
    EXPECT(PROPERTY " urn:test#file /tmp/ir.wav",
           "/reply " PROPERTY " \"urn:test#file\" /tmp/ir.wav\n");
    EXPECT(PROPERTY " \"urn:test#depth\" 0.25",
           "/reply " PROPERTY " \"urn:test#depth\" 0.25\n");
    ASKED("property eq urn:test#file /tmp/ir.wav\n"
          "property eq urn:test#depth 0.25\n");
    EXPECT(PROPERTY " \"urn:test#depth\"",
           "/reply " PROPERTY " \"urn:test#depth\" 0.25\n");
    EXPECT(PROPERTY "/file", PROPERTY "/file /tmp/ir.wav\n");
    fake_say_property("eq", "urn:other/file", "/tmp/out.wav");
    EXPECT(PROPERTY " urn:other/file",
           "/reply " PROPERTY " urn:other/file /tmp/out.wav\n");
    EXPECT_START(PROPERTY " urn:other/file x", "/error " PROPERTY " 9 ");
    EXPECT_START(PROPERTY " \"urn:test#depth\" 1.5", "/error " PROPERTY " 3 ");
    EXPECT_START(PROPERTY " \"urn:test#depth\" x", "/error " PROPERTY " 2 ");
    EXPECT_START(PROPERTY " \"urn:test#depth\" 0.5 1",
                 "/error " PROPERTY " 2 ");
    EXPECT_START(PROPERTY " urn:test#none 1", "/error " PROPERTY " 4 ");
    ASKED("");
}

Test(osc_plugins, a_dump_has_no_property_by_a_number)
{
    add_eq();
    bench_ask(b, PROPERTY "/depth 0.25\n" PROPERTY "/depth-3 deep");
    const char *dump = bench_ask(b, "/strip/mic/plugin/dump");
    cr_expect(strstr(dump, PROPERTY "/depth 0.25"), "%s", dump);
    cr_expect(strstr(dump, PROPERTY " urn:other/depth deep"), "%s", dump);
}

Test(osc_plugins, what_a_plugin_told_before_a_set_is_no_news)
{
    add_eq();
    const uint32_t n_gets = fake.n_gets;
    bench_ask(b, "/strip/mic/plugin/eq/property/file /new");
    fake_say_property("eq", "urn:test#file", "/old");
    EXPECT("/strip/mic/plugin/eq/property/file",
           "/strip/mic/plugin/eq/property/file /new\n");
    for (int look = 0; look < 9; look++)
        weir_desk_service_racks(b->desk);
    cr_expect_eq(fake.n_gets, n_gets);
    weir_desk_service_racks(b->desk);
    cr_expect_eq(fake.n_gets, n_gets + 1, "it is asked what is so now");
    fake_say_property("eq", "urn:test#file", "/other");
    EXPECT("/strip/mic/plugin/eq/property/file",
           "/strip/mic/plugin/eq/property/file /other\n");
}

Test(osc_plugins, subscribers_hear_of_slots_values_and_outputs)
{
    bench_ask(b, "/subscribe /strip/*/plugin/*/param/{gain,level} 100");
    bench_tick(b, 50);
    bench_answers(b);
    bench_ask(b, "/strip/mic/plugin/add eq urn:amp");
    bench_tick(b, 50);
    const char *got = bench_answers(b);
    cr_expect_str_eq(got,
                     "/created strip/mic/plugin/eq\n"
                     "/strip/mic/plugin/eq/param/gain 0\n"
                     "/strip/mic/plugin/eq/param/level -120\n",
                     "%s", got);
    bench_ask(b, "/strip/mic/plugin/eq/param/gain -3");
    fake_show(-7.5f);
    bench_tick(b, 50);
    got = bench_answers(b);
    cr_expect_str_eq(got,
                     "/strip/mic/plugin/eq/param/gain -3\n"
                     "/strip/mic/plugin/eq/param/level -7.5\n",
                     "%s", got);
    bench_ask(b, "/strip/mic/plugin/eq/remove");
    bench_tick(b, 50);
    got = bench_answers(b);
    cr_expect_str_eq(got, "/removed strip/mic/plugin/eq\n", "%s", got);
    fake_show(-6.0f);
    bench_tick(b, 50);
    cr_expect_str_eq(bench_answers(b), "");
}

Test(osc_plugins, a_state_that_changes_by_itself_is_told)
{
    add_eq();
    bench_ask(b, "/subscribe /strip/mic/plugin/eq/state 100");
    bench_tick(b, 50);
    bench_answers(b);
    fake_set_state(WEIR_RACK_RESTARTING);
    bench_tick(b, 50);
    cr_expect_str_eq(bench_answers(b),
                     "/strip/mic/plugin/eq/state restarting\n");
}

Test(osc_plugins, at_another_period_all_move_to_new_racks_with_their_states)
{
    bench_ask(b, "/strip/mic/plugin/add eq urn:amp\n"
                 "/strip/mic/plugin/eq/param/gain -3\n"
                 "/bus/main/plugin/add lim urn:amp2");
    fake_asked();
    weir_desk_move_racks(b->desk, 512, 48000);
    ASKED("save eq carried.eq\nsave lim carried.lim\n");
    bench_step(b);
    ASKED("free strip/mic\n"
          "new strip/mic channels 1 block 512 rate 48000\n"
          "add eq urn:amp at 0\nload eq carried.eq\n"
          "set eq 2 -3\nset eq 3 0\nset eq 4 1\n"
          "free bus/main\n"
          "new bus/main channels 2 block 512 rate 48000\n"
          "add lim urn:amp2 at 0\nload lim carried.lim\n"
          "set lim 2 0\nset lim 3 0\nset lim 4 1\n");
    EXPECT("/{strip,bus}/*/plugin/*/param/gain",
           "/strip/mic/plugin/eq/param/gain -3\n"
           "/bus/main/plugin/lim/param/gain 0\n");
    weir_desk_move_racks(b->desk, 512, 48000);
    ASKED("");
}

Test(osc_plugins, what_a_new_rack_refuses_waits_for_the_next_one)
{
    bench_ask(b, "/strip/mic/plugin/add eq urn:amp\n"
                 "/strip/mic/plugin/add lim urn:amp2\n"
                 "/strip/mic/plugin/eq/param/gain -3");
    fake.fail = "add";
    weir_desk_move_racks(b->desk, 300, 48000);
    bench_step(b);
    EXPECT("/strip/mic/plugin/list", "/reply /strip/mic/plugin/list eq lim\n");
    EXPECT("/strip/mic/plugin/*/state",
           "/strip/mic/plugin/eq/state failed\n"
           "/strip/mic/plugin/lim/state running\n");
    EXPECT("/strip/mic/plugin/eq/preset Loud",
           "/error /strip/mic/plugin/eq/preset 8 \"the plugin has failed\"\n");
    bench_ask(b, "/strip/mic/plugin/eq/param/gain -6");
    fake_asked();
    // It takes no place in the rack.
    bench_ask(b, "/strip/mic/plugin/lim/move 0");
    bench_ask(b, "/strip/mic/plugin/add more urn:amp 2");
    bench_ask(b, "/strip/mic/plugin/more/move 1");
    ASKED("move lim to 0\nadd more urn:amp at 1\nmove more to 1\n");
    weir_desk_move_racks(b->desk, 256, 48000);
    ASKED("save lim carried.lim\nsave more carried.more\n");
    bench_step(b);
    ASKED("free strip/mic\n"
          "new strip/mic channels 1 block 256 rate 48000\n"
          "add lim urn:amp2 at 0\nload lim carried.lim\n"
          "set lim 2 0\nset lim 3 0\nset lim 4 1\n"
          "add more urn:amp at 1\nload more carried.more\n"
          "set more 2 0\nset more 3 0\nset more 4 1\n"
          "add eq urn:amp at 2\nload eq carried.eq\n"
          "set eq 2 -6\nset eq 3 0\nset eq 4 1\n");
    EXPECT("/strip/mic/plugin/eq/state",
           "/strip/mic/plugin/eq/state running\n");
}

Test(osc_plugins, a_state_is_carried_over_a_period_that_was_not_for_long)
{
    bench_ask(b, "/strip/mic/plugin/add eq urn:amp");
    weir_desk_move_racks(b->desk, 512, 48000);
    fake.slow = true;
    bench_step(b);
    fake_asked();
    // The new rack has not got it yet.
    weir_desk_move_racks(b->desk, 128, 48000);
    bench_step(b);
    ASKED("free strip/mic\n"
          "new strip/mic channels 1 block 128 rate 48000\n"
          "add eq urn:amp at 0\nload eq carried.eq\n"
          "set eq 2 0\nset eq 3 0\nset eq 4 1\n");
    fake_tell();
    EXPECT("/strip/mic/plugin/eq/state",
           "/strip/mic/plugin/eq/state running\n");
    fake.slow = false;
}
