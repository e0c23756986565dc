// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What a runner is asked, and what it answers. Everything here is @control's.
#ifndef WEIR_PLUGIN_RUNNER_CALLS_H
#define WEIR_PLUGIN_RUNNER_CALLS_H

#include "plugin/runner_private.h"

/// Ask for it: a serial, with which it is told; 0 says why not.
uint32_t weir_runner_ask(struct weir_runner *runner,
                         struct weir_runner_call *call, struct weir_why *why);
uint32_t weir_runner_call(struct weir_runner *runner, enum weir_runner_op op,
                          const char *id, uint32_t index, float value,
                          const char *text, struct weir_why *why);

/// The same, but nobody is told.
void weir_runner_ask_own(struct weir_runner *runner,
                         struct weir_runner_call *call);
void weir_runner_call_own(struct weir_runner *runner, enum weir_runner_op op,
                          const char *id, uint32_t index, float value,
                          const char *text);

/// Send what its socket takes now.
void weir_runner_send(struct weir_runner *runner);

/// Take the answers that are there.
void weir_runner_take_answers(struct weir_runner *runner);

/// Tell whoever still waits that its process has ended: nothing is asked.
void weir_runner_answer_all(struct weir_runner *runner);

/// Forget them, and tell nobody.
void weir_runner_drop_calls(struct weir_runner *runner);

// ----------------------------------------------------------- what came of them

/// The call that weir_runner_call_own() made of WEIR_RUNNER_START is done.
void weir_runner_note_playing(struct weir_runner *runner);

/// A slot was added, or not: then it goes.
void weir_runner_note_added(struct weir_runner *runner,
                            const struct weir_runner_answer *answer);

/// A state or a preset was loaded.
void weir_runner_note_loaded(struct weir_runner *runner,
                             const struct weir_runner_call *call);

#endif
