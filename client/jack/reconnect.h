// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Makes the connections that are wanted (connections.h), as soon as both of
// their ports are there: by the worker, for JACK may stand still. Everything
// here is @control's.
#ifndef WEIR_JACK_RECONNECT_H
#define WEIR_JACK_RECONNECT_H

#include <jack/types.h>

struct weir_connections;
struct weir_loop;
struct weir_reconnect;
struct weir_worker;

/// `client_name` is weir's own.  Null when memory is short.  Borrows all.
struct weir_reconnect *weir_reconnect_new(struct weir_connections *connections,
                                          struct weir_worker *worker,
                                          struct weir_loop *loop,
                                          const char *client_name);

/// When the worker has ended; null is allowed.
void weir_reconnect_free(struct weir_reconnect *reconnect);

/// weir's own ports are all there, at a client that runs: make what can be
/// made.  What names a port of weir's that is not there is not wanted any more.
void weir_reconnect_begin(struct weir_reconnect *reconnect,
                          jack_client_t *client);

/// Something may be there that was not: make what can be made now.  Null is
/// allowed, and so is a call before the first begin: nothing is done.
void weir_reconnect_again(struct weir_reconnect *reconnect);

/// The client goes: nothing is made until the next begin.
void weir_reconnect_end(struct weir_reconnect *reconnect);

#endif
