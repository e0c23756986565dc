// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Whether the mixer has a clock.
#include "desk/desk_private.h"

#include "rt/broadcast.h"
#include "rt/clock.h"

#define STALE_NS INT64_C(1000000000) // no cycle for so long: it stands still

// Main's ring tells the time of the newest cycle that was mixed.
bool
weir_desk_has_clock(const struct weir_desk *desk)
{
    struct weir_broadcast_clock clock;
    if (desk->n_buses == 0 ||
        !weir_broadcast_get_clock(&desk->buses[0]->out->tap.ring, &clock))
        return false;
    return clock.ns > 0 && (int64_t)(weir_now_ns() - clock.ns) < STALE_NS;
}
