// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Having the mixer wait for a reader in freewheel.  Everything here is
// @control's.
#ifndef WEIR_DESK_HOLD_H
#define WEIR_DESK_HOLD_H

#include "desk/fault.h"

#include <stdbool.h>
#include <stdint.h>

struct weir_desk;
struct weir_hold;

/// Have the mixer wait for it; `held` is settled when it does.  False with a
/// fault.  Borrows `hold` until weir_desk_let_go()'s ticket is settled.
bool weir_desk_hold(struct weir_desk *desk, struct weir_hold *hold,
                    struct weir_ticket held, struct weir_fault *fault);

/// Wait for it no more: at once, and also in the middle of it.  `free` is
/// settled when the mixer does not know it any more.
void weir_desk_let_go(struct weir_desk *desk, struct weir_hold *hold,
                      struct weir_ticket free);

/// Frames of the mix so far for which there was no input.
uint64_t weir_desk_frames_silent(const struct weir_desk *desk);

#endif
