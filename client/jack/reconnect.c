// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Makes the connections that are wanted. run() and what it calls are the
// worker's, the rest is @control's.
#include "jack/reconnect.h"

#include "common/log.h"
#include "common/loop.h"
#include "jack/connections.h"
#include "jack/worker.h"

#include <errno.h>
#include <jack/jack.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Ports of one client come one after the other; what JACK refuses, because a
// client is not active yet, is tried again after twice as long each time.
enum { SOON_MS = 2, FIRST_RETRY_MS = 50, LAST_RETRY_MS = 1600 };

enum result { NOT_THERE, OWN_NOT_THERE, REFUSED, DONE };

struct pair {
    char *from;
    char *to;
    enum result result;
};

// With the worker: a copy of all that it looks at.
struct round {
    struct weir_reconnect *owner;
    jack_client_t *client;
    bool first;
    struct pair *pairs;
    uint32_t n_pairs;
    uint32_t room;
};

struct weir_reconnect {
    struct weir_connections *connections;
    struct weir_worker *worker;
    struct weir_loop *loop;
    struct weir_timer timer;
    jack_client_t *client; // null: none that runs
    char prefix[80];       // of weir's own ports
    bool first;            // the next round is the first one
    struct round *round;   // with the worker; null: none
    bool again;            // something came meanwhile
    uint32_t retry_ms;
};

// ---------------------------------------------------------------- the worker

static enum result
missing(const struct weir_reconnect *r, const char *name)
{
    return strncmp(name, r->prefix, strlen(r->prefix)) == 0 ? OWN_NOT_THERE
                                                            : NOT_THERE;
}

static enum result
make(const struct round *round, const struct pair *p)
{
    if (!jack_port_by_name(round->client, p->from))
        return missing(round->owner, p->from);
    if (!jack_port_by_name(round->client, p->to))
        return missing(round->owner, p->to);
    const int rc = jack_connect(round->client, p->from, p->to);
    return rc == 0 || rc == EEXIST ? DONE : REFUSED;
}

static void
run(void *owner)
{
    struct round *round = owner;
    for (uint32_t i = 0; i < round->n_pairs; i++)
        round->pairs[i].result = make(round, &round->pairs[i]);
}

// ------------------------------------------------------------------ @control

static void
free_round(struct round *round)
{
    if (!round)
        return;
    for (uint32_t i = 0; i < round->n_pairs; i++) {
        free(round->pairs[i].from);
        free(round->pairs[i].to);
    }
    free(round->pairs);
    free(round);
}

static void
add_pair(void *owner, const struct weir_connection *c)
{
    struct round *round = owner;
    if (c->made)
        return;
    if (round->n_pairs == round->room) {
        const uint32_t room = round->room ? 2 * round->room : 64;
        struct pair *pairs = realloc(round->pairs, room * sizeof *pairs);
        if (!pairs)
            return;
        round->pairs = pairs;
        round->room = room;
    }
    struct pair p = {.from = strdup(c->from), .to = strdup(c->to)};
    if (p.from && p.to) {
        round->pairs[round->n_pairs++] = p;
        return;
    }
    free(p.from);
    free(p.to);
}

static void
look_at_results(struct weir_reconnect *r, const struct round *round)
{
    uint32_t n_refused = 0;
    for (uint32_t i = 0; i < round->n_pairs; i++) {
        const struct pair *p = &round->pairs[i];
        if (p->result == DONE)
            weir_log(WEIR_LOG_INFO, "connected %s to %s again", p->from, p->to);
        if (p->result == OWN_NOT_THERE && round->first)
            weir_connections_forget(r->connections, p->from, p->to);
        n_refused += p->result == REFUSED;
    }
    if (n_refused > 0 && r->retry_ms <= LAST_RETRY_MS) {
        weir_timer_set(&r->timer, r->retry_ms, 0);
        r->retry_ms *= 2;
    }
}

static void begin_round(struct weir_reconnect *r);

static void
done(void *owner)
{
    struct round *round = owner;
    struct weir_reconnect *r = round->owner;
    r->round = NULL;
    if (r->client == round->client)
        look_at_results(r, round);
    free_round(round);
    if (r->again)
        begin_round(r);
}

static void
begin_round(struct weir_reconnect *r)
{
    r->again = r->round != NULL;
    if (!r->client || r->round || !weir_connections_any_wanted(r->connections))
        return;
    struct round *round = calloc(1, sizeof *round);
    if (!round)
        return;
    round->owner = r;
    round->client = r->client;
    round->first = r->first;
    weir_connections_each(r->connections, add_pair, round);
    if (!weir_worker_post(r->worker, (struct weir_job){run, done, round})) {
        free_round(round);
        return;
    }
    r->round = round;
    r->first = false;
}

static void
time_has_come(void *owner)
{
    begin_round(owner);
}

void
weir_reconnect_begin(struct weir_reconnect *r, jack_client_t *client)
{
    r->client = client;
    r->first = true;
    r->retry_ms = FIRST_RETRY_MS;
    begin_round(r);
}

void
weir_reconnect_again(struct weir_reconnect *r)
{
    if (!r || !r->client)
        return;
    r->retry_ms = FIRST_RETRY_MS;
    weir_timer_set(&r->timer, SOON_MS, 0);
}

void
weir_reconnect_end(struct weir_reconnect *r)
{
    if (!r)
        return;
    r->client = NULL;
    weir_timer_set(&r->timer, 0, 0);
}

struct weir_reconnect *
weir_reconnect_new(struct weir_connections *connections,
                   struct weir_worker *worker, struct weir_loop *loop,
                   const char *client_name)
{
    struct weir_reconnect *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->connections = connections;
    r->worker = worker;
    r->loop = loop;
    snprintf(r->prefix, sizeof r->prefix, "%s:", client_name);
    if (weir_timer_open(loop, &r->timer, time_has_come, r))
        return r;
    free(r);
    return NULL;
}

void
weir_reconnect_free(struct weir_reconnect *r)
{
    if (!r)
        return;
    weir_timer_close(r->loop, &r->timer);
    free_round(r->round);
    free(r);
}
