// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A thread for calls that may hang: JACK's control side answers only as fast
// as the slowest client, and @control has to answer OSC. Jobs run one after
// the other in the order they were posted.
#ifndef WEIR_JACK_WORKER_H
#define WEIR_JACK_WORKER_H

#include <stdbool.h>
#include <stdint.h>

struct weir_loop;
struct weir_worker;

struct weir_job {
    void (*run)(void *owner);  ///< on the worker's thread; null: nothing
    void (*done)(void *owner); ///< then on @control; null: nothing
    void *owner;
};

/// Start the thread.  Null when the system refuses.  @control
struct weir_worker *weir_worker_start(struct weir_loop *loop);

/// Post a job; false when 2048 are waiting already.  @control
bool weir_worker_post(struct weir_worker *worker, struct weir_job job);

/// Wait until all jobs are through, at most `timeout_ms`; false: one hangs.
/// @control
bool weir_worker_settle(struct weir_worker *worker, uint32_t timeout_ms);

/// End the thread and free it, if it has no job any more; a thread that hangs
/// in a job is left alone, and false returned.  No done() is called from here
/// on: who asked may be gone.  Null is allowed.  @control
bool weir_worker_stop(struct weir_worker *worker, uint32_t timeout_ms);

#endif
