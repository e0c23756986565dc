// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Bundles whose time is to come. A tenth of a second before it each goes to
// the mixer, which knows the frame of its time, and when that has come it is
// shown and answered. Everything here is @control's.
#ifndef WEIR_OSCCTL_SCHEDULE_H
#define WEIR_OSCCTL_SCHEDULE_H

#include "desk/fault.h"
#include "oscctl/transaction.h"

#include <stddef.h>
#include <stdint.h>

struct weir_loop;
struct weir_schedule;
struct weir_tree;

enum {
    WEIR_SCHEDULE_BUNDLES = 4096,
    WEIR_SCHEDULE_BYTES = 16 << 20, ///< of all of them
    WEIR_SCHEDULE_AHEAD_S = 60,     ///< no later than so
};

/// An empty schedule for bundles to `tree`, with a timer in `loop`; null when
/// memory is short.  Borrows both.  Free with weir_schedule_free(), when the
/// mixer has ended.
struct weir_schedule *weir_schedule_new(struct weir_tree *tree,
                                        struct weir_loop *loop);
void weir_schedule_free(struct weir_schedule *schedule);

/// Put off a bundle that was found good until its time, `tag`.  Copies
/// `packet`.  A fault when it is too far ahead, or there are too many.
enum weir_fault_code weir_schedule_add(struct weir_schedule *schedule,
                                       uint64_t tag,
                                       const struct weir_peer *peer,
                                       const void *packet, size_t n_bytes,
                                       struct weir_fault *fault);

/// Do what is to be done at the time `tag`: the timer does.
void weir_schedule_run(struct weir_schedule *schedule, uint64_t tag);

#endif
