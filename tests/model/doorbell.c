// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The mixer thread's wait: it does not sleep over a cycle or a command.
#include "callback.h"

#include "rt/queue.c"

#define WEIR_RT_DENORMALS_H // no such thing in a model
static inline void
weir_denormals_off(void)
{
}

#define WEIR_RT_LOCK_H // nor has it a stack
static inline void
weir_lock_stack(void)
{
}

// Starting the thread is no part of it either: nobody calls create().
#include <sched.h>
#undef PTHREAD_EXPLICIT_SCHED
#undef write
#define PTHREAD_EXPLICIT_SCHED 0
#define pthread_attr_init(attr) ((void)(attr), 0)
#define pthread_attr_destroy(attr) ((void)(attr))
#define pthread_attr_setstacksize(attr, n) ((void)(n))
#define pthread_attr_setinheritsched(attr, how) ((void)(how))
#define pthread_attr_setschedpolicy(attr, policy) ((void)(policy))
#define pthread_attr_setschedparam(attr, param) ((void)(param))
#define pthread_getschedparam(thread, policy, param)                           \
    ((void)(policy), (void)(param), 1)
#define pthread_setname_np(thread, name) ((void)(name))
#define pthread_clockjoin_np(thread, result, clock, end) ((void)(end), 1)
#define gettid() 1
#define write(fd, from, n) ((void)(from), (ssize_t)-1)
#define now_ns now_ns_of_mixer
#include "engine/mixer_thread.c"
#undef now_ns

static struct weir_table table = {.number = 1};
static struct weir_engine engine;
static struct weir_mixer_thread thread;
static struct weir_queue commands;
static uint32_t records[2];
static uint32_t n_mixed;
static uint32_t n_obeyed;

static void
prepare(void)
{
    prepare_callback(NULL, &table);
    commands.records = (unsigned char *)records;
    commands.record_bytes = sizeof *records;
    commands.size = 2;
    atomic_init(&commands.head, 0);
    atomic_init(&commands.tail, 0);
    commands.tail_seen = commands.head_seen = 0;
    engine.inputs = &inputs;
    engine.commands = &commands;
    engine.stopping = false;
    engine.rate_hz = 48000;
    atomic_init(&engine.doorbell, 0);
    process.doorbell = &engine.doorbell;
    thread.engine = &engine;
    n_mixed = n_obeyed = 0;
}

// The engine, without its mixing.

WEIR_RT void
weir_engine_obey(struct weir_engine *e)
{
    uint32_t command;
    while (weir_queue_pop(e->commands, &command))
        n_obeyed++;
}

WEIR_RT bool
weir_engine_cycle(struct weir_engine *e)
{
    const struct weir_cycle *cycle;
    if (!weir_inputs_peek(e->inputs, &cycle))
        return false;
    weir_inputs_finish(e->inputs);
    n_mixed++;
    return true;
}

WEIR_RT void
weir_engine_note_end(struct weir_engine *e, uint64_t now_ns)
{
    (void)e;
    (void)now_ns;
}

WEIR_RT void
weir_engine_idle(struct weir_engine *e)
{
    (void)e;
}

WEIR_RT uint32_t
weir_engine_take_events(struct weir_engine *e)
{
    (void)e;
    return 0;
}

static void *
callback(void *arg)
{
    (void)arg;
    run_callback(false);
    return NULL;
}

static void *
control(void *arg)
{
    const uint32_t command = 1;
    (void)arg;
    assert(weir_queue_push(&commands, &command, 1));
    weir_mixer_thread_ring(&engine);
    return NULL;
}

static void *
mixer(void *arg)
{
    (void)arg;
    return run(&thread);
}

static void
check(void)
{
    const uint32_t last =
        atomic_load_explicit(&engine.doorbell, memory_order_relaxed);
    assert(model_slept && last == 2);
    if (model_slept_on == last)
        assert(n_mixed == 1 && n_obeyed == 1);
}

MODEL(prepare, check, callback, control, mixer)
