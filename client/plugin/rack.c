// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Racks, @control's side. The insert's calls are in rack_run.c.
#include "plugin/rack.h"

#include "plugin/rack_private.h"
#include "rt/tags.h"

#include <stdlib.h>

static bool
begin_runner(struct weir_rack *rack, const struct weir_rack_config *c,
             struct weir_why *why)
{
    const struct weir_runner_config config = {
        .n_channels = c->n_channels,
        .block = (c->block + 1) & ~1u,
        .rate_hz = c->rate_hz,
        .priority = c->priority,
        .folder = c->folder,
        .label = c->label,
        .nursery = c->nursery,
    };
    return weir_runner_new(&config, &rack->runner, why);
}

bool
weir_rack_new(const struct weir_rack_config *config, struct weir_rack **out,
              struct weir_why *why)
{
    struct weir_rack *rack = calloc(1, sizeof *rack);
    if (!rack)
        return weir_why(why, "out of memory");
    rack->insert = (struct weir_insert){.calls = &weir_rack_runner_calls,
                                        .n_channels = config->n_channels};
    if (!begin_runner(rack, config, why)) {
        free(rack);
        return false;
    }
    *out = rack;
    return true;
}

void
weir_rack_free(struct weir_rack *rack)
{
    if (!rack)
        return;
    weir_runner_free(rack->runner);
    free(rack);
}

struct weir_insert *
weir_rack_insert(struct weir_rack *rack)
{
    return &rack->insert;
}

void
weir_rack_listen(struct weir_rack *rack, weir_rack_fn *fn,
                 weir_rack_heard_fn *heard, void *owner)
{
    weir_runner_listen(rack->runner, fn, heard, owner);
}

uint32_t
weir_rack_add(struct weir_rack *rack, const char *id,
              const struct weir_plugin_type *type, uint32_t index,
              struct weir_why *why)
{
    return weir_runner_add(rack->runner, id, type, index, why);
}

uint32_t
weir_rack_remove(struct weir_rack *rack, const char *id, struct weir_why *why)
{
    return weir_runner_remove(rack->runner, id, why);
}

uint32_t
weir_rack_move(struct weir_rack *rack, const char *id, uint32_t index,
               struct weir_why *why)
{
    return weir_runner_move(rack->runner, id, index, why);
}

uint32_t
weir_rack_set(struct weir_rack *rack, const char *id, uint32_t port,
              float value, struct weir_why *why)
{
    if (port == WEIR_RACK_BYPASS)
        return weir_runner_bypass(rack->runner, id, value > 0.0f, why);
    return weir_runner_set(rack->runner, id, port, value, why);
}

void
weir_rack_keep(struct weir_rack *rack, const char *id, uint32_t port,
               float value)
{
    weir_runner_keep(rack->runner, id, port, value);
}

uint32_t
weir_rack_set_property(struct weir_rack *rack, const char *id,
                       const char *property, const char *value,
                       struct weir_why *why)
{
    return weir_runner_set_property(rack->runner, id, property, value, why);
}

uint32_t
weir_rack_get_properties(struct weir_rack *rack, const char *id,
                         struct weir_why *why)
{
    return weir_runner_get_properties(rack->runner, id, why);
}

uint32_t
weir_rack_preset(struct weir_rack *rack, const char *id, const char *preset_uri,
                 struct weir_why *why)
{
    return weir_runner_preset(rack->runner, id, preset_uri, why);
}

uint32_t
weir_rack_save(struct weir_rack *rack, const char *id, const char *folder,
               struct weir_why *why)
{
    return weir_runner_save(rack->runner, id, folder, why);
}

uint32_t
weir_rack_load(struct weir_rack *rack, const char *id, const char *folder,
               struct weir_why *why)
{
    return weir_runner_load(rack->runner, id, folder, why);
}

uint32_t
weir_rack_number(const struct weir_rack *rack, const char *id)
{
    return weir_runner_number(rack->runner, id);
}

enum weir_rack_state
weir_rack_state(const struct weir_rack *rack, const char *id)
{
    switch (weir_runner_state(rack->runner)) {
    case WEIR_RUNNER_STARTING:
        return WEIR_RACK_STARTING;
    case WEIR_RUNNER_RESTARTING:
        return WEIR_RACK_RESTARTING;
    case WEIR_RUNNER_FAILED:
        return WEIR_RACK_FAILED;
    case WEIR_RUNNER_RUNNING:
        break;
    }
    enum weir_slot_state state = WEIR_SLOT_RUNNING;
    if (weir_runner_is_adding(rack->runner, id) ||
        !weir_runner_slot_state(rack->runner, id, &state))
        return WEIR_RACK_STARTING;
    if (state == WEIR_SLOT_RESTARTING)
        return WEIR_RACK_RESTARTING;
    if (state == WEIR_SLOT_FAILED)
        return WEIR_RACK_FAILED;
    return weir_runner_is_bypassed(rack->runner, id) ? WEIR_RACK_BYPASSED
                                                     : WEIR_RACK_RUNNING;
}

float
weir_rack_value(const struct weir_rack *rack, const char *id, uint32_t port)
{
    return weir_runner_value(rack->runner, id, port);
}

void
weir_rack_freewheel(struct weir_rack *rack, bool is_freewheeling)
{
    weir_runner_freewheel(rack->runner, is_freewheeling);
}

void
weir_rack_service(struct weir_rack *rack)
{
    weir_runner_service(rack->runner);
}

uint32_t
weir_rack_latency(const struct weir_rack *rack)
{
    return weir_runner_latency(rack->runner);
}

uint32_t
weir_rack_missed(const struct weir_rack *rack)
{
    return weir_runner_missed(rack->runner);
}

uint32_t
weir_rack_faults(const struct weir_rack *rack)
{
    return weir_runner_faults(rack->runner);
}
