// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// JACK's graph for the OSC tree. carry_out() and what it calls run on the
// worker, on the request alone; all else is @control's.
#include "jack/patching.h"

#include "common/log.h"
#include "jack/connections.h"
#include "jack/graph.h"
#include "jack/reconnect.h"
#include "jack/worker.h"
#include "oscctl/patchbay.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// The worker's other jobs, ports that come and go, find room beside them.
enum { MOST_REQUESTS = 512 };

struct request {
    struct weir_patching *patching;
    void (*run)(struct request *request);
    jack_client_t *client;
    enum weir_patch_kind kind;
    char *from;
    char *to;
    struct weir_fault fault; // code 0: none
    struct weir_patch_list list;
    // Who is told; after weir_patching_give_up() nobody any more.
    struct weir_ticket ticket;
    weir_patch_seen_fn *seen;
    void *owner;
    struct request *next;
};

struct weir_patching {
    struct weir_patchbay base; // first: the tree knows us by it
    jack_client_t *client;
    struct weir_worker *worker;
    struct request *first; // of those that are with the worker
    unsigned n_requests;
    const char *why_not;                  // null: JACK can be asked
    struct weir_connections *connections; // null: not remembered
    struct weir_reconnect *reconnect;
};

// --------------------------------------------------------------- the worker

static void
run_connect(struct request *r)
{
    weir_graph_connect(r->client, r->from, r->to, &r->fault);
}

static void
run_disconnect(struct request *r)
{
    weir_graph_disconnect(r->client, r->from, r->to, &r->fault);
}

static void
run_look(struct request *r)
{
    if (!weir_graph_list(r->client, r->kind, &r->list))
        weir_fault(&r->fault, WEIR_FAULT_LIMIT, "memory is short");
}

static void
carry_out(void *owner)
{
    struct request *r = owner;
    r->run(r);
}

// ----------------------------------------------------------------- requests

static void
free_request(struct request *r)
{
    if (!r)
        return;
    weir_graph_free_list(&r->list);
    free(r->from);
    free(r->to);
    free(r);
}

// Tell who asked, once.
static void
tell(struct request *r, const struct weir_fault *fault)
{
    const struct weir_ticket ticket = r->ticket;
    weir_patch_seen_fn *const seen = r->seen;
    r->ticket = (struct weir_ticket){0};
    r->seen = NULL;
    if (seen)
        seen(r->owner, &r->list, fault);
    weir_ticket_settle(ticket, fault);
}

static void
take_off_list(struct request *r)
{
    struct request **at = &r->patching->first;
    while (*at != r)
        at = &(*at)->next;
    *at = r->next;
    r->patching->n_requests--;
}

static void
carried_out(void *owner)
{
    struct request *r = owner;
    take_off_list(r);
    tell(r, r->fault.code ? &r->fault : NULL);
    free_request(r);
}

static bool
may_ask(const struct weir_patching *p, struct weir_fault *fault)
{
    if (p->why_not)
        weir_fault(fault, WEIR_FAULT_NOT_NOW, "%s", p->why_not);
    else if (p->n_requests == MOST_REQUESTS)
        weir_fault(fault, WEIR_FAULT_LIMIT,
                   "JACK has %d requests to answer already (wait for their "
                   "replies)",
                   MOST_REQUESTS);
    else
        return true;
    return false;
}

// Takes `r`, which may be null: memory is short.
static bool
post(struct weir_patching *p, struct request *r, struct weir_fault *fault)
{
    if (r && weir_worker_post(p->worker,
                              (struct weir_job){carry_out, carried_out, r})) {
        r->next = p->first;
        p->first = r;
        p->n_requests++;
        return true;
    }
    free_request(r);
    weir_fault(fault, WEIR_FAULT_LIMIT,
               "too much for JACK is under way (try again)");
    return false;
}

