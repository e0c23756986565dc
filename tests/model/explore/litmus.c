// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The well-known small programs on which memory models differ. How many
// executions each has is known: so the explorer is checked (check.py
// --litmus has the numbers).
#include "../model.h"

static _Atomic uint32_t x;
static _Atomic uint32_t y;
static uint32_t plain;

#define GLUE(a, b) a##b
#define ORDER(o) GLUE(memory_order_, o)
#define STORE(at, value) atomic_store_explicit(&(at), value, ORDER(STORES))
#define LOAD(at) atomic_load_explicit(&(at), ORDER(LOADS))
#define RELAXED_STORE(at, value)                                               \
    atomic_store_explicit(&(at), value, memory_order_relaxed)
#define RELAXED_LOAD(at) atomic_load_explicit(&(at), memory_order_relaxed)
#define ADD(at) atomic_fetch_add_explicit(&(at), 1, ORDER(ADDS))

#define THREAD(name, ...)                                                      \
    static void *name(void *arg)                                               \
    {                                                                          \
        (void)arg;                                                             \
        __VA_ARGS__;                                                           \
        return NULL;                                                           \
    }

static void
prepare(void)
{
    atomic_init(&x, 0);
    atomic_init(&y, 0);
    plain = 0;
}

static void
check(void)
{
}

#if defined(STORE_BUFFERS)
THREAD(a, STORE(x, 1); LOAD(y))
THREAD(b, STORE(y, 1); LOAD(x))
MODEL(prepare, check, a, b)
#elif defined(MESSAGE)
THREAD(a, RELAXED_STORE(x, 1); STORE(y, 1))
THREAD(b, LOAD(y); RELAXED_LOAD(x))
MODEL(prepare, check, a, b)
#elif defined(MESSAGE_BY_FENCES)
THREAD(a, RELAXED_STORE(x, 1); atomic_thread_fence(memory_order_release);
       RELAXED_STORE(y, 1))
THREAD(b, RELAXED_LOAD(y); atomic_thread_fence(memory_order_acquire);
       RELAXED_LOAD(x))
MODEL(prepare, check, a, b)
#elif defined(LOAD_BUFFERS)
THREAD(a, LOAD(x); STORE(y, 1))
THREAD(b, LOAD(y); STORE(x, 1))
MODEL(prepare, check, a, b)
#elif defined(COHERENCE)
THREAD(a, STORE(x, 1); STORE(x, 2))
THREAD(b, LOAD(x); LOAD(x))
MODEL(prepare, check, a, b)
#elif defined(TWO_AND_TWO_WRITES)
THREAD(a, STORE(x, 1); STORE(y, 2))
THREAD(b, STORE(y, 1); STORE(x, 2))
MODEL(prepare, check, a, b)
#elif defined(INDEPENDENT_READS)
THREAD(a, STORE(x, 1))
THREAD(b, STORE(y, 1))
THREAD(c, LOAD(x); LOAD(y))
THREAD(d, LOAD(y); LOAD(x))
MODEL(prepare, check, a, b, c, d)
#elif defined(CAUSE)
THREAD(a, STORE(x, 1))
THREAD(b, LOAD(x); STORE(y, 1))
THREAD(c, LOAD(y); LOAD(x))
MODEL(prepare, check, a, b, c)
#elif defined(UPDATES)
THREAD(a, ADD(x))
#if UPDATES == 2
MODEL(prepare, check, a, a)
#elif UPDATES == 3
MODEL(prepare, check, a, a, a)
#else
MODEL(prepare, check, a, a, a, a)
#endif
#elif defined(MIXED)
// No number known: only that both ways of counting agree.
THREAD(a, RELAXED_STORE(x, 1); STORE(x, 2); LOAD(y); ADD(y))
THREAD(b, LOAD(x); STORE(y, 1); LOAD(x); ADD(y))
THREAD(c, LOAD(y); RELAXED_STORE(x, 5); RELAXED_LOAD(x); STORE(y, 7))
MODEL(prepare, check, a, b, c)
#elif defined(PLAIN)
THREAD(a, plain = 1; STORE(y, 1))
THREAD(b, if (LOAD(y)) assert(plain == 1))
MODEL(prepare, check, a, b)
#elif defined(PLAIN_BEHIND_UPDATE)
THREAD(a, plain = 1; STORE(y, 1))
THREAD(b, ADD(y))
THREAD(c, if (LOAD(y) == 2) assert(plain == 1))
MODEL(prepare, check, a, b, c)
#elif defined(PLAIN_BEHIND_STORE)
THREAD(a, plain = 1; STORE(y, 1); RELAXED_STORE(y, 2))
THREAD(b, if (LOAD(y) == 2) assert(plain == 1))
MODEL(prepare, check, a, b)
#elif defined(ASSERTION)
THREAD(a, STORE(x, 1); STORE(y, 1))
THREAD(b, if (LOAD(y)) assert(LOAD(x) == 1))
MODEL(prepare, check, a, b)
#endif
