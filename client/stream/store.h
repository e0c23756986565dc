// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The stream's newest pieces, for those who send them: each has a cursor of
// its own and its own time. Who is more than the store holds behind goes on
// at the newest piece, and is told what it has missed. Nobody waits for
// anybody.
#ifndef WEIR_STREAM_STORE_H
#define WEIR_STREAM_STORE_H

#include "stream/encoder.h"

struct weir_store;

/// @control  Null when the system refuses.  Free with weir_store_free(), when
/// nobody holds a piece.
struct weir_store *weir_store_new(void);
void weir_store_free(struct weir_store *store);

// ------------------------------------------------------- who makes the stream

/// Keep a copy of a piece of `rate_hz`.  False when memory is short: it is
/// missed by all.  @reader  Waits for nobody longer than for a lock.
bool weir_store_add(struct weir_store *store,
                    const struct weir_stream_piece *piece, uint32_t rate_hz);

/// There will be no more.  @reader
void weir_store_end(struct weir_store *store);

// --------------------------------------------------------------- who sends it

/// Bytes of the stream, kept until weir_store_release().
struct weir_chunk;

struct weir_cursor {
    uint64_t next;  ///< number of the next piece
    uint64_t at_us; ///< where in the stream that is
    uint64_t chain; ///< whose headers have been given
};

struct weir_taken {
    const unsigned char *bytes;
    size_t size;
    uint64_t missed_us; ///< what was skipped before it
    struct weir_chunk *chunk;
};

enum weir_store_result {
    WEIR_STORE_TAKEN,
    WEIR_STORE_NOTHING, ///< in that time
    WEIR_STORE_ENDED,   ///< and all has been taken
};

/// Stand at the newest piece, with no headers given yet.  @any
void weir_store_begin(struct weir_store *store, struct weir_cursor *cursor);

/// What comes next: headers that this cursor lacks, else a piece.  @any  Waits
/// at most `timeout_ms`.  Release what was taken.
enum weir_store_result weir_store_take(struct weir_store *store,
                                       struct weir_cursor *cursor,
                                       int timeout_ms, struct weir_taken *out);

void weir_store_release(struct weir_store *store, struct weir_taken *taken);

/// Readable once the stream has ended: for poll().  @any
int weir_store_end_fd(const struct weir_store *store);

/// Wait for that at most `timeout_ms`; whether it has.  @any
bool weir_store_wait_end(const struct weir_store *store, int timeout_ms);

#endif
