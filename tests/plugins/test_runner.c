// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Runners as real processes, driven block by block, while their plugins do
// what takes a host down. Nothing here depends on how fast they are: what is
// looked at is what comes out, whether it was there in time or not.
#include "plugin/nursery.h"
#include "plugin/runner.h"
#include "rig.h"
#include "trouble.h"

#include "common/log.h"
#include "rt/clock.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 128, PATIENCE_MS = 20000 };

struct driven {
    struct weir_runner *runner;
    bool in_halves; // what is due is taken before the block is there
    uint64_t position;
    float sound[2][BLOCK];
    uint32_t last_answer;
    char last_why[200];
};

// Ports of the trouble.
enum { GAIN = 2, DEED = 3 };

static char folder[64];
static struct weir_plugin_world *world; // that of this process
static struct weir_plugin_type *types[2];
static uint32_t n_types;
static struct weir_nursery *nursery;
static uint32_t n_driven;

static const struct weir_plugin_type *
describe(const char *uri)
{
    struct weir_why why;
    if (!world)
        world = weir_plugin_world_open();
    for (uint32_t i = 0; i < n_types; i++)
        if (strcmp(types[i]->uri, uri) == 0)
            return types[i];
    cr_assert(weir_plugin_describe(world, uri, RATE, &types[n_types], &why),
              "%s", why.text);
    return types[n_types++];
}

static void
forget_types(void)
{
    while (n_types > 0)
        weir_plugin_type_free(types[--n_types]);
    weir_plugin_world_close(world);
}

TestSuite(runner, .fini = forget_types);

static void
hear(void *owner, uint32_t serial, const char *why)
{
    struct driven *d = owner;
    d->last_answer = serial;
    snprintf(d->last_why, sizeof d->last_why, "%s", why ? why : "");
}

static void
start_nursery(void)
{
    static const char *argv[2];
    struct weir_why why;
    argv[0] = getenv("WEIR_RUNNER");
    const struct weir_nursery_config config = {
#if !defined(__SANITIZE_ADDRESS__)
        .memory_bytes = 256 * 1024 * 1024,
#endif
        .argv = argv,
    };
    if (n_driven++ == 0)
        cr_assert(weir_nursery_new(&config, &nursery, &why), "%s", why.text);
}

static void
begin(struct driven *d)
{
    struct weir_why why;
    weir_log_init("test_runner", WEIR_LOG_ERROR);
    start_nursery();
    strcpy(folder, "/tmp/weir-runner-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    const struct weir_runner_config config = {
        .n_channels = 2,
        .block = BLOCK,
        .rate_hz = RATE,
        .folder = folder,
        .nursery = nursery,
    };
    memset(d, 0, sizeof *d);
    cr_assert(weir_runner_new(&config, &d->runner, &why), "%s", why.text);
    weir_runner_listen(d->runner, hear, d);
}

static void
end(struct driven *d)
{
    char command[128];
    weir_runner_free(d->runner);
    if (--n_driven == 0)
        weir_nursery_free(nursery);
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    cr_assert_eq(system(command), 0);
}

// One block, and the time that it would take: the runner has to have a chance.
static void
block(struct driven *d)
{
    float in[2][BLOCK];
    float *channels[2] = {d->sound[0], d->sound[1]};
    const float *const given[2] = {in[0], in[1]};
    for (uint32_t c = 0; c < 2; c++)
        for (uint32_t f = 0; f < BLOCK; f++)
            d->sound[c][f] = in[c][f] = rig_input(c, d->position + f);
    if (d->in_halves) {
        memset(d->sound, 0, sizeof d->sound);
        weir_runner_take(d->runner, channels, BLOCK);
        weir_runner_give(d->runner, given, BLOCK);
    } else
        weir_runner_exchange(d->runner, channels, BLOCK);
    weir_nursery_service(nursery);
    weir_runner_service(d->runner);
    d->position += BLOCK;
    usleep(2700);
}

// What went in at the time that frame `f` of this block is of.
static float
before(const struct driven *d, uint32_t channel, uint32_t f)
{
    return rig_input(channel, d->position - 2 * BLOCK + f);
}

// Whether the whole block is what went in, a block ago, by `gain`.
static bool
is_by(const struct driven *d, float gain)
{
    for (uint32_t c = 0; c < 2; c++)
        for (uint32_t f = 0; f < BLOCK; f++)
            if (d->sound[c][f] != gain * before(d, c, f))
                return false;
    return true;
}

