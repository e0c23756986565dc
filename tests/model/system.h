// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Stand-ins for what weir asks of the system: time, which stands still, and
// futexes. Who would sleep notes on what, and its thread is over:
// a word that changes later wakes it, and it would find what the model finds
// in a thread that looks later. To sleep on the last value is to sleep for
// ever, and a program checks that there was nothing to stay awake for.
#ifndef TESTS_MODEL_SYSTEM_H
#define TESTS_MODEL_SYSTEM_H

#include "model.h"

#include <linux/futex.h>

static bool model_slept;
static uint32_t model_slept_on;
static int model_errno; // of the one thread that may sleep

static inline long
model_futex(const _Atomic uint32_t *word, int op, uint32_t seen,
            const struct timespec *timeout, const void *none, int nothing)
{
    (void)timeout;
    (void)none;
    (void)nothing;
    if ((op & FUTEX_CMD_MASK) != FUTEX_WAIT)
        return 0;
    // relaxed: the kernel looks with its own lock held, which a waker takes
    // after its store; a stale look is woken.
    if (atomic_load_explicit((_Atomic uint32_t *)(uintptr_t)word,
                             memory_order_relaxed) != seen) {
        model_errno = EAGAIN;
        return -1;
    }
    model_slept_on = seen;
    model_slept = true;
    pthread_exit(NULL);
    return -1; // where that is not known to be the end
}

static inline int
model_clock(struct timespec *out)
{
    out->tv_sec = 0;
    out->tv_nsec = 0;
    return 0;
}

#undef errno
#define errno model_errno
#define syscall(number, word, op, value, ...)                                  \
    model_futex((word), (op), (uint32_t)(value), __VA_ARGS__)
#define clock_gettime(clock, out) model_clock(out)
#define memcpy(dst, src, n) model_copy(dst, src, n)

#endif
