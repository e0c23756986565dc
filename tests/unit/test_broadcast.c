// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The broadcast ring, step by step in one thread: every outcome that a
// reader can meet, at sizes where a wrong answer differs.
#include "rt/broadcast.h"

#include <criterion/criterion.h>
#include <stdlib.h>

enum { MAX_FRAMES = 256, MAX_CHANNELS = 5 };

// What channel `c` holds at `position`; exact in float.
static float
value(uint64_t position, uint32_t c)
{
    return (float)(position * 8 + c);
}

static void
make(struct weir_broadcast *b, uint32_t n_channels, uint64_t capacity,
     uint64_t first)
{
    const size_t n = weir_broadcast_bytes(capacity, n_channels);
    void *memory =
        aligned_alloc(WEIR_BROADCAST_DATA_OFFSET, (n + 4095) & ~4095);
    cr_assert(memory);
    memset(memory, 0, n);
    weir_broadcast_init(b, memory, 48000, n_channels, capacity, first);
}

static void
put(struct weir_broadcast *b, uint32_t n)
{
    static float frames[MAX_CHANNELS][MAX_FRAMES];
    const float *channels[MAX_CHANNELS];
    const uint64_t p = weir_broadcast_published(b);
    for (uint32_t c = 0; c < b->n_channels; c++) {
        for (uint32_t i = 0; i < n; i++)
            frames[c][i] = value(p + i, c);
        channels[c] = frames[c];
    }
    weir_broadcast_write(b, p, channels, n);
}

// Whether `frames` is what was written at `position`.
static bool
is(const struct weir_broadcast *b, const float *frames, uint64_t position,
   uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t c = 0; c < b->n_channels; c++)
            if (*frames++ != value(position + i, c))
                return false;
    return true;
}

Test(broadcast, a_frame_lies_at_its_position_modulo_the_capacity)
{
    static const uint64_t near[] = {0,          1u << 20,       UINT32_MAX,
                                    1ull << 53, UINT64_MAX / 3, UINT64_MAX};
    for (uint64_t capacity = 2; capacity < UINT64_C(1) << 40;
         capacity += capacity / 2) {
        struct weir_broadcast b =
            weir_broadcast_view(NULL, capacity & ~UINT64_C(1), 2);
        for (size_t k = 0; k < sizeof near / sizeof *near; k++)
            for (uint64_t i = 0; i < 200; i++) {
                const uint64_t laps = near[k] / b.capacity * b.capacity;
                for (int s = 0; s < 2; s++) {
                    const uint64_t p = (s ? near[k] : laps) - 100 + i;
                    cr_assert_eq(weir_broadcast_frame_index(&b, p),
                                 p % b.capacity);
                }
            }
    }
}

Test(broadcast, a_reader_gets_what_was_written_at_every_channel_count)
{
    for (uint32_t n_channels = 1; n_channels <= MAX_CHANNELS; n_channels++) {
        struct weir_broadcast b;
        float got[MAX_FRAMES * MAX_CHANNELS];
        uint64_t q = 0;
        make(&b, n_channels, 64, 0);
        put(&b, 33);
        const struct weir_broadcast_span s =
            weir_broadcast_read(&b, &q, got, 64, weir_broadcast_keep(&b));
        cr_assert(s.n == 33 && s.lost == 0 && q == 33);
        cr_assert(is(&b, got, 0, 33), "%u channels", n_channels);
        free(b.page);
    }
}

Test(broadcast, frames_survive_the_wrap_at_odd_sizes_and_channel_counts)
{
    for (uint32_t n_channels = 1; n_channels <= MAX_CHANNELS; n_channels++) {
        struct weir_broadcast b;
        float got[MAX_FRAMES * MAX_CHANNELS];
        uint64_t q = 0;
        uint64_t total = 0;
        make(&b, n_channels, 38, 0);
        for (uint32_t k = 0; k < 500; k++) {
            put(&b, k % 7 + 1);
            total += k % 7 + 1;
            const uint64_t from = q;
            const struct weir_broadcast_span s = weir_broadcast_read(
                &b, &q, got, k % 5 + 1, weir_broadcast_keep(&b));
            cr_assert(is(&b, got, q - s.n, s.n));
            cr_assert(q == from + s.lost + s.n);
        }
        while (q < total) {
            const struct weir_broadcast_span s =
                weir_broadcast_read(&b, &q, got, 5, weir_broadcast_keep(&b));
            cr_assert(s.n > 0 && is(&b, got, q - s.n, s.n));
        }
        free(b.page);
    }
}

