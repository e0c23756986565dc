// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Racks of both kinds through the faces that desk and mixer have of them.
#include "plugin/nursery.h"
#include "plugin/rack.h"
#include "rig.h"

#include "common/log.h"
#include "common/sandbox.h"
#include "rt/clock.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 128, GAIN = 2, PATIENCE_MS = 20000 };

enum kind { IN_A_RUNNER, INSIDE };

struct driven {
    struct weir_plugin_world *world;
    struct weir_plugin_type *type;
    struct weir_nursery *nursery;
    struct weir_rack *rack;
    struct weir_insert *insert;
    uint32_t late; // frames
    uint64_t position;
    float sound[2][BLOCK];
    uint32_t told;
    char why[200];
};

static void
hear(void *owner, uint32_t serial, const char *why)
{
    struct driven *d = owner;
    d->told = serial;
    snprintf(d->why, sizeof d->why, "%s", why ? why : "");
}

static void
begin(struct driven *d, enum kind kind)
{
    static const char *argv[2];
    struct weir_why why;
    argv[0] = getenv("WEIR_RUNNER");
    memset(d, 0, sizeof *d);
    weir_log_init("test_rack", WEIR_LOG_ERROR);
    if (kind == IN_A_RUNNER)
        cr_assert(weir_nursery_new(&(struct weir_nursery_config){.argv = argv},
                                   &d->nursery, &why));
    d->world = weir_plugin_world_open();
    cr_assert(weir_plugin_describe(d->world, "urn:weir:test:gain", RATE,
                                   &d->type, &why));
    const struct weir_rack_config config = {
        .nursery = d->nursery,
        .world = d->world,
        .n_channels = 2,
        .rate_hz = RATE,
        .block = BLOCK,
        .label = "test",
    };
    cr_assert(weir_rack_new(&config, &d->rack, &why), "%s", why.text);
    weir_rack_listen(d->rack, hear, NULL, d);
    d->insert = weir_rack_insert(d->rack);
    d->late = kind == IN_A_RUNNER ? BLOCK : 0;
    cr_assert_eq(d->insert->n_channels, 2);
    cr_assert_eq(d->insert->calls->latency(d->insert), d->late);
    cr_assert_eq(d->insert->calls->take == NULL, kind == INSIDE);
}

static void
end(struct driven *d)
{
    weir_rack_free(d->rack);
    weir_nursery_free(d->nursery);
    weir_plugin_type_free(d->type);
    weir_plugin_world_close(d->world);
}

static void
block(struct driven *d)
{
    float *channels[2] = {d->sound[0], d->sound[1]};
    for (uint32_t c = 0; c < 2; c++)
        for (uint32_t f = 0; f < BLOCK; f++)
            d->sound[c][f] = rig_input(c, d->position + f);
    d->insert->calls->run(d->insert, channels, BLOCK);
    d->position += BLOCK;
    if (d->nursery) {
        weir_nursery_service(d->nursery);
        usleep(2700);
    }
    weir_rack_service(d->rack);
}

static bool
is_by(const struct driven *d, float gain)
{
    const uint64_t from = d->position - BLOCK - d->late;
    for (uint32_t c = 0; c < 2; c++)
        for (uint32_t f = 0; f < BLOCK; f++)
            if (d->sound[c][f] != gain * rig_input(c, from + f))
                return false;
    return true;
}

static void
await_gain(struct driven *d, float gain)
{
    const int64_t until_ms = weir_now_ms() + PATIENCE_MS;
    while (weir_now_ms() < until_ms) {
        block(d);
        if (d->position > 4 * BLOCK && is_by(d, gain))
            return;
    }
    cr_assert(false, "never by %g", (double)gain);
}

static void
await_told(struct driven *d, uint32_t serial)
{
    const int64_t until_ms = weir_now_ms() + PATIENCE_MS;
    cr_assert_neq(serial, 0);
    while (d->told != serial && weir_now_ms() < until_ms)
        block(d);
    cr_assert_eq(d->told, serial);
}

static void
await_state(struct driven *d, enum weir_rack_state state)
{
    const int64_t until_ms = weir_now_ms() + PATIENCE_MS;
    while (weir_rack_state(d->rack, "g") != state && weir_now_ms() < until_ms)
        block(d);
    cr_assert_eq(weir_rack_state(d->rack, "g"), state);
}

