// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What worker.c and worker_run.c share.
#ifndef WEIR_PLUGIN_WORKER_PRIVATE_H
#define WEIR_PLUGIN_WORKER_PRIVATE_H

#include "plugin/bytes.h"
#include "plugin/worker.h"

#include <pthread.h>
#include <semaphore.h>

enum { WEIR_WORKER_BYTES = 16 * 1024 };

struct weir_plugin_worker {
    // Fixed while the thread runs.
    const LV2_Worker_Interface *interface; // null: not started
    LV2_Handle plugin;
    LV2_Worker_Schedule feature;
    LV2_Worker_Schedule restoring;
    pthread_t thread;
    // Between run() and the thread.
    struct weir_bytes *requests;
    struct weir_bytes *answers;
    sem_t asked;
    _Atomic bool stopping;
    // Held while the plugin works: by the thread, or by who restores.
    pthread_mutex_t working;
    // Each of one side alone.
    unsigned char request[WEIR_WORKER_BYTES];
    unsigned char answer[WEIR_WORKER_BYTES];
};

#endif
