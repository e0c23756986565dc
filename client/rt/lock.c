// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Locking piece by piece. mlockall(MCL_FUTURE) is for where there is no limit:
// under one it lets itself be called, and then no thread can be made any more.
#include "rt/lock.h"

#include "rt/prefault.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>

enum { STACK_BYTES = 64 * 1024, LEFT_BYTES = 1024 * 1024 };

// relaxed, both: numbers to show.
static _Atomic size_t n_asked;
static _Atomic size_t n_locked;

// What is never locked: a quarter of the limit. JACK locks a page for each
// client that comes, in our process, and a client for which it cannot gets no
// turn.
static size_t
left_to_jack(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0 ||
        limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur / 4 < LEFT_BYTES)
        return LEFT_BYTES;
    return limit.rlim_cur / 4;
}

// The kernel keeps the account, of all that this process has locked: as much
// as has to be left is locked for the moment, of memory that is not there.
static bool
lock_and_leave(const void *memory, size_t n_bytes, size_t n_left)
{
    void *rest = mmap(NULL, n_left, PROT_NONE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (rest == MAP_FAILED)
        return false;
    const bool is_locked =
        mlock2(rest, n_left, MLOCK_ONFAULT) == 0 && mlock(memory, n_bytes) == 0;
    munmap(rest, n_left);
    return is_locked;
}

void
weir_lock_pages(const void *memory, size_t n_bytes)
{
    if (n_bytes == 0)
        return;
    atomic_fetch_add_explicit(&n_asked, n_bytes, memory_order_relaxed);
    if (lock_and_leave(memory, n_bytes, left_to_jack()))
        atomic_fetch_add_explicit(&n_locked, n_bytes, memory_order_relaxed);
}

void
weir_lock_large(const void *memory, size_t n_bytes)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0)
        return;
    if (n_bytes <= limit.rlim_cur / 4)
        weir_lock_pages(memory, n_bytes);
    else
        atomic_fetch_add_explicit(&n_asked, n_bytes, memory_order_relaxed);
}

__attribute__((noinline)) void
weir_lock_stack(void)
{
    volatile char pages[STACK_BYTES];
    for (size_t i = 0; i < sizeof pages; i += 1024)
        pages[i] = 0;
    weir_lock_pages((const void *)(uintptr_t)pages, sizeof pages);
}

void
weir_hold(void *memory, size_t n_bytes)
{
    weir_prefault(memory, n_bytes);
    weir_lock_pages(memory, n_bytes);
}

struct weir_lock_sums
weir_lock_sums(void)
{
    return (struct weir_lock_sums){
        .n_asked = atomic_load_explicit(&n_asked, memory_order_relaxed),
        .n_locked = atomic_load_explicit(&n_locked, memory_order_relaxed),
    };
}
