// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Slots and racks, between the desk's own files.
#ifndef WEIR_DESK_SLOTS_PRIVATE_H
#define WEIR_DESK_SLOTS_PRIVATE_H

#include "desk/desk_private.h"
#include "desk/slots.h"

enum weir_errand_kind {
    WEIR_ERRAND_ADD,
    WEIR_ERRAND_REMOVE,
    WEIR_ERRAND_CARRY, // a save, for a new rack
    WEIR_ERRAND_LOAD,  // a state or a preset: values are others then
    WEIR_ERRAND_SHOW,  // that is done: until the plugin shows its values
    WEIR_ERRAND_OTHER,
};

/// What a rack was asked, until it tells how that went.
struct weir_desk_errand {
    enum weir_errand_kind kind;
    uint32_t serial;
    struct weir_desk_slot *slot;
    struct weir_ticket ticket;
    uint32_t looks; // that it has been shown for
    struct weir_desk_errand *next;
};

/// What is asked of a slot that waits for a new rack.
struct weir_desk_act {
    enum weir_slot_act act;
    char *words[2]; // owned
    struct weir_ticket ticket;
    struct weir_desk_act *next;
};

/// What a rack has told, until nothing is under way that it could disturb.
struct weir_desk_told {
    struct weir_desk_object *object;
    uint32_t serial;
    bool failed;
    struct weir_why why;
    struct weir_desk_told *next;
};

/// Let go of it; it is on no list.
void weir_desk_slot_free(struct weir_desk_slot *slot);

/// Off its list; where it stood.
uint32_t weir_desk_slot_take_off(struct weir_desk_slot *slot);

/// Name the strip or bus in a command.
void weir_desk_name_in_mix(const struct weir_desk_object *object,
                           struct weir_command *command);

#endif
