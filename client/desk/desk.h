// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The desk as @control knows it: which strips and buses there are and what
// they are set to. It is changed in transactions: operations are checked and
// carried out one after the other, then all of them go to the mixer as one
// group, or none. Everything here is @control's.
#ifndef WEIR_DESK_DESK_H
#define WEIR_DESK_DESK_H

#include "desk/fault.h"
#include "desk/ports.h"
#include "desk/slots.h"
#include "engine/limits.h"
#include "oscctl/values.h"

#include <stdbool.h>
#include <stdint.h>

struct weir_bus;
struct weir_desk;
struct weir_desk_feed;
struct weir_engine;
struct weir_link;
struct weir_meter_report;
struct weir_source;
struct weir_strip;

/// What strips and buses have in common.
struct weir_desk_object {
    char id[WEIR_ID_MAX + 1];
    char name[WEIR_NAME_BYTES];
    uint32_t n_channels;
    bool is_bus;
    struct weir_port_group ports;
    // Coming and going.
    struct weir_desk *desk;
    struct weir_ticket ticket; // of the add or the remove under way
    bool ports_pending;
    bool leaving;
    bool out_of_mix; // the mixer does not mix it any more
    bool let_go;     // and no command that names it is under way
    struct weir_desk_rack plugins;
};

struct weir_desk_strip {
    struct weir_desk_object o;         // first: it is found by it
    float values[WEIR_STRIP_N_VALUES]; // as set; name and fader unused
    float sends[WEIR_MAX_BUSES][WEIR_SEND_N_VALUES]; // by bus slot
    struct weir_strip *mix;      // the mixer's, from the commit on
    struct weir_desk_feed *feed; // null: none
    uint64_t not_finite_told;    // how many the log knows of: app/bursts.h
};

struct weir_desk_bus {
    struct weir_desk_object o; // first: it is found by it
    uint32_t slot;             // main is 0
    float values[WEIR_BUS_N_VALUES];
    float loudness[5]; // M, S, I in LUFS, LRA in LU, true peak in dBTP
    struct weir_bus *mix;
    struct weir_source *out; // the ring that its ports play
};

struct weir_desk_config {
    struct weir_engine *engine;
    struct weir_link *link;
    struct weir_ports *ports;
    uint32_t rate_hz;
    uint32_t latency_blocks;
    uint32_t history_frames;
    struct weir_desk_plugins_config plugins;
    /// Called when a bus has come into the mix, and before its ring goes;
    /// null: nobody. `gone` is settled by whoever was told.
    void (*bus_came)(void *owner, struct weir_desk_bus *bus);
    void (*bus_goes)(void *owner, struct weir_desk_bus *bus,
                     struct weir_ticket gone);
    void *owner;
};

/// Who hears of what has taken effect, whoever asked for it.
struct weir_desk_watcher {
    /// A number or a name, by its address in a strip or bus: it shows what
    /// it has become when the event loop comes to it.
    void (*changed)(void *owner, const void *value);
    /// Its ports are there; and then it is off the lists (until this returns
    /// it can still be looked at).
    void (*came)(void *owner, struct weir_desk_object *object);
    void (*leaves)(void *owner, struct weir_desk_object *object);
    void (*renamed)(void *owner, struct weir_desk_object *object);
    /// A plugin plays; and it is off the list.
    void (*slot_came)(void *owner, struct weir_desk_slot *slot);
    void (*slot_leaves)(void *owner, struct weir_desk_slot *slot);
    void *owner;
};

/// Make a desk without strips and buses.  Null when memory is short.
/// Borrows what the config points to.  Free with weir_desk_free().
struct weir_desk *weir_desk_new(const struct weir_desk_config *config);

/// Free it with all that is on it; the mixer must have ended.
void weir_desk_free(struct weir_desk *desk);

/// Have changes told to `watcher`, which is copied; null: to nobody.
void weir_desk_watch(struct weir_desk *desk,
                     const struct weir_desk_watcher *watcher);

/// Go on at another rate: all rings end (WEIR_BROADCAST_FORMAT), and new ones
/// begin where they ended; feeds, meters and ramps follow. Settings stay.
/// False when memory is short: the desk cannot be used any more.  No mixer may
/// run, nobody observe a ring.
bool weir_desk_set_rate(struct weir_desk *desk, uint32_t rate_hz,
                        uint32_t history_frames);

/// Touch as much of the lanes as periods of so many frames use, so that the
/// callback does not meet a page for the first time.  All may run.
void weir_desk_reach(struct weir_desk *desk, uint32_t period_frames);

/// Tell all readers that nothing more will come; the mixer must have ended.
void weir_desk_end_sources(struct weir_desk *desk);

/// Tell all readers that there is no server for now, or that there is one.
void weir_desk_wait(struct weir_desk *desk, bool waiting);

// ------------------------------------------------------------ looking around

uint32_t weir_desk_n_strips(const struct weir_desk *desk);
struct weir_desk_strip *weir_desk_strip_at(struct weir_desk *desk, uint32_t i);
struct weir_desk_strip *weir_desk_find_strip(struct weir_desk *desk,
                                             const char *id);
