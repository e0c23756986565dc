// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Every execution once: the graph grows by what the program does next; where
// that is a read, it may read from any write; where it is a write, it may
// stand anywhere in its location's order, and reads that are there already
// may read from it instead, which takes back what depends on them.
#include "search.h"

#include <stdlib.h>

static void visit(struct graph *g, int changed);

static void
visit_reads(const struct graph *g, const struct event *e)
{
    const struct place *p = &g->places[e->place];
    for (int i = INITIAL; i < p->n; i++) {
        struct graph *c = weir_build_copy(g);
        const int id = weir_build_add(c, e);
        weir_build_read_from(c, id, i == INITIAL ? INITIAL : p->writes[i]);
        visit(c, -1);
        free(c);
    }
}

// Every place in the modification order.
static void
visit_writes(const struct graph *g, const struct event *e, int changed)
{
    const int n = g->places[e->place].n;
    for (int i = n; i >= 0; i--) {
        struct graph *c = weir_build_copy(g);
        const int id = weir_build_add(c, e);
        if (changed >= 0)
            weir_build_read_from(c, changed, id);
        weir_build_write_at(c, id, i);
        visit(c, changed);
        free(c);
    }
}

// Whether `e`, about to be taken back, is as it would be had it been added
// last of those before it and before the new write: so each way back is gone
// once.
static bool
is_maximal(const struct graph *g, int e, event_set prefix)
{
    const struct event *event = &g->events[e];
    const event_set previous = prefix | (EVENT_BIT(e) | (EVENT_BIT(e) - 1));
    if (event->kind != READ && event->kind != WRITE)
        return true;
    if (event->kind == WRITE)
        for (int r = 0; r < g->n; r++)
            if ((previous >> r & 1) && g->events[r].kind == READ &&
                g->events[r].from == e)
                return false;
    const struct place *p = &g->places[event->place];
    for (int i = weir_graph_position(g, e); i < p->n; i++)
        if (previous >> p->writes[i] & 1)
            return false;
    return true;
}

// Let reads that are there already read from the new write instead.
static void
revisit(const struct graph *g, const struct relations *rel,
        const struct event *e)
{
    event_set prefix = 0;
    const int t = e->thread;
    if (g->length[t] > 0) {
        const int before = g->at[t][g->length[t] - 1];
        prefix = rel->prefix[before] | EVENT_BIT(before);
    }
    const event_set all = EVENT_BIT(g->n) - 1;
    for (int r = 0; r < g->n && !weir_search.stop && !weir_search.restart;
         r++) {
        const struct event *read = &g->events[r];
        if (read->kind != READ || read->place != e->place || (prefix >> r & 1))
            continue;
        const event_set later = all & ~(EVENT_BIT(r) | (EVENT_BIT(r) - 1));
        const event_set deleted = later & ~prefix;
        bool maximal = is_maximal(g, r, prefix);
        for (int i = r + 1; i < g->n && maximal; i++)
            if (deleted >> i & 1)
                maximal = is_maximal(g, i, prefix);
        if (!maximal)
            continue;
        struct graph *c = weir_build_copy(g);
        weir_build_restrict(c, all & ~deleted);
        // Events before r are all kept: r is where it was.
        visit_writes(c, e, r);
        free(c);
    }
}

static void
visit(struct graph *g, int changed)
{
    struct relations rel;
    if (weir_search.stop || weir_search.restart ||
        !weir_graph_consistent(g, &rel))
        return;
    weir_search.n_visits++;
    if (g->n > weir_search.n_longest)
        weir_search.n_longest = g->n;
    const int ids[] = {g->n - 1, changed};
    for (int i = 0; i < 2; i++) {
        const int other = ids[i] >= 0 ? weir_graph_race(g, &rel, ids[i]) : -1;
        if (other >= 0) {
            weir_show_race(g, ids[i], other);
            return;
        }
    }
    struct next next = weir_replay_next(g, &rel, -1);
    struct event *e = &next.event;
    switch (next.kind) {
    case NEXT_RESTART:
        weir_search.restart = true;
        return;
    case NEXT_ERROR:
        weir_show(g, next.error);
        return;
    case NEXT_NOTHING:
        weir_search.n_executions++;
        return;
    case NEXT_EVENT:
        break;
    }
    if (e->kind == READ || e->kind == WRITE)
        e->place = weir_build_place(g, e);
    if (e->kind == READ) {
        visit_reads(g, e);
    } else if (e->kind == WRITE) {
        visit_writes(g, e, -1);
        revisit(g, &rel, e);
    } else {
        weir_build_add(g, e);
        visit(g, -1);
    }
}

void
weir_visit(struct graph *g)
{
    visit(g, -1);
}
