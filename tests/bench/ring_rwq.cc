// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// moodycamel::ReaderWriterQueue, with a block as its element: it has no bulk
// operations.
#include "bench/ring.h"

#if __has_include(<readerwriterqueue/readerwriterqueue.h>)
#include <readerwriterqueue/readerwriterqueue.h>
#else
#include <readerwriterqueue.h>
#endif

#include <cstring>
#include <new>

namespace
{

// One queue a size of block; only the one that was asked for holds anything.
template <uint32_t N> struct Block {
    float frames[N];
};

template <uint32_t N>
using Queue = moodycamel::ReaderWriterQueue<Block<N>, BENCH_RING_FLOATS / 64>;

struct Ring {
    uint32_t n_block;
    void *queue;
};

template <uint32_t N>
void *
make_queue()
{
    return new (std::nothrow) Queue<N>(BENCH_RING_FLOATS / N);
}

template <uint32_t N>
bool
put(void *queue, const float *src)
{
    // The queue copies the block; src has the block's alignment and size.
    return static_cast<Queue<N> *>(queue)->try_enqueue(
        *reinterpret_cast<const Block<N> *>(src));
}

template <uint32_t N>
bool
take(void *queue, float *dst)
{
    return static_cast<Queue<N> *>(queue)->try_dequeue(
        *reinterpret_cast<Block<N> *>(dst));
}

void *
make(uint32_t n_block)
{
    Ring *r = new (std::nothrow) Ring{n_block, nullptr};
    if (!r)
        return nullptr;
    r->queue = n_block == 64    ? make_queue<64>()
               : n_block == 256 ? make_queue<256>()
                                : make_queue<1024>();
    return r;
}

void
drop(void *ring)
{
    Ring *r = static_cast<Ring *>(ring);
    if (r->n_block == 64)
        delete static_cast<Queue<64> *>(r->queue);
    else if (r->n_block == 256)
        delete static_cast<Queue<256> *>(r->queue);
    else
        delete static_cast<Queue<1024> *>(r->queue);
    delete r;
}

bool
write_block(void *ring, const float *src, uint32_t n)
{
    void *queue = static_cast<Ring *>(ring)->queue;
    return n == 64    ? put<64>(queue, src)
           : n == 256 ? put<256>(queue, src)
                      : put<1024>(queue, src);
}

bool
read_block(void *ring, float *dst, uint32_t n)
{
    void *queue = static_cast<Ring *>(ring)->queue;
    return n == 64    ? take<64>(queue, dst)
           : n == 256 ? take<256>(queue, dst)
                      : take<1024>(queue, dst);
}

#include "bench/ring_each.h"

} // namespace

extern "C" const struct bench_ring_kind bench_ring_readerwriterqueue =
    BENCH_RING("readerwriterqueue");
