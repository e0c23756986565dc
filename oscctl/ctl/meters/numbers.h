// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Numbers that a mixer sends, fit to be shown; and what keys ask them to be.
#ifndef WEIR_CTL_METERS_NUMBERS_H
#define WEIR_CTL_METERS_NUMBERS_H

#include <lo/lo.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    CTL_COUNT_MAX = 1000000000,
    CTL_RIDE_MS = 2000, ///< so long a key's word holds without an answer
};

/// Argument `index` within -max..max; false when it is no finite number.
bool ctl_number_take(lo_message message, int index, double max, double *out);

/// A value that keys change: shown at once, before the mixer confirms it.
struct ctl_ridden {
    float is; ///< the mixer's word
    float wanted;
    int n_asked;      ///< sets that are not answered yet:
    int64_t until_ms; ///< `wanted` is shown while there are, and until then
};

/// The mixer's word, argument `index`: a gain in dB, or a bool.
void ctl_ridden_take(struct ctl_ridden *ridden, lo_message message, int index);

/// What it shows, and what a key asks it to be.
float ctl_ridden_value(const struct ctl_ridden *ridden, int64_t now_ms);
void ctl_ridden_want(struct ctl_ridden *ridden, float value, int64_t now_ms);

/// A set was answered; with the last answer the mixer's word holds again.
void ctl_ridden_answer(struct ctl_ridden *ridden, lo_message reply, int index);

/// A set was refused: the mixer's word holds.
void ctl_ridden_refuse(struct ctl_ridden *ridden);

/// A counter of things that should not happen.
struct ctl_count {
    double n;
    double cleared_at; ///< what it was when it was cleared, or seen first
    bool known;
};

/// Argument 0 is what it counts now.
void ctl_count_take(struct ctl_count *count, lo_message message);

/// Whether it has counted since it was cleared.
bool ctl_count_grew(const struct ctl_count *count);

#endif
