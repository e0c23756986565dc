// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What waits to be sent on a stream: bytes in their order, as many as fit.
// Everything here is @control's.
#ifndef WEIR_OSCCTL_BACKLOG_H
#define WEIR_OSCCTL_BACKLOG_H

#include <stddef.h>
#include <sys/types.h>

enum { WEIR_BACKLOG_MAX = 1 << 20 }; ///< bytes that can wait

/// Starts as all zeros: an empty one has no memory.
struct weir_backlog {
    unsigned char *bytes;
    size_t start;
    size_t end;
    size_t size;
};

/// Where the next `n` bytes go, or null: they would be too many, or memory
/// is short.  What was written is in the backlog after weir_backlog_add().
unsigned char *weir_backlog_reserve(struct weir_backlog *b, size_t n);
void weir_backlog_add(struct weir_backlog *b, size_t n);

/// Bytes that wait.
size_t weir_backlog_length(const struct weir_backlog *b);

/// Send what the socket takes, without waiting; returns the bytes that went,
/// or -1 when the other side is gone.
ssize_t weir_backlog_send(struct weir_backlog *b, int fd);

/// Nothing waits any more, and the memory is free.
void weir_backlog_clear(struct weir_backlog *b);

#endif
