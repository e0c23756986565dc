// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Carrying out commands; between the engine's own files.
#ifndef WEIR_ENGINE_OBEY_H
#define WEIR_ENGINE_OBEY_H

#include "engine/command.h"
#include "rt/tags.h"

#include <stdbool.h>
#include <stdint.h>

struct weir_engine;

/// Tell @control something.  There is always room: it has at most
/// WEIR_COMMANDS commands under way, and WEIR_EVENTS is twice that.  @mixer
WEIR_RT void weir_engine_post(struct weir_engine *engine,
                              const struct weir_event *event);

/// The frame at which the next command that waits is due, by the newest
/// cycle's clock; UINT64_MAX when none waits.  @mixer
WEIR_RT uint64_t weir_engine_next_due(const struct weir_engine *engine);

/// The frame at which a command is due, by that clock.  @mixer
WEIR_RT uint64_t weir_engine_frame_of(const struct weir_engine *engine,
                                      const struct weir_command *command);

/// A time by which all commands are due that are before a frame.  @mixer
WEIR_RT uint64_t weir_engine_time_of(const struct weir_engine *engine,
                                     uint64_t frame);

/// Carry out the commands that are due at the next frame to be mixed; `all`:
/// all that wait.  @mixer
WEIR_RT void weir_engine_obey_due(struct weir_engine *engine, bool all);

/// Let go of the strips and buses that have faded out; `now`: of all that
/// are leaving.  @mixer
WEIR_RT void weir_engine_bury(struct weir_engine *engine, bool now);

#endif
