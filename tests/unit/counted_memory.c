// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What is defined here takes the place of the C library's own.
#include "counted_memory.h"

#include <errno.h>
#include <stdlib.h>

static unsigned long n_requests;
static int n_until_failure = -1; // -1: never

unsigned long
counted_requests(void)
{
    return n_requests;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)

int __sanitizer_install_malloc_and_free_hooks(
    void (*on_malloc)(const volatile void *, size_t),
    void (*on_free)(const volatile void *));

static void
on_malloc(const volatile void *memory, size_t n)
{
    (void)memory;
    (void)n;
    n_requests++;
}

static void
on_free(const volatile void *memory)
{
    (void)memory;
}

__attribute__((constructor)) static void
hook(void)
{
    __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
}

bool
counted_fail_after(int n)
{
    n_until_failure = n;
    return false;
}

#else

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *memory, size_t n);
void *__libc_memalign(size_t alignment, size_t n);

static bool
fails(void)
{
    n_requests++;
    return n_until_failure >= 0 && n_until_failure-- == 0;
}

bool
counted_fail_after(int n)
{
    n_until_failure = n;
    return true;
}

void *
malloc(size_t n)
{
    return fails() ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
    return fails() ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *memory, size_t n)
{
    return fails() ? NULL : __libc_realloc(memory, n);
}

void *
aligned_alloc(size_t alignment, size_t n)
{
    return fails() ? NULL : __libc_memalign(alignment, n);
}

int
posix_memalign(void **out, size_t alignment, size_t n)
{
    *out = fails() ? NULL : __libc_memalign(alignment, n);
    return *out ? 0 : ENOMEM;
}

#endif
