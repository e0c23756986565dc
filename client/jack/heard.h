// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What JACK's notification thread tells of ports and connections, on its way
// to @control.
#ifndef WEIR_JACK_HEARD_H
#define WEIR_JACK_HEARD_H

#include "jack/connections.h"

#include <jack/types.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/// Events that @control has not taken yet.
struct weir_heard {
    pthread_mutex_t lock; // of all below; no call under it waits for JACK
    struct weir_graph_event *events;
    uint32_t n_events;
    uint32_t room;
};

void weir_heard_init(struct weir_heard *heard);
void weir_heard_fini(struct weir_heard *heard);

// On JACK's notification thread; they read JACK's shared memory and allocate.
// Without memory an event is not heard. Each returns whether @control is to
// look.

bool weir_heard_connect(struct weir_heard *heard, jack_client_t *client,
                        jack_port_id_t a, jack_port_id_t b, bool connected);
bool weir_heard_port(struct weir_heard *heard, jack_port_id_t port, bool came);
bool weir_heard_rename(struct weir_heard *heard, jack_port_id_t port,
                       const char *name);

/// Take the events: `*events` is the caller's, with the names in them; their
/// number.  Free with weir_heard_free_events().  @control
uint32_t weir_heard_take(struct weir_heard *heard,
                         struct weir_graph_event **events);
void weir_heard_free_events(struct weir_graph_event *events, uint32_t n);

#endif
