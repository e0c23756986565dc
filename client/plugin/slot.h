// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A plugin's place in a chain. It stays while the plugin in it is replaced:
// after one that gave nonsense, or for a state that it takes up only before
// it runs.
#ifndef WEIR_PLUGIN_SLOT_H
#define WEIR_PLUGIN_SLOT_H

#include "plugin/bytes.h"
#include "plugin/crossfade.h"
#include "plugin/delay.h"
#include "plugin/instance.h"
#include "plugin/join.h"

#include <stdatomic.h>

/// The copies of a plugin that run in a slot. Made and freed by @control, in
/// between @mixer's.
struct weir_voices {
    uint32_t n_copies;
    struct weir_instance *copies[WEIR_MAX_CHANNELS];
};

/// A value on its way to where it was set.
struct weir_param {
    float target;
    uint32_t left;     // frames
    bool is_triggered; // back to the default after the next block
};

struct weir_slot {
    // Fixed.
    uint32_t number; // never used again in this chain
    uint32_t mark;   // of who made the chain
    char id[33];
    struct weir_plugin_type *type;
    struct weir_join join;
    struct weir_notes *notes;
    uint32_t max_block;
    bool splits;             // its block may be cut to move values
    uint32_t whole;          // frames of every block, as promised; 0: of any
    uint32_t enabled_port;   // lv2:enabled; n_ports: it has none
    uint32_t latency_port;   // n_ports: it has none
    uint32_t freewheel_port; // n_ports: it has none
    float *late;             // max_block frames of a channel, of either kind

    // @mixer's, while it is in the chain.
    struct weir_voices *voices; // null: none
    float *values;              // by port: what the copies read
    struct weir_param *params;  // by port
    uint32_t n_moving;          // params on their way
    uint32_t n_triggered;
    struct weir_delay *delay;
    struct weir_crossfade fade;
    bool is_bypassed;
    bool is_leaving;
    bool is_moving;              // fades out to be put elsewhere
    uint32_t move_to;            // index
    bool wants_delay;            // a longer one has been asked for
    struct weir_voices *waiting; // to take over when the old have faded out

    // Written by @mixer, read by all; each a number to show.
    _Atomic uint32_t *shown;  // by port: bits of the target, or of the output
    _Atomic uint32_t latency; // frames
    struct weir_bytes *said;  // atoms from its outputs, to @control

    // @control's.
    struct weir_voices *newest;
    LilvState *state;  // what new voices begin with; null: nothing
    uint64_t state_ns; // when it was taken
    LilvState *kept;   // what was kept last; null: nothing
    uint32_t n_faults;
    uint64_t fault_ns[3]; // when the last ones were
    bool has_failed;      // given up
    bool bypass_wanted;
};

/// What a slot is doing, for people.
enum weir_slot_state {
    WEIR_SLOT_RUNNING,
    WEIR_SLOT_BYPASSED,
    WEIR_SLOT_RESTARTING,
    WEIR_SLOT_FAILED,
};

/// Make a slot for that plugin; no voices yet.  False says why.
/// @control  Takes `type`, also on failure.  Free with weir_slot_free().
bool weir_slot_new(const struct weir_instance_config *config,
                   struct weir_plugin_type *type, const char *id,
                   uint32_t number, uint32_t n_channels, struct weir_slot **out,
                   struct weir_why *why);

/// Whether its plugin remembers more than the values of its ports.  @control
bool weir_slot_has_state(const struct weir_slot *slot);

/// Free it with the voices it holds; null is allowed.  @control
void weir_slot_free(struct weir_slot *slot);

/// Make voices for it, with its state, activated.  False says why.
/// @control  Runs the plugin's code.  Free with weir_voices_free().
bool weir_voices_new(const struct weir_instance_config *config,
                     struct weir_slot *slot, struct weir_voices **out,
                     struct weir_why *why);
void weir_voices_free(struct weir_voices *voices);

/// Set a control or CV input, within its range: at once, or over 5 ms where
/// that can be heard.  @mixer
WEIR_RT void weir_slot_set(struct weir_slot *slot, uint32_t port, float value);

/// Bypass it, or play: by the plugin's own switch, or by a fade.  @mixer
WEIR_RT void weir_slot_bypass(struct weir_slot *slot, bool is_bypassed);

/// How a block went.
enum weir_slot_went {
    WEIR_WENT_WELL,
    WEIR_WENT_WRONG, // it gave something that is not finite: silenced
};

/// Run `n` frames, at most max_block, in place.  @mixer
WEIR_RT enum weir_slot_went
weir_slot_process(struct weir_slot *slot, float *const *channels, uint32_t n);

/// A value as it is shown: what was set, or what the plugin says.  @any
WEIR_RT float weir_slot_shown(const struct weir_slot *slot, uint32_t port);

#endif
