// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// How cost grows, without a server: one thread is callback and mixer in turn,
// so that nothing but their work is measured.
//     bench_growth strips N PERIOD CYCLES
// N stereo strips with noise at unity gain into `main`: a cycle's time in the
// callback and in the mixer.
//     bench_growth readers N PERIOD CYCLES
// N processes sleep on a stereo ring and read each block; a SCHED_FIFO
// thread writes it at the pace of sound: a block's time for writing, and for
// waking them.
// Prints the medians in ns as JSON.
#include "engine/engine.h"
#include "rt/clock.h"
#include "rt/denormals.h"
#include "rt/futex.h"
#include "rt/process.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum {
    RATE_HZ = 48000,
    LANE_FRAMES = 8192,
    HISTORY_FRAMES = 20 * RATE_HZ,
    MAX_PERIOD = 1024,
    WARM_UP = 300, // cycles: over a second of what meters and ramps do
};

struct bench {
    uint32_t n;
    uint32_t period;
    uint32_t n_cycles;
    uint64_t *ns[2];
};

static void *
make(size_t bytes)
{
    void *memory =
        aligned_alloc(WEIR_CACHE_LINE, (bytes + WEIR_CACHE_LINE - 1) /
                                           WEIR_CACHE_LINE * WEIR_CACHE_LINE);
    if (!memory)
        abort();
    return memset(memory, 0, bytes);
}

static int
compare(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void
report(struct bench *b, const char *first, const char *second)
{
    qsort(b->ns[0], b->n_cycles, sizeof *b->ns[0], compare);
    qsort(b->ns[1], b->n_cycles, sizeof *b->ns[1], compare);
    printf("{\"%s\": %llu, \"%s\": %llu}\n", first,
           (unsigned long long)b->ns[0][b->n_cycles / 2], second,
           (unsigned long long)b->ns[1][b->n_cycles / 2]);
}

// ------------------------------------------------------------------ strips

static WEIR_RT void *
get_buffer(void *port, uint32_t n_frames)
{
    (void)n_frames;
    return port;
}

static float *
make_noise(uint32_t seed)
{
    float *block = make(MAX_PERIOD * sizeof *block);
    uint32_t x = seed * 2654435761u + 1;
    for (int i = 0; i < MAX_PERIOD; i++) {
        x = x * 1664525u + 1013904223u;
        block[i] = 0.1f * ((float)(x >> 8) / 8388608.0f - 1.0f);
    }
    return block;
}

static void
push(struct weir_engine *e, struct weir_command command)
{
    struct weir_event event;
    if (!weir_queue_push(e->commands, &command, 1))
        abort();
    weir_engine_obey(e);
    while (weir_queue_pop(e->events, &event))
        continue;
}

static struct weir_tap *
make_tap(void *memory)
{
    struct weir_tap *tap = make(sizeof *tap);
    weir_broadcast_init(&tap->ring, memory, RATE_HZ, 2, HISTORY_FRAMES, 0);
    return tap;
}

static struct weir_bus *
add_main(struct weir_engine *e)
{
    struct weir_tap *tap =
        make_tap(make(weir_broadcast_bytes(HISTORY_FRAMES, 2)));
    struct weir_bus *bus = weir_bus_new(2, RATE_HZ, tap);
    push(e, (struct weir_command){.kind = WEIR_COMMAND_BUS_ADD, .bus = bus});
    return bus;
}

static void
add_strip(struct weir_engine *e, struct weir_table *t)
{
    struct weir_strip *s = weir_strip_new(e->inputs, 2, RATE_HZ, t->n_inputs);
    if (!s)
        abort();
    push(e, (struct weir_command){.kind = WEIR_COMMAND_STRIP_ADD, .strip = s});
    push(e, (struct weir_command){
                .kind = WEIR_COMMAND_STRIP_INPUT, .strip = s, .number = 1});
    for (int c = 0; c < 2; c++, t->n_inputs++)
        t->inputs[t->n_inputs] = (struct weir_input_port){
            .port = make_noise(t->n_inputs), .lane = s->lanes[c].frames};
}

static void
patch_main(struct weir_table *t, const struct weir_bus *bus)
{
    for (uint32_t c = 0; c < 2; c++)
        t->outputs[t->n_outputs++] =
            (struct weir_output_port){.port = make(MAX_PERIOD * sizeof(float)),
                                      .ring = &bus->out->ring,
                                      .channel = c};
}

static void
run_cycle(struct weir_process *p, struct weir_engine *e, uint32_t i,
          uint32_t period, uint64_t *callback_ns, uint64_t *mixer_ns)
{
    const struct weir_process_time time = {.frame_time = i * period,
                                           .rate_hz = RATE_HZ};
    struct weir_event event;
    const uint64_t begin = weir_now_ns();
    weir_process_run(p, &time, period);
    const uint64_t middle = weir_now_ns();
    weir_engine_obey(e);
    while (weir_engine_cycle(e))
        weir_engine_obey(e);
    *mixer_ns = weir_now_ns() - middle;
    *callback_ns = middle - begin;
    while (weir_queue_pop(e->events, &event))
        continue;
}

// The process ends with it: nothing is freed.
static void
bench_strips(struct bench *b)
{
    struct weir_engine *e = weir_engine_new(RATE_HZ, LANE_FRAMES);
    struct weir_table *t = weir_table_new(2 * b->n, 2);
    struct weir_process p;
    uint64_t ignored;
    if (!e || !t)
        abort();
    weir_denormals_off();
    weir_process_init(&p, get_buffer, e->inputs, &e->doorbell, 1);
    const struct weir_bus *bus = add_main(e);
    for (uint32_t i = 0; i < b->n; i++)
        add_strip(e, t);
    patch_main(t, bus);
    t->number = 1;
    weir_process_set_table(&p, t);
    for (uint32_t i = 0; i < WARM_UP; i++)
        run_cycle(&p, e, i, b->period, &ignored, &ignored);
    for (uint32_t i = 0; i < b->n_cycles; i++)
        run_cycle(&p, e, WARM_UP + i, b->period, &b->ns[0][i], &b->ns[1][i]);
    report(b, "callback", "mixer");
}

// ----------------------------------------------------------------- readers

static void
wait_and_wake(const struct weir_broadcast *ring, uint32_t seen)
{
    if (weir_futex_wait(&ring->page->wake, seen, 1000000000,
                        WEIR_FUTEX_SHARED) == 0)
        weir_futex_wake_one(&ring->page->wake, WEIR_FUTEX_SHARED);
}

// A reader as libweir is one: sleeps until there is more, and copies it.
static void
read_on(const struct weir_broadcast *ring)
{
    uint64_t q = weir_broadcast_published(ring);
    float block[2 * MAX_PERIOD];
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
        const uint32_t seen =
            atomic_load_explicit(&ring->page->wake, memory_order_acquire);
        if (weir_broadcast_read(ring, &q, block, MAX_PERIOD,
                                weir_broadcast_keep(ring))
                .n == 0)
            wait_and_wake(ring, seen);
    }
}