uint32_t weir_desk_n_buses(const struct weir_desk *desk);
struct weir_desk_bus *weir_desk_bus_at(struct weir_desk *desk, uint32_t i);
struct weir_desk_bus *weir_desk_find_bus(struct weir_desk *desk,
                                         const char *id);

/// A value as it is set now; the fader is computed from the gain.
float weir_desk_strip_value(const struct weir_desk_strip *strip,
                            enum weir_strip_value value);
float weir_desk_bus_value(const struct weir_desk_bus *bus,
                          enum weir_bus_value value);

/// Blocks that were silenced because a NaN, an infinity or something far too
/// loud came from its ports or its feed.
uint64_t weir_desk_strip_not_finite(const struct weir_desk_strip *strip);

// ----------------------------------------------------------------- changing
//
// Each returns WEIR_FAULT_NONE, or a fault with its text; the transaction is
// then to be rolled back. Tickets are settled after the commit: when the
// mixer has obeyed, and for add and remove when the ports are there or gone.

enum weir_fault_code weir_desk_add_strip(struct weir_desk *desk, const char *id,
                                         uint32_t n_channels, const char *name,
                                         struct weir_ticket ticket,
                                         struct weir_fault *fault);
enum weir_fault_code weir_desk_remove_strip(struct weir_desk *desk,
                                            struct weir_desk_strip *strip,
                                            struct weir_ticket ticket,
                                            struct weir_fault *fault);
enum weir_fault_code weir_desk_add_bus(struct weir_desk *desk, const char *id,
                                       uint32_t n_channels, const char *name,
                                       struct weir_ticket ticket,
                                       struct weir_fault *fault);
enum weir_fault_code weir_desk_remove_bus(struct weir_desk *desk,
                                          struct weir_desk_bus *bus,
                                          struct weir_ticket ticket,
                                          struct weir_fault *fault);

/// Set a number that weir_value_in_range() has found to be one.
enum weir_fault_code
weir_desk_set_strip(struct weir_desk *desk, struct weir_desk_strip *strip,
                    enum weir_strip_value value, float number,
                    struct weir_ticket ticket, struct weir_fault *fault);
enum weir_fault_code weir_desk_set_send(struct weir_desk *desk,
                                        struct weir_desk_strip *strip,
                                        const struct weir_desk_bus *bus,
                                        enum weir_send_value value,
                                        float number, struct weir_ticket ticket,
                                        struct weir_fault *fault);
enum weir_fault_code weir_desk_set_bus(struct weir_desk *desk,
                                       struct weir_desk_bus *bus,
                                       enum weir_bus_value value, float number,
                                       struct weir_ticket ticket,
                                       struct weir_fault *fault);

/// Rename; `name` is one that weir_name_ok() likes.
enum weir_fault_code weir_desk_rename(struct weir_desk_object *object,
                                      const char *name,
                                      struct weir_ticket ticket,
                                      struct weir_fault *fault);

/// Have a meter read into `report`, which must live until the ticket.  Not
/// part of a transaction: asked at once.
enum weir_fault_code weir_desk_read_meter(struct weir_desk_object *object,
                                          struct weir_meter_report *report,
                                          struct weir_ticket ticket,
                                          struct weir_fault *fault);

/// All that was done since the last commit goes to the mixer, as one.
void weir_desk_commit(struct weir_desk *desk);

/// How many times something was committed: the desk is another when this is.
uint64_t weir_desk_n_commits(const struct weir_desk *desk);

/// The same, to take effect at a time of CLOCK_MONOTONIC.  The desk shows it
/// at once.
void weir_desk_commit_at(struct weir_desk *desk, uint64_t at_ns);

/// All that was done since the last commit is undone.
void weir_desk_rollback(struct weir_desk *desk);

// Ahead of time: what is to take effect at a time goes to the mixer before
// that, and the desk shows it when it has. It is done and sent ahead, which
// undoes it; when the ticket is settled it is done once more, and caught up
// with.

/// Whether something is added or removed since the last commit: that cannot
/// be sent ahead (use weir_desk_commit_at()).
bool weir_desk_comes_or_goes(const struct weir_desk *desk);

/// All that was done since the last commit goes to the mixer, to take effect
/// at a time, and is undone here; single tickets are forgotten, `ticket` is
/// settled when it has taken effect.  False when there is no room: undone.
bool weir_desk_send_ahead(struct weir_desk *desk, uint64_t at_ns,
                          struct weir_ticket ticket);

/// What was done since the last commit has taken effect before, having been
/// sent ahead.  A number that was set at once meanwhile, and that the mixer
/// has not taken yet, keeps its new value.
void weir_desk_catch_up(struct weir_desk *desk);

/// How many more commands can be under way.
uint32_t weir_desk_room(const struct weir_desk *desk);

/// What it has plugins from, and the rate they run at.
const struct weir_desk_plugins_config *
weir_desk_plugins(const struct weir_desk *desk);
uint32_t weir_desk_rate(const struct weir_desk *desk);

/// What is done now is undone again, to be done in parts: what is removed is
/// gone before the next part then.
void weir_desk_try(struct weir_desk *desk, bool is_trial);

/// Whether cycles come, so that the mixer knows which frame a time is.
bool weir_desk_has_clock(const struct weir_desk *desk);

#endif
