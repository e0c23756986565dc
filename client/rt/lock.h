// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Memory that real-time threads use is there before they do (prefault.h), and
// stays: it is locked, as far as the limit `memlock` goes.
#ifndef WEIR_RT_LOCK_H
#define WEIR_RT_LOCK_H

#include <stddef.h>

struct weir_lock_sums {
    size_t n_asked; ///< bytes, of all calls
    size_t n_locked;
};

/// Lock pages that are there.  What the limit refuses stays as it is, and is
/// counted.  Whoever gives the memory back to the system unlocks it.
/// @control; a thread's start, for its stack
void weir_lock_pages(const void *memory, size_t n_bytes);

/// The same for what is large and used in a few places at a time: not if that
/// took more than a quarter of the limit.  @control
void weir_lock_large(const void *memory, size_t n_bytes);

/// Touch and lock what the calling thread will use of its stack.  At its start.
void weir_lock_stack(void);

/// Touch memory, and lock it.  @control
void weir_hold(void *memory, size_t n_bytes);

/// How much it came to so far.  @any
struct weir_lock_sums weir_lock_sums(void);

#endif
