// SPDX-License-Identifier: ISC
// SPDX-FileCopyrightText: the weir authors
//
// The tag of the real-time rule, and small helpers that every layer shares.
#ifndef WEIR_RT_TAGS_H
#define WEIR_RT_TAGS_H

#include <stdint.h>

// Stands on every function that the JACK callback or the mixer's block can
// reach. A compiler that knows the attribute checks the whole call chain.
#if defined(__clang__) && defined(__has_attribute)
#if __has_attribute(nonblocking)
#define WEIR_RT __attribute__((nonblocking))
#endif
#endif
#ifndef WEIR_RT
#define WEIR_RT
#endif

/// Bytes that one core's write takes from the others: x86-64, aarch64.
enum { WEIR_CACHE_LINE = 64 };

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
