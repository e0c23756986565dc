// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Runners as real processes, while their plugins do what takes a host down.
#include "nursery_find.h"
#include "runner_rig.h"

#include "plugin/nursery_private.h"

#include <math.h>
#include <signal.h>
#include <string.h>

TestSuite(runner, .fini = driven_forget);

// JACK loses blocks, one right after the other; those that were not there.
static uint32_t
lose_blocks(struct driven *d, uint32_t n)
{
    float *channels[2] = {d->sound[0], d->sound[1]};
    const uint32_t missed = weir_runner_missed(d->runner);
    for (uint32_t i = 0; i < n; i++) {
        weir_runner_take(d->runner, channels, BLOCK);
        weir_runner_give(d->runner, NULL, BLOCK);
        d->position += BLOCK;
    }
    return weir_runner_missed(d->runner) - missed;
}

static void
takes_no_one_down(enum weir_test_deed deed)
{
    static struct driven d;
    driven_begin(&d);
    driven_add_trouble(&d);
    const pid_t pid = weir_runner_pid(d.runner);
    const bool hangs = deed == WEIR_DEED_LOOP || deed == WEIR_DEED_SLEEP ||
                       deed == WEIR_DEED_STOP;
    driven_do(&d, deed);
    cr_assert(driven_await_miss(&d));
    // Bypassed: the input as it was, when the 5 ms have gone by. One that ends
    // by itself may be back before that.
    if (hangs)
        cr_assert(driven_await_gain(&d, 1.0f));
    cr_assert(driven_await_return(&d, pid));
    for (int i = 0; i < 1000 && kill(pid, 0) == 0; i++)
        driven_block(&d);
    cr_assert_eq(kill(pid, 0), -1, "it is still there");
    driven_end(&d);
}

Test(runner, a_chain_in_a_process_is_one_block_late_to_the_bit)
{
    static struct driven d;
    driven_begin(&d);
    cr_assert_eq(weir_runner_latency(d.runner), BLOCK);
    cr_assert(driven_await_gain(&d, 1.0f));
    driven_add_trouble(&d);
    driven_end(&d);
}

Test(runner, what_is_due_can_be_taken_before_the_block_is_there)
{
    static struct driven d;
    driven_begin(&d);
    d.in_halves = true;
    cr_assert(driven_await_gain(&d, 1.0f));
    driven_add_trouble(&d);
    const pid_t pid = weir_runner_pid(d.runner);
    kill(pid, SIGKILL);
    cr_assert(driven_await_return(&d, pid));
    driven_end(&d);
}

// No process could be back in time, so none is asked; the one that has a
// block may be late, as ever.
Test(runner, blocks_that_jack_lost_are_silence_and_no_misses)
{
    static struct driven d;
    const float silence[BLOCK] = {0};
    driven_begin(&d);
    d.in_halves = true;
    cr_assert(driven_await_gain(&d, 1.0f));
    driven_add_trouble(&d);
    const uint32_t n_missed = lose_blocks(&d, 8);
    cr_assert_leq(n_missed, 1u, "%u of 8", n_missed);
    cr_assert_arr_eq(d.sound[0], silence, sizeof silence);
    cr_assert(driven_await_gain(&d, 3.0f));
    driven_end(&d);
}

Test(runner, what_cannot_be_hosted_is_refused_from_over_there)
{
    static struct driven d;
    struct weir_why why;
    driven_begin(&d);
    cr_assert(driven_await_state(&d, WEIR_RUNNER_RUNNING));
    const uint32_t serial = weir_runner_add(
        d.runner, "n", driven_type("urn:weir:test:needs-feature"), 0, &why);
    cr_assert_neq(serial, 0);
    for (int i = 0; i < 2000 && d.last_answer != serial; i++)
        driven_block(&d);
    cr_assert_not_null(strstr(d.last_why, "urn:weir:test:no-such-feature"));
    cr_assert_eq(weir_runner_remove(d.runner, "n", &why), 0);
    driven_end(&d);
}

Test(runner, a_segfault_takes_no_one_down, .timeout = 90)
{
    takes_no_one_down(WEIR_DEED_SEGV);
}

Test(runner, an_abort_takes_no_one_down, .timeout = 90)
{
    takes_no_one_down(WEIR_DEED_ABORT);
}

Test(runner, an_exit_takes_no_one_down, .timeout = 90)
{
    takes_no_one_down(WEIR_DEED_EXIT);
}

