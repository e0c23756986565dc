// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Memory runs short at every allocation once: what had been made before is
// taken back, and the caller is told. Linked with --wrap for each function
// below; what is alive is counted, so that a leak shows without a sanitizer.
#include "engine/engine.h"
#include "engine/mixer_thread.h"
#include "rt/process.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

static int n_until_failure = -1; // -1: never
static int n_alive;

static bool
fails(void)
{
    return n_until_failure >= 0 && n_until_failure-- == 0;
}

static void *
born(void *memory)
{
    n_alive += memory != NULL;
    return memory;
}

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t n);
void __real_free(void *memory);
void *__real_mmap(void *at, size_t n, int prot, int flags, int fd, off_t off);
int __real_munmap(void *at, size_t n);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
                          void *(*run)(void *), void *arg);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t n);
void __wrap_free(void *memory);
void *__wrap_mmap(void *at, size_t n, int prot, int flags, int fd, off_t off);
int __wrap_munmap(void *at, size_t n);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
                          void *(*run)(void *), void *arg);

void *
__wrap_malloc(size_t n)
{
    return fails() ? NULL : born(__real_malloc(n));
}

void *
__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : born(__real_calloc(n, size));
}

void *
__wrap_aligned_alloc(size_t alignment, size_t n)
{
    // C17 allows no other sizes, and some libraries refuse them.
    cr_assert_eq(n % alignment, 0, "%zu of %zu", n, alignment);
    return fails() ? NULL : born(__real_aligned_alloc(alignment, n));
}

void
__wrap_free(void *memory)
{
    n_alive -= memory != NULL;
    __real_free(memory);
}

void *
__wrap_mmap(void *at, size_t n, int prot, int flags, int fd, off_t off)
{
    // Room that is asked for and given back at once, see rt/lock.c: without it
    // nothing fails.
    if (prot == PROT_NONE)
        return born(__real_mmap(at, n, prot, flags, fd, off));
    if (fails())
        return MAP_FAILED;
    void *memory = __real_mmap(at, n, prot, flags, fd, off);
    n_alive += memory != MAP_FAILED;
    return memory;
}

int
__wrap_munmap(void *at, size_t n)
{
    n_alive--;
    return __real_munmap(at, n);
}

int
__wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
                      void *(*run)(void *), void *arg)
{
    return fails() ? EAGAIN : __real_pthread_create(thread, attr, run, arg);
}

// Fail the first allocation of `make`, then the second, until it succeeds;
// how many there are.
static int
starve(void *(*make)(void *), void (*unmake)(void *), void *arg)
{
    const int before = n_alive;
    for (int at = 0;; at++) {
        n_until_failure = at;
        void *made = make(arg);
        const bool failed = n_until_failure < 0;
        n_until_failure = -1;
        if (made)
            unmake(made);
        cr_assert_eq(n_alive, before, "a leak at allocation %d", at);
        if (!failed)
            return at;
        cr_assert_null(made, "allocation %d", at);
    }
}

static void *
make_inputs(void *arg)
{
    (void)arg;
    return weir_inputs_new(8192);
}

static void
free_inputs(void *made)
{
    weir_inputs_free(made);
}

Test(memory, input_rings)
{
    cr_assert_eq(starve(make_inputs, free_inputs, NULL), 2);
}

static void *
make_lane(void *arg)
{
    static struct weir_lane lane;
    return weir_lane_init(&lane, arg, 3) ? &lane : NULL;
}

static void
free_lane(void *made)
{
    weir_lane_fini(made);
}

Test(memory, a_lane)
{
    struct weir_inputs *in = weir_inputs_new(8192);
    cr_assert_eq(starve(make_lane, free_lane, in), 1);
    weir_inputs_free(in);
}

static void *
make_queue(void *arg)
{
    (void)arg;
    return weir_queue_new(24, 256);
}

static void
free_queue(void *made)
{
    weir_queue_free(made);
}

Test(memory, a_queue)
{
    cr_assert_eq(starve(make_queue, free_queue, NULL), 2);
}

static void *
make_table(void *arg)
{
    (void)arg;
    return weir_table_new(7, 0);
}

static void
free_table(void *made)
{
    weir_table_free(made);
}

Test(memory, a_port_table)
{
    cr_assert_eq(starve(make_table, free_table, NULL), 3);
    weir_table_free(NULL);
}

static void *
make_engine(void *arg)
{
    (void)arg;
    return weir_engine_new(48000, 8192);
}

static void
free_engine(void *made)
{
    weir_engine_free(made);
}

Test(memory, a_mixer)
{
    // Itself, its buffers and batches, the input rings' two, the queues' four
    // and those of the commands that wait, four as well.
    cr_assert_eq(starve(make_engine, free_engine, NULL), 13);
    weir_engine_free(NULL);
}

static void *
make_strip(void *arg)
{
    return weir_strip_new(arg, WEIR_MAX_CHANNELS, 48000, 0);
}

static void
free_strip(void *made)
{
    weir_strip_free(made);
}

Test(memory, a_strip)
{
    struct weir_inputs *in = weir_inputs_new(8192);
    // Itself, its meter's two and 64 lanes.
    cr_assert_eq(starve(make_strip, free_strip, in), 67);
    weir_inputs_free(in);
    weir_strip_free(NULL);
}

static void *
make_bus(void *arg)
{
    return weir_bus_new(5, 48000, arg);
}

static void
free_bus(void *made)
{
    weir_bus_free(made);
}

Test(memory, a_bus)
{
    struct weir_tap tap;
    // Itself, its sums and its meter's two.
    cr_assert_eq(starve(make_bus, free_bus, &tap), 4);
    weir_bus_free(NULL);
}

static void *
make_thread(void *arg)
{
    return weir_mixer_thread_start(arg, 0, -1);
}

static void
join_thread(void *made)
{
    weir_mixer_thread_join(made);
}

Test(memory, the_mixers_thread, .timeout = 60)
{
    struct weir_engine *e = weir_engine_new(48000, 8192);
    e->stopping = true; // it ends at once
    cr_assert_eq(starve(make_thread, join_thread, e), 2);
    weir_engine_free(e);
}
