// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// JACK ports for the desk: registered, named and unregistered by the worker,
// shown to the callback in immutable tables. Everything here is @control's.
#ifndef WEIR_JACK_PORTS_H
#define WEIR_JACK_PORTS_H

#include "desk/ports.h"

#include <jack/types.h>
#include <stdbool.h>
#include <stdint.h>

struct weir_latency;
struct weir_loop;
struct weir_process;
struct weir_worker;
struct weir_jack_ports;

/// Make the port side for a client that is open, and show the callback its
/// first, empty table.  Null when memory is short.  Borrows everything.
struct weir_jack_ports *weir_jack_ports_new(jack_client_t *client,
                                            struct weir_latency *latency,
                                            struct weir_process *process,
                                            struct weir_worker *worker,
                                            struct weir_loop *loop);
void weir_jack_ports_free(struct weir_jack_ports *ports);

/// Lanes or rings lie elsewhere: show them to the callback, which is not
/// running.  False when memory is short.
bool weir_jack_ports_show(struct weir_jack_ports *ports);

/// What the desk is given.
struct weir_ports *weir_jack_ports_base(struct weir_jack_ports *ports);

/// A cycle with port table `number` has come through.
void weir_jack_ports_passed(void *ports, uint64_t number);

/// No callback comes any more, and JACK has forgotten the ports: what waits
/// for either goes on without, and what comes meanwhile has no ports.
void weir_jack_ports_detach(struct weir_jack_ports *ports);

/// There is another client, whose callback does not run yet: have all groups'
/// ports registered and named there, in the order they had.  `there` is
/// settled when the callback's table shows them.  The old client is closed.
void weir_jack_ports_attach(struct weir_jack_ports *ports,
                            jack_client_t *client, struct weir_latency *latency,
                            struct weir_ticket there);

#endif
