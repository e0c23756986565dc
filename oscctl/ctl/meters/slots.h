// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The plugins of a strip or bus, by what they are doing.
#ifndef WEIR_CTL_METERS_SLOTS_H
#define WEIR_CTL_METERS_SLOTS_H

#include "oscctl/values.h"

#include <stdbool.h>

enum { CTL_SLOTS_MAX = 16 };

/// Whose slot, and which.
struct ctl_slot_name {
    char kind[16]; ///< strip or bus
    char object[WEIR_ID_MAX + 1];
    char slot[WEIR_ID_MAX + 1];
};

/// Take "KIND/ID/plugin/SLOT" apart; what follows it, or null.
const char *ctl_slot_split(const char *text, struct ctl_slot_name *out);

/// From the least to the most that people want to know of.
enum ctl_slot_state {
    CTL_SLOT_RUNNING,
    CTL_SLOT_BYPASSED, ///< or not there yet
    CTL_SLOT_FAILED,   ///< or being started again: not heard, unasked
};

struct ctl_slot {
    char id[WEIR_ID_MAX + 1];
    char word[12]; ///< what it is doing, as the mixer says it
    enum ctl_slot_state state;
    bool is_old; ///< not seen since ctl_slots_doubt()
};

/// Zeroed: none.
struct ctl_slots {
    struct ctl_slot list[CTL_SLOTS_MAX];
    int n;
};

/// What the mixer says of one.  More than there can be are left out.
void ctl_slots_take(struct ctl_slots *slots, const char *id, const char *word);
void ctl_slots_remove(struct ctl_slots *slots, const char *id);

/// All of them are about to be told; those that were not have gone.
void ctl_slots_doubt(struct ctl_slots *slots);
void ctl_slots_forget(struct ctl_slots *slots);

/// What people want to know most of.
enum ctl_slot_state ctl_slots_state(const struct ctl_slots *slots);

#endif
