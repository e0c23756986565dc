// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Making and freeing the commands that wait: @control's part.
#include "engine/due.h"

#include "rt/lock.h"

#include <stdlib.h>
#include <string.h>

struct weir_due *
weir_due_new(uint32_t n_room)
{
    struct weir_due *due = calloc(1, sizeof *due);
    if (!due)
        return NULL;
    due->n_room = n_room;
    due->heap = malloc(n_room * sizeof *due->heap);
    due->commands = malloc(n_room * sizeof *due->commands);
    due->seen = calloc(WEIR_DUE_SEEN, sizeof *due->seen);
    if (!due->heap || !due->commands || !due->seen) {
        weir_due_free(due);
        return NULL;
    }
    // Something else than zero: memory that only was cleared may not be there.
    memset(due->commands, 1, n_room * sizeof *due->commands);
    for (uint32_t i = 0; i < n_room; i++)
        due->heap[i] = (struct weir_due_entry){.slot = i};
    weir_lock_pages(due->seen, WEIR_DUE_SEEN * sizeof *due->seen);
    weir_lock_pages(due->commands, n_room * sizeof *due->commands);
    weir_lock_pages(due->heap, n_room * sizeof *due->heap);
    return due;
}

void
weir_due_free(struct weir_due *due)
{
    if (!due)
        return;
    free(due->seen);
    free(due->commands);
    free(due->heap);
    free(due);
}
