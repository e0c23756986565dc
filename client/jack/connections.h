// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The connections of weir's own ports, by their full names: those there are,
// those there were when the server went, and those that are to be made as soon
// as both ports are there. JACK says in events what happens; nothing is asked
// of it here, for when the server has gone it is too late to ask. Everything
// here is @control's.
#ifndef WEIR_JACK_CONNECTIONS_H
#define WEIR_JACK_CONNECTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct weir_connections;

/// One connection, or one that is wanted.
struct weir_connection {
    const char *from; ///< full name of an output port
    const char *to;   ///< of an input port
    bool made;        ///< as far as is known; else wanted
};

/// What JACK tells of ports and connections.
enum weir_graph_event_kind {
    WEIR_GRAPH_CONNECTED,    ///< ids, names, own
    WEIR_GRAPH_DISCONNECTED, ///< ids
    WEIR_GRAPH_PORT_CAME,    ///< nothing: somebody may be waiting for it
    WEIR_GRAPH_PORT_WENT,    ///< id of `from`
    WEIR_GRAPH_PORT_RENAMED, ///< id and new name of `from`
};

struct weir_graph_event {
    enum weir_graph_event_kind kind;
    uint32_t from_id;
    uint32_t to_id;
    char *from; ///< owned by whoever has the event
    char *to;
    bool from_is_own; ///< a port of weir's
    bool to_is_own;
};

/// Null when memory is short.
struct weir_connections *weir_connections_new(void);
void weir_connections_free(struct weir_connections *connections);

/// JACK said so, at `now_ms`.  Borrows the event.  Returns whether something
/// that is wanted may be there to be made now.
bool weir_connections_hear(struct weir_connections *connections,
                           const struct weir_graph_event *event,
                           int64_t now_ms);

/// The server is gone: all that there was is wanted.  So is what went in the
/// last seconds with its other client, for servers are seldom stopped alone.
void weir_connections_lose(struct weir_connections *connections,
                           int64_t now_ms);

/// Have a connection made as soon as both its ports are there; one that is
/// there or wanted already stays.  False when memory is short.
bool weir_connections_want(struct weir_connections *connections,
                           const char *from, const char *to);

/// Do not want it any more; one that is there stays.
void weir_connections_forget(struct weir_connections *connections,
                             const char *from, const char *to);

/// Whether one is wanted that is not made.
bool weir_connections_any_wanted(const struct weir_connections *connections);

/// Show each that there is or is wanted, in the order in which they came; not
/// those that somebody has just taken away.
typedef void weir_connection_fn(void *owner, const struct weir_connection *c);
void weir_connections_each(const struct weir_connections *connections,
                           weir_connection_fn *fn, void *owner);

#endif
