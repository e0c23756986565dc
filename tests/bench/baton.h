// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Turns between two threads, outside of what is measured: one does its k-th
// step, then the other does.
#ifndef TESTS_BENCH_BATON_H
#define TESTS_BENCH_BATON_H

#include "bench/clock.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>

struct bench_baton {
    alignas(64) _Atomic uint64_t written; // steps, ever
    alignas(64) _Atomic uint64_t read;
};

/// acquire, release: each hands over everything that its thread did.
static inline void
bench_baton_await(_Atomic uint64_t *steps, uint64_t k)
{
    unsigned n_times = 0;
    while (atomic_load_explicit(steps, memory_order_acquire) < k)
        bench_patience(&n_times);
}

static inline void
bench_baton_pass(_Atomic uint64_t *steps, uint64_t k)
{
    atomic_store_explicit(steps, k, memory_order_release);
}

/// Durations of single operations in one sample; of more than fit, the first.
enum { BENCH_TAKEN = 4096 };

struct bench_taken {
    double ticks[BENCH_TAKEN];
    uint64_t n;
};

static inline void
bench_take(struct bench_taken *taken, uint64_t ticks)
{
    if (taken->n < BENCH_TAKEN)
        taken->ticks[taken->n++] = (double)ticks;
}

/// Their median in ns, without what it takes to look at the clock.
double bench_taken_ns(struct bench_taken *taken);

#endif
