// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Loudness after EBU R128 (ITU-R BS.1770-4, by libebur128), measured by a
// thread that reads the broadcast rings like any other reader. A bus is
// measured from the first time that somebody asks, or resets; up to ten
// seconds that its ring still remembers count as well.
#ifndef WEIR_OBSERVE_LOUDNESS_H
#define WEIR_OBSERVE_LOUDNESS_H

#include "desk/fault.h"

#include <stdbool.h>

struct weir_desk_bus;
struct weir_loop;
struct weir_loudness;

/// Start the observer's thread.  Null when the system refuses.  @control
struct weir_loudness *weir_loudness_start(struct weir_loop *loop,
                                          unsigned rate_hz);

/// See that `bus->loudness` is kept up to date; `ready` is settled when it
/// holds something, which may be at once.  @control
void weir_loudness_observe(struct weir_loudness *l, struct weir_desk_bus *bus,
                           struct weir_ticket ready);

/// Forget what was measured and begin anew.  @control
void weir_loudness_reset(struct weir_loudness *l, struct weir_desk_bus *bus,
                         struct weir_ticket done);

/// Leave a bus's ring alone; `gone` is settled when the thread does.  @control
void weir_loudness_leave(struct weir_loudness *l, struct weir_desk_bus *bus,
                         struct weir_ticket gone);

/// Let go of all rings, which are about to be freed; then go on with the new
/// ones of the buses that were observed, at another rate and from nothing.
/// False when the system refuses a thread.  @control  Waits for a moment.
void weir_loudness_pause(struct weir_loudness *l);
bool weir_loudness_resume(struct weir_loudness *l, unsigned rate_hz);

/// Whether a ticket waits for the thread.  @control
bool weir_loudness_is_awaited(const struct weir_loudness *l);

/// End the thread, settle what still waits, and free it; null is allowed.
/// @control
void weir_loudness_stop(struct weir_loudness *l);

#endif
