// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A queue of two records: groups are seen whole or not at all, nothing is
// lost, nothing overwritten. The payload is plain.
#include "model.h"

#define memcpy(dst, src, n) model_copy(dst, src, n)
#include "rt/queue.c"

#ifndef PUSHES
#define PUSHES 4
#endif
#ifndef TRIES // of the reader
#define TRIES 4
#endif
enum { SIZE = 2 };

static uint32_t records[SIZE];
static struct weir_queue queue;
static uint32_t n_pushed;
static uint32_t n_popped;

static void
prepare(void)
{
    queue.records = (unsigned char *)records;
    queue.record_bytes = sizeof *records;
    queue.size = SIZE;
    atomic_init(&queue.head, 0);
    atomic_init(&queue.tail, 0);
    queue.tail_seen = queue.head_seen = 0;
    n_pushed = n_popped = 0;
}

// A record tells its number and whether more of its group follow.
static void
push(uint32_t n)
{
    const uint32_t group[SIZE] = {2 * n_pushed + n - 1, 2 * n_pushed + 2};
    const bool roomy = weir_queue_room(&queue) >= n;
    const bool done = weir_queue_push(&queue, group, n);
    assert(done || !roomy); // room only grows
    if (done)
        n_pushed += n;
}

static void *
writer(void *arg)
{
    (void)arg;
    for (uint32_t i = 0; i < PUSHES; i++)
        push(i % 2 ? 1 : 2);
    return NULL;
}

static void
pop(void)
{
    uint32_t record = 0;
    if (!weir_queue_pop(&queue, &record))
        return;
    assert(record / 2 == n_popped);
    n_popped++;
    if (record % 2 == 0)
        return;
    assert(weir_queue_pop(&queue, &record));
    assert(record == 2 * n_popped);
    n_popped++;
}

static void *
reader(void *arg)
{
    (void)arg;
    for (int i = 0; i < TRIES; i++)
        pop();
    return NULL;
}

static void
check(void)
{
    pop();
    pop();
    assert(n_popped == n_pushed);
}

MODEL(prepare, check, writer, reader)
