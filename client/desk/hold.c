// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Having the mixer wait for a reader in freewheel.
#include "desk/hold.h"

#include "desk/desk_private.h"
#include "engine/engine.h"
#include "engine/hold.h"

bool
weir_desk_hold(struct weir_desk *desk, struct weir_hold *hold,
               struct weir_ticket held, struct weir_fault *fault)
{
    const struct weir_command c = {.kind = WEIR_COMMAND_HOLD_ADD, .hold = hold};
    if (weir_link_send_one(desk->config.link, &c, held))
        return true;
    weir_fault(fault, WEIR_FAULT_LIMIT, "too many commands under way");
    return false;
}

void
weir_desk_let_go(struct weir_desk *desk, struct weir_hold *hold,
                 struct weir_ticket free)
{
    const struct weir_command c = {.kind = WEIR_COMMAND_HOLD_REMOVE,
                                   .hold = hold};
    // relaxed: a flag that hands over nothing; the mixer looks at it every
    // millisecond.
    atomic_store_explicit(&hold->released, true, memory_order_relaxed);
    weir_link_send_one(desk->config.link, &c, free);
}

uint64_t
weir_desk_frames_silent(const struct weir_desk *desk)
{
    // relaxed: a number that stands for itself.
    return atomic_load_explicit(&desk->config.engine->counters.frames_silent,
                                memory_order_relaxed);
}
