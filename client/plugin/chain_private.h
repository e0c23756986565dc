// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What a chain's files of @control (chain.c and those beside it) and of @mixer
// (chain_run.c) share.
#ifndef WEIR_PLUGIN_CHAIN_PRIVATE_H
#define WEIR_PLUGIN_CHAIN_PRIVATE_H

#include "plugin/chain.h"
#include "rt/queue.h"

enum weir_chain_op {
    WEIR_CHAIN_ADD,    // slot, index
    WEIR_CHAIN_REMOVE, // slot
    WEIR_CHAIN_MOVE,   // slot, index
    WEIR_CHAIN_BYPASS, // slot, index: 0 or 1
    WEIR_CHAIN_VOICES, // slot, object: weir_voices
    WEIR_CHAIN_DELAY,  // slot, object: weir_delay
    WEIR_CHAIN_SET,    // slot, index: port, value
    WEIR_CHAIN_VALUES, // slot, object: weir_values
    WEIR_CHAIN_POST,   // slot, object: weir_post
};

struct weir_chain_command {
    enum weir_chain_op op;
    uint32_t index;
    float value;
    struct weir_slot *slot;
    void *object;
};

enum weir_chain_event_kind {
    WEIR_CHAIN_GONE,       // slot: removed; @control's again
    WEIR_CHAIN_VOICES_OUT, // object: replaced voices
    WEIR_CHAIN_NONSENSE,   // slot; object: voices that gave it
    WEIR_CHAIN_DELAY_OUT,  // object: replaced delay
    WEIR_CHAIN_LONGER,     // slot: its latency needs a longer delay
    WEIR_CHAIN_POSTED,     // object: weir_post or weir_values, done with
};

struct weir_chain_event {
    enum weir_chain_event_kind kind;
    struct weir_slot *slot;
    void *object;
};

/// Many values at once: a preset's, a state's.
struct weir_values {
    uint32_t n;
    struct {
        uint32_t port;
        float value;
    } each[];
};

/// An atom on its way to the atom inputs with one of `flags`.
struct weir_post {
    unsigned flags;
    _Alignas(8) unsigned char atom[]; // an LV2_Atom, its body behind it
};

/// A value that is set inside the block to come.
struct weir_chain_set {
    uint32_t number; // of the slot
    uint32_t port;
    float value;
    uint32_t at; // frames from its first
};

enum { WEIR_CHAIN_SETS = 256 };

struct weir_chain {
    // Fixed.
    struct weir_chain_config config;
    struct weir_queue *commands;
    struct weir_queue *events;
    // @mixer's.
    struct weir_slot *slots[WEIR_MAX_SLOTS]; // in their order
    uint32_t n_slots;
    bool freewheels;
    struct weir_chain_set sets[WEIR_CHAIN_SETS];
    uint32_t n_sets;
    // Written by @mixer, read by all; each a number to show.
    _Atomic uint32_t latency;
    _Atomic uint32_t n_faults;
    // @control's.
    struct weir_slot *known[WEIR_MAX_SLOTS]; // in their order
    uint32_t n_known;
    struct weir_slot *leaving[WEIR_MAX_SLOTS]; // on their way out
    uint32_t n_leaving;
    uint32_t next_number;
    weir_chain_heard_fn *heard;
    void *heard_owner;
};

/// Carry out the commands that have come.  @mixer
WEIR_RT void weir_chain_obey(struct weir_chain *chain);

/// Set what is set in a slot at frame `from` of the block; all of the block if
/// it is not to be cut.  Returns the frame at which it is to be cut, or `n`.
/// @mixer
WEIR_RT uint32_t weir_chain_take_sets(const struct weir_chain *chain,
                                      struct weir_slot *slot, uint32_t from,
                                      uint32_t n);

/// `n` frames have been played.  @mixer
WEIR_RT void weir_chain_pass_sets(struct weir_chain *chain, uint32_t n);

#endif
