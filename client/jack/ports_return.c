// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Ports when a server goes, and when one comes back. Everything here is
// @control's.
#include "jack/ports_private.h"

#include "common/log.h"
#include "jack/rename.h"
#include "jack/worker.h"

#include <stdlib.h>
#include <string.h>

void
weir_jack_ports_detach(struct weir_jack_ports *p)
{
    p->detached = true;
    for (struct weir_port_group *g = p->groups; g; g = g->next) {
        g->registered = false;
        weir_renames_forget(g);
    }
    weir_renames_give_up(p->renames);
    while (p->removals) {
        struct weir_port_operation *op = p->removals;
        p->removals = op->next;
        weir_port_operation_finish(op, NULL);
    }
}

// What came back is shown at once, when all of it is there.
static void
show_returned(struct weir_jack_ports *p)
{
    const struct weir_ticket returned = p->returned;
    for (struct weir_port_group *g = p->groups; g; g = g->next)
        if (g->registered)
            weir_port_group_feed_from(g, p->table + 1);
    weir_jack_ports_publish(p);
    p->returned = (struct weir_ticket){0};
    weir_ticket_settle(returned, NULL);
}

static void
one_returned(struct weir_jack_ports *p)
{
    if (--p->n_returning == 0)
        show_returned(p);
}

static void
take_back(struct weir_jack_ports *p, struct weir_port_operation *op)
{
    struct weir_port_group *g = op->group;
    if (op->failed) {
        weir_log(WEIR_LOG_ERROR,
                 "JACK refuses the port %s again (are its ports used up?)",
                 op->failed_name);
        weir_port_group_feed_from(g, UINT64_MAX); // its lanes are nobody's
    } else {
        g->registered = true;
        weir_port_operation_note_labels(p, op);
        if (strcmp(g->name, op->name) != 0) // renamed meanwhile
            weir_renames_ask(p->renames, g, (struct weir_ticket){0});
    }
    free(op);
}

static void
group_returned(void *owner)
{
    struct weir_port_operation *op = owner;
    struct weir_jack_ports *p = op->ports;
    op->group->returning = NULL;
    if (!op->removed)
        take_back(p, op);
    else if (op->failed)
        weir_port_operation_finish(op, NULL);
    else
        weir_port_operation_post_unregister(op);
    one_returned(p);
}

static void
bring_back(struct weir_jack_ports *p, struct weir_port_group *g)
{
    struct weir_port_operation *op =
        weir_port_operation_new_add(&p->base, g, (struct weir_ticket){0});
    const struct weir_job job = {weir_port_operation_register, group_returned,
                                 op};
    if (op && weir_worker_post(p->worker, job)) {
        g->returning = op;
        p->n_returning++;
        return;
    }
    free(op);
    weir_log(WEIR_LOG_ERROR, "no room to bring back the ports of %s", g->id);
    weir_port_group_feed_from(g, UINT64_MAX);
}

void
weir_jack_ports_attach(struct weir_jack_ports *p, jack_client_t *client,
                       struct weir_latency *latency, struct weir_ticket there)
{
    p->client = client;
    p->latency = latency;
    p->detached = false;
    p->returned = there;
    p->n_returning = 1; // this function
    weir_renames_attach(p->renames, client);
    // The old client's callback is no more.
    weir_jack_ports_free_tables(p, UINT64_MAX);
    for (struct weir_port_group *g = p->groups; g; g = g->next)
        bring_back(p, g);
    one_returned(p);
}
