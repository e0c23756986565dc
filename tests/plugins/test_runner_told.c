// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What a runner is told, and shows; freewheel.
#include "runner_rig.h"

#include "plugin/runner_private.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

// The gain is at once: every block is by the one or by the other, or bypassed.
Test(runner, a_value_comes_with_the_block_that_it_was_set_before, .timeout = 90)
{
    static struct driven d;
    driven_begin(&d);
    driven_add_trouble(&d);
    const uint32_t number = weir_runner_number(d.runner, "t");
    for (int round = 0; round < 20; round++) {
        const float gain = round % 2 ? 3.0f : 2.0f;
        cr_assert(driven_await_gain(&d, round % 2 ? 2.0f : 3.0f));
        weir_runner_set_at(d.runner, number, GAIN, gain, 0);
        weir_runner_keep(d.runner, "t", GAIN, gain);
        const uint32_t missed = weir_runner_missed(d.runner);
        driven_block(&d); // it goes with this one,
        const bool was_old = driven_is_by(&d, round % 2 ? 2.0f : 3.0f);
        driven_block(&d); // and is heard in the next
        if (weir_runner_missed(d.runner) == missed) {
            cr_assert(was_old);
            cr_assert(driven_is_by(&d, gain));
        }
    }
    cr_assert_eq(weir_runner_value(d.runner, "t", GAIN), 3.0f);
    driven_end(&d);
}

// More than a block can carry: what found no room is set a little later.
Test(runner, a_value_that_found_no_room_is_set_all_the_same, .timeout = 90)
{
    static struct driven d;
    driven_begin(&d);
    driven_add_trouble(&d);
    const uint32_t number = weir_runner_number(d.runner, "t");
    for (uint32_t i = 0; i < WEIR_RUNNER_SETS; i++)
        weir_runner_set_at(d.runner, number + 1 + i, GAIN, 0.0f, 0);
    weir_runner_set_at(d.runner, number, GAIN, 1.5f, 0);
    weir_runner_keep(d.runner, "t", GAIN, 1.5f);
    cr_assert(driven_await_gain(&d, 1.5f));
    driven_end(&d);
}

Test(runner, the_bypass_comes_with_a_block_too, .timeout = 90)
{
    static struct driven d;
    driven_begin(&d);
    driven_add_trouble(&d);
    const uint32_t number = weir_runner_number(d.runner, "t");
    weir_runner_set_at(d.runner, number, WEIR_CHAIN_BYPASS_PORT, 1.0f, 0);
    weir_runner_keep(d.runner, "t", WEIR_CHAIN_BYPASS_PORT, 1.0f);
    cr_assert(driven_await_gain(&d, 1.0f));
    cr_assert(weir_runner_is_bypassed(d.runner, "t"));
    const pid_t pid = weir_runner_pid(d.runner);
    kill(pid, SIGKILL);
    cr_assert(driven_await_miss(&d));
    cr_assert(driven_await_gain(&d, 1.0f));
    cr_assert(weir_runner_is_bypassed(d.runner, "t"));
    driven_end(&d);
}

Test(runner, what_plugins_show_is_seen_here, .timeout = 90)
{
    static struct driven d;
    enum { FRAMES = 2, LATENCY = 3 };
    struct weir_why why;
    driven_begin(&d);
    driven_add(&d, "a",
               "urn:weir:test:stereo"); // so that the other is not the first
    driven_add(&d, "d", "urn:weir:test:delay");
    cr_assert(weir_runner_set(d.runner, "d", FRAMES, 300.0f, &why));
    cr_assert(driven_await_value(&d, "d", LATENCY, 300.0f));
    cr_assert(driven_await_value(&d, "d", FRAMES, 300.0f));
    for (int i = 0; i < 5000 && weir_runner_latency(d.runner) != BLOCK + 300;
         i++)
        driven_block(&d);
    cr_assert_eq(weir_runner_latency(d.runner), BLOCK + 300);
    driven_end(&d);
}

// A preset has values that nobody here has set: they are seen, and are so
// again in a new process.
Test(runner, what_a_preset_has_set_is_so_again_in_a_new_process, .timeout = 90)
{
    static struct driven d;
    struct weir_why why;
    driven_begin(&d);
    driven_add(&d, "g", "urn:weir:test:gain");
    cr_assert(
        weir_runner_preset(d.runner, "g", "urn:weir:test:preset-loud", &why));
    cr_assert(driven_await_value(&d, "g", GAIN, 3.0f));
    cr_assert(driven_await_gain(&d, 3.0f));
    const pid_t pid = weir_runner_pid(d.runner);
    kill(pid, SIGKILL);
    cr_assert(driven_await_return(&d, pid));
    driven_end(&d);
}

Test(runner, a_property_is_set_and_told_as_text, .timeout = 90)
{
    static struct driven d;
    struct weir_why why;
    char path[128];
    driven_begin(&d);
    driven_add(&d, "p", "urn:weir:test:patch");
    snprintf(path, sizeof path, "%s/gain", driven_folder);
    FILE *file = fopen(path, "w");
    fputs("0.25", file);
    fclose(file);
    cr_assert(weir_runner_set_property(d.runner, "p",
                                       "urn:weir:test:patch#file", path, &why));
    cr_assert(driven_await_gain(&d, 0.25f));
    cr_assert(weir_runner_get_properties(d.runner, "p", &why));
    for (int i = 0; i < 5000 && !d.last_value[0]; i++)
        driven_block(&d);
    cr_assert_str_eq(d.last_value, path);
    const uint32_t serial = weir_runner_set_property(
        d.runner, "p", "urn:weir:test:patch#nothing", path, &why);
    for (int i = 0; i < 5000 && d.last_answer != serial; i++)
        driven_block(&d);
    cr_assert_not_null(strstr(d.last_why, "#nothing"));
    driven_end(&d);
}

