// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What the files of a runner share: those of @control, and runner_exchange.c,
// which is @mixer's.
#ifndef WEIR_PLUGIN_RUNNER_PRIVATE_H
#define WEIR_PLUGIN_RUNNER_PRIVATE_H

#include "plugin/runner.h"
#include "plugin/runner_page.h"
#include "rt/queue.h"

enum {
    WEIR_RUNNER_CALLS = 8192, // that wait for an answer, and more are asked
    // And with those that nobody has asked for: two for each value at most.
    WEIR_RUNNER_OWN_CALLS = WEIR_RUNNER_CALLS + 2 * WEIR_RUNNER_SHOWN,
    WEIR_RUNNER_WAIT_LOOKS = 10, // for a value to be shown
};

/// One process's memory, as weir maps it.
struct weir_runner_link {
    struct weir_runner_page *page;
    size_t n_bytes;
    // @mixer's.
    bool is_waited_for; // a block is with the runner
    uint32_t handed;    // blocks ever
};

/// What it is to be again in a new process.
struct weir_runner_slot {
    char id[36];
    uint32_t number; // never used again
    const struct weir_plugin_type *type;
    bool is_bypassed;
    uint32_t add_serial;           // of the call that added it
    bool is_adding;                // which has not been answered
    char loaded[WEIR_RUNNER_TEXT]; // folder of the state last loaded; "" none
    char preset[WEIR_RUNNER_TEXT]; // or URI of the preset
    float *values;                 // by port
    bool *are_set;                 // by port: since that
    uint8_t *wait;                 // by port: looks for a value to be shown
    char **properties;             // as set since that; null: not
    uint8_t *doubts;               // by property: looks until it may be others
    uint32_t at;                   // in `shown`
    uint32_t n_loading;            // calls that change values, not answered
    uint64_t changing_until_ns;    // until then these may still change
    bool is_kept;                  // a value came with a block,
    uint32_t kept_at;              // the one behind so many
};

/// A call that waits to be sent, or for its answer.
struct weir_runner_waiting {
    struct weir_runner_waiting *next;
    size_t n_bytes;
    unsigned char bytes[]; // the beginning of a struct weir_runner_call
};

/// A value for the block that is handed over next.
struct weir_runner_set {
    uint32_t number;
    uint32_t port;
    float value;
    uint32_t at; // frames from its first
};

struct weir_runner {
    // Fixed.
    struct weir_runner_config config;
    char folder[WEIR_RUNNER_TEXT];
    char label[64];
    struct weir_queue *links;     // struct weir_runner_link *, to @mixer
    struct weir_queue *links_out; // and back
    // @mixer's.
    struct weir_runner_link *link; // null: no process
    struct weir_delay *delay;
    struct weir_crossfade fade;
    float *wet;         // ring of what came back, by position; each channel
    uint32_t wet_size;  // frames of each channel, a power of two
    float *block;       // one channel's block
    uint64_t position;  // of the next frame in
    uint64_t sent_from; // what the runner has
    uint32_t sent_n;
    uint64_t wet_from, wet_to; // what is there
    struct weir_runner_set sets[WEIR_RUNNER_SETS];
    uint32_t n_sets;
    bool freewheels;
    bool waited_in_vain; // in freewheel, for the block that is out
    // Written by @mixer, read by all; each a number to show.
    _Atomic uint32_t latency; // of the plugins
    _Atomic uint32_t n_faults;
    _Atomic uint32_t n_missed;
    _Atomic uint32_t missed_frames; // since the last block that was there
    // @control's.
    bool has_process; // asked for, or there
    pid_t pid;        // 0: not there yet
    int pid_fd;
    int socket;
    uint32_t n_hung_up; // looks since it let go of the socket
    enum weir_runner_state state;
    uint64_t started_ns;
    uint32_t start_serial; // its answer says that it plays
    uint32_t next_serial;
    uint32_t next_number;
    uint32_t n_starts;
    uint64_t start_ns[WEIR_SLOT_RESTARTS];
    uint32_t n_slots;
    struct weir_runner_slot slots[WEIR_MAX_SLOTS]; // in their order
    struct weir_runner_waiting *calls;     // sent and not yet answered first
    struct weir_runner_waiting *last_call; // of these
    struct weir_runner_waiting *unsent;    // the first that is not sent
    uint32_t n_calls;
    uint32_t n_holds;                // looks since the last of them was sent
    struct weir_runner_link *newest; // whose page is looked at
    uint64_t silent_ns;              // since when; 0: it is not
    weir_runner_fn *fn;
    weir_runner_heard_fn *heard;
    void *owner;
};

#endif
