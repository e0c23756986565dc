// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The longest single write of a block while eight readers, ordinary threads on
// the writer's own CPU, are interrupted by it wherever they happen to be: with
// a lock somewhere, it would wait for one of them.
#include "bench/bench.h"
#include "bench/clock.h"

#include "rt/broadcast.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
    BLOCK = 64,
    READERS = 8,
    CAPACITY = 48000,
    PAUSE_NS = 100000,
    WRITES = 4
};

struct longest {
    struct weir_broadcast ring;
    void *memory;
    uint64_t position;
    bool fifo;
    pthread_t readers[READERS];
    unsigned n_readers;
    _Atomic bool ends;
    _Atomic uint64_t n_wrong;
};

// Frames that were read, and whether each is what was written at its place.
static void *
read_for_ever(void *state)
{
    static const struct sched_param ordinary = {.sched_priority = 0};
    struct longest *s = state;
    uint64_t at = 0;
    float out[2 * BLOCK];
    pthread_setschedparam(pthread_self(), SCHED_OTHER, &ordinary);
    // relaxed: nothing hangs on when it is seen.
    while (!atomic_load_explicit(&s->ends, memory_order_relaxed)) {
        const struct weir_broadcast_span span = weir_broadcast_read(
            &s->ring, &at, out, BLOCK, weir_broadcast_keep(&s->ring));
        for (uint32_t i = 0; i < span.n; i++) {
            const float right = (float)((at - span.n + i) & 0xffffff);
            if (out[2 * i] != -right || out[2 * i + 1] != right)
                atomic_fetch_add(&s->n_wrong, 1);
        }
    }
    return NULL;
}

static void
leave(void *state)
{
    struct longest *s = state;
    atomic_store(&s->ends, true);
    for (unsigned i = 0; i < s->n_readers; i++)
        pthread_join(s->readers[i], NULL);
    munmap(s->memory, weir_broadcast_bytes(CAPACITY, 2));
    free(s);
}

static bool
change_policy(int policy, int priority)
{
    const struct sched_param param = {.sched_priority = priority};
    return pthread_setschedparam(pthread_self(), policy, &param) == 0;
}

// The policy that the caller had, for afterwards.
struct policy {
    int policy;
    struct sched_param param;
};

static struct policy
remember_policy(void)
{
    struct policy p;
    pthread_getschedparam(pthread_self(), &p.policy, &p.param);
    return p;
}

static bool
may_be_fifo(void)
{
    const struct policy before = remember_policy();
    const bool may = change_policy(SCHED_FIFO, 10);
    pthread_setschedparam(pthread_self(), before.policy, &before.param);
    return may;
}

// The caller is pinned, and its threads inherit that.
static void *
enter(const struct bench_contestant *contestant)
{
    struct longest *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->fifo = contestant->how != NULL;
    s->memory =
        mmap(NULL, weir_broadcast_bytes(CAPACITY, 2), PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (s->memory == MAP_FAILED || (s->fifo && !may_be_fifo())) {
        free(s);
        return NULL;
    }
    weir_broadcast_init(&s->ring, s->memory, 48000, 2, CAPACITY, 0);
    return s;
}

static void
write_block(struct longest *s, double *longest_ticks)
{
    float left[BLOCK], right[BLOCK];
    const float *const channels[2] = {left, right};
    for (uint32_t i = 0; i < BLOCK; i++) {
        right[i] = (float)((s->position + i) & 0xffffff);
        left[i] = -right[i];
    }
    const uint64_t begin = bench_ticks_begin();
    weir_broadcast_write(&s->ring, s->position, channels, BLOCK);
    const double ticks = (double)(bench_ticks_end() - begin);
    if (ticks > *longest_ticks)
        *longest_ticks = ticks;
    s->position += BLOCK;
}

// The readers live as long as a sample, so that contestants do not meet.
static void
sample(void *state, uint64_t n, double *measured)
{
    struct longest *s = state;
    const struct timespec pause = {.tv_nsec = PAUSE_NS};
    const struct policy before = remember_policy();
    double longest_ticks = 0;
    atomic_store(&s->ends, false);
    for (s->n_readers = 0; s->n_readers < READERS; s->n_readers++)
        if (pthread_create(&s->readers[s->n_readers], NULL, read_for_ever, s))
            abort();
    change_policy(s->fifo ? SCHED_FIFO : SCHED_OTHER, s->fifo ? 10 : 0);
    for (uint64_t k = 0; k < n * WRITES; k++) {
        write_block(s, &longest_ticks);
        nanosleep(&pause, NULL);
    }
    pthread_setschedparam(pthread_self(), before.policy, &before.param);
    atomic_store(&s->ends, true);
    while (s->n_readers > 0)
        pthread_join(s->readers[--s->n_readers], NULL);
    measured[0] = bench_ticks_ns(longest_ticks - bench_empty_ticks) / 1000;
}

static bool
verify(void *state)
{
    struct longest *s = state;
    return atomic_load(&s->n_wrong) == 0;
}

static const struct bench_contestant contestants[] = {
    {"writer SCHED_FIFO", "fifo"}, {"writer SCHED_OTHER", NULL}};

static const struct bench_target targets[] = {
    {"writer SCHED_FIFO", NULL, .at_most = 50},
};

void
bench_longest_groups(bench_add *add)
{
    add(&(struct bench_group){
        .name = "broadcast-longest",
        .title = "the longest write of a block, 8 readers on the same CPU",
        .unit = "us",
        .statistic = BENCH_LONGEST,
        .preempted = true,
        .contestants = contestants,
        .n_contestants = BENCH_COUNT(contestants),
        .targets = targets,
        .n_targets = BENCH_COUNT(targets),
        .enter = enter,
        .sample = sample,
        .verify = verify,
        .leave = leave,
    });
}
