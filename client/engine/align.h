// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Inserts, and all paths as late as the latest: strips are held back to the
// insert of a strip that is the latest, buses to that of a bus. Everything
// here is @mixer's, and does nothing on a desk without inserts.
#ifndef WEIR_ENGINE_ALIGN_H
#define WEIR_ENGINE_ALIGN_H

#include "engine/command.h"
#include "rt/inputs.h"
#include "rt/tags.h"

#include <stdbool.h>
#include <stdint.h>

struct weir_bus;
struct weir_detour;
struct weir_engine;
struct weir_strip;

/// Embedded in the engine.
struct weir_align {
    bool is_on; // there is an insert, or something is late
    uint32_t n_inserts;
    uint32_t strips_late; // frames, all of them
    uint32_t buses_late;
    uint32_t most_strips_late; // for want of memory
    uint32_t most_buses_late;
    uint32_t wanted_strips_late; // what inserts say
    uint32_t wanted_buses_late;
    uint64_t wanted_since; // they say so
    uint32_t line_frames;  // of the shortest line that strips are read from
    uint64_t begin;        // inserts have run on the frames from here
    uint64_t end;          // to here
    bool is_lost;          // which JACK lost
    uint32_t n_ahead;      // commands in it that weir_due_look() has seen
};

/// When there is nothing to be done.  @control
void weir_align_init(struct weir_align *align);

/// Begin the next block for inserts, at the engine's position: decide who is
/// how late.  Returns how many of the `n` frames it is about.  @mixer
WEIR_RT uint32_t weir_align_begin(struct weir_engine *engine, uint32_t n);

/// Run the strips' inserts on it, whose feeds are in the lanes, and take what
/// buses are due; without a cycle the frames were lost.  @mixer
WEIR_RT void weir_align_run(struct weir_engine *engine,
                            const struct weir_cycle *cycle, uint32_t n);

/// What is set inside the block goes to the strips' inserts beforehand, and
/// what is done there to what goes into them is looked at.  @mixer
WEIR_RT void weir_align_look_ahead(struct weir_engine *engine);

/// A strip's block, which is in these channels, as it goes into its insert:
/// with trim and polarity, which move at their frames.  Not `is_fed`: it is
/// silent.
/// @mixer
WEIR_RT void weir_align_trim(const struct weir_engine *engine,
                             struct weir_strip *strip, float *const *channels,
                             uint32_t n, bool is_fed);

/// The block is mixed: buses give theirs.  @mixer
WEIR_RT void weir_align_end(struct weir_engine *engine);

/// A strip's part of the block, which weir_strip_listen() has looked through,
/// goes its way; notes whether there is sound where it is heard.  @mixer
WEIR_RT void weir_align_strip(struct weir_engine *engine,
                              struct weir_strip *strip, uint32_t n);

/// The same for a bus's sum.  @mixer
WEIR_RT void weir_align_bus(struct weir_engine *engine, struct weir_bus *bus,
                            uint32_t n);

/// Frames from `position` to where strips' lines end.  @mixer
WEIR_RT uint32_t weir_align_room(const struct weir_engine *engine,
                                 uint64_t position);

/// Carry out a command about inserts or lines; whether the answer comes now.
/// @mixer
WEIR_RT bool weir_align_obey(struct weir_engine *engine,
                             const struct weir_command *command);

/// A strip or a bus is new: nobody has heard of it yet.  @mixer
WEIR_RT void weir_align_greet_strip(const struct weir_engine *engine,
                                    struct weir_strip *strip);
WEIR_RT void weir_align_greet_bus(const struct weir_engine *engine,
                                  struct weir_bus *bus);
/// The same of a strip's source, whose detour may have been another's.
WEIR_RT void weir_align_greet_tap(const struct weir_engine *engine,
                                  struct weir_detour *detour);

/// It is out of the mix, and its insert with it.  @mixer
WEIR_RT void weir_align_drop_strip(struct weir_engine *engine,
                                   struct weir_strip *strip);
WEIR_RT void weir_align_drop_bus(struct weir_engine *engine,
                                 struct weir_bus *bus);

/// Let go of all inserts that leave: no cycle comes to fade them.  @mixer
WEIR_RT void weir_align_bury(struct weir_engine *engine);

#endif
