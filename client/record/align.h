// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Frames by the clock on the wall.
#ifndef WEIR_RECORD_ALIGN_H
#define WEIR_RECORD_ALIGN_H

#include <stdint.h>

#include <weir/reader.h>

/// A frame's time: CLOCK_REALTIME in nanoseconds, and how many frames there
/// are to a second of that clock.
struct weir_wall {
    int64_t ns;
    double rate_hz;
};

/// When `position` was heard; now, if weir does not know (yet).  @reader
struct weir_wall weir_wall_of(const struct weir_reader *reader,
                              uint64_t position);

/// The next multiple of `period_ns` behind `ns`, counted from local midnight;
/// behind `previous_ns` too, unless that is 0 or more than a period ahead
/// because the clock was set back.  @any
int64_t weir_align_next(int64_t ns, int64_t period_ns, int64_t previous_ns);

/// How many frames there are from `wall` until then, at least 1.  @any
uint64_t weir_align_frames(struct weir_wall wall, int64_t until_ns);

#endif
