// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What the files of the port side share.
#ifndef WEIR_JACK_PORTS_PRIVATE_H
#define WEIR_JACK_PORTS_PRIVATE_H

#include "common/loop.h"
#include "jack/ports.h"

#include <jack/jack.h>

struct weir_renames;
struct weir_retired_table;

/// One add or remove under way.
struct weir_port_operation {
    struct weir_jack_ports *ports;
    struct weir_port_group *group;
    struct weir_ticket ticket;
    uint64_t table;             // a removal waits for this one
    char name[WEIR_NAME_BYTES]; // an add's, as it was asked
    int32_t order;
    bool failed;
    char failed_name[WEIR_PORT_NAME_BYTES];
    bool unlabelled; // JACK is to be told its labels again
    bool removed;    // a return's: the group has gone meanwhile
    struct weir_port_operation *next;
};

struct weir_jack_ports {
    struct weir_ports base; // first: the desk knows us by it
    jack_client_t *client;
    struct weir_latency *latency;
    struct weir_process *process;
    struct weir_worker *worker;
    struct weir_renames *renames;
    struct weir_port_group *groups;
    struct weir_retired_table *retired;
    struct weir_port_operation *removals; // that wait for the callback
    uint32_t table;                       // number of the newest
    int32_t next_input;                   // in the order that is shown
    int32_t next_output;
    bool detached;
    struct weir_loop *loop;
    struct weir_timer retry; // of labels that JACK refused
    uint32_t n_retries;
    uint32_t n_returning; // groups that the worker registers at a new server
    struct weir_ticket returned;
};

// ------------------------------------------------------------------- tables

/// Show the callback a table of all groups that are registered.  False when
/// memory is short: it keeps the one it has.
bool weir_jack_ports_publish(struct weir_jack_ports *ports);

/// Free the tables of lower numbers, which the callback has passed.
void weir_jack_ports_free_tables(struct weir_jack_ports *ports,
                                 uint64_t number);

// --------------------------------------------------- on the worker (jobs)

void weir_port_operation_register(void *operation);
void weir_port_operation_unregister(void *operation);

// ---------------------------------------------------------------- @control

/// To register `group` as it is now; null when memory is short.
struct weir_port_operation *
weir_port_operation_new_add(struct weir_ports *base,
                            struct weir_port_group *group,
                            struct weir_ticket ticket);

/// Free it, and settle its ticket.
void weir_port_operation_finish(struct weir_port_operation *op,
                                const struct weir_fault *fault);

/// Have the worker unregister it, then finish it.
void weir_port_operation_post_unregister(struct weir_port_operation *op);

/// The group is registered: labels that JACK did not take are tried again.
void weir_port_operation_note_labels(struct weir_jack_ports *ports,
                                     const struct weir_port_operation *op);

/// The table from which on the group's lanes are fed; UINT64_MAX: from none.
void weir_port_group_feed_from(struct weir_port_group *group, uint64_t table);

#endif
