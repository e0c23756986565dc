// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Making and freeing a ring of records: @control's.
#include "plugin/bytes.h"

#include "rt/prefault.h"

#include <stdlib.h>
#include <string.h>

struct weir_bytes *
weir_bytes_new(uint32_t n_bytes)
{
    struct weir_bytes *b = aligned_alloc(alignof(struct weir_bytes), sizeof *b);
    if (!b)
        return NULL;
    memset(b, 0, sizeof *b);
    b->size = n_bytes;
    b->memory = calloc(1, n_bytes);
    if (!b->memory) {
        free(b);
        return NULL;
    }
    weir_prefault(b->memory, n_bytes);
    return b;
}

void
weir_bytes_free(struct weir_bytes *b)
{
    if (!b)
        return;
    free(b->memory);
    free(b);
}
