// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Making and freeing strips and buses: @control's part, kept out of the
// objects that the mixer's block reaches.
#include "engine/bus.h"
#include "engine/strip.h"
#include "rt/lock.h"

#include <stdlib.h>
#include <string.h>

enum { STRIDE = WEIR_MAX_BLOCK + 16 }; // 16: off the same cache set

static bool
make_lanes(struct weir_strip *s, const struct weir_inputs *inputs,
           uint32_t colour)
{
    for (uint32_t c = 0; c < s->n_channels; c++)
        if (!weir_lane_init(&s->lanes[c], inputs, colour + c))
            return false;
    return true;
}

void
weir_strip_reach(struct weir_strip *s, const struct weir_inputs *inputs)
{
    for (uint32_t c = 0; c < s->n_channels; c++)
        weir_lane_reach(&s->lanes[c], inputs);
}

struct weir_strip *
weir_strip_new(const struct weir_inputs *inputs, uint32_t n_channels,
               uint32_t rate_hz, uint32_t colour)
{
    struct weir_strip *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    weir_hold(s, sizeof *s);
    s->n_channels = n_channels;
    s->since_table = UINT64_MAX;
    weir_detour_init(&s->detour, n_channels);
    weir_detour_init(&s->taps[0], n_channels);
    weir_detour_init(&s->taps[1], n_channels);
    s->gain_lin = 1.0f;
    s->trim_lin = 1.0f;
    s->main = true;
    if (weir_meter_init(&s->meter, n_channels, rate_hz) &&
        make_lanes(s, inputs, colour))
        return s;
    weir_strip_free(s);
    return NULL;
}

void
weir_strip_free(struct weir_strip *s)
{
    if (!s)
        return;
    for (uint32_t c = 0; c < s->n_channels; c++)
        weir_lane_fini(&s->lanes[c]);
    weir_detour_fini(&s->detour);
    weir_detour_fini(&s->taps[0]);
    weir_detour_fini(&s->taps[1]);
    weir_meter_fini(&s->meter);
    free(s);
}

struct weir_bus *
weir_bus_new(uint32_t n_channels, uint32_t rate_hz, struct weir_tap *out)
{
    const size_t bytes = (size_t)n_channels * STRIDE * sizeof(float);
    struct weir_bus *bus = calloc(1, sizeof *bus);
    if (!bus)
        return NULL;
    weir_hold(bus, sizeof *bus);
    bus->n_channels = n_channels;
    bus->gain_lin = 1.0f;
    bus->out = out;
    weir_ramp_set(&bus->fader, 1.0f);
    weir_detour_init(&bus->detour, n_channels);
    bus->memory = aligned_alloc(WEIR_CACHE_LINE, bytes);
    if (!bus->memory || !weir_meter_init(&bus->meter, n_channels, rate_hz)) {
        weir_bus_free(bus);
        return NULL;
    }
    memset(bus->memory, 0, bytes); // prefault
    weir_lock_pages(bus->memory, bytes);
    for (uint32_t c = 0; c < n_channels; c++)
        bus->sum[c] = bus->memory + (size_t)c * STRIDE;
    return bus;
}

void
weir_bus_free(struct weir_bus *bus)
{
    if (!bus)
        return;
    weir_detour_fini(&bus->detour);
    weir_meter_fini(&bus->meter);
    free(bus->memory);
    free(bus);
}
