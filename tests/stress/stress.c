// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Starting ends, and watching them.
#include "stress.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { DEFAULT_STALL_S = 30, LOOK_NS = 1000000, SPINS = 2000 };

void *
stress_share(size_t n_bytes)
{
    void *memory = mmap(NULL, n_bytes, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        stress_fail("no memory");
    return memory;
}

void
stress_fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "stress: ");
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n");
    va_end(args);
    // Not exit(): the other threads are still running.
    fflush(NULL);
    _exit(1);
}

void
stress_breathe(void)
{
    // The other end may be at it on another core: waking it up again is what
    // takes time on a busy machine.
    for (int i = 0; i < SPINS; i++)
        atomic_signal_fence(memory_order_seq_cst);
    sched_yield();
}

static uint64_t
now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec;
}

static uint64_t
stall_s(void)
{
    const char *text = getenv("STRESS_STALL_S");
    return text ? strtoull(text, NULL, 10) : DEFAULT_STALL_S;
}

static void
run_end(struct stress_end *end)
{
    end->run(end);
    atomic_store_explicit(&end->done, true, memory_order_relaxed);
}

static void *
thread(void *end)
{
    run_end(end);
    return NULL;
}

static void
start(enum stress_kind kind, struct stress_end *end, pthread_t *id)
{
    if (kind == STRESS_THREADS) {
        if (pthread_create(id, NULL, thread, end) != 0)
            stress_fail("%s: no thread", end->name);
        return;
    }
    const pid_t pid = fork();
    if (pid < 0)
        stress_fail("%s: no process", end->name);
    if (pid > 0) {
        end->pid = pid; // in shared memory: not for the child to write
        return;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    run_end(end);
    exit(0); // the sanitizer has the last word
}

// Whether it ended, and well: a sanitizer's finding is an exit status, too.
static void
reap(struct stress_end *end)
{
    int status = 0;
    if (end->pid <= 0 || waitpid(end->pid, &status, WNOHANG) != end->pid)
        return;
    end->pid = 0;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 ||
        !atomic_load_explicit(&end->done, memory_order_relaxed))
        stress_fail("%s ended wrongly (status %#x) at %llu", end->name,
                    (unsigned)status, (unsigned long long)stress_seen(end));
}

static bool
all_done(enum stress_kind kind, struct stress_end *ends, int n)
{
    bool done = true;
    for (int i = 0; i < n; i++) {
        reap(&ends[i]);
        done = done &&
               atomic_load_explicit(&ends[i].done, memory_order_relaxed) &&
               (kind == STRESS_THREADS || ends[i].pid == 0);
    }
    return done;
}

static uint64_t
moved(const struct stress_end *ends, int n)
{
    uint64_t sum = 0;
    for (int i = 0; i < n; i++)
        sum += stress_seen(&ends[i]) +
               atomic_load_explicit(&ends[i].done, memory_order_relaxed);
    return sum;
}

static noreturn void
give_up(const struct stress_end *ends, int n, const pthread_t *threads)
{
    fprintf(stderr, "stress: nothing has moved for %llu s:",
            (unsigned long long)stall_s());
    for (int i = 0; i < n; i++) {
        fprintf(stderr, " %s at %llu%s", ends[i].name,
                (unsigned long long)stress_seen(&ends[i]),
                atomic_load_explicit(&ends[i].done, memory_order_relaxed)
                    ? " (done)"
                    : "");
        if (ends[i].pid > 0)
            kill(ends[i].pid, SIGKILL);
        if (threads)
            pthread_detach(threads[i]); // nobody will join it
    }
    fprintf(stderr, "\n");
    _exit(1); // the threads are still there
}

void
stress_run(enum stress_kind kind, struct stress_end *ends, int n_ends,
           void (*look)(void))
{
    pthread_t ids[STRESS_MAX_ENDS];
    uint64_t last = 0;
    for (int i = 0; i < n_ends; i++)
        start(kind, &ends[i], &ids[i]);
    for (uint64_t since = now_s(); !all_done(kind, ends, n_ends);) {
        const uint64_t now = moved(ends, n_ends);
        if (now != last)
            since = now_s();
        last = now;
        if (now_s() - since > stall_s())
            give_up(ends, n_ends, kind == STRESS_THREADS ? ids : NULL);
        if (look)
            look();
        nanosleep(&(struct timespec){.tv_nsec = LOOK_NS}, NULL);
    }
    for (int i = 0; kind == STRESS_THREADS && i < n_ends; i++)
        pthread_join(ids[i], NULL);
}