Test(broadcast, one_channel_can_be_read_alone)
{
    struct weir_broadcast b;
    float got[10];
    make(&b, 3, 16, 0);
    put(&b, 12);
    put(&b, 12);
    weir_broadcast_copy_channel(&b, 10, 2, got, 10);
    for (uint32_t i = 0; i < 10; i++)
        cr_assert_eq(got[i], value(10 + i, 2));
    free(b.page);
}

Test(broadcast, an_empty_ring_gives_nothing_and_loses_nothing)
{
    struct weir_broadcast b;
    float got[8];
    uint64_t q = 0;
    make(&b, 2, 16, 0);
    const struct weir_broadcast_span s =
        weir_broadcast_read(&b, &q, got, 4, weir_broadcast_keep(&b));
    cr_assert(s.n == 0 && s.lost == 0 && q == 0);
    free(b.page);
}

Test(broadcast, a_ring_that_joins_late_counts_from_its_first_position)
{
    struct weir_broadcast b;
    float got[8];
    uint64_t q = 1000003;
    make(&b, 1, 16, q);
    put(&b, 5);
    const struct weir_broadcast_span s =
        weir_broadcast_read(&b, &q, got, 8, weir_broadcast_keep(&b));
    cr_assert(s.n == 5 && s.lost == 0 && q == 1000008);
    cr_assert(is(&b, got, 1000003, 5));
    free(b.page);
}

Test(broadcast, exactly_a_full_history_behind_nothing_is_lost)
{
    struct weir_broadcast b;
    float got[16];
    uint64_t q = 0;
    make(&b, 1, 16, 0);
    put(&b, 16);
    const struct weir_broadcast_span s =
        weir_broadcast_read(&b, &q, got, 16, weir_broadcast_keep(&b));
    cr_assert(s.n == 16 && s.lost == 0);
    cr_assert(is(&b, got, 0, 16));
    free(b.page);
}

Test(broadcast, lapped_reader_learns_how_much_it_lost)
{
    struct weir_broadcast b;
    float got[16];
    uint64_t q = 3;
    make(&b, 1, 16, 0);
    put(&b, 20); // the oldest is 4: position 3 is gone
    const struct weir_broadcast_span s =
        weir_broadcast_read(&b, &q, got, 16, weir_broadcast_keep(&b));
    // It goes on 12 behind the newest, at 8: 3 to 7 are lost.
    cr_assert_eq(s.lost, 5);
    cr_assert(s.n == 12 && q == 20);
    cr_assert(is(&b, got, 8, 12));
    free(b.page);
}

Test(broadcast, after_a_loss_a_quarter_of_the_history_is_left)
{
    for (uint64_t capacity = 2; capacity <= 200; capacity += 2) {
        struct weir_broadcast b = {.capacity = capacity};
        const uint64_t left = capacity - weir_broadcast_keep(&b);
        cr_assert(4 * left >= capacity, "%lu of %lu", left, capacity);
        cr_assert(4 * left <= capacity + 3);
    }
}

Test(broadcast, a_reader_that_kept_its_distance_is_not_lapped_by_the_next_block)
{
    struct weir_broadcast b;
    float got[16];
    uint64_t q = 0;
    make(&b, 1, 16, 0);
    for (int k = 0; k < 10; k++)
        put(&b, 10);
    weir_broadcast_read(&b, &q, got, 1, weir_broadcast_keep(&b));
    put(&b, 4);
    const struct weir_broadcast_span s =
        weir_broadcast_read(&b, &q, got, 16, weir_broadcast_keep(&b));
    cr_assert(s.lost == 0 && s.n == 15);
    cr_assert(is(&b, got, 89, 15));
    free(b.page);
}

