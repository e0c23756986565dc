// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The thread that measures loudness; between the observer's own files.
#ifndef WEIR_OBSERVE_LOUDNESS_THREAD_H
#define WEIR_OBSERVE_LOUDNESS_THREAD_H

#include "engine/limits.h"
#include "rt/broadcast.h"

#include <stdbool.h>
#include <stdint.h>

enum weir_loudness_kind {
    WEIR_LOUDNESS_OBSERVE,
    WEIR_LOUDNESS_RESET,
    WEIR_LOUDNESS_LEAVE,
    WEIR_LOUDNESS_END, // the thread
};

struct weir_loudness_request {
    enum weir_loudness_kind kind;
    uint32_t slot;       // below WEIR_MAX_BUSES
    uint64_t generation; // comes back in the results from now on
    struct weir_broadcast ring;
};

/// New values of a slot, ten times a second, or that it has been left.
struct weir_loudness_result {
    uint32_t slot;
    bool left;
    uint64_t generation; // of the newest request that they know
    float values[5];     // M, S, I in LUFS, LRA in LU, true peak in dBTP
};

struct weir_loudness_thread;

/// Start it; `*fd` is readable when there are results.  @control
struct weir_loudness_thread *weir_loudness_thread_start(unsigned rate_hz,
                                                        int *fd);

/// Ask it something.  @control
void weir_loudness_thread_ask(struct weir_loudness_thread *thread,
                              const struct weir_loudness_request *request);

/// Take a result; false when there is none.  @control
bool weir_loudness_thread_take(struct weir_loudness_thread *thread,
                               struct weir_loudness_result *result);

/// End it and free it; null is allowed.  @control
void weir_loudness_thread_stop(struct weir_loudness_thread *thread);

#endif
