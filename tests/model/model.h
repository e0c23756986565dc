// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// For the programs of this folder: small threads over weir's real rings, for
// a stateless model checker. Bounded loops, plain copies word by word,
// assert(), nothing of the system: where weir's source calls it, there is a
// stand-in. What threads share is static.
//
// As it stands a program is for a checker from elsewhere, which needs to be
// told no more than -Iclient. Ours defines MODEL_EXPLORE, and who runs them
// natively MODEL_RUNS.
#ifndef TESTS_MODEL_MODEL_H
#define TESTS_MODEL_MODEL_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#if !defined(MODEL_EXPLORE) && !defined(MODEL_RUNS) && !defined(WEIR_MODEL)
#define WEIR_MODEL 1
#endif

// All system headers first: what is defined below is not for them.
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sys/syscall.h>

// A checker may know whole numbers only; every sample here is one.
#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif
#ifdef WEIR_MODEL
#define float uint32_t
#define double int64_t
#endif

// Natively, a program's body runs so often: a stress.
#ifndef MODEL_RUNS
#define MODEL_RUNS 1
#endif

// Whatever was stored there.
typedef uint32_t __attribute__((may_alias)) model_word;

// A checker may know copies of a constant length only.
static inline void
model_copy(void *dst, const void *src, size_t n_bytes)
{
    model_word *to = dst;
    const model_word *from = src;
    for (size_t i = 0; i < n_bytes / sizeof *to; i++)
        to[i] = from[i];
}

typedef void *model_thread(void *);

static inline void
model_zero(void *dst, size_t n_bytes)
{
    model_word *to = dst;
    for (size_t i = 0; i < n_bytes / sizeof *to; i++)
        to[i] = 0;
}

// What weir's sources call and no program comes to, or needs.
#undef free
#define memset(dst, zero, n) model_zero(dst, n)
#define calloc(n, size) NULL
#define free(memory) ((void)(memory))
#define __builtin_prefetch(...) ((void)0)

/// Run the threads side by side, natively again and again.
static inline int
model_run(void (*prepare)(void), model_thread *const *threads, int n,
          void (*check)(void))
{
    pthread_t ids[4];
    for (int run = 0; run < MODEL_RUNS; run++) {
        prepare();
        for (int i = 0; i < n; i++) {
            const int failed = pthread_create(&ids[i], NULL, threads[i], NULL);
            assert(!failed);
        }
        for (int i = 0; i < n; i++)
            pthread_join(ids[i], NULL);
        check();
    }
    return 0;
}

/// A program: what comes before its threads, the threads, what comes after.
#define MODEL(prepare, check, ...)                                             \
    int main(void)                                                             \
    {                                                                          \
        static model_thread *const threads[] = {__VA_ARGS__};                  \
        return model_run(prepare, threads, sizeof threads / sizeof *threads,   \
                         check);                                               \
    }

#endif
