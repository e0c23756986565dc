// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Preloaded: real-time scheduling is refused whatever the limits say, as in a
// control group without a budget for it.
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>

typedef int create_fn(pthread_t *, const pthread_attr_t *, void *(*)(void *),
                      void *);
typedef int set_fn(pthread_t, int, const struct sched_param *);

static bool
wants_real_time(const pthread_attr_t *attr)
{
    int inherit = PTHREAD_INHERIT_SCHED;
    int policy = SCHED_OTHER;
    if (!attr)
        return false;
    pthread_attr_getinheritsched(attr, &inherit);
    pthread_attr_getschedpolicy(attr, &policy);
    return inherit == PTHREAD_EXPLICIT_SCHED && policy != SCHED_OTHER;
}

int
pthread_create(pthread_t *thread, const pthread_attr_t *attr,
               void *(*run)(void *), void *arg)
{
    create_fn *real;
    *(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
    return wants_real_time(attr) ? EPERM : real(thread, attr, run, arg);
}

int
pthread_setschedparam(pthread_t thread, int policy,
                      const struct sched_param *param)
{
    set_fn *real;
    *(void **)&real = dlsym(RTLD_NEXT, "pthread_setschedparam");
    return policy != SCHED_OTHER ? EPERM : real(thread, policy, param);
}
