// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Racks as the mixer runs them. Everything here belongs to @mixer.
#include "plugin/chain_private.h"
#include "plugin/rack_private.h"

#include <string.h>

static WEIR_RT struct weir_runner *
runner_of(const struct weir_insert *insert)
{
    return ((const struct weir_rack *)(const void *)insert)->runner;
}

// A period that has grown: the page has no room for it. It passes by until the
// desk has moved the plugins to a rack that does.
static WEIR_RT bool
fits(const struct weir_insert *insert, uint32_t n)
{
    return n <= ((const struct weir_rack *)(const void *)insert)->block;
}

static WEIR_RT void
run(struct weir_insert *insert, float *const *channels, uint32_t n)
{
    if (!fits(insert, n))
        return;
    weir_runner_exchange(runner_of(insert), channels, n);
}

static WEIR_RT void
take(struct weir_insert *insert, float *const *channels, uint32_t n)
{
    if (!fits(insert, n)) {
        for (uint32_t c = 0; c < insert->n_channels; c++)
            memset(channels[c], 0, n * sizeof *channels[c]);
        return;
    }
    weir_runner_take(runner_of(insert), channels, n);
}

static WEIR_RT void
give(struct weir_insert *insert, const float *const *channels, uint32_t n)
{
    if (!fits(insert, n))
        return;
    weir_runner_give(runner_of(insert), channels, n);
}

static WEIR_RT void
freewheel(struct weir_insert *insert, bool freewheels)
{
    weir_runner_freewheel(runner_of(insert), freewheels);
}

static WEIR_RT void
set(struct weir_insert *insert, uint32_t slot, uint32_t port, float value,
    uint32_t at)
{
    weir_runner_set_at(runner_of(insert), slot, port, value, at);
}

static WEIR_RT uint32_t
latency(const struct weir_insert *insert)
{
    return weir_runner_latency(runner_of(insert));
}

const struct weir_insert_calls weir_rack_runner_calls = {
    .run = run,
    .take = take,
    .give = give,
    .freewheel = freewheel,
    .set = set,
    .latency = latency,
};

// ---------------------------------------------------------------------- inside

static WEIR_RT struct weir_rack *
rack_of(struct weir_insert *insert)
{
    return (struct weir_rack *)(void *)insert;
}

static WEIR_RT void
run_inside(struct weir_insert *insert, float *const *channels, uint32_t n)
{
    float *at[WEIR_MAX_CHANNELS];
    const struct weir_rack *rack = rack_of(insert);
    for (uint32_t done = 0; done < n;) {
        const uint32_t piece = weir_min_u32(n - done, rack->block);
        for (uint32_t c = 0; c < insert->n_channels; c++)
            at[c] = channels[c] + done;
        weir_chain_process(rack->chain, at, piece);
        done += piece;
    }
}

static WEIR_RT void
freewheel_inside(struct weir_insert *insert, bool freewheels)
{
    weir_chain_freewheel(rack_of(insert)->chain, freewheels);
}

// It may be of a slot that has just been added.
static WEIR_RT void
set_inside(struct weir_insert *insert, uint32_t slot, uint32_t port,
           float value, uint32_t at)
{
    struct weir_chain *chain = rack_of(insert)->chain;
    weir_chain_obey(chain);
    weir_chain_set_at(chain, slot, port, value, at);
}

static WEIR_RT uint32_t
latency_inside(const struct weir_insert *insert)
{
    return weir_chain_latency(
        ((const struct weir_rack *)(const void *)insert)->chain);
}

const struct weir_insert_calls weir_rack_inside_calls = {
    .run = run_inside,
    .freewheel = freewheel_inside,
    .set = set_inside,
    .latency = latency_inside,
};
