// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Memory that is touched before a real-time thread meets it.
#include "rt/prefault.h"

#include <criterion/criterion.h>
#include <sys/mman.h>

enum { PAGE = 4096, PAGES = 4 };

// Bit k: page k is there, after `n_bytes` at `offset` were prefaulted.
static unsigned
pages_after(size_t offset, size_t n_bytes)
{
    unsigned char there[PAGES];
    unsigned mask = 0;
    char *memory = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    cr_assert_neq(memory, MAP_FAILED);
    weir_prefault(memory + offset, n_bytes);
    cr_assert_eq(mincore(memory, PAGES * PAGE, there), 0);
    for (unsigned k = 0; k < PAGES; k++)
        mask |= (there[k] & 1u) << k;
    munmap(memory, PAGES * PAGE);
    return mask;
}

Test(prefault, touches_every_page_and_no_other)
{
    cr_assert_eq(pages_after(0, 3 * PAGE), 7u);
    cr_assert_eq(pages_after(PAGE, 1), 2u);
    cr_assert_eq(pages_after(PAGE, 0), 0u);
}

Test(prefault, touches_the_page_that_memory_within_a_page_ends_in)
{
    cr_assert_eq(pages_after(16, 2 * PAGE), 7u);
    cr_assert_eq(pages_after(PAGE - 1, 2), 3u);
}
