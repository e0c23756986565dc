// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// JACK ports for the desk. A group comes: the worker registers its ports
// (ports_worker.c), then a table that has them is published (ports_table.c).
// A group goes: a table without them is published, and when the callback has
// passed it the worker unregisters the ports. While there is no server, groups
// come and go without ports; all of them are registered at the next one
// (ports_return.c). Everything here is @control's.
#include "jack/ports_private.h"

#include "common/loop.h"
#include "jack/rename.h"
#include "jack/worker.h"
#include "rt/process.h"

#include <jack/jack.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Orders begin here, so that all inputs are shown before all outputs.
enum { FIRST_INPUT = 1, FIRST_OUTPUT = 1 << 30 };
// Labels that JACK refuses are tried for 10 s.
enum { RETRY_MS = 500, MOST_RETRIES = 20 };

// --------------------------------------------------------------- answered

void
weir_port_operation_finish(struct weir_port_operation *op,
                           const struct weir_fault *fault)
{
    const struct weir_ticket ticket = op->ticket;
    free(op);
    weir_ticket_settle(ticket, fault);
}

static void
finish_failed(struct weir_port_operation *op)
{
    struct weir_fault fault;
    weir_fault(&fault, WEIR_FAULT_FAILED,
               "JACK refused the port %s (are its ports used up? see jackd "
               "--port-max)",
               op->failed_name);
    weir_port_operation_finish(op, &fault);
}

// At the end: a new server's ports come in the order of the old one's.
static void
enlist(struct weir_jack_ports *p, struct weir_port_group *g)
{
    struct weir_port_group **at = &p->groups;
    while (*at)
        at = &(*at)->next;
    g->next = NULL;
    *at = g;
}

// JACK may take labels later.
void
weir_port_operation_note_labels(struct weir_jack_ports *p,
                                const struct weir_port_operation *op)
{
    op->group->unlabelled = op->unlabelled;
    if (!op->unlabelled)
        return;
    p->n_retries = 0;
    weir_timer_set(&p->retry, RETRY_MS, RETRY_MS);
}

static void
retry_labels(void *owner)
{
    struct weir_jack_ports *p = owner;
    if (++p->n_retries >= MOST_RETRIES)
        weir_timer_set(&p->retry, 0, 0);
    for (struct weir_port_group *g = p->groups; g && !p->detached; g = g->next)
        weir_renames_retry(p->renames, g);
}

void
weir_port_group_feed_from(struct weir_port_group *g, uint64_t table)
{
    if (g->fed_from)
        g->fed_from(g->owner, table);
}

static void
show_new_group(struct weir_jack_ports *p, struct weir_port_group *g)
{
    g->registered = true;
    weir_port_group_feed_from(g, p->table + 1);
    weir_jack_ports_publish(p);
}

static void
group_registered(void *owner)
{
    struct weir_port_operation *op = owner;
    struct weir_jack_ports *p = op->ports;
    struct weir_port_group *g = op->group;
    if (op->failed && !p->detached) {
        finish_failed(op);
        return;
    }
    enlist(p, g);
    if (!p->detached) {
        show_new_group(p, g);
        weir_port_operation_note_labels(p, op);
        if (strcmp(g->name, op->name) != 0) // renamed meanwhile
            weir_renames_ask(p->renames, g, (struct weir_ticket){0});
    }
    weir_port_operation_finish(op, NULL);
}

static void
group_unregistered(void *owner)
{
    weir_port_operation_finish(owner, NULL);
}

// ------------------------------------------------------- what the desk asks

static struct weir_port_operation *
new_operation(struct weir_ports *base, struct weir_port_group *group,
              struct weir_ticket ticket)
{
    struct weir_port_operation *op = calloc(1, sizeof *op);
    if (!op)
        return NULL;
    op->ports = (struct weir_jack_ports *)base;
    op->group = group;
    op->ticket = ticket;
    return op;
}

static void
refuse(struct weir_ticket ticket)
{
    struct weir_fault fault;
    weir_fault(&fault, WEIR_FAULT_LIMIT,
               "too many port changes under way (try again)");
    weir_ticket_settle(ticket, &fault);
}

static int32_t
take_order(struct weir_jack_ports *p, const struct weir_port_group *group)
{
    int32_t *next = group->is_input ? &p->next_input : &p->next_output;
    const int32_t order = *next;
    *next += (int32_t)group->n_ports;
    return order;
}