// What waits is bounded, costs what it holds, and comes in its order.
Test(runner, more_calls_than_it_keeps_up_with_are_refused, .timeout = 90)
{
    static struct driven d;
    struct weir_why why;
    driven_begin(&d);
    driven_add_trouble(&d);
    const pid_t pid = weir_runner_pid(d.runner);
    uint32_t serial = 0;
    uint32_t last = 0;
    kill(pid, SIGSTOP);
    while (d.runner->n_calls < WEIR_RUNNER_CALLS) {
        const float gain = (float)(d.runner->n_calls % 3);
        serial = weir_runner_set(d.runner, "t", GAIN, gain, &why);
        cr_assert_neq(serial, 0, "%s", why.text);
        last = serial;
    }
    cr_assert_eq(weir_runner_set(d.runner, "t", GAIN, 1.0f, &why), 0);
    cr_assert_not_null(strstr(why.text, "does not keep up"));
    cr_assert_lt(d.runner->calls->n_bytes, 100);
    kill(pid, SIGCONT);
    cr_assert(driven_await_answer(&d, last));
    cr_assert_str_eq(d.last_why, "");
    cr_assert(driven_await_gain(&d, (float)((WEIR_RUNNER_CALLS - 1) % 3)));
    for (int i = 0; i < 1000 && d.runner->n_calls > 0; i++)
        driven_block(&d);
    cr_assert_eq(d.runner->n_calls, 0);
    cr_assert_null(d.runner->calls);
    cr_assert(weir_runner_set(d.runner, "t", GAIN, 3.0f, &why));
    cr_assert(driven_await_gain(&d, 3.0f));
    driven_end(&d);
}

// Added and not there yet: it is told as failed, and is not in the next one.
Test(runner, an_add_that_its_process_did_not_survive_has_failed, .timeout = 90)
{
    static struct driven d;
    struct weir_why why;
    driven_begin(&d);
    driven_add_trouble(&d);
    const struct weir_plugin_type *gain = driven_type("urn:weir:test:gain");
    const pid_t pid = weir_runner_pid(d.runner);
    kill(pid, SIGSTOP);
    const uint32_t serial = weir_runner_add(d.runner, "g", gain, 0, &why);
    cr_assert_neq(serial, 0);
    cr_assert_eq(gain->n_held, 1);
    kill(pid, SIGKILL);
    cr_assert(driven_await_answer(&d, serial));
    cr_assert_not_null(strstr(d.last_why, "ended meanwhile"));
    cr_assert_eq(gain->n_held, 0);
    cr_assert(driven_await_return(&d, pid));
    driven_add(&d, "g", "urn:weir:test:gain");
    cr_assert(driven_await_gain(&d, 3.0f));
    driven_end(&d);
}

// Faster than any clock, and nothing is missed; nor does it look hung.
static void
set_number(struct driven *d, const char *name, const char *number)
{
    struct weir_why why;
    char path[128];
    snprintf(path, sizeof path, "%s/%s", driven_folder, name);
    FILE *file = fopen(path, "w");
    fputs(number, file);
    fclose(file);
    cr_assert(weir_runner_set_property(d->runner, "p",
                                       "urn:weir:test:patch#file", path, &why));
}

Test(runner, a_property_set_just_before_its_death_is_so_in_a_new_process,
     .timeout = 90)
{
    static struct driven d;
    driven_begin(&d);
    driven_add(&d, "p", "urn:weir:test:patch");
    set_number(&d, "first", "0.25");
    cr_assert(driven_await_gain(&d, 0.25f));
    const pid_t pid = weir_runner_pid(d.runner);
    set_number(&d, "second", "0.5");
    kill(pid, SIGKILL);
    for (int i = 0; i < 20000 && weir_runner_pid(d.runner) == pid; i++)
        driven_block(&d);
    cr_assert(driven_await_gain(&d, 0.5f));
    driven_end(&d);
}

Test(runner, in_freewheel_every_block_is_there, .timeout = 90)
{
    static struct driven d;
    driven_begin(&d);
    driven_add_trouble(&d);
    weir_runner_freewheel(d.runner, true);
    driven_block_at_once(&d);
    driven_block_at_once(&d);
    for (int i = 0; i < 100; i++) // until the fade of a miss before is over
        driven_block_at_once(&d);
    const uint32_t missed = weir_runner_missed(d.runner);
    const pid_t pid = weir_runner_pid(d.runner);
    for (int i = 0; i < 5000; i++) {
        driven_block_at_once(&d);
        cr_assert(driven_is_by(&d, 3.0f), "block %d", i);
        if (i % 100 == 0)
            weir_runner_service(d.runner);
    }
    cr_assert_eq(weir_runner_missed(d.runner), missed);
    cr_assert_eq(weir_runner_pid(d.runner), pid);
    weir_runner_freewheel(d.runner, false);
    driven_end(&d);
}

Test(runner, in_freewheel_one_that_hangs_is_found_out, .timeout = 90)
{
    static struct driven d;
    driven_begin(&d);
    driven_add_trouble(&d);
    const pid_t pid = weir_runner_pid(d.runner);
    weir_runner_freewheel(d.runner, true);
    driven_do(&d, WEIR_DEED_LOOP);
    cr_assert(driven_await_miss(&d));
    cr_assert(driven_await_return(&d, pid));
    driven_end(&d);
}