static void
sleep_until(uint64_t ns)
{
    const struct timespec t = {(time_t)(ns / 1000000000),
                               (long)(ns % 1000000000)};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static void
bench_readers(struct bench *b)
{
    const size_t n_bytes = weir_broadcast_bytes(HISTORY_FRAMES, 2);
    const struct sched_param param = {.sched_priority = 4};
    float *block[2] = {make_noise(1), make_noise(2)};
    void *memory = mmap(NULL, n_bytes, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED)
        abort();
    struct weir_broadcast *ring = &make_tap(memory)->ring;
    for (uint32_t i = 0; i < b->n; i++)
        if (fork() == 0)
            read_on(ring);
    if (sched_setscheduler(0, SCHED_FIFO, &param) != 0)
        fprintf(stderr, "not real-time: the figures are worth less\n");
    uint64_t due = weir_now_ns();
    for (uint32_t i = 0; i < b->n_cycles + WARM_UP; i++) {
        const uint32_t k = i < WARM_UP ? 0 : i - WARM_UP;
        due += (uint64_t)b->period * 1000000000 / RATE_HZ;
        sleep_until(due);
        const uint64_t begin = weir_now_ns();
        weir_broadcast_write(ring, (uint64_t)i * b->period,
                             (const float *const *)block, b->period);
        const uint64_t middle = weir_now_ns();
        if (b->n > 0)
            weir_futex_wake_one(&ring->page->wake, WEIR_FUTEX_SHARED);
        b->ns[1][k] = weir_now_ns() - middle;
        b->ns[0][k] = middle - begin;
    }
    report(b, "write", "wake");
}

int
main(int argc, char **argv)
{
    if (argc != 5)
        return 2;
    struct bench b = {.n = (uint32_t)atoi(argv[2]),
                      .period = (uint32_t)atoi(argv[3]),
                      .n_cycles = (uint32_t)atoi(argv[4])};
    if (b.period < 1 || b.period > MAX_PERIOD || b.n_cycles < 1)
        return 2;
    b.ns[0] = make(b.n_cycles * sizeof *b.ns[0]);
    b.ns[1] = make(b.n_cycles * sizeof *b.ns[1]);
    if (strcmp(argv[1], "strips") == 0)
        bench_strips(&b);
    else if (strcmp(argv[1], "readers") == 0)
        bench_readers(&b);
    else
        return 2;
    return 0;
}