Test(runner, an_endless_loop_takes_no_one_down, .timeout = 90)
{
    takes_no_one_down(WEIR_DEED_LOOP);
}

Test(runner, a_sleep_takes_no_one_down, .timeout = 90)
{
    takes_no_one_down(WEIR_DEED_SLEEP);
}

Test(runner, a_stop_takes_no_one_down, .timeout = 90)
{
    takes_no_one_down(WEIR_DEED_STOP);
}

#if !defined(__SANITIZE_ADDRESS__)
Test(runner, ten_gigabytes_take_no_one_down, .timeout = 90)
{
    takes_no_one_down(WEIR_DEED_MEMORY);
}

#endif

Test(runner, closed_descriptors_take_no_one_down, .timeout = 90)
{
    takes_no_one_down(WEIR_DEED_CLOSE);
}

// What comes out is finite whatever lies in the page, and no louder than a
// bypass once the plugin has been found out.
Test(runner, a_corrupted_page_takes_no_one_down, .timeout = 90)
{
    static struct driven d;
    driven_begin(&d);
    driven_add_trouble(&d);
    driven_do(&d, WEIR_DEED_SCRIBBLE);
    for (int i = 0; i < 400; i++) {
        driven_block(&d);
        for (uint32_t f = 0; f < BLOCK; f++)
            cr_assert(isfinite(d.sound[0][f]) && isfinite(d.sound[1][f]));
    }
    cr_assert(driven_await_gain(&d, 3.0f));
    driven_end(&d);
}

Test(runner, nonsense_is_bypassed_over_there_and_comes_back, .timeout = 90)
{
    static struct driven d;
    driven_begin(&d);
    driven_add_trouble(&d);
    const pid_t pid = weir_runner_pid(d.runner);
    driven_do(&d, WEIR_DEED_NAN);
    bool was_bypassed = false;
    for (int i = 0; i < 5000 && !was_bypassed; i++) {
        driven_block(&d);
        was_bypassed = !driven_is_by(&d, 3.0f);
    }
    cr_assert(was_bypassed);
    cr_assert(driven_await_gain(&d, 3.0f));
    cr_assert_eq(weir_runner_pid(d.runner), pid, "it was not a crash");
    driven_end(&d);
}

Test(runner, what_a_plugin_prints_is_not_weirs_output, .timeout = 90)
{
    static struct driven d;
    driven_begin(&d);
    driven_add_trouble(&d);
    driven_do(&d, WEIR_DEED_PRINT);
    for (int i = 0; i < 20; i++)
        driven_block(&d);
    cr_assert(driven_await_gain(&d, 3.0f));
    driven_end(&d);
}

Test(runner, another_runner_hears_nothing_of_a_crash, .timeout = 90)
{
    static struct driven bad, good;
    char kept[64];
    driven_begin(&good);
    strcpy(kept, driven_folder);
    driven_begin(&bad);
    driven_add_trouble(&good);
    driven_add_trouble(&bad);
    // Both are driven; the machine may be late, and then the good one's block
    // is the input: but never anything else.
    driven_do(&bad, WEIR_DEED_SEGV);
    const uint32_t missed = weir_runner_missed(good.runner);
    uint32_t n_right = 0;
    for (int i = 0; i < 300; i++) {
        driven_block(&bad);
        driven_block(&good);
        n_right += driven_is_by(&good, 3.0f);
    }
    if (weir_runner_missed(good.runner) == missed)
        cr_assert_eq(n_right, 300);
    cr_assert_gt(n_right, 100);
    driven_end(&bad);
    strcpy(driven_folder, kept);
    driven_end(&good);
}

Test(runner, one_that_dies_again_and_again_is_given_up, .timeout = 90)
{
    static struct driven d;
    struct weir_why why;
    driven_begin(&d);
    driven_add_trouble(&d);
    for (int i = 0; i < WEIR_SLOT_RESTARTS; i++) {
        const pid_t pid = weir_runner_pid(d.runner);
        cr_assert_neq(pid, 0);
        kill(pid, SIGKILL);
        for (int j = 0; j < 5000 && (weir_runner_pid(d.runner) == pid ||
                                     weir_runner_pid(d.runner) == 0);
             j++)
            driven_block(&d);
        cr_assert_neq(weir_runner_pid(d.runner), 0);
    }
    cr_assert(driven_await_gain(&d, 3.0f));
    kill(weir_runner_pid(d.runner), SIGKILL);
    cr_assert(driven_await_state(&d, WEIR_RUNNER_FAILED));
    cr_assert_eq(weir_runner_pid(d.runner), 0);
    cr_assert(driven_await_gain(&d, 1.0f));
    cr_assert_eq(weir_runner_set(d.runner, "t", GAIN, 1.0f, &why), 0);
    driven_end(&d);
}

