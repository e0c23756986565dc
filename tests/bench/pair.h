// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Two threads on two CPUs: the caller, and one other that is kept for it.
#ifndef TESTS_BENCH_PAIR_H
#define TESTS_BENCH_PAIR_H

#include <stdbool.h>
#include <stddef.h>

/// Whether there are two CPUs, and which.
struct bench_cpus {
    int here;
    int there; ///< -1: this process may use one only
    bool fifo; ///< both threads run with SCHED_FIFO
};

/// Choose the first two CPUs that this process may use; start the other
/// thread; pin both.  With `fifo` ask for SCHED_FIFO.
struct bench_cpus bench_pair_start(bool fifo);
void bench_pair_stop(void);

/// Run `there` on the other CPU and `here` on this one; both begin together.
/// Returns when both are done.
void bench_pair_run(void (*here)(void *), void (*there)(void *), void *arg);

/// How long a cache line takes there and back, in ns: what the two CPUs are
/// to each other at the moment.  On a virtual machine the host changes that.
double bench_ping(void);

/// How often the two threads were made to leave their CPU, ever.
long bench_preemptions(void);

#endif
