// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Records of one size on their way from one thread to one other.
// weir_queue_push() belongs to one thread, weir_queue_pop() to one other.
#include "rt/queue.h"

#include <string.h>

static WEIR_RT void *
slot(struct weir_queue *q, uint32_t index)
{
    return q->records + (size_t)(index & (q->size - 1)) * q->record_bytes;
}

WEIR_RT uint32_t
weir_queue_room(struct weir_queue *q)
{
    // relaxed: only this thread writes `head`.
    const uint32_t head = atomic_load_explicit(&q->head, memory_order_relaxed);
    // acquire: pairs with the release of `tail` in weir_queue_pop(); records
    // before `tail` have been copied out and may be overwritten.
    q->tail_seen = atomic_load_explicit(&q->tail, memory_order_acquire);
    return q->size - (head - q->tail_seen);
}

WEIR_RT bool
weir_queue_push(struct weir_queue *q, const void *records, uint32_t n)
{
    // relaxed: only this thread writes `head`.
    const uint32_t head = atomic_load_explicit(&q->head, memory_order_relaxed);
    if (q->size - (head - q->tail_seen) < n && weir_queue_room(q) < n)
        return false;
    for (uint32_t i = 0; i < n; i++)
        memcpy(slot(q, head + i),
               (const unsigned char *)records + i * q->record_bytes,
               q->record_bytes);
    // release: pairs with the acquire of `head` in weir_queue_pop(); hands
    // over all `n` records at once.
    atomic_store_explicit(&q->head, head + n, memory_order_release);
    return true;
}

WEIR_RT bool
weir_queue_pop(struct weir_queue *q, void *record)
{
    // relaxed: only this thread writes `tail`.
    const uint32_t tail = atomic_load_explicit(&q->tail, memory_order_relaxed);
    if (tail == q->head_seen) {
        // acquire: pairs with the release of `head` in weir_queue_push().
        q->head_seen = atomic_load_explicit(&q->head, memory_order_acquire);
        if (tail == q->head_seen)
            return false;
    }
    memcpy(record, slot(q, tail), q->record_bytes);
    // release: pairs with the acquire of `tail` in weir_queue_room(); the
    // record has been copied out.
    atomic_store_explicit(&q->tail, tail + 1, memory_order_release);
    return true;
}
