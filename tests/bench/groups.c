// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// All groups of weir-bench.
#include "bench/bench.h"

static void (*const all[])(bench_add *) = {
    bench_spsc_groups,    bench_inputs_groups, bench_broadcast_groups,
    bench_longest_groups, bench_mix_groups,    bench_resample_groups,
    bench_plugins_groups,
};

void
bench_all_groups(bench_add *add)
{
    for (size_t i = 0; i < BENCH_COUNT(all); i++)
        all[i](add);
}
