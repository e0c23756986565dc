// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Switching the server into freewheel and back, on the worker: JACK answers
// when it has stopped the one driver and started the other.
#ifndef WEIR_JACK_FREEWHEEL_H
#define WEIR_JACK_FREEWHEEL_H

#include "attach/server.h"
#include "desk/fault.h"

#include <stdbool.h>

struct weir_freewheel;
struct weir_freewheel_mark;
struct weir_jack;
struct weir_worker;

/// Null when memory is short.  @control  Borrows both.
struct weir_freewheel *
weir_freewheel_new(struct weir_worker *worker,
                   const struct weir_freewheel_mark *mark);

/// When the worker has ended; null is allowed.  @control
void weir_freewheel_free(struct weir_freewheel *freewheel);

/// The server that is switched from now on; null: there is none, and what was
/// asked of the last one is forgotten.  @control  Before its client is closed.
void weir_freewheel_use(struct weir_freewheel *freewheel,
                        struct weir_jack *jack);

/// One more, or one less, who wants freewheel: the first switches it on, the
/// last switches it off, unless it was on already when the first came. Who
/// switches on has to switch off, also when it failed.  @control
/// A weir_attach_set_freewheel: `owner` is a struct weir_freewheel.
void weir_freewheel_set(void *owner, enum weir_freewheel_switch to,
                        struct weir_ticket done);

#endif
