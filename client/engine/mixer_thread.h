// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The thread that runs the mixer.
#ifndef WEIR_ENGINE_MIXER_THREAD_H
#define WEIR_ENGINE_MIXER_THREAD_H

#include <stdbool.h>

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

/// Wait until it has ended (WEIR_COMMAND_STOP) and free it; null is allowed.
/// @control  Waits for at most what is in the rings.
void weir_mixer_thread_join(struct weir_mixer_thread *thread);

#endif
