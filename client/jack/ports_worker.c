// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Ports as JACK is told of them, and their labels. Everything here runs on the
// worker: JACK may take its time.
#include "jack/ports_private.h"

#include "jack/labels.h"
#include "jack/latency.h"

static struct weir_labelled
as_labelled(const struct weir_port_operation *op)
{
    return (struct weir_labelled){op->ports->client, op->group->handles,
                                  op->group->n_ports};
}

static void
unregister_ports(struct weir_port_operation *op)
{
    for (uint32_t i = 0; i < op->group->n_ports; i++) {
        jack_port_t *port = op->group->handles[i];
        if (!port)
            continue;
        weir_latency_drop(op->ports->latency, port);
        jack_port_unregister(op->ports->client, port);
    }
}

void
weir_port_operation_unregister(void *owner)
{
    struct weir_port_operation *op = owner;
    const struct weir_labelled named = as_labelled(op);
    weir_labels_drop(&named);
    unregister_ports(op);
}

static void
register_ports(struct weir_port_operation *op)
{
    struct weir_port_group *g = op->group;
    for (uint32_t i = 0; i < g->n_ports && !op->failed; i++) {
        weir_port_name(g->id, g->n_ports, i, op->failed_name);
        g->handles[i] = jack_port_register(
            op->ports->client, op->failed_name, JACK_DEFAULT_AUDIO_TYPE,
            g->is_input ? JackPortIsInput : JackPortIsOutput, 0);
        op->failed = !g->handles[i];
        if (!op->failed)
            weir_latency_add(op->ports->latency, op->ports->client,
                             g->handles[i]);
    }
}

void
weir_port_operation_register(void *owner)
{
    struct weir_port_operation *op = owner;
    const struct weir_labelled named = as_labelled(op);
    register_ports(op);
    if (op->failed)
        unregister_ports(op);
    else
        op->unlabelled =
            !weir_labels_set(&named, op->name, op->group->id, op->order);
}
