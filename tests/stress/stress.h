// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// For the programs of this folder: the ends of a ring in threads or in
// processes of their own, over memory that both share, and somebody who
// watches that they come on. What is wrong is said in a line on stderr, and
// ends the program with status 1.
#ifndef TESTS_STRESS_STRESS_H
#define TESTS_STRESS_STRESS_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdnoreturn.h>
#include <sys/types.h>

#if defined(__SANITIZE_THREAD__)
#define STRESS_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define STRESS_TSAN 1
#endif
#endif
#ifndef STRESS_TSAN
#define STRESS_TSAN 0
#endif

/// For what looks at a thread's own memory, frame by frame: the sanitizer
/// has nothing to find there, and would take most of the time.
#define STRESS_PRIVATE __attribute__((no_sanitize("thread")))

enum { STRESS_MAX_ENDS = 10 };

/// One end of a ring.
struct stress_end {
    const char *name;
    void (*run)(struct stress_end *end);
    void *arg;
    // Frames, or records, that it is through with. relaxed: to look at.
    alignas(64) _Atomic uint64_t progress;
    _Atomic bool done;
    // The watcher's.
    pid_t pid;
};

enum stress_kind { STRESS_THREADS, STRESS_PROCESSES };

/// Zeroed memory that processes share; it is never given back.
void *stress_share(size_t n_bytes);

/// Run the ends side by side until all are done. When nothing moves for
/// STRESS_STALL_S (the environment; 30 s), or when one ends wrongly, it says
/// so and ends the program. Calls `look` again and again meanwhile, if there
/// is one. `ends` lies in shared memory.
void stress_run(enum stress_kind kind, struct stress_end *ends, int n_ends,
                void (*look)(void));

static inline void
stress_tell(struct stress_end *end, uint64_t progress)
{
    atomic_store_explicit(&end->progress, progress, memory_order_relaxed);
}

static inline uint64_t
stress_seen(const struct stress_end *end)
{
    return atomic_load_explicit(&end->progress, memory_order_relaxed);
}

/// Say what is wrong and end this process.
noreturn void stress_fail(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/// Let somebody else run.
void stress_breathe(void);

#endif
