// SPDX-License-Identifier: ISC
// SPDX-FileCopyrightText: the weir authors
//
// Waiting on a 32-bit word: futex(2), which libc has no call for.
#ifndef WEIR_RT_FUTEX_H
#define WEIR_RT_FUTEX_H

#include "rt/tags.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/// Whether the word lies in memory that other processes map, too.
enum weir_futex_scope {
    WEIR_FUTEX_PRIVATE = FUTEX_PRIVATE_FLAG,
    WEIR_FUTEX_SHARED = 0,
};

/// Wake everybody who waits on `word`.
/// @rt  One system call that never blocks.
WEIR_RT static inline void
weir_futex_wake(_Atomic uint32_t *word, enum weir_futex_scope scope)
{
    // The kernel marks who waits as runnable, and returns.
    WEIR_RT_TRUST((void)syscall(SYS_futex, word, FUTEX_WAKE | (int)scope,
                                INT_MAX, NULL, NULL, 0));
}

/// Wake one of those who wait on `word`; it wakes the next one. So many
/// sleepers cost who publishes no more than one.
/// @rt  One system call that never blocks.
WEIR_RT static inline void
weir_futex_wake_one(_Atomic uint32_t *word, enum weir_futex_scope scope)
{
    // The kernel marks who waits as runnable, and returns.
    WEIR_RT_TRUST((void)syscall(SYS_futex, word, FUTEX_WAKE | (int)scope, 1,
                                NULL, NULL, 0));
}

#define WEIR_FUTEX_FOREVER UINT64_MAX // no timer has to be set, and taken back

/// Sleep while `*word` is `seen`, for at most `timeout_ns`.  Returns 0 or an
/// errno: EAGAIN when the word had moved on, ETIMEDOUT, EINTR.
/// @mixer @control @reader
static inline int
weir_futex_wait(const _Atomic uint32_t *word, uint32_t seen,
                uint64_t timeout_ns, enum weir_futex_scope scope)
{
    const struct timespec timeout = {
        .tv_sec = (time_t)(timeout_ns / 1000000000u),
        .tv_nsec = (long)(timeout_ns % 1000000000u),
    };
    const long rc =
        syscall(SYS_futex, word, FUTEX_WAIT | (int)scope, seen,
                timeout_ns == WEIR_FUTEX_FOREVER ? NULL : &timeout, NULL, 0);
    return rc == 0 ? 0 : errno;
}

#endif
