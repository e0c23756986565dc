// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Making and freeing queues: @control's part, kept out of the objects that
// real-time threads reach.
#include "rt/queue.h"

#include "rt/prefault.h"

#include <stdlib.h>
#include <string.h>

struct weir_queue *
weir_queue_new(size_t record_bytes, uint32_t n_records)
{
    struct weir_queue *q = aligned_alloc(alignof(struct weir_queue), sizeof *q);
    if (!q)
        return NULL;
    memset(q, 0, sizeof *q);
    q->record_bytes = record_bytes;
    q->size = n_records;
    q->records = calloc(n_records, record_bytes);
    if (!q->records) {
        free(q);
        return NULL;
    }
    weir_prefault(q->records, n_records * record_bytes);
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
