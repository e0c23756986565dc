// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Records of one size on their way from one thread to one other: commands,
// events, jobs. Nothing is lost: a writer that finds no room keeps what it
// has. What a group holds is seen by the reader at once, or not at all.
#ifndef WEIR_RT_QUEUE_H
#define WEIR_RT_QUEUE_H

#include "rt/tags.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Laid out by owner; nobody but queue.c and queue_new.c looks into it.
struct weir_queue {
    // Fixed after weir_queue_init().
    unsigned char *records;
    size_t record_bytes;
    uint32_t size; // a power of two
    // The writer's: records ever written, modulo 2^32, and the newest `tail`
    // it has seen.
    alignas(WEIR_CACHE_LINE) _Atomic uint32_t head;
    uint32_t tail_seen;
    // The reader's: records ever read, modulo 2^32, and the newest `head` it
    // has seen.
    alignas(WEIR_CACHE_LINE) _Atomic uint32_t tail;
    uint32_t head_seen;
};

/// Begin a queue of `n_records` (a power of two) of `record_bytes` each, in
/// memory of the caller's own, which two processes may share at one address.
/// @control  Borrows `records`.
void weir_queue_init(struct weir_queue *queue, void *records,
                     size_t record_bytes, uint32_t n_records);

/// The same in memory that it makes.  Null when memory is short.
/// @control  Allocates.  Free with weir_queue_free().
struct weir_queue *weir_queue_new(size_t record_bytes, uint32_t n_records);

/// Free it; null is allowed.  @control  Neither end may be in use.
void weir_queue_free(struct weir_queue *queue);

/// How many records fit now; only grows until the writer writes.
/// @any, the writing thread alone.  Wait-free.
WEIR_RT uint32_t weir_queue_room(struct weir_queue *queue);

/// Write `n` records as one group: all of them, or none and false.
/// @any, the writing thread alone.  Wait-free.  Copies `records`.
WEIR_RT bool weir_queue_push(struct weir_queue *queue, const void *records,
                             uint32_t n);

/// Take the oldest record into `record`; false when there is none.
/// @any, the reading thread alone.  Wait-free.
WEIR_RT bool weir_queue_pop(struct weir_queue *queue, void *record);

#endif
