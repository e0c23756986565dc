// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Time, for single operations: how long a tick is, and how many it costs to
// ask.
#include "bench/clock.h"

#include "bench/baton.h"
#include "bench/stats.h"

double bench_ns_per_tick = 1;
double bench_empty_ticks = 0;

void
bench_clock_init(void)
{
    const double from_ns = bench_now_ns();
    const uint64_t from = bench_ticks_begin();
    while (bench_now_ns() < from_ns + 2e7)
        ;
    const uint64_t to = bench_ticks_end();
    bench_ns_per_tick = (bench_now_ns() - from_ns) / (double)(to - from);

    enum { TIMES = 1001 };
    static double empty[TIMES];
    for (int i = 0; i < TIMES; i++) {
        const uint64_t begin = bench_ticks_begin();
        empty[i] = (double)(bench_ticks_end() - begin);
    }
    bench_empty_ticks = bench_median(empty, TIMES);
}

double
bench_taken_ns(struct bench_taken *taken)
{
    const double ticks = bench_median(taken->ticks, taken->n);
    return bench_ticks_ns(ticks - bench_empty_ticks);
}
