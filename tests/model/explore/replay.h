// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What a program's accesses come to: between replay.c and runtime.c. Each
// returns with what the execution has there, or leaves the thread for good
// where the execution ends.
#ifndef TESTS_MODEL_REPLAY_H
#define TESTS_MODEL_REPLAY_H

#include "explore.h"

#include <pthread.h>

/// Whether an access is part of the model: of memory that another thread
/// touches too, and one of them writes.
bool weir_replay_sees(const volatile void *address, uint32_t n_bytes,
                      bool write);

uint64_t weir_replay_atomic(enum kind kind, const volatile void *address,
                            uint32_t n_bytes, int order, bool update,
                            uint64_t value, uintptr_t pc);

/// Announces a plain access, which then happens in memory.
void weir_replay_plain(enum kind kind, void *address, uint32_t n_bytes,
                       uintptr_t pc);

void weir_replay_fence(int order, uintptr_t pc);

void weir_replay_create(pthread_t *out, void *(*function)(void *), void *arg);
void weir_replay_join(pthread_t thread);
_Noreturn void weir_replay_exit(void);
_Noreturn void weir_replay_fail(const char *what, const char *more);

#endif
