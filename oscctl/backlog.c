// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What waits to be sent on a stream.
#include "oscctl/backlog.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    FIRST_BYTES = 4096,
    KEPT_BYTES = 65536, // of memory, while nothing waits
};

size_t
weir_backlog_length(const struct weir_backlog *b)
{
    return b->end - b->start;
}

static void
move_to_front(struct weir_backlog *b)
{
    memmove(b->bytes, b->bytes + b->start, weir_backlog_length(b));
    b->end -= b->start;
    b->start = 0;
}

static bool
grow(struct weir_backlog *b, size_t n)
{
    size_t size = b->size ? b->size : FIRST_BYTES;
    while (size < n)
        size *= 2;
    if (size == b->size)
        return true;
    unsigned char *bytes = realloc(b->bytes, size);
    if (!bytes)
        return false;
    b->bytes = bytes;
    b->size = size;
    return true;
}

unsigned char *
weir_backlog_reserve(struct weir_backlog *b, size_t n)
{
    const size_t length = weir_backlog_length(b);
    if (length + n > WEIR_BACKLOG_MAX)
        return NULL;
    if (b->end + n > b->size) {
        // Half of it is free afterwards: what moves now does not soon again.
        if (!grow(b, 2 * (length + n)))
            return NULL;
        move_to_front(b);
    }
    return b->bytes + b->end;
}

void
weir_backlog_add(struct weir_backlog *b, size_t n)
{
    b->end += n;
}

static void
forget_sent(struct weir_backlog *b, size_t n)
{
    b->start += n;
    if (b->start < b->end)
        return;
    b->start = b->end = 0;
    if (b->size > KEPT_BYTES)
        weir_backlog_clear(b);
}

ssize_t
weir_backlog_send(struct weir_backlog *b, int fd)
{
    const size_t length = weir_backlog_length(b);
    ssize_t n;
    if (length == 0)
        return 0;
    do
        n = send(fd, b->bytes + b->start, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == EAGAIN || errno == ENOBUFS ? 0 : -1;
    forget_sent(b, (size_t)n);
    return n;
}

void
weir_backlog_clear(struct weir_backlog *b)
{
    free(b->bytes);
    *b = (struct weir_backlog){0};
}
