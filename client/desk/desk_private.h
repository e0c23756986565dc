// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The desk's inside, between its own files.
#ifndef WEIR_DESK_DESK_PRIVATE_H
#define WEIR_DESK_DESK_PRIVATE_H

#include "desk/desk.h"
#include "desk/link.h"
#include "desk/source.h"
#include "engine/command.h"

enum weir_change_kind {
    WEIR_CHANGE_NUMBER, // *number was `was`
    WEIR_CHANGE_NAME,   // the object's was `name_was`
    WEIR_CHANGE_FLUSH,  // of the strip's feed
    WEIR_CHANGE_ADD_STRIP,
    WEIR_CHANGE_ADD_BUS,
    WEIR_CHANGE_REMOVE_STRIP, // stood at `place`
    WEIR_CHANGE_REMOVE_BUS,
    WEIR_CHANGE_SLOT_ADD,    // at `place`
    WEIR_CHANGE_SLOT_REMOVE, // stood at `place`
    WEIR_CHANGE_SLOT_MOVE,   // from `place`, `to`
    WEIR_CHANGE_SLOT_NUMBER, // *number was `was`; of port `place`
    WEIR_CHANGE_SLOT_ACT,
};

/// One line of the journal: how to undo it, and what a commit goes on with.
struct weir_change {
    enum weir_change_kind kind;
    float *number;
    float was;
    struct weir_desk_object *object;
    char *name_was; // owned
    struct weir_desk_strip *strip;
    struct weir_desk_bus *bus;
    uint32_t place;
    struct weir_ticket ticket;     // a rename's, a slot's
    struct weir_desk_flush *flush; // owned; null: the feeder was told
    struct weir_desk_slot *slot;
    uint32_t to;
    float value;   // that it is set to
    bool by_mixer; // the number is set by a command
    enum weir_slot_act act;
    char *words[2]; // owned
};

struct weir_desk {
    struct weir_desk_config config;
    struct weir_desk_watcher watcher; // zeroed: nobody
    struct weir_desk_strip *strips[WEIR_MAX_STRIPS];
    uint32_t n_strips;
    uint32_t n_mixed_strips; // with those that are leaving
    struct weir_desk_bus *buses[WEIR_MAX_BUSES];
    uint32_t n_buses;
    bool slot_taken[WEIR_MAX_BUSES];
    uint32_t next_colour;
    struct weir_source *sources;
    bool waiting;                 // there is no server, and no cycles come
    struct weir_desk_feed *feeds; // with those that are closed and fade
    uint64_t n_commits;
    struct weir_desk_told *told; // by racks, the first first
    uint32_t n_busy;             // in what nothing told may disturb
    uint32_t next_failure;       // numbers of what no rack was asked
    uint32_t plugins_rate_hz;    // of the racks
    bool restores_states;        // of a dead instance, into slots that come
    bool is_trial;               // what is done will be done in parts
    struct weir_change *journal;
    uint32_t n_changes;
    uint32_t n_room;
};

/// Tell the watcher of a value or a name, by its address.
void weir_desk_tell_changed(void *desk, const void *value);

/// A new line of the journal; null when memory is short.
struct weir_change *weir_desk_note(struct weir_desk *desk,
                                   enum weir_change_kind kind);

/// Add a command to the group, or a fault.  `number`: the one that it sets;
/// null: none.
enum weir_fault_code weir_desk_ask(struct weir_desk *desk,
                                   const struct weir_command *command,
                                   struct weir_ticket ticket,
                                   const float *number,
                                   struct weir_fault *fault);

/// Whether a new strip or bus may be called so.
enum weir_fault_code weir_desk_check_new(const struct weir_desk *desk,
                                         const char *id, uint32_t n_channels,
                                         const char *name,
                                         struct weir_fault *fault);

/// Fill what strips and buses have in common.
void weir_desk_object_init(struct weir_desk_object *object,
                           struct weir_desk *desk, const char *id,
                           uint32_t n_channels, const char *name);

/// After the commit that added it: get its ports.
void weir_desk_bring(struct weir_desk_object *object);

/// Leave: off the list now, the mixer after its fade, then the ports.
/// `place` is where it stood.
enum weir_fault_code weir_desk_drop(struct weir_desk_object *object,
                                    uint32_t *place, struct weir_fault *fault);

/// Make the ring that a bus's ports play; main's is a source as well.  Null
/// when memory is short.
struct weir_source *weir_desk_new_out(struct weir_desk *desk, const char *id,
                                      uint32_t n_channels);

/// It has not been measured.
void weir_desk_bus_forget_loudness(struct weir_desk_bus *bus);

/// Both have to be through with it, the mixer and the port side: then its
/// ports go.
void weir_desk_send_off(struct weir_desk_object *object);

/// A line of the journal that is a slot's is undone, or goes on.
void weir_desk_slot_undo(struct weir_change *change);
void weir_desk_slot_follow(struct weir_change *change);

/// Take what racks have told meanwhile.
void weir_desk_hear_racks(struct weir_desk *desk);

/// It is out of the mix: whoever waits for its plugins hears so.
void weir_desk_lose_slots(struct weir_desk_object *object);
void weir_desk_free_slots(struct weir_desk_object *object);

/// Let go of everything, whoever still points to it.
void weir_desk_strip_free(struct weir_desk_strip *strip);
void weir_desk_bus_free(struct weir_desk_bus *bus);

#endif
