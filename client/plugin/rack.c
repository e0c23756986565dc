// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Racks, @control's side: in a runner, or (rack_inside.c) in this process. The
// insert's calls are in rack_run.c.
#include "plugin/rack.h"

#include "common/folder.h"
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
        .period = c->block,
        .rate_hz = c->rate_hz,
        .priority = c->priority,
        .folder = c->folder,
        .label = c->label,
        .nursery = c->nursery,
    };
    rack->insert.calls = &weir_rack_runner_calls;
    return weir_runner_new(&config, &rack->runner, why);
}

bool
weir_rack_new(const struct weir_rack_config *config, struct weir_rack **out,
              struct weir_why *why)
{
    struct weir_rack *rack = calloc(1, sizeof *rack);
    if (!rack)
        return weir_why(why, "out of memory");
    rack->insert.n_channels = config->n_channels;
    rack->block = config->block;
    if (config->nursery ? begin_runner(rack, config, why)
                        : weir_rack_begin_inside(rack, config, why)) {
        *out = rack;
        return true;
    }
    weir_rack_free(rack);
    return false;
}

void
weir_rack_free(struct weir_rack *rack)
{
    if (!rack)
        return;
    weir_runner_free(rack->runner);
    weir_rack_end_inside(rack);
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
    rack->fn = fn;
    rack->heard = heard;
    rack->owner = owner;
    if (rack->runner)
        weir_runner_listen(rack->runner, fn, heard, owner);
}

// ----------------------------------------------------------------------- calls

// What came of it inside is known at once.
static uint32_t
told(struct weir_rack *rack, bool ok, const struct weir_why *why)
{
    if (++rack->next_serial == 0)
        rack->next_serial = 1;
    const uint32_t serial = rack->next_serial;
    if (rack->fn)
        rack->fn(rack->owner, serial, ok ? NULL : why->text);
    return serial;
}

uint32_t
weir_rack_add(struct weir_rack *rack, const char *id,
              const struct weir_plugin_type *type, uint32_t index,
              struct weir_why *why)
{
    if (rack->runner)
        return weir_runner_add(rack->runner, id, type, index, why);
    if (rack->folder) // what another one of that name has left is not its
        weir_folder_drop(rack->folder, id, "state.ttl");
    return told(rack, weir_chain_add(rack->chain, id, type->uri, index, why),
                why);
}

uint32_t
weir_rack_remove(struct weir_rack *rack, const char *id, struct weir_why *why)
{
    if (rack->runner)
        return weir_runner_remove(rack->runner, id, why);
    return told(rack, weir_chain_remove(rack->chain, id, why), why);
}

uint32_t
weir_rack_move(struct weir_rack *rack, const char *id, uint32_t index,
               struct weir_why *why)
{
    if (rack->runner)
        return weir_runner_move(rack->runner, id, index, why);
    return told(rack, weir_chain_move(rack->chain, id, index, why), why);
}

uint32_t
weir_rack_set(struct weir_rack *rack, const char *id, uint32_t port,
              float value, struct weir_why *why)
{
    const bool is_bypass = port == WEIR_RACK_BYPASS;
    if (rack->runner && is_bypass)
        return weir_runner_bypass(rack->runner, id, value > 0.0f, why);
    if (rack->runner)
        return weir_runner_set(rack->runner, id, port, value, why);
    return told(rack,
                is_bypass
                    ? weir_chain_bypass(rack->chain, id, value > 0.0f, why)
                    : weir_rack_set_inside(rack, id, port, value, why),
                why);
}

void
weir_rack_keep(struct weir_rack *rack, const char *id, uint32_t port,
               float value)
{
    struct weir_why ignored;
    if (rack->runner)
        weir_runner_keep(rack->runner, id, port, value);
    else if (port == WEIR_RACK_BYPASS) // that it is shown
        weir_chain_bypass(rack->chain, id, value > 0.0f, &ignored);
}

uint32_t
weir_rack_set_property(struct weir_rack *rack, const char *id,
                       const char *property, const char *value,
                       struct weir_why *why)
{
    if (rack->runner)
        return weir_runner_set_property(rack->runner, id, property, value, why);
    return told(rack,
                weir_rack_set_property_inside(rack, id, property, value, why),
                why);
}

