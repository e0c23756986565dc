// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Each of these breaks the real-time rule in one way, and the compiler of the
// preset rtsan has to refuse it (see realtime.cmake); without any of them the
// file compiles.
#include "rt/futex.h"
#include "rt/process.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

// Not tagged, and defined elsewhere: nobody knows what it does.
void somebody_elses(void);

// Not tagged, but here to be seen: the compiler follows it.
static void *
make_room(void)
{
    return malloc(16);
}

static WEIR_RT void *
tagged_buffer(void *port, uint32_t n_frames)
{
    return n_frames > 0 ? port : NULL;
}

void use(struct weir_process *process, pthread_mutex_t *mutex);

#if defined(UNTAGGED_POINTER)
static void *
untagged_buffer(void *port, uint32_t n_frames)
{
    printf("%u\n", n_frames);
    return port;
}
#define tagged_buffer untagged_buffer
#endif

WEIR_RT static void
block(struct weir_process *p, pthread_mutex_t *mutex)
{
    (void)mutex;
#if defined(ALLOCATES)
    free(malloc(1));
#elif defined(ALLOCATES_BELOW)
    make_room();
#elif defined(LOCKS)
    pthread_mutex_lock(mutex);
#elif defined(PRINTS)
    printf("%p\n", (void *)mutex);
#elif defined(WAITS)
    weir_futex_wait(p->doorbell, 0, 1, WEIR_FUTEX_PRIVATE);
#elif defined(CALLS_A_STRANGER)
    somebody_elses();
#endif
    weir_futex_wake(p->doorbell, WEIR_FUTEX_PRIVATE);
    p->get_buffer(NULL, 1);
}

void
use(struct weir_process *process, pthread_mutex_t *mutex)
{
    process->get_buffer = tagged_buffer;
    free(make_room());
    block(process, mutex);
}