static bool
await_gain(struct driven *d, float gain)
{
    const int64_t until_ms = weir_now_ms() + PATIENCE_MS;
    while (weir_now_ms() < until_ms) {
        block(d);
        if (is_by(d, gain))
            return true;
    }
    return false;
}

static bool
await_state(struct driven *d, enum weir_runner_state state)
{
    const int64_t until_ms = weir_now_ms() + PATIENCE_MS;
    while (weir_now_ms() < until_ms) {
        block(d);
        if (weir_runner_state(d->runner) == state)
            return true;
    }
    return false;
}

static void
add_trouble(struct driven *d)
{
    struct weir_why why;
    cr_assert(await_state(d, WEIR_RUNNER_RUNNING));
    cr_assert(weir_runner_add(d->runner, "t", describe("urn:weir:test:trouble"),
                              0, &why),
              "%s", why.text);
    cr_assert(await_gain(d, 2.0f));
    cr_assert(weir_runner_set(d->runner, "t", GAIN, 3.0f, &why));
    cr_assert(await_gain(d, 3.0f));
}

static void
do_deed(struct driven *d, enum weir_test_deed deed)
{
    struct weir_why why;
    cr_assert(weir_runner_set(d->runner, "t", DEED, (float)deed, &why));
}

// Until a block was not there.
static bool
await_miss(struct driven *d)
{
    const int64_t until_ms = weir_now_ms() + PATIENCE_MS;
    const uint32_t missed = weir_runner_missed(d->runner);
    while (weir_now_ms() < until_ms) {
        block(d);
        if (weir_runner_missed(d->runner) != missed)
            return true;
    }
    return false;
}

// Blocks until the plugin is heard as before, in another process than `pid`;
// whatever comes meanwhile is between the bypass and the plugin.
static bool
await_return(struct driven *d, pid_t pid)
{
    const int64_t until_ms = weir_now_ms() + PATIENCE_MS;
    while (weir_now_ms() < until_ms) {
        block(d);
        for (uint32_t f = 0; f < BLOCK; f++)
            cr_assert(fabsf(d->sound[0][f]) < 4.0f);
        if (weir_runner_pid(d->runner) != pid && is_by(d, 3.0f))
            return true;
    }
    return false;
}

static void
takes_no_one_down(enum weir_test_deed deed)
{
    static struct driven d;
    begin(&d);
    add_trouble(&d);
    const pid_t pid = weir_runner_pid(d.runner);
    const bool hangs = deed == WEIR_DEED_LOOP || deed == WEIR_DEED_SLEEP ||
                       deed == WEIR_DEED_STOP;
    do_deed(&d, deed);
    cr_assert(await_miss(&d));
    // Bypassed: the input as it was, when the 5 ms have gone by. One that ends
    // by itself may be back before that.
    if (hangs)
        cr_assert(await_gain(&d, 1.0f));
    cr_assert(await_return(&d, pid));
    for (int i = 0; i < 1000 && kill(pid, 0) == 0; i++)
        block(&d);
    cr_assert_eq(kill(pid, 0), -1, "it is still there");
    end(&d);
}

Test(runner, a_chain_in_a_process_is_one_block_late_to_the_bit)
{
    static struct driven d;
    begin(&d);
    cr_assert_eq(weir_runner_latency(d.runner), BLOCK);
    cr_assert(await_gain(&d, 1.0f));
    add_trouble(&d);
    end(&d);
}

Test(runner, what_is_due_can_be_taken_before_the_block_is_there)
{
    static struct driven d;
    begin(&d);
    d.in_halves = true;
    cr_assert(await_gain(&d, 1.0f));
    add_trouble(&d);
    const pid_t pid = weir_runner_pid(d.runner);
    kill(pid, SIGKILL);
    cr_assert(await_return(&d, pid));
    end(&d);
}

Test(runner, what_cannot_be_hosted_is_refused_from_over_there)
{
    static struct driven d;
    struct weir_why why;
    begin(&d);
    cr_assert(await_state(&d, WEIR_RUNNER_RUNNING));
    const uint32_t serial = weir_runner_add(
        d.runner, "n", describe("urn:weir:test:needs-feature"), 0, &why);
    cr_assert_neq(serial, 0);
    for (int i = 0; i < 2000 && d.last_answer != serial; i++)
        block(&d);
    cr_assert_not_null(strstr(d.last_why, "urn:weir:test:no-such-feature"));
    cr_assert_eq(weir_runner_remove(d.runner, "n", &why), 0);
    end(&d);
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
    begin(&d);
    add_trouble(&d);
    do_deed(&d, WEIR_DEED_SCRIBBLE);
    for (int i = 0; i < 400; i++) {
        block(&d);
        for (uint32_t f = 0; f < BLOCK; f++)
            cr_assert(isfinite(d.sound[0][f]) && isfinite(d.sound[1][f]));
    }
    cr_assert(await_gain(&d, 3.0f));
    end(&d);
}

