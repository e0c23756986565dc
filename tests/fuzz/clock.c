// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The linker puts these functions in the place of the system's (ld(1),
// --wrap). A timer is an eventfd here.
#include "fuzz/clock.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

enum { MAX_FDS = 1024 };
#define MONO_BEGIN_NS (UINT64_C(1000) * 1000000000u)

struct timer {
    uint64_t at_ns; // 0: stopped
    uint64_t every_ns;
};

static uint64_t elapsed_ns;
static struct timer timers[MAX_FDS]; // by descriptor
static int end_fd;                   // beyond the last of them

int __wrap_clock_gettime(clockid_t clock, struct timespec *out);
int __wrap_timerfd_create(int clock, int flags);
int __wrap_timerfd_settime(int fd, int flags, const struct itimerspec *spec,
                           struct itimerspec *old);
int __wrap_epoll_wait(int fd, struct epoll_event *events, int n_max,
                      int timeout_ms);
ssize_t __wrap_getrandom(void *out, size_t n, unsigned flags);
int __real_epoll_wait(int fd, struct epoll_event *events, int n_max,
                      int timeout_ms);

ssize_t
__wrap_getrandom(void *out, size_t n, unsigned flags)
{
    unsigned char *bytes = out;
    (void)flags;
    for (size_t i = 0; i < n; i++)
        bytes[i] = (unsigned char)i;
    return (ssize_t)n;
}

uint64_t
clock_elapsed_ns(void)
{
    return elapsed_ns;
}

static struct timer *
next_timer(void)
{
    struct timer *next = NULL;
    for (int fd = 0; fd < end_fd; fd++)
        if (timers[fd].at_ns != 0 && (!next || timers[fd].at_ns < next->at_ns))
            next = &timers[fd];
    return next;
}

// As often as its time has come.
static void
fire(struct timer *timer)
{
    uint64_t n = 1;
    if (timer->every_ns)
        n += (elapsed_ns - timer->at_ns) / timer->every_ns;
    timer->at_ns = timer->every_ns ? timer->at_ns + n * timer->every_ns : 0;
    if (write((int)(timer - timers), &n, sizeof n) < 0)
        abort();
}

void
clock_advance(uint64_t ns)
{
    elapsed_ns += ns;
    for (struct timer *t = next_timer(); t && t->at_ns <= elapsed_ns;
         t = next_timer())
        fire(t);
}

bool
clock_next_timer(void)
{
    const struct timer *next = next_timer();
    if (next)
        clock_advance(next->at_ns > elapsed_ns ? next->at_ns - elapsed_ns : 0);
    return next != NULL;
}

int
__wrap_clock_gettime(clockid_t clock, struct timespec *out)
{
    const uint64_t ns =
        elapsed_ns +
        (clock == CLOCK_REALTIME ? CLOCK_BEGIN_S * 1000000000u : MONO_BEGIN_NS);
    out->tv_sec = (time_t)(ns / 1000000000u);
    out->tv_nsec = (long)(ns % 1000000000u);
    return 0;
}

int
__wrap_timerfd_create(int clock, int flags)
{
    (void)clock;
    (void)flags;
    const int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (fd >= MAX_FDS)
        abort();
    if (fd >= 0)
        timers[fd] = (struct timer){0};
    if (fd >= end_fd)
        end_fd = fd + 1;
    return fd;
}

static uint64_t
to_ns(struct timespec t)
{
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

// As timerfd has it: what was due and not read is forgotten.
int
__wrap_timerfd_settime(int fd, int flags, const struct itimerspec *spec,
                       struct itimerspec *old)
{
    uint64_t count;
    const uint64_t first_ns = to_ns(spec->it_value);
    (void)flags;
    (void)old;
    while (read(fd, &count, sizeof count) > 0)
        continue;
    timers[fd] = (struct timer){
        .at_ns = first_ns ? elapsed_ns + first_ns : 0,
        .every_ns = to_ns(spec->it_interval),
    };
    return 0;
}

// Where it would wait, it is the next timer's time, or the time-out's.
int
__wrap_epoll_wait(int fd, struct epoll_event *events, int n_max, int timeout_ms)
{
    const int n = __real_epoll_wait(fd, events, n_max, 0);
    const struct timer *next = next_timer();
    if (n != 0 || timeout_ms == 0)
        return n;
    const uint64_t end_ns = elapsed_ns + (uint64_t)timeout_ms * 1000000u;
    const bool fires = next && (timeout_ms < 0 || next->at_ns <= end_ns);
    if (!fires && timeout_ms < 0)
        abort(); // it would wait for ever
    const uint64_t at_ns = fires ? next->at_ns : end_ns;
    clock_advance(at_ns > elapsed_ns ? at_ns - elapsed_ns : 0);
    return __real_epoll_wait(fd, events, n_max, 0);
}
