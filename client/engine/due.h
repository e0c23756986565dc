// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Commands that wait for their time, in the order of their times, and those
// of one time in the order in which they came. Everything but making and
// freeing belongs to @mixer.
#ifndef WEIR_ENGINE_DUE_H
#define WEIR_ENGINE_DUE_H

#include "engine/command.h"
#include "rt/tags.h"

#include <stdbool.h>
#include <stdint.h>

struct weir_due_entry {
    uint64_t at_ns;
    uint64_t order;
    uint32_t slot;
};

enum { WEIR_DUE_SEEN = 256 };

/// Laid out by owner; nobody but due.c and due_new.c looks into it.
struct weir_due {
    uint32_t n_room;
    uint32_t n;
    uint64_t n_ever;
    struct weir_due_entry *heap;   // [n]; behind them the free slots
    struct weir_command *commands; // by slot
    struct weir_due_entry *seen;   // by weir_due_look(), the last one first
    uint32_t n_seen;
};

/// Room for `n_room` commands, touched.  Null when memory is short.
/// @control  Allocates.  Free with weir_due_free().
struct weir_due *weir_due_new(uint32_t n_room);
void weir_due_free(struct weir_due *due);

/// Let a command wait for its time; false when there is no room.
/// @mixer  Steps: the logarithm of how many wait.
WEIR_RT bool weir_due_add(struct weir_due *due,
                          const struct weir_command *command);

/// The time of the next one; UINT64_MAX when none waits.  @mixer
WEIR_RT uint64_t weir_due_next(const struct weir_due *due);

/// Take the next one; false when none waits.
/// @mixer  Steps: the logarithm of how many wait.
WEIR_RT bool weir_due_take(struct weir_due *due, struct weir_command *command);

/// Look at those before `before_ns` that have to be known where a block begins:
/// values of strips' inserts, and what is done to what goes into them. Returns
/// how many; none if they are more than WEIR_DUE_SEEN.  They are seen until
/// another is added or taken.
/// @mixer  Steps: how many are before it.
WEIR_RT uint32_t weir_due_look(struct weir_due *due, uint64_t before_ns);

/// The one in that place of them, in the order in which they will be taken.
/// It stays the caller's to change, but for its time.  @mixer
WEIR_RT static inline struct weir_command *
weir_due_seen(const struct weir_due *due, uint32_t i)
{
    return &due->commands[due->seen[due->n_seen - 1 - i].slot];
}

/// A strip, or a bus and its slot, is gone: what waits for it does nothing
/// any more, and is still answered.  @mixer  Steps: how many wait.
WEIR_RT void weir_due_forget_strip(struct weir_due *due,
                                   const struct weir_strip *strip);
WEIR_RT void weir_due_forget_bus(struct weir_due *due,
                                 const struct weir_bus *bus, uint32_t slot);

#endif
