// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// One writer and two readers in threads of their own: frames are numbered,
// what arrives is in order and whole, and got + lost = all. The memory
// orders themselves are checked by the model in tests/model: the payload is
// relaxed atomics, of which a sanitizer knows nothing.
#include "rt/broadcast.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { N_CHANNELS = 3, N_FRAMES = 4000000, BLOCK = 64, DEADLINE_S = 60 };

static struct weir_broadcast ring;

static void
make_ring(uint64_t capacity)
{
    const size_t n = weir_broadcast_bytes(capacity, N_CHANNELS);
    void *memory =
        aligned_alloc(WEIR_BROADCAST_DATA_OFFSET, (n + 4095) & ~4095);
    cr_assert(memory);
    memset(memory, 0, n);
    weir_broadcast_init(&ring, memory, 48000, N_CHANNELS, capacity, 0);
}

// Numbers up to 2^24 are exact in float; the channel shows in the sign and
// the half.
static float
value(uint64_t position, uint32_t c)
{
    const float number = (float)(position % 4000037);
    return c == 0 ? number : c == 1 ? -number : number + 0.5f;
}

static void *
write_all(void *pause_us)
{
    float frames[N_CHANNELS][BLOCK];
    const float *channels[N_CHANNELS] = {frames[0], frames[1], frames[2]};
    for (uint64_t p = 0; p < N_FRAMES;) {
        const uint32_t n = (uint32_t)weir_min_u64(p % BLOCK + 1, N_FRAMES - p);
        for (uint32_t c = 0; c < N_CHANNELS; c++)
            for (uint32_t i = 0; i < n; i++)
                frames[c][i] = value(p + i, c);
        weir_broadcast_write(&ring, p, channels, n);
        p += n;
        if (*(int *)pause_us > 0 && p % 4096 < n)
            usleep((useconds_t) * (int *)pause_us);
    }
    return NULL;
}

struct tally {
    uint32_t n_max; // frames a read
    uint64_t got;
    uint64_t lost;
    uint64_t wrong;
    bool late;
};

static bool
in_time(time_t until)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec < until;
}

static time_t
deadline(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + DEADLINE_S;
}

static void *
read_all(void *arg)
{
    struct tally *tally = arg;
    float got[BLOCK * 8 * N_CHANNELS];
    uint64_t q = 0;
    const time_t until = deadline();
    while (q < N_FRAMES && !tally->late) {
        const struct weir_broadcast_span s = weir_broadcast_read(
            &ring, &q, got, tally->n_max, weir_broadcast_keep(&ring));
        for (uint32_t i = 0; i < s.n; i++)
            for (uint32_t c = 0; c < N_CHANNELS; c++)
                tally->wrong +=
                    got[i * N_CHANNELS + c] != value(q - s.n + i, c);
        tally->got += s.n;
        tally->lost += s.lost;
        if (s.n == 0)
            tally->late = !in_time(until);
    }
    return NULL;
}

static void
run(uint64_t capacity, int pause_us, struct tally tallies[2])
{
    pthread_t writer;
    pthread_t readers[2];
    make_ring(capacity);
    for (int i = 0; i < 2; i++)
        cr_assert_eq(pthread_create(&readers[i], NULL, read_all, &tallies[i]),
                     0);
    cr_assert_eq(pthread_create(&writer, NULL, write_all, &pause_us), 0);
    pthread_join(writer, NULL);
    for (int i = 0; i < 2; i++) {
        pthread_join(readers[i], NULL);
        cr_assert_not(tallies[i].late, "reader %d: no end in %d s", i,
                      DEADLINE_S);
        cr_assert_eq(tallies[i].wrong, 0);
        cr_assert_eq(tallies[i].got + tallies[i].lost, N_FRAMES);
    }
    free(ring.page);
}

Test(broadcast_threads, readers_that_are_lapped_all_the_time_account_for_all)
{
    struct tally tallies[2] = {{.n_max = 1}, {.n_max = BLOCK}};
    run(128, 0, tallies);
    // Otherwise it showed nothing.
    cr_assert_gt(tallies[0].lost, 0);
    cr_assert_gt(tallies[0].got, 0);
}

Test(broadcast_threads, readers_of_a_long_history_lose_nothing)
{
    struct tally tallies[2] = {{.n_max = 7}, {.n_max = 8 * BLOCK}};
    run(N_FRAMES, 100, tallies);
    cr_assert_eq(tallies[0].lost, 0);
    cr_assert_eq(tallies[1].lost, 0);
}
