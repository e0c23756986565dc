// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Time as a test wants it: a program linked as fuzz.cmake does has clocks,
// timers and a poll loop that know no other. Nothing waits: where a loop
// would, the time goes on at once. Chance is made up as well: the bytes 0, 1,
// 2... each time. One thread.
#ifndef TESTS_FUZZ_CLOCK_H
#define TESTS_FUZZ_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/// Where CLOCK_REALTIME begins, in seconds since 1970; CLOCK_MONOTONIC begins
/// at 1000 s.
#define CLOCK_BEGIN_S UINT64_C(1767225600)

/// Nanoseconds since the beginning.
uint64_t clock_elapsed_ns(void);

/// Let the time go on; timers whose time has come can be read then.
void clock_advance(uint64_t ns);

/// Let it go on to the next timer's time; false when no timer is set.
bool clock_next_timer(void);

#endif
