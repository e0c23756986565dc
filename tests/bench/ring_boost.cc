// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// boost::lockfree::spsc_queue of floats, written and read in bulk.
#include "bench/ring.h"

#include <boost/lockfree/spsc_queue.hpp>

#include <new>

namespace
{

using Queue = boost::lockfree::spsc_queue<float>;

void *
make(uint32_t)
{
    return new (std::nothrow) Queue(BENCH_RING_FLOATS);
}

void
drop(void *ring)
{
    delete static_cast<Queue *>(ring);
}

bool
write_block(void *ring, const float *src, uint32_t n)
{
    Queue &q = *static_cast<Queue *>(ring);
    return q.write_available() >= n && q.push(src, n) == n;
}

bool
read_block(void *ring, float *dst, uint32_t n)
{
    Queue &q = *static_cast<Queue *>(ring);
    return q.read_available() >= n && q.pop(dst, n) == n;
}

#include "bench/ring_each.h"

} // namespace

extern "C" const struct bench_ring_kind bench_ring_boost =
    BENCH_RING("boost spsc_queue");