struct weir_port_operation *
weir_port_operation_new_add(struct weir_ports *base,
                            struct weir_port_group *group,
                            struct weir_ticket ticket)
{
    struct weir_port_operation *op = new_operation(base, group, ticket);
    if (!op)
        return NULL;
    snprintf(op->name, sizeof op->name, "%s", group->name);
    op->order = group->order;
    return op;
}

static void
add_group(struct weir_ports *base, struct weir_port_group *group,
          struct weir_ticket ticket)
{
    struct weir_jack_ports *p = (struct weir_jack_ports *)base;
    group->order = take_order(p, group);
    if (p->detached) {
        enlist(p, group); // no JACK: no ports for now
        weir_ticket_settle(ticket, NULL);
        return;
    }
    struct weir_port_operation *op =
        weir_port_operation_new_add(base, group, ticket);
    const struct weir_job job = {weir_port_operation_register, group_registered,
                                 op};
    if (op && weir_worker_post(p->worker, job))
        return;
    free(op);
    refuse(ticket);
}

// Ports that are still being registered are looked at when they are.
static void
rename_group(struct weir_ports *base, struct weir_port_group *group,
             struct weir_ticket ticket)
{
    struct weir_jack_ports *p = (struct weir_jack_ports *)base;
    if (p->detached || !group->registered)
        weir_ticket_settle(ticket, NULL);
    else
        weir_renames_ask(p->renames, group, ticket);
}

void
weir_port_operation_post_unregister(struct weir_port_operation *op)
{
    const struct weir_job job = {weir_port_operation_unregister,
                                 group_unregistered, op};
    if (!weir_worker_post(op->ports->worker, job))
        weir_port_operation_finish(
            op, NULL); // the ports stay until the client closes
}

static void
take_off_list(struct weir_jack_ports *p, struct weir_port_group *group)
{
    struct weir_port_group **at = &p->groups;
    while (*at && *at != group)
        at = &(*at)->next;
    if (*at)
        *at = group->next;
    group->registered = false;
    weir_renames_forget(group);
}

static void
remove_group(struct weir_ports *base, struct weir_port_group *group,
             struct weir_ticket ticket)
{
    struct weir_jack_ports *p = (struct weir_jack_ports *)base;
    struct weir_port_operation *op =
        group->registered ? new_operation(base, group, ticket) : NULL;
    struct weir_port_operation *returning = group->returning;
    take_off_list(p, group);
    if (returning) { // goes again when the worker is through with it
        returning->removed = true;
        returning->ticket = ticket;
        return;
    }
    if (!op || p->detached || !weir_jack_ports_publish(p)) {
        free(op);
        weir_ticket_settle(ticket, NULL);
        return;
    }
    op->table = p->table;
    op->next = p->removals;
    p->removals = op;
}

void
weir_jack_ports_passed(void *owner, uint64_t number)
{
    struct weir_jack_ports *p = owner;
    struct weir_port_operation **at = &p->removals;
    weir_jack_ports_free_tables(p, number);
    while (*at) {
        struct weir_port_operation *op = *at;
        if (op->table <= number) {
            *at = op->next;
            weir_port_operation_post_unregister(op);
        } else {
            at = &op->next;
        }
    }
}

// ---------------------------------------------------------------- lifetime

struct weir_jack_ports *
weir_jack_ports_new(jack_client_t *client, struct weir_latency *latency,
                    struct weir_process *process, struct weir_worker *worker,
                    struct weir_loop *loop)
{
    struct weir_jack_ports *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->base = (struct weir_ports){
        .add = add_group, .remove = remove_group, .rename = rename_group};
    p->client = client;
    p->latency = latency;
    p->process = process;
    p->worker = worker;
    p->next_input = FIRST_INPUT;
    p->next_output = FIRST_OUTPUT;
    p->renames = weir_renames_new(client, worker, loop);
    p->loop = loop;
    p->retry.watch.fd = -1;
    if (p->renames && weir_timer_open(loop, &p->retry, retry_labels, p) &&
        weir_jack_ports_publish(p))
        return p;
    weir_timer_close(loop, &p->retry);
    weir_renames_free(p->renames);
    free(p);
    return NULL;
}

struct weir_ports *
weir_jack_ports_base(struct weir_jack_ports *p)
{
    return &p->base;
}

void
weir_jack_ports_free(struct weir_jack_ports *p)
{
    if (!p)
        return;
    weir_jack_ports_free_tables(p, UINT64_MAX);
    weir_timer_close(p->loop, &p->retry);
    weir_table_free(weir_process_set_table(p->process, NULL));
    weir_renames_free(p->renames);
    free(p);
}
