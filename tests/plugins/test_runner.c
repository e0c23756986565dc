// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Runners as real processes, driven block by block, while their plugins do
// what takes a host down. Nothing here depends on how fast they are: what is
// looked at is what comes out, whether it was there in time or not.
#include "plugin/nursery.h"
#include "plugin/runner.h"
#include "plugin/runner_private.h"
#include "rig.h"
#include "trouble.h"

#include "common/log.h"
#include "rt/clock.h"

#include <linux/landlock.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { BLOCK = 128, PATIENCE_MS = 20000 };

struct driven {
    struct weir_runner *runner;
    bool in_halves; // what is due is taken before the block is there
    uint64_t position;
    float sound[2][BLOCK];
    uint32_t last_answer;
    char last_why[200];
    char last_value[200]; // of a property
};

// Ports of the trouble.
enum { GAIN = 2, DEED = 3 };

static char folder[64];
static struct weir_plugin_world *world; // that of this process
static struct weir_plugin_type *types[2];
static uint32_t n_types;
static struct weir_nursery *nursery;
static uint32_t n_driven;
static bool is_confined;

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
hear_property(void *owner, const char *id, const char *property,
              const char *value)
{
    struct driven *d = owner;
    cr_assert_str_eq(id, "p");
    cr_assert_str_eq(property, "urn:weir:test:patch#file");
    snprintf(d->last_value, sizeof d->last_value, "%s", value);
}

