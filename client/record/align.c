// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Frames by the clock on the wall.
#include "record/align.h"

#include <math.h>
#include <time.h>

#define NS_PER_S INT64_C(1000000000)
#define DAY_NS (86400 * NS_PER_S)

static int64_t
clock_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec * NS_PER_S + t.tv_nsec;
}

struct weir_wall
weir_wall_of(const struct weir_reader *reader, uint64_t position)
{
    const int64_t now_ns = clock_ns(CLOCK_REALTIME);
    const int64_t mono_ns = clock_ns(CLOCK_MONOTONIC);
    uint64_t known;
    uint64_t known_ns;
    double rate_hz;
    if (!weir_reader_clock(reader, &known, &known_ns, &rate_hz) || rate_hz < 1)
        return (struct weir_wall){now_ns, weir_reader_format(reader).rate_hz};
    const double frames = (double)(int64_t)(position - known);
    return (struct weir_wall){
        .ns = now_ns - mono_ns + (int64_t)known_ns +
              llround(frames / rate_hz * NS_PER_S),
        .rate_hz = rate_hz,
    };
}

static int64_t
midnight_before(int64_t ns)
{
    const time_t s = (time_t)(ns / NS_PER_S);
    struct tm tm;
    localtime_r(&s, &tm);
    const int64_t east_ns = tm.tm_gmtoff * NS_PER_S;
    return ns - (ns + east_ns) % DAY_NS;
}

int64_t
weir_align_next(int64_t ns, int64_t period_ns, int64_t previous_ns)
{
    const int64_t midnight = midnight_before(ns);
    int64_t next = midnight + ((ns - midnight) / period_ns + 1) * period_ns;
    if (previous_ns == 0 || previous_ns - ns > period_ns)
        return next;
    // The file began a moment before the hour, by the clock as it is now.
    while (next <= previous_ns)
        next += period_ns;
    return next;
}

uint64_t
weir_align_frames(struct weir_wall wall, int64_t until_ns)
{
    const double s = (double)(until_ns - wall.ns) / (double)NS_PER_S;
    return (uint64_t)fmax(1, round(s * wall.rate_hz));
}
