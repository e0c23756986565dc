// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The mixer on its bench with a plugin in it.
#include "mixed.h"

#include "common/log.h"
#include "plugin/nursery.h"
#include "plugin/world.h"
#include "rt/clock.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RUNS = 40, PATIENCE_MS = 30000, RUNNER_US = 2700 };

static void
begin_rack(struct mixed *m, enum mixed_how how, const char *name)
{
    static const char *argv[2];
    struct weir_why why = {""};
    char uri[100];
    argv[0] = getenv("WEIR_RUNNER");
    snprintf(uri, sizeof uri, "urn:weir:test:%s", name);
    if (how == MIXED_RUNNER)
        cr_assert(weir_nursery_new(&(struct weir_nursery_config){.argv = argv},
                                   &m->nursery, &why),
                  "%s", why.text);
    m->world = weir_plugin_world_open();
    cr_assert(weir_plugin_describe(m->world, uri, RIG_RATE_HZ, &m->type, &why));
    const struct weir_rack_config config = {
        .nursery = m->nursery,
        .world = m->world,
        .n_channels = 2,
        .rate_hz = RIG_RATE_HZ,
        .block = MIXED_BLOCK,
        .label = "test",
    };
    cr_assert(weir_rack_new(&config, &m->rack, &why), "%s", why.text);
    cr_assert_neq(weir_rack_add(m->rack, "p", m->type, 0, &why), 0);
    m->late = how == MIXED_RUNNER ? MIXED_BLOCK : 0;
}

void
mixed_cycle(struct mixed *m)
{
    m->rig->freewheel = false;
    rig_cycle(m->rig, MIXED_BLOCK);
    weir_rack_service(m->rack);
    if (!m->nursery)
        return;
    weir_nursery_service(m->nursery);
    usleep(RUNNER_US);
}

void
mixed_wheel(struct mixed *m)
{
    m->rig->freewheel = true;
    rig_cycle(m->rig, MIXED_BLOCK);
}

void
mixed_rest(struct mixed *m)
{
    const int64_t until_ms = weir_now_ms() + PATIENCE_MS;
    uint32_t n_missed = weir_rack_missed(m->rack);
    for (int n = 0; n < RUNS; n++) {
        mixed_cycle(m);
        if (weir_rack_missed(m->rack) != n_missed)
            n = 0;
        n_missed = weir_rack_missed(m->rack);
        cr_assert_lt(weir_now_ms(), until_ms, "blocks are missed all the time");
    }
}

void
mixed_begin(struct mixed *m, enum mixed_place place, enum mixed_how how,
            const char *name)
{
    const int64_t until_ms = weir_now_ms() + PATIENCE_MS;
    memset(m, 0, sizeof *m);
    weir_log_init("test_bounce", WEIR_LOG_ERROR);
    m->place = place;
    m->rig = rig_new(NULL);
    m->strip = rig_add_strip(m->rig, 2);
    begin_rack(m, how, name);
    struct weir_command c = {
        .kind = WEIR_COMMAND_INSERT_ADD,
        .strip = place == MIXED_STRIP ? m->strip->mix : NULL,
        .bus = place == MIXED_BUS ? m->rig->main->mix : NULL,
        .insert = weir_rack_insert(m->rack),
    };
    rig_push(m->rig, &c, 1);
    while (weir_rack_state(m->rack, "p") != WEIR_RACK_RUNNING) {
        mixed_cycle(m);
        cr_assert_lt(weir_now_ms(), until_ms, "it does not start");
    }
    for (int i = 0; i < 2 * RUNS; i++) // its latency is believed
        mixed_cycle(m);
    mixed_rest(m);
    cr_assert_eq(atomic_load_explicit(&m->rig->engine->counters.insert_latency,
                                      memory_order_relaxed),
                 m->late);
}

void
mixed_end(struct mixed *m)
{
    rig_free(m->rig);
    weir_rack_free(m->rack);
    weir_nursery_free(m->nursery);
    weir_plugin_type_free(m->type);
    weir_plugin_world_close(m->world);
}

void
mixed_expect(const struct mixed *m, mixed_gain_fn *gain, const void *with)
{
    float frames[2 * MIXED_BLOCK];
    const uint64_t begin = m->rig->engine->position - MIXED_BLOCK;
    cr_assert(rig_read(m->rig->main->tap, begin, frames, MIXED_BLOCK));
    for (uint32_t i = 0; i < MIXED_BLOCK; i++)
        for (uint32_t c = 0; c < 2; c++) {
            const uint64_t from = begin + i - m->late;
            const float by = gain(with, from);
            const float want = rig_number(m->strip->stream + c, from) * by;
            cr_assert_eq(frames[2 * i + c], want,
                         "frame %u of the cycle at %lu: %.9g, not %.9g", i,
                         (unsigned long)begin, (double)frames[2 * i + c],
                         (double)want);
        }
}