Test(runner, nonsense_is_bypassed_over_there_and_comes_back, .timeout = 90)
{
    static struct driven d;
    begin(&d);
    add_trouble(&d);
    const pid_t pid = weir_runner_pid(d.runner);
    do_deed(&d, WEIR_DEED_NAN);
    bool was_bypassed = false;
    for (int i = 0; i < 5000 && !was_bypassed; i++) {
        block(&d);
        was_bypassed = !is_by(&d, 3.0f);
    }
    cr_assert(was_bypassed);
    cr_assert(await_gain(&d, 3.0f));
    cr_assert_eq(weir_runner_pid(d.runner), pid, "it was not a crash");
    end(&d);
}

Test(runner, what_a_plugin_prints_is_not_weirs_output, .timeout = 90)
{
    static struct driven d;
    begin(&d);
    add_trouble(&d);
    do_deed(&d, WEIR_DEED_PRINT);
    for (int i = 0; i < 20; i++)
        block(&d);
    cr_assert(await_gain(&d, 3.0f));
    end(&d);
}

Test(runner, another_runner_hears_nothing_of_a_crash, .timeout = 90)
{
    static struct driven bad, good;
    char kept[64];
    begin(&good);
    strcpy(kept, folder);
    begin(&bad);
    add_trouble(&good);
    add_trouble(&bad);
    // Both are driven; the machine may be late, and then the good one's block
    // is the input: but never anything else.
    do_deed(&bad, WEIR_DEED_SEGV);
    const uint32_t missed = weir_runner_missed(good.runner);
    uint32_t n_right = 0;
    for (int i = 0; i < 300; i++) {
        block(&bad);
        block(&good);
        n_right += is_by(&good, 3.0f);
    }
    if (weir_runner_missed(good.runner) == missed)
        cr_assert_eq(n_right, 300);
    cr_assert_gt(n_right, 100);
    end(&bad);
    strcpy(folder, kept);
    end(&good);
}

Test(runner, one_that_dies_again_and_again_is_given_up, .timeout = 90)
{
    static struct driven d;
    struct weir_why why;
    begin(&d);
    add_trouble(&d);
    for (int i = 0; i < WEIR_SLOT_RESTARTS; i++) {
        const pid_t pid = weir_runner_pid(d.runner);
        cr_assert_neq(pid, 0);
        kill(pid, SIGKILL);
        for (int j = 0; j < 5000 && (weir_runner_pid(d.runner) == pid ||
                                     weir_runner_pid(d.runner) == 0);
             j++)
            block(&d);
        cr_assert_neq(weir_runner_pid(d.runner), 0);
    }
    cr_assert(await_gain(&d, 3.0f));
    kill(weir_runner_pid(d.runner), SIGKILL);
    cr_assert(await_state(&d, WEIR_RUNNER_FAILED));
    cr_assert_eq(weir_runner_pid(d.runner), 0);
    cr_assert(await_gain(&d, 1.0f));
    cr_assert_eq(weir_runner_set(d.runner, "t", GAIN, 1.0f, &why), 0);
    end(&d);
}

// The step from what was heard to the bypass is let down over 5 ms: at its
// first frame nothing has changed, and halfway half of it is left.
Test(runner, a_death_is_heard_as_a_fade, .timeout = 90)
{
    static struct driven d;
    begin(&d);
    add_trouble(&d);
    kill(weir_runner_pid(d.runner), SIGKILL);
    for (int i = 0; i < 1000; i++) {
        const float last = d.sound[0][BLOCK - 1];
        const bool was_whole = is_by(&d, 3.0f);
        const uint32_t missed = weir_runner_missed(d.runner);
        block(&d);
        if (!was_whole || weir_runner_missed(d.runner) == missed)
            continue;
        const float step = last - before(&d, 0, 0);
        for (uint32_t f = 0; f < BLOCK; f++)
            cr_assert_float_eq(d.sound[0][f],
                               before(&d, 0, f) + step * (1 - (float)f / FADE),
                               1e-4f);
        end(&d);
        return;
    }
    cr_assert(false, "its death was not noticed");
}
