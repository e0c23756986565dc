// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What the files of a chain's @control side share.
#ifndef WEIR_PLUGIN_CHAIN_CONTROL_H
#define WEIR_PLUGIN_CHAIN_CONTROL_H

#include "plugin/chain.h"

struct weir_chain_command;
struct weir_post;

/// The slot of that id.  Null says why.
struct weir_slot *weir_chain_look_up(const struct weir_chain *chain,
                                     const char *id, struct weir_why *why);

/// Ask @mixer; what has come from it is taken first.  False says why, and the
/// command's object stays the caller's.
bool weir_chain_send(struct weir_chain *chain,
                     const struct weir_chain_command *command,
                     struct weir_why *why);

/// Ask for a message to the slot's atom inputs.  Takes `post`; null is out of
/// memory.
bool weir_chain_send_post(struct weir_chain *chain, struct weir_slot *slot,
                          struct weir_post *post, struct weir_why *why);

/// Free what @mixer is done with, and start again what gave nonsense.
void weir_chain_take_events(struct weir_chain *chain);

/// New voices, with the slot's state, in place of those that run.
bool weir_chain_give_voices(struct weir_chain *chain, struct weir_slot *slot,
                            struct weir_why *why);

/// Take `slot` out of a list of `*n`; others move up.
void weir_chain_forget(struct weir_slot **slots, uint32_t *n,
                       const struct weir_slot *slot);

/// Now and then take the slot's state: what new voices will begin with, should
/// these give nonsense.
void weir_chain_remember(struct weir_chain *chain, struct weir_slot *slot);

/// Show what the plugin said of its properties to who listens.
void weir_chain_hear(struct weir_chain *chain, struct weir_slot *slot);

#endif
