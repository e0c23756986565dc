// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// OSC's time tags: seconds since 1900 in 32.32 fixed point, as NTP's (OSC
// 1.0, "Atomic Data Types"; RFC 5905, 6).
#ifndef WEIR_OSCCTL_TIME_H
#define WEIR_OSCCTL_TIME_H

#include "rt/clock.h"

#include <stdint.h>
#include <time.h>

/// From 1900 to 1970, in seconds.
#define WEIR_NTP_EPOCH_S UINT64_C(2208988800)

/// The tag of a time of CLOCK_REALTIME in nanoseconds.  @any
static inline uint64_t
weir_ntp_from_ns(uint64_t real_ns)
{
    return (real_ns / 1000000000u + WEIR_NTP_EPOCH_S) << 32 |
           ((real_ns % 1000000000u) << 32) / 1000000000u;
}

/// And back, rounded.  Tags before 1970 are 0.  @any
static inline uint64_t
weir_ntp_to_ns(uint64_t tag)
{
    const uint64_t s = tag >> 32;
    const uint64_t ns = ((tag & 0xffffffff) * 1000000000u + (1u << 31)) >> 32;
    return s < WEIR_NTP_EPOCH_S ? 0 : (s - WEIR_NTP_EPOCH_S) * 1000000000u + ns;
}

/// CLOCK_REALTIME in nanoseconds.  @any
static inline uint64_t
weir_real_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/// Now, as a tag.  @any
static inline uint64_t
weir_ntp_now(void)
{
    return weir_ntp_from_ns(weir_real_now_ns());
}

/// The time of CLOCK_MONOTONIC at a time of CLOCK_REALTIME, as the two stand
/// to each other now: of a few looks the one that nobody came between.  @any
static inline uint64_t
weir_mono_from_real_ns(uint64_t real_ns)
{
    uint64_t real_minus_mono = 0;
    uint64_t shortest = UINT64_MAX;
    for (int i = 0; i < 8; i++) {
        const uint64_t before = weir_now_ns();
        const uint64_t real = weir_real_now_ns();
        const uint64_t took = weir_now_ns() - before;
        if (took >= shortest)
            continue;
        shortest = took;
        real_minus_mono = real - before - took / 2;
    }
    return real_ns - real_minus_mono;
}

#endif
