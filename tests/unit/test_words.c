// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Words of two samples, a run at a time: every length around the widths at
// which they are copied, from places that no wide access is aligned to.
#include "rt/words.h"

#include <criterion/criterion.h>

enum { MAX = 70, MAX_SKIPPED = 5, ROOM = MAX + MAX_SKIPPED + 4 };

static const float untouched = -1.0f;

static struct {
    _Alignas(64) _Atomic uint64_t words[ROOM];
    _Alignas(64) float first[ROOM];
    _Alignas(64) float second[ROOM];
    _Alignas(64) float out[2 * ROOM];
} at;

// Numbered samples in `n` words behind `skipped` others, and -1 elsewhere.
static void
interleave(uint32_t skipped, uint32_t n)
{
    for (uint32_t i = 0; i < ROOM; i++) {
        at.first[i] = (float)(2 * i);
        at.second[i] = (float)(2 * i + 1);
        weir_word_store(&at.words[i], untouched, untouched);
    }
    for (uint32_t i = 0; i < 2 * ROOM; i++)
        at.out[i] = untouched;
    weir_words_interleave(&at.words[skipped], at.first + skipped,
                          at.second + skipped, n);
}

static bool
is_inside(uint32_t i, uint32_t skipped, uint32_t n)
{
    return i >= skipped && i < skipped + n;
}

// Calls `check` for every length behind every offset.
static void
for_each_run(void (*check)(uint32_t skipped, uint32_t n))
{
    for (uint32_t skipped = 0; skipped <= MAX_SKIPPED; skipped++)
        for (uint32_t n = 0; n <= MAX; n++)
            check(skipped, n);
}

static void
check_interleaved(uint32_t skipped, uint32_t n)
{
    interleave(skipped, n);
    for (uint32_t i = 0; i < ROOM; i++) {
        const bool in = is_inside(i, skipped, n);
        float pair[2];
        weir_word_load(&at.words[i], pair);
        cr_assert_eq(pair[0], in ? at.first[i] : untouched);
        cr_assert_eq(pair[1], in ? at.second[i] : untouched);
    }
}

Test(words, two_runs_are_interleaved_and_nothing_beside_them)
{
    for_each_run(check_interleaved);
}

static void
check_copied(uint32_t skipped, uint32_t n)
{
    interleave(0, ROOM);
    weir_words_copy(&at.words[skipped], at.out + 2 * skipped, n);
    for (uint32_t i = 0; i < 2 * ROOM; i++)
        cr_assert_eq(at.out[i],
                     is_inside(i / 2, skipped, n) ? (float)i : untouched);
}

Test(words, a_run_is_copied_and_nothing_beside_it)
{
    for_each_run(check_copied);
}

static void
check_half(uint32_t skipped, uint32_t n, uint32_t half)
{
    interleave(0, ROOM);
    weir_words_copy_half(&at.words[skipped], half, at.out + skipped, n);
    for (uint32_t i = 0; i < 2 * ROOM; i++)
        cr_assert_eq(at.out[i], is_inside(i, skipped, n) ? (float)(2 * i + half)
                                                         : untouched);
}

static void
check_halves(uint32_t skipped, uint32_t n)
{
    check_half(skipped, n, 0);
    check_half(skipped, n, 1);
}

Test(words, one_half_of_a_run_is_copied_and_nothing_beside_it)
{
    for_each_run(check_halves);
}
