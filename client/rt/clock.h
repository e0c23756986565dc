// SPDX-License-Identifier: ISC
// SPDX-FileCopyrightText: the weir authors
//
// The clock that all of weir's times are told in: CLOCK_MONOTONIC.
#ifndef WEIR_RT_CLOCK_H
#define WEIR_RT_CLOCK_H

#include "rt/tags.h"

#include <stdint.h>
#include <time.h>

/// Nanoseconds.  @rt: by the vDSO, no system call.
WEIR_RT static inline uint64_t
weir_now_ns(void)
{
    struct timespec t;
    WEIR_RT_TRUST(clock_gettime(CLOCK_MONOTONIC, &t)); // the vDSO's
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/// Milliseconds.  @any
static inline int64_t
weir_now_ms(void)
{
    return (int64_t)(weir_now_ns() / 1000000u);
}

#endif
