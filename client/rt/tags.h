// SPDX-License-Identifier: ISC
// SPDX-FileCopyrightText: the weir authors
//
// The tag of the real-time rule, and small helpers that every layer shares.
#ifndef WEIR_RT_TAGS_H
#define WEIR_RT_TAGS_H

#include <stdint.h>

// Stands on every function that the JACK callback or the mixer's block can
// reach, and in the type of every pointer to one. A compiler that knows the
// attribute checks the whole call chain (preset rtsan); with any other it is
// empty.
#if defined(__clang__) && defined(__has_attribute)
#if __has_attribute(nonblocking)
#define WEIR_RT __attribute__((nonblocking))
#endif
#endif

// The one way out of that check: a statement with a foreign call that does
// not block, which its declaration cannot say. Each stands in a function of
// its own, beside the reason. The sanitizer looks away for as long; no return
// may lie within.
#ifdef WEIR_RT
#if __has_feature(realtime_sanitizer)
#include <sanitizer/rtsan_interface.h>
#define WEIR_RT_LOOK_AWAY() __rtsan_disable()
#define WEIR_RT_LOOK_AGAIN() __rtsan_enable()
#else
#define WEIR_RT_LOOK_AWAY() (void)0
#define WEIR_RT_LOOK_AGAIN() (void)0
#endif
// clang-format off: it takes a pragma for an unfinished statement.
#define WEIR_RT_TRUST(...)                                                     \
    do {                                                                       \
        _Pragma("clang diagnostic push")                                       \
            _Pragma("clang diagnostic ignored \"-Wfunction-effects\"")         \
                WEIR_RT_LOOK_AWAY();                                           \
        __VA_ARGS__;                                                           \
        WEIR_RT_LOOK_AGAIN();                                                  \
        _Pragma("clang diagnostic pop")                                        \
    } while (0)
// clang-format on
#else
#define WEIR_RT
#define WEIR_RT_TRUST(...) __VA_ARGS__
#endif

/// A condition that holds for nearly every block: what it leads to is laid out
/// in a row, the rest aside.
#define WEIR_MOSTLY(condition) __builtin_expect(!!(condition), 1)

/// Bytes that one core's write takes from the others: x86-64, aarch64.
enum { WEIR_CACHE_LINE = 64 };

/// Ask for the line at `at`, which is about to be written: it is on its way
/// while other things are done. A hint; a model checker has no use for it.
WEIR_RT static inline void
weir_prefetch_write(const volatile void *at)
{
#if defined(WEIR_MODEL)
    (void)at;
#elif defined(__x86_64__)
    // What the builtin makes of it asks for a line to read.
    __asm__ volatile("prefetchw %0" : : "m"(*(const volatile char *)at));
#else
    __builtin_prefetch((const void *)at, 1);
#endif
}

/// The same for a line that is about to be read.
WEIR_RT static inline void
weir_prefetch_read(const void *at)
{
#if defined(WEIR_MODEL)
    (void)at;
#else
    __builtin_prefetch(at);
#endif
}

WEIR_RT static inline uint32_t
weir_min_u32(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

WEIR_RT static inline uint64_t
weir_min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

#endif