uint32_t
weir_rack_get_properties(struct weir_rack *rack, const char *id,
                         struct weir_why *why)
{
    if (rack->runner)
        return weir_runner_get_properties(rack->runner, id, why);
    return told(rack, weir_chain_get_properties(rack->chain, id, why), why);
}

uint32_t
weir_rack_preset(struct weir_rack *rack, const char *id, const char *preset_uri,
                 struct weir_why *why)
{
    if (rack->runner)
        return weir_runner_preset(rack->runner, id, preset_uri, why);
    return told(rack, weir_chain_load_preset(rack->chain, id, preset_uri, why),
                why);
}

uint32_t
weir_rack_save(struct weir_rack *rack, const char *id, const char *folder,
               struct weir_why *why)
{
    if (rack->runner)
        return weir_runner_save(rack->runner, id, folder, why);
    return told(rack, weir_chain_save(rack->chain, id, folder, why), why);
}

uint32_t
weir_rack_load(struct weir_rack *rack, const char *id, const char *folder,
               struct weir_why *why)
{
    if (rack->runner)
        return weir_runner_load(rack->runner, id, folder, why);
    return told(rack, weir_chain_load(rack->chain, id, folder, why), why);
}

// ------------------------------------------------------------- what is shown

uint32_t
weir_rack_number(const struct weir_rack *rack, const char *id)
{
    if (rack->runner)
        return weir_runner_number(rack->runner, id);
    const struct weir_slot *s = weir_chain_find(rack->chain, id);
    return s ? s->number : UINT32_MAX;
}

static enum weir_rack_state
as_rack(enum weir_slot_state state, bool is_bypassed)
{
    switch (state) {
    case WEIR_SLOT_RESTARTING:
        return WEIR_RACK_RESTARTING;
    case WEIR_SLOT_FAILED:
        return WEIR_RACK_FAILED;
    case WEIR_SLOT_RUNNING:
    case WEIR_SLOT_BYPASSED:
        break;
    }
    return is_bypassed ? WEIR_RACK_BYPASSED : WEIR_RACK_RUNNING;
}

static enum weir_rack_state
state_inside(const struct weir_rack *rack, const char *id)
{
    const struct weir_slot *s = weir_chain_find(rack->chain, id);
    return s ? as_rack(weir_chain_state(s), s->bypass_wanted)
             : WEIR_RACK_STARTING;
}

enum weir_rack_state
weir_rack_state(const struct weir_rack *rack, const char *id)
{
    enum weir_slot_state state;
    if (!rack->runner)
        return state_inside(rack, id);
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
    if (weir_runner_is_adding(rack->runner, id) ||
        !weir_runner_slot_state(rack->runner, id, &state))
        return WEIR_RACK_STARTING;
    return as_rack(state, weir_runner_is_bypassed(rack->runner, id));
}

float
weir_rack_value(const struct weir_rack *rack, const char *id, uint32_t port)
{
    if (rack->runner)
        return weir_runner_value(rack->runner, id, port);
    const struct weir_slot *s = weir_chain_find(rack->chain, id);
    return s && port < s->type->n_ports ? weir_slot_shown(s, port) : 0.0f;
}

// ------------------------------------------------------------------------ rest

void
weir_rack_service(struct weir_rack *rack)
{
    if (rack->runner)
        weir_runner_service(rack->runner);
    else
        weir_rack_service_inside(rack);
}

uint32_t
weir_rack_latency(const struct weir_rack *rack)
{
    return rack->runner ? weir_runner_latency(rack->runner)
                        : weir_chain_latency(rack->chain);
}

uint32_t
weir_rack_missed(const struct weir_rack *rack)
{
    return rack->runner ? weir_runner_missed(rack->runner) : 0;
}

uint32_t
weir_rack_faults(const struct weir_rack *rack)
{
    return rack->runner ? weir_runner_faults(rack->runner)
                        : weir_chain_faults(rack->chain);
}