Test(broadcast, a_lap_during_the_copy_is_seen_before_it_is_published)
{
    struct weir_broadcast b;
    float got[8];
    make(&b, 1, 16, 0);
    put(&b, 16);
    weir_broadcast_copy(&b, 0, got, 8);
    cr_assert_eq(weir_broadcast_valid_from(&b), 0);
    // The writer begins its next block while we copy.
    weir_broadcast_reserve(&b, 19);
    cr_assert_eq(weir_broadcast_valid_from(&b), 3);
    cr_assert_eq(weir_broadcast_published(&b), 16);
    free(b.page);
}

Test(broadcast, a_writer_that_died_in_a_block_costs_only_what_it_touched)
{
    struct weir_broadcast b;
    float got[16];
    uint64_t q = 0;
    make(&b, 1, 16, 0);
    put(&b, 16);
    weir_broadcast_reserve(&b, 18);
    const struct weir_broadcast_span s =
        weir_broadcast_read(&b, &q, got, 16, weir_broadcast_keep(&b));
    cr_assert(s.lost == 4 && s.n == 12 && q == 16);
    cr_assert(is(&b, got, 4, 12));
    free(b.page);
}

Test(broadcast, two_readers_do_not_know_of_each_other)
{
    struct weir_broadcast b;
    float got[32];
    uint64_t fast = 0;
    uint64_t slow = 0;
    uint64_t lost = 0;
    make(&b, 1, 16, 0);
    for (int k = 0; k < 20; k++) {
        put(&b, 3);
        const struct weir_broadcast_span s =
            weir_broadcast_read(&b, &fast, got, 16, weir_broadcast_keep(&b));
        cr_assert(s.n == 3 && is(&b, got, fast - 3, 3));
        lost += s.lost;
    }
    const struct weir_broadcast_span s =
        weir_broadcast_read(&b, &slow, got, 16, weir_broadcast_keep(&b));
    cr_assert(lost == 0 && s.lost == 48 && s.n == 12);
    free(b.page);
}

Test(broadcast, every_publish_changes_the_wake_word)
{
    struct weir_broadcast b;
    make(&b, 1, 16, 0);
    put(&b, 1);
    put(&b, 0);
    cr_assert_eq(atomic_load(&b.page->wake), 2);
    free(b.page);
}

Test(broadcast, a_long_block_that_is_never_finished_leaves_the_rest_readable)
{
    struct weir_broadcast b;
    float got[16];
    uint64_t q = 0;
    make(&b, 1, 16, 0);
    put(&b, 16);
    // Half of the ring is reserved, and its writer dies.
    weir_broadcast_reserve(&b, 24);
    const struct weir_broadcast_span s =
        weir_broadcast_read(&b, &q, got, 16, weir_broadcast_keep(&b));
    cr_assert_eq(s.lost, 8);
    cr_assert_eq(s.n, 8);
    cr_assert(is(&b, got, 8, 8));
    free(b.page);
}

Test(broadcast, the_clock_comes_back_whole)
{
    struct weir_broadcast b;
    const struct weir_broadcast_clock in = {7, 8, 9};
    struct weir_broadcast_clock out = {0};
    make(&b, 1, 16, 0);
    weir_broadcast_set_clock(&b, in);
    cr_assert(weir_broadcast_get_clock(&b, &out));
    cr_assert(out.position == 7 && out.ns == 8 && out.rate_uhz == 9);
    free(b.page);
}

Test(broadcast, a_clock_whose_writer_died_in_the_middle_is_not_believed)
{
    struct weir_broadcast b;
    struct weir_broadcast_clock out;
    make(&b, 1, 16, 0);
    weir_broadcast_set_clock(&b, (struct weir_broadcast_clock){7, 8, 9});
    atomic_fetch_add(&b.page->clock_sequence, 1);
    cr_assert_not(weir_broadcast_get_clock(&b, &out));
    free(b.page);
}
