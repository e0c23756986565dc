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

/// Laid out by owner; nobody but due.c and due_new.c looks into it.
struct weir_due {
    uint32_t n_room;
    uint32_t n;
    uint64_t n_ever;
    struct weir_due_entry *heap;   // [n]; behind them the free slots
    struct weir_command *commands; // by slot
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

/// A strip, or a bus and its slot, is gone: what waits for it does nothing
/// any more, and is still answered.  @mixer  Steps: how many wait.
WEIR_RT void weir_due_forget_strip(struct weir_due *due,
                                   const struct weir_strip *strip);
WEIR_RT void weir_due_forget_bus(struct weir_due *due,
                                 const struct weir_bus *bus, uint32_t slot);

#endif
