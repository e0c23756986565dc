// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// How long to wait before the next try.
#include "stream/backoff.h"

#include <stdlib.h>

enum {
    FIRST_MS = 1000,
    LONGEST_MS = 30000,
    LASTING_MS = 10000, // a server that takes us and drops us is not well
};

int
weir_backoff_next(struct weir_backoff *b, bool slowly)
{
    int wait_ms = FIRST_MS;
    for (unsigned i = 0; i < b->n_failed && wait_ms < LONGEST_MS; i++)
        wait_ms *= 2;
    if (wait_ms > LONGEST_MS || slowly)
        wait_ms = LONGEST_MS;
    b->n_failed += b->n_failed < 16;
    // From 3/4 to 5/4 of it.
    const int half = wait_ms / 2;
    return wait_ms - half / 2 + rand_r(&b->seed) % (half + 1);
}

void
weir_backoff_worked(struct weir_backoff *b, int64_t lasted_ms)
{
    if (lasted_ms >= LASTING_MS)
        b->n_failed = 0;
}
