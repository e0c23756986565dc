// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The whole desk at another rate. No mixer runs meanwhile, so what is the
// mixer's otherwise is @control's here. And for longer periods, while it runs.
#include "desk/desk_private.h"
#include "desk/feeds.h"

#include "engine/engine.h"

static void
take_from_mixer(struct weir_source *s)
{
    if (s->strip)
        s->strip->mix->before = s->strip->mix->after = NULL;
    if (s->bus)
        s->bus->mix->source = NULL;
    s->strip = NULL;
    s->bus = NULL;
}

// Readers find them ended, and attach to the next ones; each is freed with its
// last reader.
static void
end_sources(struct weir_desk *desk)
{
    struct weir_source **at = &desk->sources;
    while (*at) {
        struct weir_source *s = *at;
        take_from_mixer(s);
        weir_source_end(s, WEIR_BROADCAST_FORMAT);
        s->permanent = false;
        if (s->n_readers > 0) {
            at = &s->next;
        } else {
            *at = s->next;
            weir_source_free(s);
        }
    }
}

// A ring in the new rate, which begins where the old one ended.
static bool
replace_out(struct weir_desk *desk, struct weir_desk_bus *bus)
{
    struct weir_source *old = bus->out;
    struct weir_source *out =
        weir_desk_new_out(desk, bus->o.id, bus->o.n_channels);
    if (!out)
        return false;
    weir_tap_begin(&out->tap, desk->config.engine->position);
    bus->out = out;
    bus->mix->out = &out->tap;
    bus->o.ports.ring = &out->tap.ring;
    if (out->permanent) {
        out->bus = bus;
        bus->mix->source = &out->tap;
    } else {
        weir_source_free(old); // nobody else has it
    }
    return true;
}

// What the mixer does not have yet has meters, too.
static void
set_meters(struct weir_desk *desk)
{
    const uint64_t position = desk->config.engine->position;
    for (uint32_t i = 0; i < desk->n_strips; i++)
        weir_meter_set_rate(&desk->strips[i]->mix->meter, desk->config.rate_hz,
                            position);
    for (uint32_t i = 0; i < desk->n_buses; i++)
        weir_meter_set_rate(&desk->buses[i]->mix->meter, desk->config.rate_hz,
                            position);
}

bool
weir_desk_set_rate(struct weir_desk *desk, uint32_t rate_hz,
                   uint32_t history_frames)
{
    desk->config.rate_hz = rate_hz;
    desk->config.history_frames = history_frames;
    end_sources(desk);
    weir_engine_set_rate(desk->config.engine, rate_hz);
    set_meters(desk);
    weir_desk_rerate_feeds(desk);
    for (uint32_t i = 0; i < desk->n_buses; i++) {
        if (!replace_out(desk, desk->buses[i]))
            return false;
        weir_desk_bus_forget_loudness(desk->buses[i]);
    }
    return true;
}

// Those that fade out are the mixer's: what they touch first, they fault in.
void
weir_desk_reach(struct weir_desk *desk, uint32_t period_frames)
{
    struct weir_inputs *inputs = desk->config.engine->inputs;
    if (!weir_inputs_reach(inputs, period_frames))
        return;
    for (uint32_t i = 0; i < desk->n_strips; i++)
        weir_strip_reach(desk->strips[i]->mix, inputs);
}