static void
start_nursery(void)
{
    static const char *argv[2];
    struct weir_why why;
    argv[0] = getenv("WEIR_RUNNER");
    const struct weir_nursery_config config = {
        .is_confined = is_confined,
        .written = {"/tmp/weir-runner-states"},
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
    weir_runner_listen(d->runner, hear, hear_property, d);
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

// No process could be back in time, so none is asked; the one that has a
// block may be late, as ever.
Test(runner, blocks_that_jack_lost_are_silence_and_no_misses)
{
    static struct driven d;
    const float silence[BLOCK] = {0};
    begin(&d);
    d.in_halves = true;
    cr_assert(await_gain(&d, 1.0f));
    add_trouble(&d);
    const uint32_t n_missed = lose_blocks(&d, 8);
    cr_assert_leq(n_missed, 1u, "%u of 8", n_missed);
    cr_assert_arr_eq(d.sound[0], silence, sizeof silence);
    cr_assert(await_gain(&d, 3.0f));
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

// ------------------------------------------------------------ what it is told

static void
add(struct driven *d, const char *id, const char *uri)
{
    struct weir_why why;
    cr_assert(await_state(d, WEIR_RUNNER_RUNNING));
    cr_assert(weir_runner_add(d->runner, id, describe(uri), 9, &why), "%s",
              why.text);
    const uint32_t serial =
        weir_runner_bypass(d->runner, id, false, &why); // behind it
    for (int i = 0; i < 5000 && d->last_answer != serial; i++)
        block(d);
    cr_assert_eq(d->last_answer, serial);
    cr_assert_str_eq(d->last_why, "");
}

static bool
await_value(struct driven *d, const char *id, uint32_t port, float value)
{
    const int64_t until_ms = weir_now_ms() + PATIENCE_MS;
    while (weir_now_ms() < until_ms) {
        block(d);
        if (weir_runner_value(d->runner, id, port) == value)
            return true;
    }
    return false;
}

// The gain is at once: every block is by the one or by the other, or bypassed.
Test(runner, a_value_comes_with_the_block_that_it_was_set_before, .timeout = 90)
{
    static struct driven d;
    begin(&d);
    add_trouble(&d);
    const uint32_t number = weir_runner_number(d.runner, "t");
    for (int round = 0; round < 20; round++) {
        const float gain = round % 2 ? 3.0f : 2.0f;
        cr_assert(await_gain(&d, round % 2 ? 2.0f : 3.0f));
        weir_runner_set_now(d.runner, number, GAIN, gain);
        weir_runner_keep(d.runner, "t", GAIN, gain);
        const uint32_t missed = weir_runner_missed(d.runner);
        block(&d); // it goes with this one,
        const bool was_old = is_by(&d, round % 2 ? 2.0f : 3.0f);
        block(&d); // and is heard in the next
        if (weir_runner_missed(d.runner) == missed) {
            cr_assert(was_old);
            cr_assert(is_by(&d, gain));
        }
    }
    cr_assert_eq(weir_runner_value(d.runner, "t", GAIN), 3.0f);
    end(&d);
}

// More than a block can carry: what found no room is set a little later.
Test(runner, a_value_that_found_no_room_is_set_all_the_same, .timeout = 90)
{
    static struct driven d;
    begin(&d);
    add_trouble(&d);
    const uint32_t number = weir_runner_number(d.runner, "t");
    for (uint32_t i = 0; i < WEIR_RUNNER_SETS; i++)
        weir_runner_set_now(d.runner, number + 1 + i, GAIN, 0.0f);
    weir_runner_set_now(d.runner, number, GAIN, 1.5f);
    weir_runner_keep(d.runner, "t", GAIN, 1.5f);
    cr_assert(await_gain(&d, 1.5f));
    end(&d);
}

Test(runner, the_bypass_comes_with_a_block_too, .timeout = 90)
{
    static struct driven d;
    begin(&d);
    add_trouble(&d);
    const uint32_t number = weir_runner_number(d.runner, "t");
    weir_runner_set_now(d.runner, number, WEIR_CHAIN_BYPASS_PORT, 1.0f);
    weir_runner_keep(d.runner, "t", WEIR_CHAIN_BYPASS_PORT, 1.0f);
    cr_assert(await_gain(&d, 1.0f));
    cr_assert(weir_runner_is_bypassed(d.runner, "t"));
    const pid_t pid = weir_runner_pid(d.runner);
    kill(pid, SIGKILL);
    cr_assert(await_miss(&d));
    cr_assert(await_gain(&d, 1.0f));
    cr_assert(weir_runner_is_bypassed(d.runner, "t"));
    end(&d);
}

Test(runner, what_plugins_show_is_seen_here, .timeout = 90)
{
    static struct driven d;
    enum { FRAMES = 2, LATENCY = 3 };
    struct weir_why why;
    begin(&d);
    add(&d, "a", "urn:weir:test:stereo"); // so that the other is not the first
    add(&d, "d", "urn:weir:test:delay");
    cr_assert(weir_runner_set(d.runner, "d", FRAMES, 300.0f, &why));
    cr_assert(await_value(&d, "d", LATENCY, 300.0f));
    cr_assert(await_value(&d, "d", FRAMES, 300.0f));
    for (int i = 0; i < 5000 && weir_runner_latency(d.runner) != BLOCK + 300;
         i++)
        block(&d);
    cr_assert_eq(weir_runner_latency(d.runner), BLOCK + 300);
    end(&d);
}

// A preset has values that nobody here has set: they are seen, and are so
// again in a new process.
Test(runner, what_a_preset_has_set_is_so_again_in_a_new_process, .timeout = 90)
{
    static struct driven d;
    struct weir_why why;
    begin(&d);
    add(&d, "g", "urn:weir:test:gain");
    cr_assert(
        weir_runner_preset(d.runner, "g", "urn:weir:test:preset-loud", &why));
    cr_assert(await_value(&d, "g", GAIN, 3.0f));
    cr_assert(await_gain(&d, 3.0f));
    const pid_t pid = weir_runner_pid(d.runner);
    kill(pid, SIGKILL);
    cr_assert(await_return(&d, pid));
    end(&d);
}

Test(runner, a_property_is_set_and_told_as_text, .timeout = 90)
{
    static struct driven d;
    struct weir_why why;
    char path[128];
    begin(&d);
    add(&d, "p", "urn:weir:test:patch");
    snprintf(path, sizeof path, "%s/gain", folder);
    FILE *file = fopen(path, "w");
    fputs("0.25", file);
    fclose(file);
    cr_assert(weir_runner_set_property(d.runner, "p",
                                       "urn:weir:test:patch#file", path, &why));
    cr_assert(await_gain(&d, 0.25f));
    cr_assert(weir_runner_get_properties(d.runner, "p", &why));
    for (int i = 0; i < 5000 && !d.last_value[0]; i++)
        block(&d);
    cr_assert_str_eq(d.last_value, path);
    const uint32_t serial = weir_runner_set_property(
        d.runner, "p", "urn:weir:test:patch#nothing", path, &why);
    for (int i = 0; i < 5000 && d.last_answer != serial; i++)
        block(&d);
    cr_assert_not_null(strstr(d.last_why, "#nothing"));
    end(&d);
}

// ------------------------------------------------------------------ freewheel

static void
block_at_once(struct driven *d)
{
    float *channels[2] = {d->sound[0], d->sound[1]};
    for (uint32_t c = 0; c < 2; c++)
        for (uint32_t f = 0; f < BLOCK; f++)
            d->sound[c][f] = rig_input(c, d->position + f);
    weir_runner_exchange(d->runner, channels, BLOCK);
    d->position += BLOCK;
}

// Faster than any clock, and nothing is missed; nor does it look hung.
Test(runner, in_freewheel_every_block_is_there, .timeout = 90)
{
    static struct driven d;
    begin(&d);
    add_trouble(&d);
    weir_runner_freewheel(d.runner, true);
    block_at_once(&d);
    block_at_once(&d);
    for (int i = 0; i < 100; i++) // until the fade of a miss before is over
        block_at_once(&d);
    const uint32_t missed = weir_runner_missed(d.runner);
    const pid_t pid = weir_runner_pid(d.runner);
    for (int i = 0; i < 5000; i++) {
        block_at_once(&d);
        cr_assert(is_by(&d, 3.0f), "block %d", i);
        if (i % 100 == 0)
            weir_runner_service(d.runner);
    }
    cr_assert_eq(weir_runner_missed(d.runner), missed);
    cr_assert_eq(weir_runner_pid(d.runner), pid);
    weir_runner_freewheel(d.runner, false);
    end(&d);
}

Test(runner, in_freewheel_one_that_hangs_is_found_out, .timeout = 90)
{
    static struct driven d;
    begin(&d);
    add_trouble(&d);
    const pid_t pid = weir_runner_pid(d.runner);
    weir_runner_freewheel(d.runner, true);
    do_deed(&d, WEIR_DEED_LOOP);
    cr_assert(await_miss(&d));
    cr_assert(await_return(&d, pid));
    end(&d);
}

// ----------------------------------------------------------------- hostile
// ones

// What a runner may write it fills with anything, all the time; weir stays
// within its own numbers, and what is heard is finite.
Test(runner, nothing_in_the_page_is_believed, .timeout = 90)
{
    static struct driven d;
    struct weir_plugin_type const *type;
    begin(&d);
    add_trouble(&d);
    type = describe("urn:weir:test:trouble");
    const pid_t pid = weir_runner_pid(d.runner);
    kill(pid, SIGSTOP); // from here on it is this test that writes
    struct weir_runner_page *page = d.runner->newest->page;
    uint32_t x = 1;
    for (int i = 0; i < 60; i++) {
        for (size_t w = 0; w < WEIR_RUNNER_SHOWN; w++)
            page->shown[w] = x = x * 1664525u + 1013904223u;
        const uint32_t all = i % 3 == 0 ? x : i % 3 == 1 ? 0x7fc00000 : ~0u;
        for (size_t w = 0; w < 2 * BLOCK; w++)
            page->words[w] = (uint64_t)all << 32 | all;
        page->latency = all;
        page->faults = all;
        page->done = d.runner->newest->handed;
        block_at_once(&d);
        for (uint32_t f = 0; f < BLOCK; f++)
            cr_assert(isfinite(d.sound[0][f]) && isfinite(d.sound[1][f]));
        weir_runner_service(d.runner);
        cr_assert_leq(weir_runner_latency(d.runner), BLOCK + (1 << 15));
        for (uint32_t p = 0; p < type->n_ports; p++)
            if (type->ports[p].kind == WEIR_PORT_CONTROL) {
                const float value = weir_runner_value(d.runner, "t", p);
                cr_assert(value >= type->ports[p].min &&
                          value <= type->ports[p].max);
            }
        enum weir_slot_state state;
        if (weir_runner_slot_state(d.runner, "t", &state))
            cr_assert_leq(state, WEIR_SLOT_FAILED);
    }
    end(&d);
}

// What comes over the socket, too: nobody's answers, other sizes, properties
// of others, texts without an end.
Test(runner, nothing_that_it_says_is_believed, .timeout = 90)
{
    static struct driven d;
    static struct weir_runner_answer a;
    struct weir_why why;
    int pair[2];
    begin(&d);
    add_trouble(&d);
    kill(weir_runner_pid(d.runner), SIGSTOP);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    dup2(pair[0], d.runner->socket);
    const uint32_t before = d.last_answer;
    const uint32_t serial = weir_runner_set(d.runner, "t", GAIN, 1.0f, &why);
    uint32_t x = 7;
    for (int i = 0; i < 4000; i++) {
        unsigned char *bytes = (unsigned char *)&a;
        for (size_t b = 0; b < sizeof a; b++)
            bytes[b] = (unsigned char)((x = x * 1664525u + 1013904223u) >> 24);
        a.is_heard = i % 2;
        a.serial = i % 3 ? serial + 1 : 0;
        if (i % 4 == 1) {
            strcpy(a.id, "t");
            memset(a.text, 'x', sizeof a.text);
            a.index = i % 8 == 1 ? x : (uint32_t)sizeof a.text - 1;
        }
        send(pair[1], &a, i % 5 ? sizeof a : x % sizeof a + 1, MSG_DONTWAIT);
        weir_runner_service(d.runner);
    }
    cr_assert_eq(d.last_answer, before, "nobody has answered");
    a = (struct weir_runner_answer){.serial = serial, .ok = 1};
    send(pair[1], &a, sizeof a, 0);
    for (int i = 0; i < 100 && d.last_answer != serial; i++)
        weir_runner_service(d.runner);
    cr_assert_eq(d.last_answer, serial);
    close(pair[0]);
    close(pair[1]);
    end(&d);
}

// --------------------------------------------------------------- what it may
// do

enum { GOT = 5 };

static float
intrude(bool confined)
{
    static struct driven d;
    is_confined = confined;
    begin(&d);
    add_trouble(&d);
    do_deed(&d, WEIR_DEED_INTRUDE);
    for (int i = 0; i < 5000 && weir_runner_value(d.runner, "t", GOT) < 1.0f;
         i++)
        block(&d);
    const float got = weir_runner_value(d.runner, "t", GOT);
    end(&d);
    return got;
}

Test(runner, a_confined_plugin_gets_no_further, .timeout = 90)
{
    // What this kernel's Landlock cannot hold: files at all; signals.
    const long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
                             LANDLOCK_CREATE_RULESET_VERSION);
    const float left = (abi < 1 ? 1.0f : 0.0f) + (abi < 6 ? 1.0f : 0.0f);
    cr_assert_eq(intrude(true), 1.0f + left);
}

// So that the test above can fail.
Test(runner, one_that_is_not_confined_gets_everything, .timeout = 90)
{
    cr_assert_eq(intrude(false), 5.0f);
}

// Also there: its own files are written, and are the next process's.
Test(runner, a_confined_plugin_is_back_with_its_state, .timeout = 90)
{
    static struct driven d;
    is_confined = true;
    begin(&d);
    add_trouble(&d);
    const pid_t pid = weir_runner_pid(d.runner);
    kill(pid, SIGKILL);
    cr_assert(await_return(&d, pid));
    end(&d);
}