// The step from what was heard to the bypass is let down over 5 ms: at its
// first frame nothing has changed, and halfway half of it is left.
Test(runner, a_death_is_heard_as_a_fade, .timeout = 90)
{
    static struct driven d;
    driven_begin(&d);
    driven_add_trouble(&d);
    kill(weir_runner_pid(d.runner), SIGKILL);
    for (int i = 0; i < 1000; i++) {
        const float last = d.sound[0][BLOCK - 1];
        const bool was_whole = driven_is_by(&d, 3.0f);
        const uint32_t missed = weir_runner_missed(d.runner);
        driven_block(&d);
        if (!was_whole || weir_runner_missed(d.runner) == missed)
            continue;
        const float step = last - driven_before(&d, 0, 0);
        for (uint32_t f = 0; f < BLOCK; f++)
            cr_assert_float_eq(
                d.sound[0][f],
                driven_before(&d, 0, f) + step * (1 - (float)f / FADE), 1e-4f);
        driven_end(&d);
        return;
    }
    cr_assert(false, "its death was not noticed");
}

// ------------------------------------------------------- without its nursery

// Misses apart, which the machine may cause, every block is the plugin's.
static void
plays_on(struct driven *d, pid_t pid)
{
    for (int i = 0; i < 100; i++) {
        const uint32_t missed = weir_runner_missed(d->runner);
        const bool was_whole = driven_is_by(d, 3.0f);
        driven_block(d);
        if (was_whole && weir_runner_missed(d->runner) == missed)
            cr_assert(driven_is_by(d, 3.0f), "block %d", i);
    }
    cr_assert(driven_await_gain(d, 3.0f));
    cr_assert_eq(weir_runner_pid(d->runner), pid, "it has been started again");
}

// It plays on; and whoever comes after the keeper ends one that hangs, and
// starts the next.
Test(runner, the_keepers_death_is_not_heard, .timeout = 90)
{
    static struct driven d;
    driven_is_confined = true; // by then weir may signal nobody
    driven_begin(&d);
    driven_add_trouble(&d);
    for (int i = 0; i < 3; i++) {
        const pid_t pid = weir_runner_pid(d.runner);
        const pid_t spare = await_nursery(driven_nursery, "weir-spare", 0);
        kill(find_nursery(driven_nursery, "weir-nursery"), SIGKILL);
        plays_on(&d, pid);
        cr_assert_eq(find_nursery(driven_nursery, "weir-nursery"), spare);
        kill(pid, SIGSTOP);
        cr_assert(driven_await_return(&d, pid));
        for (int k = 0; k < 1000 && kill(pid, 0) == 0; k++)
            driven_block(&d);
        cr_assert_eq(kill(pid, 0), -1, "it is still there");
    }
    driven_end(&d);
}

Test(runner, a_reader_that_dies_starts_it_all_the_same, .timeout = 90)
{
    static struct driven d;
    driven_begin(&d);
    driven_add_trouble(&d);
    const pid_t pid = weir_runner_pid(d.runner);
    kill(pid, SIGKILL);
    kill(find_nursery(driven_nursery, "weir-reader"), SIGKILL);
    cr_assert(driven_await_return(&d, pid));
    driven_end(&d);
}

// It plays as long as it lives, and then its state says so.
Test(runner, without_any_nursery_it_is_given_up_when_it_ends, .timeout = 90)
{
    static struct driven d;
    struct weir_why why;
    driven_begin(&d);
    driven_add_trouble(&d);
    const pid_t pid = weir_runner_pid(d.runner);
    kill(-driven_nursery->group, SIGKILL);
    plays_on(&d, pid);
    cr_assert(weir_runner_set(d.runner, "t", GAIN, 2.0f, &why));
    cr_assert(driven_await_gain(&d, 2.0f));
    kill(pid, SIGKILL);
    cr_assert(driven_await_state(&d, WEIR_RUNNER_FAILED));
    cr_assert(driven_await_gain(&d, 1.0f));
    driven_end(&d);
}
