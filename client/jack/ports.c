// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// JACK ports for the desk. A group comes: the worker registers its ports,
// then a table that has them is published. A group goes: a table without
// them is published, and when the callback has passed it the worker
// unregisters the ports. While there is no server, groups come and go without
// ports; all of them are registered at the next one. register_group(),
// unregister_group() and what they call run on the worker; all else is
// @control's.
#include "jack/ports.h"

#include "common/log.h"
#include "common/loop.h"
#include "jack/kind.h"
#include "jack/labels.h"
#include "jack/latency.h"
#include "jack/rename.h"
#include "jack/worker.h"
#include "rt/inputs.h"
#include "rt/process.h"

#include <jack/jack.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Orders begin here, so that all inputs are shown before all outputs.
enum { FIRST_INPUT = 1, FIRST_OUTPUT = 1 << 30 };
// Labels that JACK refuses are tried for 10 s; PipeWire, when it starts,
// forgets some that it took: there they are said again for 3 s.
enum { RETRY_MS = 500, MOST_RETRIES = 20, SAID_AGAIN = 6 };

// A table that the callback may still be using.
struct retired {
    struct weir_table *table;
    struct retired *next;
};

// One add or remove under way.
struct operation {
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
    struct operation *next;
};

struct weir_jack_ports {
    struct weir_ports base; // first: the desk knows us by it
    jack_client_t *client;
    struct weir_latency *latency;
    struct weir_process *process;
    struct weir_worker *worker;
    struct weir_renames *renames;
    struct weir_port_group *groups;
    struct retired *retired;
    struct operation *removals; // that wait for the callback
    uint64_t table;             // number of the newest
    int32_t next_input;         // in the order that is shown
    int32_t next_output;
    bool detached;
    struct weir_loop *loop;
    struct weir_timer retry; // of labels that JACK refused
    uint32_t n_retries;
    uint32_t n_returning; // groups that the worker registers at a new server
    struct weir_ticket returned;
};

// ------------------------------------------------------------------ tables

static void
count_ports(const struct weir_jack_ports *p, uint32_t *n_in, uint32_t *n_out)
{
    *n_in = *n_out = 0;
    for (const struct weir_port_group *g = p->groups; g; g = g->next)
        if (g->registered)
            *(g->is_input ? n_in : n_out) += g->n_ports;
}

static void
show_group(struct weir_table *t, const struct weir_port_group *g)
{
    for (uint32_t i = 0; i < g->n_ports; i++) {
        if (g->is_input)
            t->inputs[t->n_inputs++] = (struct weir_input_port){
                .port = g->handles[i], .lane = g->lanes[i].frames};
        else
            t->outputs[t->n_outputs++] = (struct weir_output_port){
                .port = g->handles[i], .ring = g->ring, .channel = i};
    }
}

static bool
publish(struct weir_jack_ports *p)
{
    uint32_t n_in;
    uint32_t n_out;
    count_ports(p, &n_in, &n_out);
    struct weir_table *table = weir_table_new(n_in, n_out);
    struct retired *retired = malloc(sizeof *retired);
    if (!table || !retired) {
        weir_table_free(table);
        free(retired);
        return false;
    }
    for (const struct weir_port_group *g = p->groups; g; g = g->next)
        if (g->registered)
            show_group(table, g);
    table->number = ++p->table;
    *retired = (struct retired){
        .table = weir_process_set_table(p->process, table),
        .next = p->retired,
    };
    p->retired = retired;
    return true;
}

static void
free_tables_before(struct weir_jack_ports *p, uint64_t number)
{
    struct retired **at = &p->retired;
    while (*at) {
        struct retired *r = *at;
        if (!r->table || r->table->number < number) {
            *at = r->next;
            weir_table_free(r->table);
            free(r);
        } else {
            at = &r->next;
        }
    }
}

// -------------------------------------------------------------------- jobs

static struct weir_labelled
as_labelled(const struct operation *op)
{
    return (struct weir_labelled){op->ports->client, op->group->handles,
                                  op->group->n_ports};
}

static void
unregister_ports(struct operation *op)
{
    for (uint32_t i = 0; i < op->group->n_ports; i++) {
        jack_port_t *port = op->group->handles[i];
        if (!port)
            continue;
        weir_latency_drop(op->ports->latency, port);
        jack_port_unregister(op->ports->client, port);
    }
}

static void
unregister_group(void *owner)
{
    struct operation *op = owner;
    const struct weir_labelled named = as_labelled(op);
    weir_labels_drop(&named);
    unregister_ports(op);
}

static void
register_ports(struct operation *op)
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

static void
register_group(void *owner)
{
    struct operation *op = owner;
    const struct weir_labelled named = as_labelled(op);
    register_ports(op);
    if (op->failed)
        unregister_ports(op);
    else
        op->unlabelled =
            !weir_labels_set(&named, op->name, op->group->id, op->order) ||
            weir_jack_is_pipewire();
}

static void
finish(struct operation *op, const struct weir_fault *fault)
{
    const struct weir_ticket ticket = op->ticket;
    free(op);
    weir_ticket_settle(ticket, fault);
}

