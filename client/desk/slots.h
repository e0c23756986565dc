// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The plugins of a strip or bus as the desk knows them: slots in the order in
// which they are heard, and what they are set to. The rack (plugin/rack.h)
// runs them: it is made with the first slot and goes with the last one, when
// the mixer has given its insert back. Everything here is @control's.
#ifndef WEIR_DESK_SLOTS_H
#define WEIR_DESK_SLOTS_H

#include "desk/fault.h"
#include "engine/limits.h"
#include "oscctl/values.h"
#include "plugin/describe.h"
#include "plugin/rack.h"

#include <stdbool.h>
#include <stdint.h>

struct weir_desk;
struct weir_desk_object;
struct weir_nursery;
struct weir_plugin_world;

enum {
    WEIR_DESK_SLOTS = 16,       // of a strip or bus
    WEIR_SLOT_PATH_BYTES = 1024 // of a state's folder
};

/// What the desk has plugins from; zeroed: it has none.
struct weir_desk_plugins_config {
    struct weir_nursery *nursery;    // describes, starts runners
    struct weir_plugin_world *world; // null: in runners; else inside
    uint32_t block;                  // frames: the period
    int priority;                    // of a runner's thread
    const char *folder;              // for states; null: none.  Borrowed
    /// A rack is about to be made: from now on they are to be looked after.
    /// Null: nobody asks.
    void (*rack_comes)(void *owner);
    void *owner;
};

struct weir_desk_slot {
    struct weir_desk_object *object;
    char id[WEIR_ID_MAX + 1];
    const struct weir_plugin_type *type;
    uint32_t number;   // in WEIR_COMMAND_INSERT_SET, once it is there
    float *values;     // by port: inputs as set; behind them the bypass
    char **properties; // by property, as text; null: not known
    uint8_t *doubts;   // by property: looks until what is told of it is news
    bool is_doubted;   // something was told before that
    bool in_rack;      // it was asked to have it
    bool is_there;     // and has it
    bool is_shown;     // it has been, and who watches the desk knows it
    bool is_saved;     // its state is in the folder of the save under way
    bool leaving;
    bool carries;    // its state waits in the rack's folder for a new rack
    bool has_failed; // this rack does not take it: it waits for the next one
    struct weir_desk_act *acts; // which wait for that, in their order
    struct weir_ticket ticket;  // of the add or the remove under way
};

/// How far the rack of a strip or bus is.
enum weir_desk_rack_phase {
    WEIR_RACK_NONE,
    WEIR_RACK_IN_MIX,
    WEIR_RACK_GOES, // until the mixer has given its insert back
};

struct weir_desk_rack {
    struct weir_rack *rack;
    enum weir_desk_rack_phase phase;
    struct weir_desk_slot *slots[WEIR_DESK_SLOTS];
    uint32_t n_slots;
    struct weir_desk_errand *errands; // asked of the rack, not told yet
    uint32_t n_carried;               // saves that a new rack waits for
    bool is_to_move;                  // to a new rack
};

// ------------------------------------------------------------ looking around

struct weir_desk_slot *
weir_desk_find_slot(const struct weir_desk_object *object, const char *id);

/// Where it stands, from 0.
uint32_t weir_desk_slot_place(const struct weir_desk_slot *slot);

/// Where the bypass stands among the values, as a port.
static inline uint32_t
weir_desk_slot_bypass(const struct weir_desk_slot *slot)
{
    return slot->type->n_ports;
}

/// What the slot is doing, in the words of OSC.
const char *weir_desk_slot_state(const struct weir_desk_slot *slot);

/// A port's value: an input as it is set, an output as it shows now.
float weir_desk_slot_value(const struct weir_desk_slot *slot, uint32_t port);

/// Whether a port is for people to set or to see: not what the host uses
/// itself, and neither sound nor events.
bool weir_slot_port_is_shown(const struct weir_plugin_port *port);

/// What a property is called in an address: its URI's last part; where that
/// is not a name, or another one's, with its number behind it.
void weir_slot_property_name(const struct weir_plugin_type *type, uint32_t i,
                             char name[WEIR_ID_MAX + 1]);

// ----------------------------------------------------------------- changing
//
// As in desk.h: parts of a transaction. What is told by tickets is told when
// the rack has done it.

enum weir_fault_code
weir_desk_add_slot(struct weir_desk_object *object, const char *id,
                   const struct weir_plugin_type *type, uint32_t index,
                   struct weir_ticket ticket, struct weir_fault *fault);
enum weir_fault_code weir_desk_remove_slot(struct weir_desk_slot *slot,
                                           struct weir_ticket ticket,
                                           struct weir_fault *fault);
enum weir_fault_code weir_desk_move_slot(struct weir_desk_slot *slot,
                                         uint32_t index,
                                         struct weir_ticket ticket,
                                         struct weir_fault *fault);

/// Set an input that is shown, or the bypass, to a number in its range.
enum weir_fault_code weir_desk_set_slot(struct weir_desk_slot *slot,
                                        uint32_t port, float number,
                                        struct weir_ticket ticket,
                                        struct weir_fault *fault);

enum weir_slot_act {
    WEIR_SLOT_PROPERTY, // its URI, a value as text
    WEIR_SLOT_PRESET,   // a URI
    WEIR_SLOT_LOAD,     // a state's folder
    WEIR_SLOT_SAVE,     // a state's folder
};

/// What is done by the rack alone, once the transaction is committed.
enum weir_fault_code weir_desk_act_slot(struct weir_desk_slot *slot,
                                        enum weir_slot_act act,
                                        const char *what, const char *value,
                                        struct weir_ticket ticket,
                                        struct weir_fault *fault);

// -------------------------------------------------------------- as it comes

/// Have the slot's state saved, at once and outside of any transaction.
void weir_desk_save_slot(struct weir_desk_slot *slot, const char *folder,
                         struct weir_ticket ticket);

/// Look after all racks, every 50 ms or so, from `rack_comes` until there are
/// none any more: then it is false.
bool weir_desk_service_racks(struct weir_desk *desk);

/// What a dead instance's racks kept in the config's folder is what slots of
/// the same strips and buses begin with, while that is restored.
void weir_desk_age_states(const char *folder);
void weir_desk_restore_states(struct weir_desk *desk, bool restores);

/// The period, or the rate, is another: all plugins move to new racks, with
/// their states.
void weir_desk_move_racks(struct weir_desk *desk, uint32_t block,
                          uint32_t rate_hz);

#endif
