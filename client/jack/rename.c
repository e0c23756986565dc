// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Renames on their way to JACK. run() is the worker's, the rest @control's.
#include "jack/rename.h"

#include "common/loop.h"
#include "desk/ports.h"
#include "jack/labels.h"
#include "jack/worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TICK_MS = 100, PATIENCE_TICKS = 5 };

// With the worker: a copy of all that it looks at, for the group may go.
struct rename {
    struct weir_renames *renames;
    struct weir_port_group *group; // null: gone
    void *handles[WEIR_MAX_CHANNELS];
    uint32_t n_ports;
    char name[WEIR_NAME_BYTES];
    char id[sizeof(((struct weir_port_group *)NULL)->id)];
    int32_t order;
    bool all; // not the name alone, for JACK has refused that before
    bool refused;
    struct weir_ticket ticket;
    // The group was renamed again meanwhile.
    bool again;
    struct weir_ticket ticket_again;
    unsigned n_ticks;
    struct rename *next;
};

struct weir_renames {
    jack_client_t *client;
    struct weir_worker *worker;
    struct weir_loop *loop;
    struct weir_timer timer;
    struct rename *first;
};

static void
settle(struct weir_ticket *ticket)
{
    const struct weir_ticket once = *ticket;
    *ticket = (struct weir_ticket){0};
    weir_ticket_settle(once, NULL);
}

static void
settle_both(struct rename *r)
{
    settle(&r->ticket);
    settle(&r->ticket_again);
}

// ---------------------------------------------------------------- patience

static void
tick(void *owner)
{
    struct weir_renames *all = owner;
    for (struct rename *r = all->first; r; r = r->next)
        if (++r->n_ticks >= PATIENCE_TICKS)
            settle_both(r);
}

static void
enlist(struct weir_renames *all, struct rename *r)
{
    if (!all->first)
        weir_timer_set(&all->timer, TICK_MS, TICK_MS);
    r->next = all->first;
    all->first = r;
}

static void
take_off_list(struct weir_renames *all, const struct rename *r)
{
    struct rename **at = &all->first;
    while (*at != r)
        at = &(*at)->next;
    *at = r->next;
    if (!all->first)
        weir_timer_set(&all->timer, 0, 0);
}

// --------------------------------------------------------------- the worker

static void
run(void *owner)
{
    struct rename *r = owner;
    const struct weir_labelled ports = {r->renames->client, r->handles,
                                        r->n_ports};
    r->refused = r->all ? !weir_labels_set(&ports, r->name, r->id, r->order)
                        : !weir_labels_rename(&ports, r->name);
}

static void
done(void *owner)
{
    struct rename *r = owner;
    struct weir_renames *all = r->renames;
    struct weir_port_group *group = r->group;
    take_off_list(all, r);
    settle(&r->ticket);
    if (group) {
        group->renaming = NULL;
        group->unlabelled = r->refused;
    }
    if (group && r->again)
        weir_renames_ask(all, group, r->ticket_again);
    else
        settle(&r->ticket_again);
    free(r);
}

static struct rename *
new_rename(struct weir_renames *all, struct weir_port_group *group,
           struct weir_ticket ticket)
{
    struct rename *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->renames = all;
    r->group = group;
    r->n_ports = group->n_ports;
    memcpy(r->handles, group->handles, group->n_ports * sizeof *r->handles);
    snprintf(r->name, sizeof r->name, "%s", group->name);
    memcpy(r->id, group->id, sizeof r->id);
    r->order = group->order;
    r->all = group->unlabelled;
    r->ticket = ticket;
    return r;
}

// ------------------------------------------------------------------- asking

void
weir_renames_ask(struct weir_renames *all, struct weir_port_group *group,
                 struct weir_ticket ticket)
{
    struct rename *under_way = group->renaming;
    if (under_way) {
        settle(&under_way->ticket_again); // overtaken
        under_way->ticket_again = ticket;
        under_way->again = true;
        return;
    }
    struct rename *r = new_rename(all, group, ticket);
    if (r && weir_worker_post(all->worker, (struct weir_job){run, done, r})) {
        group->renaming = r;
        enlist(all, r);
        return;
    }
    free(r); // JACK goes on showing the old name
    weir_ticket_settle(ticket, NULL);
}

void
weir_renames_retry(struct weir_renames *all, struct weir_port_group *group)
{
    if (group->unlabelled && group->registered && !group->renaming)
        weir_renames_ask(all, group, (struct weir_ticket){0});
}

void
weir_renames_forget(struct weir_port_group *group)
{
    struct rename *r = group->renaming;
    if (r)
        r->group = NULL;
    group->renaming = NULL;
}

void
weir_renames_give_up(struct weir_renames *all)
{
    for (struct rename *r = all->first; r; r = r->next)
        settle_both(r);
}

void
weir_renames_attach(struct weir_renames *all, jack_client_t *client)
{
    all->client = client;
}

// ---------------------------------------------------------------- lifetime

struct weir_renames *
weir_renames_new(jack_client_t *client, struct weir_worker *worker,
                 struct weir_loop *loop)
{
    struct weir_renames *all = calloc(1, sizeof *all);
    if (!all)
        return NULL;
    all->client = client;
    all->worker = worker;
    all->loop = loop;
    if (weir_timer_open(loop, &all->timer, tick, all))
        return all;
    free(all);
    return NULL;
}

void
weir_renames_free(struct weir_renames *all)
{
    if (!all)
        return;
    weir_timer_close(all->loop, &all->timer);
    while (all->first) {
        struct rename *r = all->first;
        all->first = r->next;
        free(r);
    }
    free(all);
}
