// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The thread that runs the mixer.
#ifndef WEIR_ENGINE_MIXER_THREAD_H
#define WEIR_ENGINE_MIXER_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct weir_engine;
struct weir_mixer_thread;

/// Start it: SCHED_FIFO at `priority` if that is positive and allowed,
/// otherwise ordinary.  `event_fd` (an eventfd) becomes readable when there
/// are events.  Null when the system refuses a thread.  @control
struct weir_mixer_thread *weir_mixer_thread_start(struct weir_engine *engine,
                                                  int priority, int event_fd);

/// Whether it truly runs with real-time scheduling, asked of the thread.
/// @control
bool weir_mixer_thread_is_realtime(const struct weir_mixer_thread *thread);

/// Wake it, after commands were pushed.  @control
void weir_mixer_thread_ring(struct weir_engine *engine);

/// Its two names; the second is 0 until it runs.  @control
pthread_t weir_mixer_thread_id(const struct weir_mixer_thread *thread);
int32_t weir_mixer_thread_tid(const struct weir_mixer_thread *thread);

/// As weir_mixer_thread_join(), but waits so long at most; false: it hangs,
/// and is left alone.  @control
bool weir_mixer_thread_join_within(struct weir_mixer_thread *thread,
                                   uint32_t timeout_ms);

/// Wait until it has ended (WEIR_COMMAND_STOP) and free it; null is allowed.
/// @control  Waits for at most what is in the rings.
void weir_mixer_thread_join(struct weir_mixer_thread *thread);

#endif
