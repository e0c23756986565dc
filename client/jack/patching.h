// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// JACK's graph for the OSC tree: connected, disconnected and looked at by the
// worker. Everything here is @control's.
#ifndef WEIR_JACK_PATCHING_H
#define WEIR_JACK_PATCHING_H

#include <jack/types.h>

struct weir_connections;
struct weir_patchbay;
struct weir_patching;
struct weir_reconnect;
struct weir_worker;

/// Null when memory is short.  Borrows everything.
struct weir_patching *weir_patching_new(jack_client_t *client,
                                        struct weir_worker *worker);

/// When the worker has ended; null is allowed.
void weir_patching_free(struct weir_patching *patching);

/// What the tree is given.
struct weir_patchbay *weir_patching_base(struct weir_patching *patching);

/// From here on connections can be wanted, and those of weir's ports shown.
/// Borrows both.
void weir_patching_remember(struct weir_patching *patching,
                            struct weir_connections *connections,
                            struct weir_reconnect *reconnect);

/// JACK cannot be asked any more: what waits for it, and whatever is asked
/// from now on, is refused with `why`, which stays.  Null is allowed.
void weir_patching_give_up(struct weir_patching *patching, const char *why);

/// JACK can be asked again, as `client`.
void weir_patching_resume(struct weir_patching *patching,
                          jack_client_t *client);

#endif
