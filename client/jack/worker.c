// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A thread for calls that may hang. run() is the thread; the rest is
// @control's.
#include "jack/worker.h"

#include "common/loop.h"
#include "rt/clock.h"
#include "rt/queue.h"
#include "rt/stack.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { MAX_JOBS = 2048 };

struct weir_worker {
    struct weir_loop *loop;
    struct weir_watch watch;
    struct weir_queue *jobs;    // @control writes, the worker reads
    struct weir_queue *results; // the worker writes, @control reads
    int jobs_fd;                // counts jobs
    int results_fd;             // says that there are results
    uint32_t n_under_way;
    bool stopping; // nobody hears of results any more
    pthread_t thread;
};

static void
add_one(int fd)
{
    const uint64_t one = 1;
    // Full means that the reader has plenty to do already.
    if (write(fd, &one, sizeof one) < 0)
        return;
}

// A job without a function ends the thread.
static void *
run(void *arg)
{
    struct weir_worker *w = arg;
    struct weir_job job;
    uint64_t count;
    for (;;) {
        while (weir_queue_pop(w->jobs, &job)) {
            if (!job.run)
                return NULL;
            job.run(job.owner);
            (void)weir_queue_push(w->results, &job, 1); // as many as jobs
            add_one(w->results_fd);
        }
        if (read(w->jobs_fd, &count, sizeof count) < 0)
            continue; // a signal
    }
}

static void
take_results(void *owner)
{
    struct weir_worker *w = owner;
    struct weir_job job;
    weir_loop_drain(w->results_fd);
    while (weir_queue_pop(w->results, &job)) {
        w->n_under_way--;
        if (job.done && !w->stopping)
            job.done(job.owner);
    }
}

static bool
start_thread(struct weir_worker *w)
{
    pthread_attr_t attr;
    if (pthread_attr_init(&attr))
        return false;
    pthread_attr_setstacksize(&attr, WEIR_STACK_BYTES);
    const int rc = pthread_create(&w->thread, &attr, run, w);
    pthread_attr_destroy(&attr);
    return rc == 0;
}

static void
release(struct weir_worker *w)
{
    weir_loop_ignore(w->loop, &w->watch);
    if (w->jobs_fd >= 0)
        close(w->jobs_fd);
    if (w->results_fd >= 0)
        close(w->results_fd);
    weir_queue_free(w->jobs);
    weir_queue_free(w->results);
    free(w);
}

struct weir_worker *
weir_worker_start(struct weir_loop *loop)
{
    struct weir_worker *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->loop = loop;
    w->watch.fd = -1;
    w->jobs = weir_queue_new(sizeof(struct weir_job), MAX_JOBS);
    w->results = weir_queue_new(sizeof(struct weir_job), MAX_JOBS);
    w->jobs_fd = eventfd(0, EFD_CLOEXEC);
    w->results_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (w->jobs && w->results && w->jobs_fd >= 0 && w->results_fd >= 0 &&
        weir_loop_watch(loop, &w->watch, w->results_fd, take_results, w) &&
        start_thread(w))
        return w;
    release(w);
    return NULL;
}

bool
weir_worker_post(struct weir_worker *w, struct weir_job job)
{
    if (w->n_under_way == MAX_JOBS || !weir_queue_push(w->jobs, &job, 1))
        return false;
    w->n_under_way++;
    add_one(w->jobs_fd);
    return true;
}

bool
weir_worker_settle(struct weir_worker *w, uint32_t timeout_ms)
{
    const int64_t end = weir_now_ms() + timeout_ms;
    while (w->n_under_way > 0) {
        struct pollfd p = {.fd = w->results_fd, .events = POLLIN};
        const int64_t left = end - weir_now_ms();
        if (left <= 0)
            return false;
        if (poll(&p, 1, (int)left) > 0)
            take_results(w);
    }
    return true;
}

bool
weir_worker_stop(struct weir_worker *w, uint32_t timeout_ms)
{
    if (!w)
        return true;
    w->stopping = true;
    if (!weir_worker_settle(w, timeout_ms))
        return false;
    (void)weir_queue_push(w->jobs, &(struct weir_job){0}, 1);
    add_one(w->jobs_fd);
    pthread_join(w->thread, NULL);
    release(w);
    return true;
}
