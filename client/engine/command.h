// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What @control asks of the mixer, and what the mixer answers: records of one
// size in two queues. Objects are prepared whole by @control, belong to the
// mixer while they are in use, and come back in an event.
#ifndef WEIR_ENGINE_COMMAND_H
#define WEIR_ENGINE_COMMAND_H

#include <stdint.h>

struct weir_strip;
struct weir_bus;
struct weir_detour;
struct weir_feed;
struct weir_hold;
struct weir_insert;
struct weir_lines;
struct weir_tap;
struct weir_meter_report;

enum weir_command_kind {
    WEIR_COMMAND_STRIP_ADD,     // strip
    WEIR_COMMAND_STRIP_INPUT,   // strip, number: fed from this table on
    WEIR_COMMAND_STRIP_REMOVE,  // strip; answered when it has faded out
    WEIR_COMMAND_STRIP_SET,     // strip, param, value
    WEIR_COMMAND_SEND_SET,      // strip, slot, param, value
    WEIR_COMMAND_BUS_ADD,       // bus, slot
    WEIR_COMMAND_BUS_REMOVE,    // bus, slot; answered when it has faded out
    WEIR_COMMAND_BUS_SET,       // bus, param, value
    WEIR_COMMAND_TAP_ADD,       // tap; strip and param (1: before the fader),
                                // or bus
    WEIR_COMMAND_TAP_REMOVE,    // the same
    WEIR_COMMAND_TAP_READERS,   // tap, value: whether somebody sleeps on it
    WEIR_COMMAND_METER,         // strip or bus, report: to be filled
    WEIR_COMMAND_FEED_ADD,      // feed, strip
    WEIR_COMMAND_FEED_REMOVE,   // feed; answered when it has faded out
    WEIR_COMMAND_FEED_FLUSH,    // strip, number: what its feed has queued, up
                                // to there, is dropped; with a time, all
    WEIR_COMMAND_HOLD_ADD,      // hold: waited for in freewheel
    WEIR_COMMAND_HOLD_REMOVE,   // hold
    WEIR_COMMAND_INSERT_ADD,    // insert; strip or bus; takes the place of one
                                // that is on its way out
    WEIR_COMMAND_INSERT_REMOVE, // insert; strip or bus; answered when it has
                                // faded out
    WEIR_COMMAND_INSERT_SET, // strip or bus; slot, number: the port, value; in
                             // the block that is due, or to come
    WEIR_COMMAND_LINES,      // detour, lines: what WEIR_EVENT_LINES asked for;
                             // what they replace is in their place after it
    WEIR_COMMAND_NOTHING,    // answered in its turn
    WEIR_COMMAND_STOP,       // run what is in the rings, then end
};

struct weir_command {
    uint32_t kind;
    uint32_t request; // comes back in the event
    struct weir_strip *strip;
    struct weir_bus *bus;
    struct weir_tap *tap;
    struct weir_feed *feed;
    struct weir_hold *hold;
    struct weir_insert *insert;
    struct weir_detour *detour;
    struct weir_lines *lines;
    struct weir_meter_report *report;
    uint64_t number;
    uint64_t at_ns; // CLOCK_MONOTONIC; takes effect then, or now if later
    uint32_t slot;
    uint32_t param;
    float value; // gains are linear
};

enum weir_event_kind {
    WEIR_EVENT_DONE,  // the command with this request has taken effect
    WEIR_EVENT_TABLE, // a cycle of port table `number` has come through
    WEIR_EVENT_LINES, // `detour` needs a line of `number` frames; with
                      // `request` two, another for what its insert makes
};

struct weir_event {
    uint32_t kind;
    uint32_t request;
    uint64_t number; // TABLE: which; DONE: the frame it took effect at
    struct weir_detour *detour;
};

#endif
