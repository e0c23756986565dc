// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Time, for whole samples and for single operations.
#ifndef TESTS_BENCH_CLOCK_H
#define TESTS_BENCH_CLOCK_H

#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <time.h>
#ifdef __x86_64__
#include <x86intrin.h>
#endif

static inline double
bench_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/// Ticks before an operation: nothing of it has begun.
static inline uint64_t
bench_ticks_begin(void)
{
#ifdef __x86_64__
    _mm_mfence();
    _mm_lfence();
    const uint64_t ticks = __rdtsc();
    _mm_lfence();
    return ticks;
#else
    atomic_thread_fence(memory_order_seq_cst);
    return (uint64_t)bench_now_ns();
#endif
}

/// Ticks after an operation: its stores have left the store buffer, too.
static inline uint64_t
bench_ticks_end(void)
{
#ifdef __x86_64__
    _mm_mfence();
    _mm_lfence();
    return __rdtsc();
#else
    atomic_thread_fence(memory_order_seq_cst);
    return (uint64_t)bench_now_ns();
#endif
}

/// Measured once, by bench_clock_init().
extern double bench_ns_per_tick;
extern double bench_empty_ticks; ///< what a begin and an end take by themselves

void bench_clock_init(void);

static inline double
bench_ticks_ns(double ticks)
{
    return ticks * bench_ns_per_tick;
}

static inline void
bench_pause(void)
{
#ifdef __x86_64__
    _mm_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/// Once more in vain: who waits for a thread that lost its CPU gives its own
/// away after a fraction of a millisecond, longer than anything measured takes.
/// It shows in bench_preemptions().
static inline void
bench_patience(unsigned *n_times)
{
    if (++*n_times % (1u << 17) == 0)
        sched_yield();
}

#endif
