// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What the compiled program calls instead of ThreadSanitizer's runtime and the
// system: accesses, threads, assert().
#include "replay.h"

#include <stdio.h>
#include <string.h>

#define CALLER ((uintptr_t)__builtin_return_address(0))

// NOLINTBEGIN(bugprone-reserved-identifier)
int __wrap_pthread_create(pthread_t *out, const pthread_attr_t *attr,
                          void *(*function)(void *), void *arg);
int __wrap_pthread_join(pthread_t thread, void **out);
_Noreturn void __wrap_pthread_exit(void *result);
_Noreturn void __wrap___assert_fail(const char *what, const char *file,
                                    unsigned line, const char *function);
void __tsan_init(void);
void __tsan_func_entry(void *pc);
void __tsan_func_exit(void);
void __tsan_read_range(void *p, unsigned long n);
void __tsan_write_range(void *p, unsigned long n);
void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_signal_fence(int order);

int
__wrap_pthread_create(pthread_t *out, const pthread_attr_t *attr,
                      void *(*function)(void *), void *arg)
{
    (void)attr;
    weir_replay_create(out, function, arg);
    return 0;
}

int
__wrap_pthread_join(pthread_t thread, void **out)
{
    (void)out;
    weir_replay_join(thread);
    return 0;
}

_Noreturn void
__wrap_pthread_exit(void *result)
{
    (void)result;
    weir_replay_exit();
}

_Noreturn void
__wrap___assert_fail(const char *what, const char *file, unsigned line,
                     const char *function)
{
    char more[160];
    const char *slash = strrchr(file, '/');
    snprintf(more, sizeof more, "%s (%s, %s:%u)", what, function,
             slash ? slash + 1 : file, line);
    weir_replay_fail("assertion fails: ", more);
}

void
__tsan_init(void)
{
}

void
__tsan_func_entry(void *pc)
{
    (void)pc;
}

void
__tsan_func_exit(void)
{
}

void
__tsan_read_range(void *p, unsigned long n)
{
    weir_replay_plain(PLAIN_READ, p, (uint32_t)n, CALLER);
}

void
__tsan_write_range(void *p, unsigned long n)
{
    weir_replay_plain(PLAIN_WRITE, p, (uint32_t)n, CALLER);
}

void
__tsan_atomic_thread_fence(int order)
{
    weir_replay_fence(order, CALLER);
}

void
__tsan_atomic_signal_fence(int order)
{
    (void)order;
}

#define PLAIN(name, kind, n)                                                   \
    void __tsan_##name##n(void *p);                                            \
    void __tsan_##name##n(void *p)                                             \
    {                                                                          \
        weir_replay_plain(kind, p, n, CALLER);                                 \
    }
#define PLAINS(n)                                                              \
    PLAIN(read, PLAIN_READ, n)                                                 \
    PLAIN(write, PLAIN_WRITE, n)                                               \
    PLAIN(unaligned_read, PLAIN_READ, n)                                       \
    PLAIN(unaligned_write, PLAIN_WRITE, n)
PLAINS(1)
PLAINS(2)
PLAINS(4)
PLAINS(8)
PLAINS(16)

// What no second thread touches is done in memory. An update is a read and a
// write with nothing between them.
#define ATOMIC(bits)                                                           \
    typedef uint##bits##_t word##bits;                                         \
    word##bits __tsan_atomic##bits##_load(const volatile word##bits *p,        \
                                          int o);                              \
    void __tsan_atomic##bits##_store(volatile word##bits *p, word##bits v,     \
                                     int o);                                   \
    word##bits __tsan_atomic##bits##_exchange(volatile word##bits *p,          \
                                              word##bits v, int o);            \
    word##bits __tsan_atomic##bits##_fetch_add(volatile word##bits *p,         \
                                               word##bits v, int o);           \
                                                                               \
    word##bits __tsan_atomic##bits##_load(const volatile word##bits *p, int o) \
    {                                                                          \
        if (!weir_replay_sees(p, sizeof *p, false))                            \
            return *p;                                                         \
        return (word##bits)weir_replay_atomic(READ, p, sizeof *p, o, false, 0, \
                                              CALLER);                         \
    }                                                                          \
                                                                               \
    void __tsan_atomic##bits##_store(volatile word##bits *p, word##bits v,     \
                                     int o)                                    \
    {                                                                          \
        if (!weir_replay_sees(p, sizeof *p, true))                             \
            *p = v;                                                            \
        else                                                                   \
            weir_replay_atomic(WRITE, p, sizeof *p, o, false, v, CALLER);      \
    }                                                                          \
                                                                               \
    static word##bits update##bits(volatile word##bits *p, word##bits keep,    \
                                   word##bits v, int o, uintptr_t pc)          \
    {                                                                          \
        const bool seen = weir_replay_sees(p, sizeof *p, true);                \
        const word##bits was = seen ? (word##bits)weir_replay_atomic(          \
                                          READ, p, sizeof *p, o, true, 0, pc)  \
                                    : *p;                                      \
        const word##bits now = (word##bits)((was & keep) + v);                 \
        if (seen)                                                              \
            weir_replay_atomic(WRITE, p, sizeof *p, o, true, now, pc);         \
        else                                                                   \
            *p = now;                                                          \
        return was;                                                            \
    }                                                                          \
                                                                               \
    word##bits __tsan_atomic##bits##_exchange(volatile word##bits *p,          \
                                              word##bits v, int o)             \
    {                                                                          \
        return update##bits(p, 0, v, o, CALLER);                               \
    }                                                                          \
                                                                               \
    word##bits __tsan_atomic##bits##_fetch_add(volatile word##bits *p,         \
                                               word##bits v, int o)            \
    {                                                                          \
        return update##bits(p, (word##bits) - 1, v, o, CALLER);                \
    }
ATOMIC(8)
ATOMIC(32)
ATOMIC(64)
// NOLINTEND(bugprone-reserved-identifier)
