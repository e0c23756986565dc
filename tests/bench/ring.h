// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Rings of floats with one writer and one reader, seen alike: weir's input
// rings with one lane, and whatever peers were found. Each holds 8192 floats
// and is used as its own documentation does.
#ifndef TESTS_BENCH_RING_H
#define TESTS_BENCH_RING_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { BENCH_RING_FLOATS = 8192, BENCH_RING_MAX_BLOCK = 1024 };

struct bench_ring_kind {
    const char *name;
    /// For blocks of `n_block` floats: 64, 256 or 1024.  Null: no memory.
    void *(*make)(uint32_t n_block);
    void (*drop)(void *ring);
    /// A block in or out; false when there is no room, or no block.
    bool (*write)(void *ring, const float *src, uint32_t n);
    bool (*read)(void *ring, float *dst, uint32_t n);
    /// The same with many rings, ring after ring, a block each: in a loop in
    /// which the compiler sees what it calls.
    bool (*write_each)(void *const *rings, uint32_t n_rings,
                       const float *const *src, uint32_t n);
    bool (*read_each)(void *const *rings, uint32_t n_rings, float *dst,
                      uint32_t dst_stride, uint32_t n);
};

extern const struct bench_ring_kind bench_ring_weir;
extern const struct bench_ring_kind bench_ring_queue;
/// No ring: copies into the same memory, handed over a quarter at a time, so
/// that handing over costs nothing.  Not for one thread.
extern const struct bench_ring_kind bench_ring_memcpy;
/// No ring: copies in, copies out, and asks nothing.  For one thread.
extern const struct bench_ring_kind bench_ring_unasked;
extern const struct bench_ring_kind bench_ring_jack;
extern const struct bench_ring_kind bench_ring_spa;
extern const struct bench_ring_kind bench_ring_ck;
extern const struct bench_ring_kind bench_ring_boost;
extern const struct bench_ring_kind bench_ring_readerwriterqueue;

#ifdef __cplusplus
}
#endif

#endif
