// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Two threads on two CPUs.
#include "bench/pair.h"

#include "bench/clock.h"
#include "bench/stats.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

enum { FIFO_PRIORITY = 10, PINGS = 200, PING_TIMES = 3 };

static struct {
    pthread_t thread;
    sem_t begin, end;
    void (*work)(void *);
    void *arg;
    long preemptions; // of the other thread; read between runs
    struct bench_cpus cpus;
    alignas(64) _Atomic unsigned met;
    alignas(64) _Atomic unsigned ball;
} pair;

static long
preemptions_here(void)
{
    struct rusage u;
    getrusage(RUSAGE_THREAD, &u);
    return u.ru_nivcsw;
}

static void
pin(int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

static bool
be_fifo(void)
{
    const struct sched_param param = {.sched_priority = FIFO_PRIORITY};
    return pthread_setschedparam(pthread_self(), SCHED_FIFO, &param) == 0;
}

// Both threads call it; neither leaves before both are here.
static void
meet(void)
{
    atomic_fetch_add(&pair.met, 1);
    unsigned n_times = 0;
    while (atomic_load(&pair.met) < 2)
        bench_patience(&n_times);
}

static void *
run_there(void *unused)
{
    (void)unused;
    pin(pair.cpus.there);
    if (pair.cpus.fifo)
        be_fifo();
    for (;;) {
        sem_wait(&pair.begin);
        if (!pair.work)
            return NULL;
        meet();
        pair.work(pair.arg);
        pair.preemptions = preemptions_here();
        sem_post(&pair.end);
    }
}

static void
choose_cpus(void)
{
    cpu_set_t set;
    pair.cpus = (struct bench_cpus){.here = -1, .there = -1};
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, &set))
            continue;
        if (pair.cpus.here >= 0) {
            pair.cpus.there = cpu;
            return;
        }
        pair.cpus.here = cpu;
    }
}

struct bench_cpus
bench_pair_start(bool fifo)
{
    choose_cpus();
    if (pair.cpus.there < 0)
        return pair.cpus;
    pin(pair.cpus.here);
    pair.cpus.fifo = fifo && be_fifo();
    sem_init(&pair.begin, 0, 0);
    sem_init(&pair.end, 0, 0);
    if (pthread_create(&pair.thread, NULL, run_there, NULL) != 0) {
        perror("weir-bench: pthread_create");
        exit(1);
    }
    return pair.cpus;
}

void
bench_pair_stop(void)
{
    if (pair.cpus.there < 0)
        return;
    pair.work = NULL;
    sem_post(&pair.begin);
    pthread_join(pair.thread, NULL);
}

void
bench_pair_run(void (*here)(void *), void (*there)(void *), void *arg)
{
    atomic_store(&pair.met, 0);
    pair.work = there;
    pair.arg = arg;
    sem_post(&pair.begin);
    meet();
    here(arg);
    sem_wait(&pair.end);
}

// The ball is even in one court and odd in the other.
static void
play(unsigned parity)
{
    unsigned n_times = 0;
    for (unsigned i = 0; i < PINGS; i++) {
        // acquire, release: a hand-over like the rings', without a payload.
        while (atomic_load_explicit(&pair.ball, memory_order_acquire) !=
               2 * i + parity)
            bench_patience(&n_times);
        atomic_store_explicit(&pair.ball, 2 * i + parity + 1,
                              memory_order_release);
    }
}

static void
ping_there(void *took)
{
    (void)took;
    play(1);
}

static void
ping_here(void *took)
{
    const double from = bench_now_ns();
    play(0);
    unsigned n_times = 0;
    while (atomic_load(&pair.ball) != 2 * PINGS)
        bench_patience(&n_times);
    *(double *)took = (bench_now_ns() - from) / PINGS;
}

double
bench_ping(void)
{
    double took[PING_TIMES];
    for (int i = 0; i < PING_TIMES; i++) {
        atomic_store(&pair.ball, 0);
        bench_pair_run(ping_here, ping_there, &took[i]);
    }
    return bench_median(took, PING_TIMES);
}

long
bench_preemptions(void)
{
    return preemptions_here() + pair.preemptions;
}
