// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What JACK's notification thread tells of ports and connections.
#include "jack/heard.h"

#include <jack/jack.h>
#include <stdlib.h>
#include <string.h>

void
weir_heard_init(struct weir_heard *h)
{
    *h = (struct weir_heard){0};
    pthread_mutex_init(&h->lock, NULL);
}

void
weir_heard_fini(struct weir_heard *h)
{
    weir_heard_free_events(h->events, h->n_events);
    pthread_mutex_destroy(&h->lock);
}

static bool
make_room(struct weir_heard *h)
{
    if (h->n_events < h->room)
        return true;
    const uint32_t room = h->room ? 2 * h->room : 64;
    struct weir_graph_event *events =
        realloc(h->events, room * sizeof *h->events);
    if (!events)
        return false;
    h->events = events;
    h->room = room;
    return true;
}

// Takes the names.
static bool
add(struct weir_heard *h, const struct weir_graph_event *event)
{
    pthread_mutex_lock(&h->lock);
    const bool ok = make_room(h);
    if (ok)
        h->events[h->n_events++] = *event;
    pthread_mutex_unlock(&h->lock);
    if (ok)
        return true;
    free(event->from);
    free(event->to);
    return false;
}

// --------------------------------------------- on JACK's notification thread

static char *
name_of(const jack_port_t *port)
{
    const char *name = jack_port_name(port);
    return name && *name ? strdup(name) : NULL;
}

// Only while a port is there has it a name: it is taken down at once.
static bool
note_connected(struct weir_heard *h, jack_client_t *client,
               struct weir_graph_event *e)
{
    jack_port_t *from = jack_port_by_id(client, e->from_id);
    jack_port_t *to = jack_port_by_id(client, e->to_id);
    if (!from || !to)
        return false;
    e->from_is_own = jack_port_is_mine(client, from) != 0;
    e->to_is_own = jack_port_is_mine(client, to) != 0;
    if (!e->from_is_own && !e->to_is_own)
        return false;
    e->from = name_of(from);
    e->to = name_of(to);
    if (e->from && e->to)
        return add(h, e);
    free(e->from);
    free(e->to);
    return false;
}

static bool
is_input(jack_client_t *client, jack_port_id_t id)
{
    const jack_port_t *port = jack_port_by_id(client, id);
    return port && (jack_port_flags(port) & JackPortIsInput) != 0;
}

bool
weir_heard_connect(struct weir_heard *h, jack_client_t *client,
                   jack_port_id_t a, jack_port_id_t b, bool connected)
{
    struct weir_graph_event e = {
        .kind = WEIR_GRAPH_DISCONNECTED, .from_id = a, .to_id = b};
    if (!connected)
        return add(h, &e);
    // The output port comes first in jack2; nothing promises that.
    if (is_input(client, a)) {
        e.from_id = b;
        e.to_id = a;
    }
    e.kind = WEIR_GRAPH_CONNECTED;
    return note_connected(h, client, &e);
}

bool
weir_heard_port(struct weir_heard *h, jack_port_id_t port, bool came)
{
    return add(h,
               &(struct weir_graph_event){
                   .kind = came ? WEIR_GRAPH_PORT_CAME : WEIR_GRAPH_PORT_WENT,
                   .from_id = port,
               });
}

bool
weir_heard_rename(struct weir_heard *h, jack_port_id_t port, const char *name)
{
    char *copy = strdup(name);
    return copy && add(h, &(struct weir_graph_event){
                              .kind = WEIR_GRAPH_PORT_RENAMED,
                              .from_id = port,
                              .from = copy,
                          });
}

// ------------------------------------------------------------------ @control

uint32_t
weir_heard_take(struct weir_heard *h, struct weir_graph_event **events)
{
    pthread_mutex_lock(&h->lock);
    const uint32_t n = h->n_events;
    *events = h->events;
    h->events = NULL;
    h->n_events = h->room = 0;
    pthread_mutex_unlock(&h->lock);
    return n;
}

void
weir_heard_free_events(struct weir_graph_event *events, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        free(events[i].from);
        free(events[i].to);
    }
    free(events);
}
