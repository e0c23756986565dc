// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Sources: what readers can attach to. A ring in sealed shared memory, made
// when it is first asked for and freed with its last reader; main's is there
// always. Everything here is @control's.
#ifndef WEIR_DESK_SOURCE_H
#define WEIR_DESK_SOURCE_H

#include "desk/fault.h"
#include "engine/bus.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct weir_desk;
struct weir_desk_bus;
struct weir_desk_strip;
struct weir_link;

enum { WEIR_SOURCE_NAME_BYTES = 48 };

struct weir_source {
    struct weir_tap tap;
    int fd; // sealed, for readers; -1: not shared
    void *memory;
    size_t n_bytes;
    char name[WEIR_SOURCE_NAME_BYTES];
    struct weir_desk_strip *strip; // or
    struct weir_desk_bus *bus;     // or neither: it is gone
    bool pre;
    bool permanent;
    uint32_t n_readers;
    struct weir_source *next;
};

/// Make a ring nobody else sees: what a bus's ports play.  Null when memory
/// is short.
struct weir_source *weir_source_new_private(uint32_t rate_hz,
                                            uint32_t n_channels,
                                            uint64_t capacity_frames);

/// Make a ring in sealed shared memory.  Null when memory is short or the
/// system has no sealed memory; errno says which.
struct weir_source *weir_source_new_shared(uint32_t rate_hz,
                                           uint32_t n_channels,
                                           uint64_t capacity_frames);
void weir_source_free(struct weir_source *source);

/// Tell readers that nothing more will come, and why.  The mixer must have
/// let go of it.
void weir_source_end(struct weir_source *source,
                     enum weir_broadcast_state state);

/// Tell readers that nothing comes for now, or that something may again; not
/// after weir_source_end().
void weir_source_wait(struct weir_source *source, bool waiting);

/// Get the source called "main", another bus's id, "strip/ID" or
/// "strip/ID/pre", for one more reader.  `ready` is settled when the mixer
/// writes it.  Null with a fault.  Give back with weir_source_put().
struct weir_source *weir_source_get(struct weir_desk *desk, const char *name,
                                    struct weir_ticket ready,
                                    struct weir_fault *fault);
void weir_source_put(struct weir_desk *desk, struct weir_source *source);

#endif
