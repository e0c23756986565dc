// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Memory that real-time threads will touch is touched before.
#ifndef WEIR_RT_PREFAULT_H
#define WEIR_RT_PREFAULT_H

#include <stddef.h>

/// Touch every page, so that no real-time thread meets a fresh one.  Keeps
/// what is there.  A memset() to zero does not do: of malloc() and it the
/// compiler makes a calloc(), which touches nothing.  @control
static inline void
weir_prefault(void *memory, size_t n_bytes)
{
    enum { PAGE_BYTES = 4096 };
    volatile char *at = memory;
    for (size_t i = 0; i < n_bytes; i += PAGE_BYTES)
        at[i] = at[i];
    // What malloc() gives begins within a page, so it ends within one more.
    if (n_bytes > 0)
        at[n_bytes - 1] = at[n_bytes - 1];
}

#endif
