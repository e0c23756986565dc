// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Making and freeing queues: @control's part, kept out of the objects that
// real-time threads reach.
#include "rt/queue.h"

#include "rt/lock.h"

#include <stdlib.h>
#include <string.h>

void
weir_queue_init(struct weir_queue *q, void *records, size_t record_bytes,
                uint32_t n_records)
{
    memset(q, 0, sizeof *q);
    q->records = records;
    q->record_bytes = record_bytes;
    q->size = n_records;
}

struct weir_queue *
weir_queue_new(size_t record_bytes, uint32_t n_records)
{
    struct weir_queue *q = aligned_alloc(alignof(struct weir_queue), sizeof *q);
    if (!q)
        return NULL;
    void *records = calloc(n_records, record_bytes);
    if (!records) {
        free(q);
        return NULL;
    }
    weir_hold(records, n_records * record_bytes);
    weir_queue_init(q, records, record_bytes, n_records);
    return q;
}

void
weir_queue_free(struct weir_queue *q)
{
    if (!q)
        return;
    free(q->records);
    free(q);
}
