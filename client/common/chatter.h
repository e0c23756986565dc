// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Lines of the log that anybody can cause, as often as they like: the first
// ones are written, the others counted. Everything here is @control's.
#ifndef WEIR_COMMON_CHATTER_H
#define WEIR_COMMON_CHATTER_H

#include <stdbool.h>
#include <stdint.h>

enum { WEIR_CHATTER_LINES = 20, WEIR_CHATTER_MS = 10000 };

/// Zeroed but for `about`, which is borrowed for ever.
struct weir_chatter {
    const char *about; // begins the line that says how many there were
    int64_t since_ms;  // of the first line
    unsigned n_lines;
    unsigned n_left_out;
};

/// Whether one more line may be written: WEIR_CHATTER_LINES in
/// WEIR_CHATTER_MS are.  Others are counted, in one line later.
bool weir_chatter_may_say(struct weir_chatter *c, int64_t now_ms);

/// Say how many were left out, when the time is over; whether there will be
/// something to say later, so that this has to be called again.
bool weir_chatter_look(struct weir_chatter *c, int64_t now_ms);

#endif
