// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Making and freeing a table of URIs: @control's.
#include "plugin/urids.h"

#include "rt/prefault.h"

#include <stdlib.h>

struct weir_urids *
weir_urids_new(void)
{
    struct weir_urids *t = calloc(1, sizeof *t);
    if (t)
        weir_prefault(t, sizeof *t);
    return t;
}

void
weir_urids_free(struct weir_urids *t)
{
    free(t);
}
