// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The thread on which a plugin does what may take long. Requests come from
// run(), answers go back to it, through rings of which nobody waits for the
// other; `working` lets one piece of work be done at a time.
#include "plugin/worker_private.h"

#include <stdlib.h>

static LV2_Worker_Status
respond(LV2_Worker_Respond_Handle handle, uint32_t size, const void *data)
{
    struct weir_plugin_worker *w = handle;
    // An answer without data is one, too: a record cannot be empty.
    const char mark = 0;
    return weir_bytes_push(w->answers, &mark, 1, data, size)
               ? LV2_WORKER_SUCCESS
               : LV2_WORKER_ERR_NO_SPACE;
}

static void
do_work(struct weir_plugin_worker *w, uint32_t size, const void *data)
{
    pthread_mutex_lock(&w->working);
    w->interface->work(w->plugin, respond, w, size, data);
    pthread_mutex_unlock(&w->working);
}

// In run(). sem_post() is a futex wake at most.
static LV2_Worker_Status
schedule(LV2_Worker_Schedule_Handle handle, uint32_t size, const void *data)
{
    struct weir_plugin_worker *w = handle;
    const char mark = 0;
    if (!w->interface)
        return LV2_WORKER_ERR_UNKNOWN;
    if (!weir_bytes_push(w->requests, &mark, 1, data, size))
        return LV2_WORKER_ERR_NO_SPACE;
    sem_post(&w->asked);
    return LV2_WORKER_SUCCESS;
}

static LV2_Worker_Status
schedule_now(LV2_Worker_Schedule_Handle handle, uint32_t size, const void *data)
{
    struct weir_plugin_worker *w = handle;
    if (!w->interface)
        return LV2_WORKER_ERR_UNKNOWN;
    do_work(w, size, data);
    return LV2_WORKER_SUCCESS;
}

static void *
run(void *arg)
{
    struct weir_plugin_worker *w = arg;
    for (;;) {
        while (sem_wait(&w->asked) != 0)
            ;
        // relaxed: the semaphore orders it.
        if (atomic_load_explicit(&w->stopping, memory_order_relaxed))
            return NULL;
        const uint32_t n =
            weir_bytes_pop(w->requests, w->request, sizeof w->request);
        if (n > 0)
            do_work(w, n - 1, w->request + 1);
    }
}

struct weir_plugin_worker *
weir_plugin_worker_new(void)
{
    struct weir_plugin_worker *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->feature = (LV2_Worker_Schedule){w, schedule};
    w->restoring = (LV2_Worker_Schedule){w, schedule_now};
    w->requests = weir_bytes_new(WEIR_WORKER_BYTES);
    w->answers = weir_bytes_new(WEIR_WORKER_BYTES);
    sem_init(&w->asked, 0, 0);
    pthread_mutex_init(&w->working, NULL);
    if (!w->requests || !w->answers) {
        weir_plugin_worker_free(w);
        return NULL;
    }
    return w;
}

bool
weir_plugin_worker_start(struct weir_plugin_worker *w,
                         const LV2_Worker_Interface *interface,
                         LV2_Handle plugin)
{
    w->plugin = plugin;
    w->interface = interface;
    if (pthread_create(&w->thread, NULL, run, w) == 0) {
        pthread_setname_np(w->thread, "weir-work");
        return true;
    }
    w->interface = NULL;
    return false;
}

void
weir_plugin_worker_free(struct weir_plugin_worker *w)
{
    if (!w)
        return;
    if (w->interface) {
        // relaxed: the semaphore orders it.
        atomic_store_explicit(&w->stopping, true, memory_order_relaxed);
        sem_post(&w->asked);
        pthread_join(w->thread, NULL);
    }
    pthread_mutex_destroy(&w->working);
    sem_destroy(&w->asked);
    weir_bytes_free(w->requests);
    weir_bytes_free(w->answers);
    free(w);
}

LV2_Worker_Schedule *
weir_plugin_worker_feature(struct weir_plugin_worker *w)
{
    return &w->feature;
}

LV2_Worker_Schedule *
weir_plugin_worker_restoring(struct weir_plugin_worker *w)
{
    return &w->restoring;
}
