// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The process callback alone: what it asks of ports, what it tells the
// mixer, what it waits for and what not. tests/cycle/ has it with a mixer.
#include "rt/process.h"

#include "rt/futex.h"
#include "unit/threads.h"

#include <criterion/criterion.h>
#include <stdlib.h>

enum { LANE = 8192, HISTORY = 16384, BLOCK = 128 };

struct port {
    float frames[LANE];
    uint32_t n_asked; // how often its buffer was asked for
    uint32_t n_frames;
};

struct bench {
    struct weir_inputs *inputs;
    struct weir_process process;
    struct weir_lane lane;
    struct weir_broadcast ring[2];
    void *memory[2];
    struct port in;
    struct port out[2];
    _Atomic uint32_t doorbell;
    struct weir_table *table;
    uint32_t frame_time;
};

static WEIR_RT void *
get_buffer(void *port, uint32_t n_frames)
{
    struct port *p = port;
    p->n_asked++;
    p->n_frames = n_frames;
    return p->frames;
}

static struct weir_table *
new_table(struct bench *b, uint64_t number)
{
    struct weir_table *t = weir_table_new(1, 2);
    t->number = number;
    t->n_inputs = 1;
    t->n_outputs = 2;
    t->inputs[0] = (struct weir_input_port){&b->in, b->lane.frames};
    for (int i = 0; i < 2; i++)
        t->outputs[i] = (struct weir_output_port){&b->out[i], &b->ring[i], 0};
    return t;
}

static struct bench *
new_bench(uint32_t latency_blocks)
{
    struct bench *b = calloc(1, sizeof *b);
    b->inputs = weir_inputs_new(LANE);
    cr_assert(weir_lane_init(&b->lane, b->inputs, 0));
    weir_process_init(&b->process, get_buffer, b->inputs, &b->doorbell,
                      latency_blocks);
    for (int i = 0; i < 2; i++) {
        b->memory[i] = calloc(1, weir_broadcast_bytes(HISTORY, 2));
        weir_broadcast_init(&b->ring[i], b->memory[i], 48000, 2, HISTORY, 0);
    }
    b->table = new_table(b, 1);
    cr_assert_null(weir_process_set_table(&b->process, b->table));
    return b;
}

static void
free_bench(struct bench *b)
{
    for (int i = 0; i < 2; i++)
        free(b->memory[i]);
    weir_table_free(b->table);
    weir_lane_fini(&b->lane);
    weir_inputs_free(b->inputs);
    free(b);
}

static void
run(struct bench *b, uint32_t n, bool freewheel)
{
    const struct weir_process_time time = {.frame_time = b->frame_time,
                                           .rate_hz = 48000.0,
                                           .freewheel = freewheel};
    for (int i = 0; i < 2; i++)
        b->out[i].frames[0] = b->out[i].frames[n - 1] = 9.0f;
    weir_process_run(&b->process, &time, n);
    b->frame_time += n;
}

// As a mixer would: the next block of ring `i` is all `value`.
static void
publish(struct bench *b, int i, float value)
{
    static _Thread_local float block[BLOCK];
    const float *channels[2] = {block, block};
    for (int k = 0; k < BLOCK; k++)
        block[k] = value;
    weir_broadcast_write(&b->ring[i], weir_broadcast_published(&b->ring[i]),
                         channels, BLOCK);
    weir_futex_wake(&b->ring[i].page->wake, WEIR_FUTEX_SHARED);
}

