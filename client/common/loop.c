// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The one poll loop of a thread, over epoll(7) and timerfd.
#include "common/loop.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { MAX_EVENTS = 32 };

struct weir_loop {
    int epoll_fd;
    bool stopped;
    // What epoll has told, and which of it is still to be served: a function
    // may take away a watch that waits further back.
    struct epoll_event events[MAX_EVENTS];
    int n_events;
};

struct weir_loop *
weir_loop_new(void)
{
    struct weir_loop *loop = calloc(1, sizeof *loop);
    if (!loop)
        return NULL;
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll_fd >= 0)
        return loop;
    free(loop);
    return NULL;
}

void
weir_loop_free(struct weir_loop *loop)
{
    if (!loop)
        return;
    close(loop->epoll_fd);
    free(loop);
}

static uint32_t
to_epoll(unsigned wanted)
{
    return (wanted & WEIR_LOOP_READ ? EPOLLIN : 0) |
           (wanted & WEIR_LOOP_WRITE ? EPOLLOUT : 0);
}

static unsigned
from_epoll(uint32_t events)
{
    return (events & EPOLLIN ? WEIR_LOOP_READ : 0) |
           (events & EPOLLOUT ? WEIR_LOOP_WRITE : 0) |
           (events & (EPOLLHUP | EPOLLERR) ? WEIR_LOOP_HANGUP : 0);
}

static int
tell_epoll(struct weir_loop *loop, struct weir_watch *watch, int operation)
{
    struct epoll_event e = {.events = to_epoll(watch->wanted),
                            .data.ptr = watch};
    return epoll_ctl(loop->epoll_fd, operation, watch->fd, &e);
}

bool
weir_loop_watch(struct weir_loop *loop, struct weir_watch *watch, int fd,
                weir_loop_fn *fn, void *owner)
{
    *watch = (struct weir_watch){
        .fd = fd, .fn = fn, .owner = owner, .wanted = WEIR_LOOP_READ};
    if (tell_epoll(loop, watch, EPOLL_CTL_ADD) == 0)
        return true;
    watch->fd = -1;
    return false;
}

// What epoll has told of it already is not served any more.
static void
forget_events(struct weir_loop *loop, const struct weir_watch *watch)
{
    for (int i = 0; i < loop->n_events; i++)
        if (loop->events[i].data.ptr == watch)
            loop->events[i].data.ptr = NULL;
}

void
weir_loop_ignore(struct weir_loop *loop, struct weir_watch *watch)
{
    if (watch->fd < 0)
        return;
    if (watch->wanted)
        tell_epoll(loop, watch, EPOLL_CTL_DEL);
    watch->fd = -1;
    forget_events(loop, watch);
}

// epoll tells of hang-ups even when nothing is asked for: who looks away is
// taken off, or a dead connection would keep the loop turning.
void
weir_loop_want(struct weir_loop *loop, struct weir_watch *watch,
               unsigned wanted)
{
    const unsigned before = watch->wanted;
    if (watch->fd < 0 || wanted == before)
        return;
    watch->wanted = wanted;
    tell_epoll(loop, watch,
               !wanted   ? EPOLL_CTL_DEL
               : !before ? EPOLL_CTL_ADD
                         : EPOLL_CTL_MOD);
    if (!wanted)
        forget_events(loop, watch);
}

void
weir_loop_drain(int fd)
{
    uint64_t count;
    // Not readable after all is as good as emptied.
    if (read(fd, &count, sizeof count) < 0)
        return;
}

static void
ring_timer(void *owner)
{
    struct weir_timer *timer = owner;
    weir_loop_drain(timer->watch.fd);
    timer->fn(timer->owner);
}

bool
weir_timer_open(struct weir_loop *loop, struct weir_timer *timer,
                weir_loop_fn *fn, void *owner)
{
    const int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    timer->watch.fd = -1;
    timer->fn = fn;
    timer->owner = owner;
    if (fd < 0)
        return false;
    if (weir_loop_watch(loop, &timer->watch, fd, ring_timer, timer))
        return true;
    close(fd);
    return false;
}

static struct timespec
from_ms(uint32_t ms)
{
    return (struct timespec){.tv_sec = ms / 1000,
                             .tv_nsec = (long)(ms % 1000) * 1000000};
}

void
weir_timer_set(struct weir_timer *timer, uint32_t first_ms, uint32_t every_ms)
{
    const struct itimerspec spec = {.it_value = from_ms(first_ms),
                                    .it_interval = from_ms(every_ms)};
    timerfd_settime(timer->watch.fd, 0, &spec, NULL);
}

void
weir_timer_close(struct weir_loop *loop, struct weir_timer *timer)
{
    const int fd = timer->watch.fd;
    if (fd < 0)
        return;
    weir_loop_ignore(loop, &timer->watch);
    close(fd);
}

int
weir_loop_turn(struct weir_loop *loop, int timeout_ms)
{
    const int n =
        epoll_wait(loop->epoll_fd, loop->events, MAX_EVENTS, timeout_ms);
    int n_served = 0;
    loop->n_events = n > 0 ? n : 0;
    for (int i = 0; i < loop->n_events; i++) {
        struct weir_watch *watch = loop->events[i].data.ptr;
        if (!watch)
            continue;
        watch->seen = from_epoll(loop->events[i].events);
        watch->fn(watch->owner);
        n_served++;
    }
    loop->n_events = 0;
    return n_served;
}

void
weir_loop_run(struct weir_loop *loop)
{
    loop->stopped = false;
    while (!loop->stopped)
        weir_loop_turn(loop, -1);
}

void
weir_loop_stop(struct weir_loop *loop)
{
    loop->stopped = true;
}
