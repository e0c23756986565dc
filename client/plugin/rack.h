// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The plugins of one strip or bus, in whichever process they run: a runner's
// (runner.h), or this one (chain.h, --plugins-inside). The desk's and the
// mixer's face of them. Everything is @control's, but what the insert's calls
// do.
#ifndef WEIR_PLUGIN_RACK_H
#define WEIR_PLUGIN_RACK_H

#include "engine/insert.h"
#include "plugin/describe.h"
#include "plugin/why.h"

#include <stdbool.h>
#include <stdint.h>

struct weir_nursery;
struct weir_rack;

enum { WEIR_RACK_BYPASS = UINT32_MAX }; // as a port: 0 plays, 1 is bypassed

struct weir_rack_config {
    struct weir_nursery *nursery;    // starts runners; null: they run inside
    struct weir_plugin_world *world; // inside; null otherwise
    uint32_t n_channels;
    uint32_t rate_hz;
    uint32_t block;     // frames: the period
    bool is_cut;        // blocks come in parts, too: inside, on a bus
    int priority;       // SCHED_FIFO of a runner's thread; 0: none
    const char *folder; // for states, this rack's alone; null: none
    const char *label;  // "strip/mic": in the log
};

/// What a slot is doing, for people.
enum weir_rack_state {
    WEIR_RACK_STARTING,
    WEIR_RACK_RUNNING,
    WEIR_RACK_BYPASSED,
    WEIR_RACK_RESTARTING, // bypassed until it is back
    WEIR_RACK_FAILED,     // given up: bypassed
};

/// Make one without plugins; a runner's process is not waited for.  False
/// says why.  Copies the config.  Free with weir_rack_free().
bool weir_rack_new(const struct weir_rack_config *config,
                   struct weir_rack **out, struct weir_why *why);

/// End it; null is allowed.  @mixer is done with its insert.
void weir_rack_free(struct weir_rack *rack);

/// What the mixer gets.
struct weir_insert *weir_rack_insert(struct weir_rack *rack);

/// What came of a call, told some time later or at once (before it returns):
/// `why` is null when it is done.
typedef void weir_rack_fn(void *owner, uint32_t serial, const char *why);

/// A property (patch:writable or readable) that a plugin tells, as text.
typedef void weir_rack_heard_fn(void *owner, const char *id,
                                const char *property, const char *value);
void weir_rack_listen(struct weir_rack *rack, weir_rack_fn *fn,
                      weir_rack_heard_fn *heard, void *owner);

/// Each returns a serial that comes back in the function above; 0 says why
/// not.  Slots are known by their ids; what was added, set and loaded is so
/// again in a new process. `type` must outlive the slot. `index` beyond the
/// end: at the end.
uint32_t weir_rack_add(struct weir_rack *rack, const char *id,
                       const struct weir_plugin_type *type, uint32_t index,
                       struct weir_why *why);
uint32_t weir_rack_remove(struct weir_rack *rack, const char *id,
                          struct weir_why *why);
uint32_t weir_rack_move(struct weir_rack *rack, const char *id, uint32_t index,
                        struct weir_why *why);
/// Set an input (or WEIR_RACK_BYPASS), after all calls before: for a slot
/// that is not there yet. Otherwise WEIR_COMMAND_INSERT_SET does it at its
/// block, and weir_rack_keep() when it has. A trigger's is not kept.
uint32_t weir_rack_set(struct weir_rack *rack, const char *id, uint32_t port,
                       float value, struct weir_why *why);
void weir_rack_keep(struct weir_rack *rack, const char *id, uint32_t port,
                    float value);
uint32_t weir_rack_set_property(struct weir_rack *rack, const char *id,
                                const char *property, const char *value,
                                struct weir_why *why);
/// Ask for all of them: they are told.
uint32_t weir_rack_get_properties(struct weir_rack *rack, const char *id,
                                  struct weir_why *why);
uint32_t weir_rack_preset(struct weir_rack *rack, const char *id,
                          const char *preset_uri, struct weir_why *why);
/// Save what a plugin remembers into a folder, which is made; load it.
uint32_t weir_rack_save(struct weir_rack *rack, const char *id,
                        const char *folder, struct weir_why *why);
uint32_t weir_rack_load(struct weir_rack *rack, const char *id,
                        const char *folder, struct weir_why *why);

/// The slot's number in WEIR_COMMAND_INSERT_SET, from its add on; never
/// another's.
uint32_t weir_rack_number(const struct weir_rack *rack, const char *id);

enum weir_rack_state weir_rack_state(const struct weir_rack *rack,
                                     const char *id);

/// A value as the plugin has it: an input as last set or loaded, an output as
/// it shows.
float weir_rack_value(const struct weir_rack *rack, const char *id,
                      uint32_t port);

/// Look after it; every 50 ms or so.  Never waits.
void weir_rack_service(struct weir_rack *rack);

/// Frames by which its output is late.
uint32_t weir_rack_latency(const struct weir_rack *rack);

/// Blocks that were bypassed because nothing came in time, and those silenced
/// because a plugin gave what is not finite.
uint32_t weir_rack_missed(const struct weir_rack *rack);
uint32_t weir_rack_faults(const struct weir_rack *rack);

#endif