static uint64_t
count(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

Test(process, each_port_is_asked_once_a_cycle_for_the_cycles_length)
{
    struct bench *b = new_bench(1);
    for (uint32_t i = 1; i <= 10; i++) {
        run(b, 64 + i, false);
        cr_assert(b->in.n_asked == i && b->in.n_frames == 64 + i);
        cr_assert(b->out[0].n_asked == i && b->out[0].n_frames == 64 + i);
        cr_assert(b->out[1].n_asked == i && b->out[1].n_frames == 64 + i);
    }
    free_bench(b);
}

Test(process, a_cycle_is_told_with_place_table_rate_and_time)
{
    struct bench *b = new_bench(1);
    const struct weir_cycle *c;
    for (uint64_t i = 0; i < 3; i++) {
        struct timespec before;
        struct timespec after;
        clock_gettime(CLOCK_MONOTONIC, &before);
        run(b, BLOCK, false);
        clock_gettime(CLOCK_MONOTONIC, &after);
        cr_assert(weir_inputs_peek(b->inputs, &c));
        cr_assert(c->position == i * BLOCK && c->n_frames == BLOCK);
        cr_assert(c->table == 1 && c->rate_hz == 48000.0 && !c->freewheel);
        cr_assert_geq(c->mono_ns, (uint64_t)before.tv_sec * 1000000000u +
                                      (uint64_t)before.tv_nsec);
        cr_assert_leq(c->mono_ns, (uint64_t)after.tv_sec * 1000000000u +
                                      (uint64_t)after.tv_nsec);
        weir_inputs_finish(b->inputs);
    }
    free_bench(b);
}

Test(process, the_doorbell_rings_once_a_cycle)
{
    struct bench *b = new_bench(1);
    for (uint32_t i = 1; i <= 10; i++) {
        run(b, BLOCK, false);
        cr_assert_eq(atomic_load(&b->doorbell), i);
    }
    cr_assert_eq(count(&b->process.counters.cycles), 10);
    free_bench(b);
}

Test(process, a_new_table_is_used_at_the_next_cycle_and_the_old_one_returned)
{
    struct bench *b = new_bench(1);
    const struct weir_cycle *c;
    run(b, BLOCK, false);
    struct weir_table *second = new_table(b, 2);
    second->n_inputs = 0;
    cr_assert_eq(weir_process_set_table(&b->process, second), b->table);
    weir_table_free(b->table);
    b->table = second;
    run(b, BLOCK, false);
    cr_assert_eq(b->in.n_asked, 1);
    weir_inputs_finish(b->inputs);
    cr_assert(weir_inputs_peek(b->inputs, &c) && c->table == 2);
    free_bench(b);
}

Test(process, a_table_without_ports_is_a_cycle_all_the_same)
{
    struct bench *b = new_bench(1);
    const struct weir_cycle *c;
    b->table->n_inputs = b->table->n_outputs = 0;
    run(b, BLOCK, false);
    run(b, BLOCK, true); // nothing to wait for
    cr_assert(weir_inputs_peek(b->inputs, &c) && c->n_frames == BLOCK);
    cr_assert_eq(count(&b->process.counters.late_blocks), 0);
    free_bench(b);
}

Test(process, one_late_block_is_counted_once_for_all_ports)
{
    struct bench *b = new_bench(1);
    run(b, BLOCK, false);
    run(b, BLOCK, false); // neither ring has the first block
    cr_assert_eq(count(&b->process.counters.late_blocks), 1);
    publish(b, 0, 0.5f);
    publish(b, 0, 0.5f);
    run(b, BLOCK, false); // one of them has
    cr_assert_eq(count(&b->process.counters.late_blocks), 2);
    cr_assert_eq(b->out[0].frames[BLOCK - 1], 0.5f);
    cr_assert_eq(b->out[1].frames[0], 0.0f);
    cr_assert_eq(b->out[1].frames[BLOCK - 1], 0.0f);
    free_bench(b);
}

Test(process, a_block_that_the_ring_has_overwritten_is_late)
{
    struct bench *b = new_bench(1);
    run(b, BLOCK, false);
    for (int i = 0; i < HISTORY / BLOCK + 1; i++) {
        publish(b, 0, 0.25f);
        publish(b, 1, 0.25f);
    }
    run(b, BLOCK, false);
    cr_assert_eq(b->out[0].frames[0], 0.0f);
    cr_assert_eq(count(&b->process.counters.late_blocks), 1);
    free_bench(b);
}

static WEIR_RT void *
get_no_buffer(void *port, uint32_t n_frames)
{
    (void)n_frames;
    ((struct port *)port)->n_asked++;
    return NULL;
}

Test(process, a_port_without_a_buffer_is_silent)
{
    struct bench *b = new_bench(1);
    float got[BLOCK];
    for (uint32_t i = 0; i < LANE; i++)
        b->lane.frames[i] = 0.5f; // what was there before
    b->process.get_buffer = get_no_buffer;
    for (uint64_t at = 0; at < 3 * LANE; at += BLOCK) {
        publish(b, 0, 0.5f);
        publish(b, 1, 0.5f);
        run(b, BLOCK, false);
        weir_inputs_read(b->inputs, b->lane.frames, at, got, BLOCK);
        weir_inputs_finish(b->inputs);
        for (uint32_t i = 0; i < BLOCK; i++)
            cr_assert_eq(got[i], 0.0f);
    }
    cr_assert_eq(b->in.n_asked, 3 * LANE / BLOCK);
    cr_assert_eq(count(&b->process.counters.late_blocks), 0);
    free_bench(b);
}

Test(process, a_cycle_without_frames_changes_nothing)
{
    struct bench *b = new_bench(1);
    const struct weir_process_time time = {.frame_time = BLOCK,
                                           .rate_hz = 48000};
    run(b, BLOCK, false);
    weir_process_run(&b->process, &time, 0);
    cr_assert_eq(b->process.position, BLOCK);
    run(b, BLOCK, false);
    cr_assert_eq(b->process.position, 2 * BLOCK);
    cr_assert_eq(count(&b->process.counters.input_frames_lost), 0);
    free_bench(b);
}

// Where the next cycle, one block that is told this frame time, is placed, and
// what is lost by then.
static void
check_told(struct bench *b, uint32_t frame_time, uint64_t position,
           uint64_t n_lost)
{
    const struct weir_cycle *c = NULL;
    b->frame_time = frame_time;
    run(b, BLOCK, false);
    cr_assert(weir_inputs_peek(b->inputs, &c));
    cr_expect_eq(c->position, position, "at %u: %lu", frame_time, c->position);
    weir_inputs_finish(b->inputs);
    cr_expect_eq(count(&b->process.counters.input_frames_lost), n_lost);
}

Test(process, what_a_late_cycle_was_told_too_late_the_next_gap_makes_up_for)
{
    enum { N = BLOCK };
    struct bench *b = new_bench(1);
    check_told(b, 1000, 0, 0);
    check_told(b, 1000 + 2 * N, 2 * N, N); // it is the one before
    check_told(b, 1000 + 2 * N, 3 * N, N);
    check_told(b, 1000 + 3 * N, 4 * N, N);
    // Each that follows is told right, and a block too far on, until one is
    // missing, and then two.
    check_told(b, 1000 + 5 * N, 5 * N, N);
    check_told(b, 1000 + 8 * N, 8 * N, 3 * N);
    free_bench(b);
}

Test(process, gaps_make_up_for_as_much_as_they_can)
{
    enum { N = BLOCK };
    struct bench *b = new_bench(1);
    check_told(b, 0, 0, 0);
    check_told(b, 3 * N, 3 * N, 2 * N); // one of two was missing
    check_told(b, 3 * N, 4 * N, 2 * N);
    check_told(b, 5 * N, 5 * N, 2 * N); // too late again
    check_told(b, 5 * N, 6 * N, 2 * N);
    check_told(b, 6 * N + N / 2, 7 * N, 2 * N);
    check_told(b, 9 * N, 9 * N, 3 * N);
    check_told(b, 9 * N, 10 * N, 3 * N);
    // Another clock has nothing to make up for.
    weir_process_new_clock(&b->process);
    check_told(b, 0, 11 * N, 3 * N);
    check_told(b, 2 * N, 13 * N, 4 * N);
    free_bench(b);
}

Test(process, the_longest_call_is_kept)
{
    struct bench *b = new_bench(1);
    uint32_t longest = 0;
    for (int i = 0; i < 100; i++) {
        run(b, BLOCK, false);
        const uint32_t now = atomic_load(&b->process.counters.longest_ns);
        cr_assert_geq(now, longest);
        longest = now;
    }
    cr_assert_gt(longest, 0);
    free_bench(b);
}

// ------------------------------------------------------------ other threads

static void *
publish_late(void *arg)
{
    struct bench *b = arg;
    for (int i = 0; i < 2; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
        publish(b, i, 0.5f);
    }
    return NULL;
}

Test(process, in_freewheel_it_waits_for_every_bus_that_is_due, .timeout = 60)
{
    struct bench *b = new_bench(1);
    pthread_t mixer;
    run(b, BLOCK, true); // nothing is due yet
    pthread_create(&mixer, NULL, publish_late, b);
    run(b, BLOCK, true);
    cr_assert_eq(b->out[0].frames[0], 0.5f);
    cr_assert_eq(b->out[1].frames[0], 0.5f);
    cr_assert_eq(count(&b->process.counters.late_blocks), 0);
    pthread_join(mixer, NULL);
    free_bench(b);
}

static void *
read_cycles_late(void *arg)
{
    struct bench *b = arg;
    const struct weir_cycle *c;
    nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    while (weir_inputs_peek(b->inputs, &c))
        weir_inputs_finish(b->inputs);
    return NULL;
}

Test(process, in_freewheel_it_waits_for_room_rather_than_drop_a_cycle,
     .timeout = 60)
{
    // So much latency that the input rings are full before a block is due.
    struct bench *b = new_bench(16);
    pthread_t mixer;
    for (int i = 0; i < LANE / 1024; i++)
        run(b, 1024, true);
    cr_assert_eq(count(&b->process.counters.input_frames_lost), 0);
    pthread_create(&mixer, NULL, read_cycles_late, b);
    run(b, 1024, true);
    cr_assert_eq(count(&b->process.counters.input_frames_lost), 0);
    pthread_join(mixer, NULL);
    free_bench(b);
}

Test(process, in_freewheel_it_gives_up_after_five_seconds, .timeout = 60)
{
    struct bench *b = new_bench(1);
    struct timespec begin;
    struct timespec end;
    run(b, BLOCK, true);
    clock_gettime(CLOCK_MONOTONIC, &begin);
    run(b, BLOCK, true); // nobody publishes
    clock_gettime(CLOCK_MONOTONIC, &end);
    const double s = (double)(end.tv_sec - begin.tv_sec) +
                     1e-9 * (double)(end.tv_nsec - begin.tv_nsec);
    cr_assert(s > 4.9 && s < 30.0, "%g s", s);
    cr_assert_eq(count(&b->process.counters.late_blocks), 1);
    free_bench(b);
}

struct slow_call {
    struct bench *b;
    _Atomic bool inside;
    _Atomic bool may_leave;
};

static struct slow_call slow;

// Not as a port's buffer is found: it waits.
static WEIR_RT void *
get_buffer_slowly(void *port, uint32_t n_frames)
{
    atomic_store(&slow.inside, true);
    while (!atomic_load(&slow.may_leave))
        WEIR_RT_TRUST(threads_breathe());
    return get_buffer(port, n_frames);
}

static void *
call(void *arg)
{
    struct slow_call *s = arg;
    run(s->b, BLOCK, false);
    return NULL;
}

Test(process, close_waits_for_the_callback_to_be_out, .timeout = 60)
{
    struct bench *b = new_bench(1);
    pthread_t rt;
    slow.b = b;
    b->process.get_buffer = get_buffer_slowly;
    pthread_create(&rt, NULL, call, &slow);
    while (!atomic_load(&slow.inside))
        threads_breathe();
    cr_assert_not(weir_process_close(&b->process, 30000000)); // still inside
    atomic_store(&slow.may_leave, true);
    cr_assert(weir_process_close(&b->process, UINT64_C(30000000000)));
    // That call was let through whole.
    cr_assert_eq(count(&b->process.counters.cycles), 1);
    pthread_join(rt, NULL);
    run(b, BLOCK, false);
    cr_assert_eq(count(&b->process.counters.cycles), 1);
    cr_assert_eq(count(&b->process.counters.zombies), 1);
    weir_process_reopen(&b->process);
    run(b, BLOCK, false);
    cr_assert_eq(count(&b->process.counters.cycles), 2);
    free_bench(b);
}

struct caller {
    struct bench *b;
    _Atomic bool stop;
};

static void *
call_for_ever(void *arg)
{
    struct caller *c = arg;
    while (!atomic_load(&c->stop))
        run(c->b, BLOCK, false);
    return NULL;
}

static uint64_t
n_calls(const struct bench *b)
{
    return count(&b->process.counters.zombies) +
           count(&b->process.counters.cycles);
}

// After close() says so, nothing of the callback's may be touched by it.
Test(process, after_close_its_memory_is_the_closers, .timeout = 60)
{
    struct bench *b = new_bench(1);
    struct caller c = {.b = b};
    pthread_t rt;
    pthread_create(&rt, NULL, call_for_ever, &c);
    for (int i = 0; i < 200 || n_calls(b) < 500; i++) {
        for (int k = 0; k < i % 7; k++)
            threads_breathe();
        cr_assert(weir_process_close(&b->process, UINT64_C(30000000000)));
        b->in.frames[0] = 1.0f; // plain writes: a race would show
        b->table->number++;
        b->process.position += 1;
        while (weir_inputs_peek(b->inputs, &(const struct weir_cycle *){NULL}))
            weir_inputs_finish(b->inputs);
        weir_process_reopen(&b->process);
    }
    atomic_store(&c.stop, true);
    pthread_join(rt, NULL);
    free_bench(b);
}
