// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// For tests with two threads on a machine that may have one core to spare.
// They fail by Criterion's time-out rather than hang.
#ifndef TESTS_UNIT_THREADS_H
#define TESTS_UNIT_THREADS_H

#include <pthread.h>
#include <sched.h>

#if defined(__SANITIZE_THREAD__)
#define THREADS_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define THREADS_TSAN 1
#endif
#endif
#ifndef THREADS_TSAN
#define THREADS_TSAN 0
#endif

/// Wait a little for the other thread.
static inline void
threads_breathe(void)
{
    sched_yield();
}

#endif
