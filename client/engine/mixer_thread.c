// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The thread that runs the mixer: waits on the doorbell, obeys, mixes, and
// tells @control. Everything that run() reaches belongs to @mixer; what is
// WEIR_RT there is the block, and between blocks it waits and writes.
#include "engine/mixer_thread.h"

#include "engine/engine.h"
#include "rt/clock.h"
#include "rt/denormals.h"
#include "rt/futex.h"
#include "rt/lock.h"
#include "rt/stack.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define IDLE_NS UINT64_C(100000000) // no cycle for so long: nothing plays

struct weir_mixer_thread {
    struct weir_engine *engine;
    pthread_t thread;
    _Atomic int32_t tid; // written by @mixer once; 0: not yet
    int event_fd;
    float load; // smoothed, of the period
};

// Smoothed over about 20 cycles.
static WEIR_RT void
note_load(struct weir_mixer_thread *t, uint64_t spent_ns, uint64_t n_frames)
{
    const float period_ns = (float)n_frames * 1e9f / (float)t->engine->rate_hz;
    if (period_ns <= 0.0f)
        return;
    t->load += 0.05f * ((float)spent_ns / period_ns - t->load);
    // relaxed: a number to show.
    atomic_store_explicit(&t->engine->counters.load_ppm,
                          (uint32_t)(t->load * 1e6f), memory_order_relaxed);
}

// All cycles that wait; commands take effect between them.
static WEIR_RT bool
mix_waiting(struct weir_mixer_thread *t)
{
    struct weir_engine *e = t->engine;
    bool any = false;
    weir_engine_obey(e);
    for (;;) {
        const uint64_t begin_ns = weir_now_ns();
        const uint64_t from = e->position;
        if (!weir_engine_cycle(e))
            return any;
        const uint64_t end_ns = weir_now_ns();
        // In freewheel it may have waited, and there is no period to fill.
        if (!weir_broadcast_epoch_freewheels(e->epoch))
            note_load(t, end_ns - begin_ns, e->position - from);
        weir_engine_note_end(e, end_ns);
        weir_engine_beat(&e->counters);
        weir_engine_obey(e);
        any = true;
    }
}

static void
tell_control(struct weir_mixer_thread *t)
{
    const uint64_t one = 1;
    if (weir_engine_take_events(t->engine) == 0)
        return;
    // The eventfd does not block; when its count is full it is readable.
    if (write(t->event_fd, &one, sizeof one) < 0)
        return;
}

static void *
run(void *arg)
{
    struct weir_mixer_thread *t = arg;
    struct weir_engine *e = t->engine;
    uint64_t quiet_since_ns = weir_now_ns();
    // From in here: another thread would have to write to a file in /proc.
    pthread_setname_np(pthread_self(), "weir-mixer");
    weir_denormals_off();
    weir_lock_stack();
    // relaxed: a number that stands for itself.
    atomic_store_explicit(&t->tid, gettid(), memory_order_relaxed);
    while (!e->stopping) {
        weir_engine_beat(&e->counters);
        // acquire: pairs with the releases of who rings; what was announced
        // is found below.
        const uint32_t seen =
            atomic_load_explicit(&e->doorbell, memory_order_acquire);
        if (mix_waiting(t))
            quiet_since_ns = weir_now_ns();
        else if (weir_now_ns() - quiet_since_ns > IDLE_NS)
            weir_engine_idle(e);
        tell_control(t);
        if (!e->stopping)
            weir_futex_wait(&e->doorbell, seen, IDLE_NS, WEIR_FUTEX_PRIVATE);
    }
    return NULL;
}

static int
create(struct weir_mixer_thread *t, int priority)
{
    const struct sched_param param = {.sched_priority = priority};
    pthread_attr_t attr;
    int rc = pthread_attr_init(&attr);
    if (rc)
        return rc;
    pthread_attr_setstacksize(&attr, WEIR_STACK_BYTES);
    if (priority > 0) {
        pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
        pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
        pthread_attr_setschedparam(&attr, &param);
    }
    rc = pthread_create(&t->thread, &attr, run, t);
    pthread_attr_destroy(&attr);
    return rc;
}

struct weir_mixer_thread *
weir_mixer_thread_start(struct weir_engine *engine, int priority, int event_fd)
{
    struct weir_mixer_thread *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->engine = engine;
    t->event_fd = event_fd;
    int rc = create(t, priority);
    if (rc && priority > 0)
        rc = create(t, 0);
    if (rc) {
        free(t);
        return NULL;
    }
    return t;
}

bool
weir_mixer_thread_is_realtime(const struct weir_mixer_thread *t)
{
    int policy = SCHED_OTHER;
    struct sched_param param;
    return pthread_getschedparam(t->thread, &policy, &param) == 0 &&
           policy == SCHED_FIFO;
}

void
weir_mixer_thread_ring(struct weir_engine *e)
{
    // release: pairs with the acquire in run().
    atomic_fetch_add_explicit(&e->doorbell, 1, memory_order_release);
    weir_futex_wake(&e->doorbell, WEIR_FUTEX_PRIVATE);
}

pthread_t
weir_mixer_thread_id(const struct weir_mixer_thread *t)
{
    return t->thread;
}

int32_t
weir_mixer_thread_tid(const struct weir_mixer_thread *t)
{
    // relaxed: a number that stands for itself.
    return atomic_load_explicit(&t->tid, memory_order_relaxed);
}

bool
weir_mixer_thread_join_within(struct weir_mixer_thread *t, uint32_t timeout_ms)
{
    struct timespec end;
    if (!t)
        return true;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += timeout_ms / 1000;
    end.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (end.tv_nsec >= 1000000000) {
        end.tv_sec++;
        end.tv_nsec -= 1000000000;
    }
    if (pthread_clockjoin_np(t->thread, NULL, CLOCK_MONOTONIC, &end))
        return false;
    free(t);
    return true;
}

void
weir_mixer_thread_join(struct weir_mixer_thread *t)
{
    if (!t)
        return;
    pthread_join(t->thread, NULL);
    free(t);
}
