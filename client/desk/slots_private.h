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

// ------------------------------------------------------ errands.c: what is
// asked

/// Note that the rack is asked something; null when memory is short.
struct weir_desk_errand *weir_desk_new_errand(struct weir_desk_slot *slot,
                                              enum weir_errand_kind kind,
                                              struct weir_ticket ticket);

/// It has been asked under that serial. 0: it was not taken, as `why` says; so
/// it has failed, under a number of its own.
void weir_desk_errand_sent(struct weir_desk_errand *errand, uint32_t serial,
                           const struct weir_why *why);

/// What a rack tells of its calls; `owner` is the object.
weir_rack_fn weir_desk_hear_told;

/// Take what has been told, one after the other, unless something is under way.
void weir_desk_drain_told(struct weir_desk *desk);

/// What was told of it and has not been taken is nothing any more.
void weir_desk_forget_told(struct weir_desk_object *object);

/// Settle it; `why` null: it went well.
void weir_desk_settle_asked(struct weir_ticket ticket, const char *why);

/// Who watches the desk loses sight of it.
void weir_desk_tell_slot_leaves(struct weir_desk_slot *slot);

// ------------------------------------------------ slots_ask.c: what it is
// asked

/// Ask its rack to have it, at that place.
void weir_desk_ask_add(struct weir_desk_slot *slot, uint32_t index);

/// Ask for all that was set before it was there, or in another rack.
void weir_desk_ask_values(struct weir_desk_slot *slot);

/// Ask for what has waited for its rack; `why`: it has failed instead.
void weir_desk_take_acts(struct weir_desk_slot *slot, const char *why);

// ---------------------------------------------- slots_shown.c: what is shown

/// A property that a plugin tells; `owner` is the object.
weir_rack_heard_fn weir_desk_hear_property;

/// A property is set to that.
void weir_desk_keep_property(struct weir_desk_slot *slot, const char *uri,
                             const char *value);

/// Have the plugin tell its properties, if it has any.
void weir_desk_ask_for_properties(struct weir_desk_slot *slot);

/// A state or a preset has been loaded: who asked is told when its values are
/// shown.  Takes the errand's ticket.
void weir_desk_begin_to_show(struct weir_desk_errand *errand);

/// Every 50 ms: see the values, then tell those who have waited long enough,
/// who may ask for more.
void weir_desk_look_at_shown(struct weir_desk_object *object);
void weir_desk_settle_shown(struct weir_desk_object *object);

// --------------------------------------- slots_states.c: states on the disk

/// The rack's own folder, made; null: it has none.
const char *weir_desk_rack_folder(const struct weir_desk_object *object,
                                  char path[WEIR_SLOT_PATH_BYTES]);

/// Load what was carried from the slot's last rack, if it was.
void weir_desk_ask_carried_state(struct weir_desk_slot *slot);

/// A slot has come: load what a dead instance kept of it, if that is restored.
void weir_desk_ask_last_state(struct weir_desk_slot *slot);

// ------------------------------------------------ racks.c: they come and go

/// Make one and give the mixer its insert.  False says why.
bool weir_desk_new_rack(struct weir_desk_object *object, struct weir_why *why);

/// There is no rack to be had: slots that wait for one have failed.
void weir_desk_fail_slots(struct weir_desk_object *object,
                          const struct weir_why *why);

/// It goes when the last slot has gone, or all states wait for the new one.
void weir_desk_see_whether_rack_goes(struct weir_desk_object *object);

/// Call it for all strips, then all buses.
void weir_desk_each_object(struct weir_desk *desk,
                           void (*fn)(struct weir_desk_object *object,
                                      const void *with),
                           const void *with);

#endif