static void
lives(enum kind kind)
{
    static struct driven d;
    struct weir_why why;
    begin(&d, kind);
    await_told(&d, weir_rack_add(d.rack, "g", d.type, 0, &why));
    cr_assert_str_eq(d.why, "");
    await_state(&d, WEIR_RACK_RUNNING);
    await_told(&d, weir_rack_set(d.rack, "g", GAIN, 2.0f, &why));
    await_gain(&d, 2.0f);
    // As WEIR_COMMAND_INSERT_SET does it.
    const uint32_t number = weir_rack_number(d.rack, "g");
    d.insert->calls->set(d.insert, number, GAIN, 3.0f, 0);
    weir_rack_keep(d.rack, "g", GAIN, 3.0f);
    await_gain(&d, 3.0f);
    cr_assert_eq(weir_rack_value(d.rack, "g", GAIN), 3.0f);
    d.insert->calls->set(d.insert, number, WEIR_RACK_BYPASS, 1.0f, 0);
    weir_rack_keep(d.rack, "g", WEIR_RACK_BYPASS, 1.0f);
    await_gain(&d, 1.0f);
    await_state(&d, WEIR_RACK_BYPASSED);
    await_told(&d, weir_rack_set(d.rack, "g", WEIR_RACK_BYPASS, 0.0f, &why));
    await_told(&d, weir_rack_set(d.rack, "g", GAIN, 0.5f, &why));
    await_gain(&d, 0.5f);
    await_told(
        &d, weir_rack_preset(d.rack, "g", "urn:weir:test:preset-loud", &why));
    await_gain(&d, 3.0f);
    for (int i = 0; i < 1000 && weir_rack_value(d.rack, "g", GAIN) != 3.0f; i++)
        block(&d);
    cr_assert_eq(weir_rack_value(d.rack, "g", GAIN), 3.0f);
    await_told(&d, weir_rack_preset(d.rack, "g", "urn:weir:test:none", &why));
    cr_assert_str_neq(d.why, "");
    await_told(&d, weir_rack_remove(d.rack, "g", &why));
    cr_assert_str_eq(d.why, "");
    await_gain(&d, 1.0f);
    cr_assert_eq(weir_rack_number(d.rack, "g"), UINT32_MAX);
    end(&d);
}

Test(rack, a_plugin_lives_in_a_runner, .timeout = 90)
{
    lives(IN_A_RUNNER);
}

Test(rack, a_plugin_lives_inside, .timeout = 90)
{
    lives(INSIDE);
}

#define FILE_OF_PATCH "urn:weir:test:patch#file"

static void
write_gain(char *path)
{
    const int fd = mkstemp(path);
    cr_assert_eq(write(fd, "0.25", 4), 4);
    cr_assert_eq(close(fd), 0);
}

// weir's sandbox is the plugin's, there: whoever names a file that is outside
// of it is told, as the plugin says nothing.
Test(rack, a_file_that_weir_may_not_read_is_refused_inside, .timeout = 90)
{
    static struct driven d;
    struct weir_why why;
    struct weir_plugin_type *patch;
    char kept[] = "/tmp/weir-rack-XXXXXX";
    const char *const other = "/proc/uptime";
    write_gain(kept);
    begin(&d, INSIDE);
    cr_assert(weir_plugin_describe(d.world, "urn:weir:test:patch", RATE, &patch,
                                   &why));
    await_told(&d, weir_rack_add(d.rack, "p", patch, 0, &why));
    struct weir_sandbox *box = weir_sandbox_new(WEIR_SANDBOX_NO_NETWORK);
    weir_sandbox_path(box, "/tmp", WEIR_SANDBOX_ALL);
    weir_sandbox_enter_files(box);
    const int fd = open(other, O_RDONLY);
    if (fd < 0) { // this kernel has Landlock
        await_told(&d, weir_rack_set_property(d.rack, "p", FILE_OF_PATCH, other,
                                              &why));
        cr_assert_not_null(strstr(d.why, "--no-sandbox"), "%s", d.why);
        await_gain(&d, 1.0f);
    }
    await_told(&d,
               weir_rack_set_property(d.rack, "p", FILE_OF_PATCH, kept, &why));
    cr_assert_str_eq(d.why, "");
    await_gain(&d, 0.25f);
    cr_assert_eq(unlink(kept), 0);
    weir_rack_free(d.rack);
    weir_plugin_type_free(patch);
    weir_plugin_type_free(d.type);
    weir_plugin_world_close(d.world);
}
