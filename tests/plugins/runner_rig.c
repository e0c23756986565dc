// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A runner that is driven block by block.
#include "runner_rig.h"

#include "common/log.h"
#include "plugin/nursery.h"
#include "rt/clock.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char driven_folder[64];
bool driven_is_confined;
struct weir_nursery *driven_nursery;

static struct weir_plugin_world *world; // that of this process
static struct weir_plugin_type *types[8];
static uint32_t n_types;
static uint32_t n_driven;

const struct weir_plugin_type *
driven_type(const char *uri)
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

void
driven_forget(void)
{
    while (n_types > 0)
        weir_plugin_type_free(types[--n_types]);
    weir_plugin_world_close(world);
}

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
        .is_confined = driven_is_confined,
        .written = {"/tmp/weir-runner-states"},
#if !defined(__SANITIZE_ADDRESS__)
        .memory_bytes = 256 * 1024 * 1024,
#endif
        .argv = argv,
    };
    if (n_driven++ == 0)
        cr_assert(weir_nursery_new(&config, &driven_nursery, &why), "%s",
                  why.text);
}

void
driven_begin(struct driven *d)
{
    struct weir_why why;
    weir_log_init("test_runner", WEIR_LOG_ERROR);
    start_nursery();
    strcpy(driven_folder, "/tmp/weir-runner-XXXXXX");
    cr_assert_not_null(mkdtemp(driven_folder));
    const struct weir_runner_config config = {
        .n_channels = 2,
        .block = BLOCK,
        .rate_hz = RATE,
        .folder = driven_folder,
        .nursery = driven_nursery,
    };
    memset(d, 0, sizeof *d);
    cr_assert(weir_runner_new(&config, &d->runner, &why), "%s", why.text);
    weir_runner_listen(d->runner, hear, hear_property, d);
}

void
driven_end(struct driven *d)
{
    char command[128];
    weir_runner_free(d->runner);
    if (--n_driven == 0)
        weir_nursery_free(driven_nursery);
    snprintf(command, sizeof command, "rm -r '%s'", driven_folder);
    cr_assert_eq(system(command), 0);
}

void
driven_block(struct driven *d)
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
    weir_nursery_service(driven_nursery);
    weir_runner_service(d->runner);
    d->position += BLOCK;
    usleep(2700);
}

float
driven_before(const struct driven *d, uint32_t channel, uint32_t f)
{
    return rig_input(channel, d->position - 2 * BLOCK + f);
}

bool
driven_is_by(const struct driven *d, float gain)
{
    for (uint32_t c = 0; c < 2; c++)
        for (uint32_t f = 0; f < BLOCK; f++)
            if (d->sound[c][f] != gain * driven_before(d, c, f))
                return false;
    return true;
}

bool
driven_await_gain(struct driven *d, float gain)
{
    const int64_t until_ms = weir_now_ms() + PATIENCE_MS;
    while (weir_now_ms() < until_ms) {
        driven_block(d);
        if (driven_is_by(d, gain))
            return true;
    }
    return false;
}

bool
driven_await_state(struct driven *d, enum weir_runner_state state)
{
    const int64_t until_ms = weir_now_ms() + PATIENCE_MS;
    while (weir_now_ms() < until_ms) {
        driven_block(d);
        if (weir_runner_state(d->runner) == state)
            return true;
    }
    return false;
}

void
driven_add_trouble(struct driven *d)
{
    struct weir_why why;
    cr_assert(driven_await_state(d, WEIR_RUNNER_RUNNING));
    cr_assert(weir_runner_add(d->runner, "t",
                              driven_type("urn:weir:test:trouble"), 0, &why),
              "%s", why.text);
    cr_assert(driven_await_gain(d, 2.0f));
    cr_assert(weir_runner_set(d->runner, "t", GAIN, 3.0f, &why));
    cr_assert(driven_await_gain(d, 3.0f));
}

void
driven_do(struct driven *d, enum weir_test_deed deed)
{
    struct weir_why why;
    cr_assert(weir_runner_set(d->runner, "t", DEED, (float)deed, &why));
}

bool
driven_await_miss(struct driven *d)
{
    const int64_t until_ms = weir_now_ms() + PATIENCE_MS;
    const uint32_t missed = weir_runner_missed(d->runner);
    while (weir_now_ms() < until_ms) {
        driven_block(d);
        if (weir_runner_missed(d->runner) != missed)
            return true;
    }
    return false;
}

bool
driven_await_return(struct driven *d, pid_t pid)
{
    const int64_t until_ms = weir_now_ms() + PATIENCE_MS;
    while (weir_now_ms() < until_ms) {
        driven_block(d);
        for (uint32_t f = 0; f < BLOCK; f++)
            cr_assert(fabsf(d->sound[0][f]) < 4.0f);
        if (weir_runner_pid(d->runner) != pid && driven_is_by(d, 3.0f))
            return true;
    }
    return false;
}

bool
driven_await_answer(struct driven *d, uint32_t serial)
{
    const int64_t until_ms = weir_now_ms() + PATIENCE_MS;
    while (d->last_answer != serial && weir_now_ms() < until_ms)
        driven_block(d);
    return d->last_answer == serial;
}

void
driven_add(struct driven *d, const char *id, const char *uri)
{
    struct weir_why why;
    cr_assert(driven_await_state(d, WEIR_RUNNER_RUNNING));
    cr_assert(weir_runner_add(d->runner, id, driven_type(uri), 9, &why), "%s",
              why.text);
    const uint32_t serial =
        weir_runner_bypass(d->runner, id, false, &why); // behind it
    cr_assert(driven_await_answer(d, serial));
    cr_assert_str_eq(d->last_why, "");
}

bool
driven_await_value(struct driven *d, const char *id, uint32_t port, float value)
{
    const int64_t until_ms = weir_now_ms() + PATIENCE_MS;
    while (weir_now_ms() < until_ms) {
        driven_block(d);
        if (weir_runner_value(d->runner, id, port) == value)
            return true;
    }
    return false;
}

void
driven_block_at_once(struct driven *d)
{
    float *channels[2] = {d->sound[0], d->sound[1]};
    for (uint32_t c = 0; c < 2; c++)
        for (uint32_t f = 0; f < BLOCK; f++)
            d->sound[c][f] = rig_input(c, d->position + f);
    weir_runner_exchange(d->runner, channels, BLOCK);
    d->position += BLOCK;
}