static struct request *
new_request(struct weir_patching *p, void (*run)(struct request *))
{
    struct request *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->patching = p;
    r->client = p->client;
    r->run = run;
    return r;
}

// ------------------------------------------------------- what the tree asks

static struct request *
new_change(struct weir_patching *p, enum weir_patch_change change,
           const char *from, const char *to, struct weir_ticket ticket)
{
    struct request *r = new_request(
        p, change == WEIR_PATCH_CONNECT ? run_connect : run_disconnect);
    if (!r)
        return NULL;
    r->ticket = ticket;
    r->from = strdup(from);
    r->to = strdup(to);
    if (r->from && r->to)
        return r;
    free_request(r);
    return NULL;
}

static void
change(struct weir_patchbay *base, enum weir_patch_change change,
       const char *from, const char *to, struct weir_ticket ticket)
{
    struct weir_patching *p = (struct weir_patching *)base;
    struct weir_fault fault;
    if (change == WEIR_PATCH_DISCONNECT && p->connections)
        weir_connections_forget(p->connections, from, to);
    if (!may_ask(p, &fault) ||
        !post(p, new_change(p, change, from, to, ticket), &fault))
        weir_ticket_settle(ticket, &fault);
}

static void
look(struct weir_patchbay *base, enum weir_patch_kind kind,
     weir_patch_seen_fn *seen, void *owner)
{
    struct weir_patching *p = (struct weir_patching *)base;
    struct weir_fault fault;
    struct request *r = NULL;
    if (may_ask(p, &fault)) {
        r = new_request(p, run_look);
        if (r) {
            r->kind = kind;
            r->seen = seen;
            r->owner = owner;
        }
        if (post(p, r, &fault))
            return;
    }
    seen(owner, NULL, &fault);
}

void
weir_patching_give_up(struct weir_patching *p, const char *why)
{
    struct weir_fault fault;
    if (!p)
        return;
    p->why_not = why;
    weir_fault(&fault, WEIR_FAULT_NOT_NOW, "%s", why);
    for (struct request *r = p->first; r; r = r->next)
        tell(r, &fault);
}

void
weir_patching_resume(struct weir_patching *p, jack_client_t *client)
{
    p->client = client;
    p->why_not = NULL;
}

// -------------------------------------------------------------- remembering

static bool
want(struct weir_patchbay *base, const char *from, const char *to)
{
    struct weir_patching *p = (struct weir_patching *)base;
    if (!weir_connections_want(p->connections, from, to))
        return false;
    weir_reconnect_again(p->reconnect);
    return true;
}

// Who is shown the connections.
struct viewer {
    weir_patch_each_fn *fn;
    void *owner;
};

static void
show(void *owner, const struct weir_connection *c)
{
    const struct viewer *viewer = owner;
    viewer->fn(viewer->owner, c->from, c->to);
}

static void
each(struct weir_patchbay *base, weir_patch_each_fn *fn, void *owner)
{
    const struct weir_patching *p = (const struct weir_patching *)base;
    struct viewer viewer = {fn, owner};
    weir_connections_each(p->connections, show, &viewer);
}

void
weir_patching_remember(struct weir_patching *p,
                       struct weir_connections *connections,
                       struct weir_reconnect *reconnect)
{
    p->connections = connections;
    p->reconnect = reconnect;
    p->base.want = want;
    p->base.each = each;
}

// ---------------------------------------------------------------- lifetime

struct weir_patching *
weir_patching_new(jack_client_t *client, struct weir_worker *worker)
{
    struct weir_patching *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->base = (struct weir_patchbay){.change = change, .look = look};
    p->client = client;
    p->worker = worker;
    return p;
}

struct weir_patchbay *
weir_patching_base(struct weir_patching *p)
{
    return &p->base;
}

void
weir_patching_free(struct weir_patching *p)
{
    if (!p)
        return;
    while (p->first) {
        struct request *r = p->first;
        p->first = r->next;
        free_request(r);
    }
    free(p);
}