static void
finish_failed(struct operation *op)
{
    struct weir_fault fault;
    weir_fault(&fault, WEIR_FAULT_FAILED,
               "JACK refused the port %s (are its ports used up? see jackd "
               "--port-max)",
               op->failed_name);
    finish(op, &fault);
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
static void
note_labels(struct weir_jack_ports *p, const struct operation *op)
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
    const bool again = weir_jack_is_pipewire() && p->n_retries <= SAID_AGAIN;
    for (struct weir_port_group *g = p->groups; g && !p->detached;
         g = g->next) {
        g->unlabelled |= again;
        weir_renames_retry(p->renames, g);
    }
}

static void
feed_from(struct weir_port_group *g, uint64_t table)
{
    if (g->fed_from)
        g->fed_from(g->owner, table);
}

static void
show_new_group(struct weir_jack_ports *p, struct weir_port_group *g)
{
    g->registered = true;
    feed_from(g, p->table + 1);
    publish(p);
}

static void
group_registered(void *owner)
{
    struct operation *op = owner;
    struct weir_jack_ports *p = op->ports;
    struct weir_port_group *g = op->group;
    if (op->failed && !p->detached) {
        finish_failed(op);
        return;
    }
    enlist(p, g);
    if (!p->detached) {
        show_new_group(p, g);
        note_labels(p, op);
        if (strcmp(g->name, op->name) != 0) // renamed meanwhile
            weir_renames_ask(p->renames, g, (struct weir_ticket){0});
    }
    finish(op, NULL);
}

static void
group_unregistered(void *owner)
{
    finish(owner, NULL);
}

// ------------------------------------------------------- what the desk asks

static struct operation *
new_operation(struct weir_ports *base, struct weir_port_group *group,
              struct weir_ticket ticket)
{
    struct operation *op = calloc(1, sizeof *op);
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

static struct operation *
new_add(struct weir_ports *base, struct weir_port_group *group,
        struct weir_ticket ticket)
{
    struct operation *op = new_operation(base, group, ticket);
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
    struct operation *op = new_add(base, group, ticket);
    const struct weir_job job = {register_group, group_registered, op};
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

static void
post_unregister(struct operation *op)
{
    const struct weir_job job = {unregister_group, group_unregistered, op};
    if (!weir_worker_post(op->ports->worker, job))
        finish(op, NULL); // the ports stay until the client closes
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
    struct operation *op =
        group->registered ? new_operation(base, group, ticket) : NULL;
    struct operation *returning = group->returning;
    take_off_list(p, group);
    if (returning) { // goes again when the worker is through with it
        returning->removed = true;
        returning->ticket = ticket;
        return;
    }
    if (!op || p->detached || !publish(p)) {
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
    struct operation **at = &p->removals;
    free_tables_before(p, number);
    while (*at) {
        struct operation *op = *at;
        if (op->table <= number) {
            *at = op->next;
            post_unregister(op);
        } else {
            at = &op->next;
        }
    }
}

bool
weir_jack_ports_show(struct weir_jack_ports *p)
{
    return publish(p);
}

// ------------------------------------------------------- loss and return

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
        struct operation *op = p->removals;
        p->removals = op->next;
        finish(op, NULL);
    }
}

// What came back is shown at once, when all of it is there.
static void
show_returned(struct weir_jack_ports *p)
{
    const struct weir_ticket returned = p->returned;
    for (struct weir_port_group *g = p->groups; g; g = g->next)
        if (g->registered)
            feed_from(g, p->table + 1);
    publish(p);
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
take_back(struct weir_jack_ports *p, struct operation *op)
{
    struct weir_port_group *g = op->group;
    if (op->failed) {
        weir_log(WEIR_LOG_ERROR,
                 "JACK refuses the port %s again (are its ports used up?)",
                 op->failed_name);
        feed_from(g, UINT64_MAX); // its lanes are nobody's
    } else {
        g->registered = true;
        note_labels(p, op);
        if (strcmp(g->name, op->name) != 0) // renamed meanwhile
            weir_renames_ask(p->renames, g, (struct weir_ticket){0});
    }
    free(op);
}

static void
group_returned(void *owner)
{
    struct operation *op = owner;
    struct weir_jack_ports *p = op->ports;
    op->group->returning = NULL;
    if (!op->removed)
        take_back(p, op);
    else if (op->failed)
        finish(op, NULL);
    else
        post_unregister(op);
    one_returned(p);
}

static void
bring_back(struct weir_jack_ports *p, struct weir_port_group *g)
{
    struct operation *op = new_add(&p->base, g, (struct weir_ticket){0});
    const struct weir_job job = {register_group, group_returned, op};
    if (op && weir_worker_post(p->worker, job)) {
        g->returning = op;
        p->n_returning++;
        return;
    }
    free(op);
    weir_log(WEIR_LOG_ERROR, "no room to bring back the ports of %s", g->id);
    feed_from(g, UINT64_MAX);
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
    free_tables_before(p, UINT64_MAX); // the old client's callback is no more
    for (struct weir_port_group *g = p->groups; g; g = g->next)
        bring_back(p, g);
    one_returned(p);
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
        publish(p))
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
    free_tables_before(p, UINT64_MAX);
    weir_timer_close(p->loop, &p->retry);
    weir_table_free(weir_process_set_table(p->process, NULL));
    weir_renames_free(p->renames);
    free(p);
}
