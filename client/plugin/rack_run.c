// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Racks as the mixer runs them. Everything here belongs to @mixer.
#include "plugin/rack_private.h"

static WEIR_RT struct weir_runner *
runner_of(const struct weir_insert *insert)
{
    return ((const struct weir_rack *)(const void *)insert)->runner;
}

static WEIR_RT void
run(struct weir_insert *insert, float *const *channels, uint32_t n)
{
    weir_runner_exchange(runner_of(insert), channels, n);
}

static WEIR_RT void
take(struct weir_insert *insert, float *const *channels, uint32_t n)
{
    weir_runner_take(runner_of(insert), channels, n);
}

static WEIR_RT void
give(struct weir_insert *insert, const float *const *channels, uint32_t n)
{
    weir_runner_give(runner_of(insert), channels, n);
}

static WEIR_RT void
set(struct weir_insert *insert, uint32_t slot, uint32_t port, float value)
{
    weir_runner_set_now(runner_of(insert), slot, port, value);
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
    .set = set,
    .latency = latency,
};
