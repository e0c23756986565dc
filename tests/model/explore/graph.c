// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Which executions RC11 allows (Lahav, Vafeiadis, Kang, Hur, Dreyer,
// "Repairing sequential consistency in C/C++11", PLDI 2017): coherence,
// atomicity, no thin air, and the order of the sequentially consistent.
#include "explore.h"

#include <string.h>

static bool
acquires(int order)
{
    return order == __ATOMIC_ACQUIRE || order == __ATOMIC_ACQ_REL ||
           order == __ATOMIC_SEQ_CST || order == __ATOMIC_CONSUME;
}

static bool
releases(int order)
{
    return order == __ATOMIC_RELEASE || order == __ATOMIC_ACQ_REL ||
           order == __ATOMIC_SEQ_CST;
}

static bool
is_atomic(const struct event *e)
{
    return e->kind == READ || e->kind == WRITE;
}

static bool
writes(const struct event *e)
{
    return e->kind == WRITE || e->kind == PLAIN_WRITE;
}

// --------------------------------------------------------- happens-before

// One pass over a graph in an order that follows program order and
// reads-from; what each thread has gathered on its way.
struct walk {
    int n_done[MAX_THREADS];
    event_set done;
    event_set released[MAX_THREADS]; // by its last release fence
    event_set seen[MAX_THREADS];     // by reads that did not acquire
};

// The event in another thread that `e` waits for, INITIAL for none, or -2 when
// it is not in the graph.
static int
cause(const struct graph *g, const struct event *e)
{
    if (e->kind == READ)
        return e->from;
    if (e->kind == JOIN) {
        const int n = g->length[e->peer];
        const int last = n > 0 ? g->at[e->peer][n - 1] : 0;
        return n > 0 && g->events[last].kind == END ? last : -2;
    }
    if (e->kind == START)
        for (int i = 0; i < g->n; i++)
            if (g->events[i].kind == CREATE && g->events[i].peer == e->thread)
                return i;
    return e->kind == START ? -2 : INITIAL;
}

static void
synchronise(const struct graph *g, struct relations *rel, struct walk *w,
            int id, int from)
{
    const struct event *e = &g->events[id];
    event_set *hb = &rel->happens_before[id];
    if (e->kind == START || e->kind == JOIN)
        *hb |= rel->happens_before[from] | EVENT_BIT(from);
    if (e->kind == READ && from != INITIAL) {
        if (acquires(e->order))
            *hb |= rel->message[from];
        else
            w->seen[e->thread] |= rel->message[from];
    }
    if (e->kind == FENCE && acquires(e->order))
        *hb |= w->seen[e->thread];
    if (e->kind == FENCE && releases(e->order))
        w->released[e->thread] = *hb | EVENT_BIT(id);
}

static void
add(const struct graph *g, struct relations *rel, struct walk *w, int id,
    int from)
{
    const struct event *e = &g->events[id];
    const int t = e->thread;
    event_set hb = 0;
    event_set prefix = 0;
    int before = INITIAL;
    if (w->n_done[t] > 0) {
        before = g->at[t][w->n_done[t] - 1];
        hb = rel->happens_before[before] | EVENT_BIT(before);
        prefix = rel->prefix[before] | EVENT_BIT(before);
    }
    if (from >= 0)
        prefix |= rel->prefix[from] | EVENT_BIT(from);
    rel->happens_before[id] = hb;
    rel->prefix[id] = prefix;
    synchronise(g, rel, w, id, from);
    if (e->kind == WRITE) {
        rel->message[id] = releases(e->order)
                               ? rel->happens_before[id] | EVENT_BIT(id)
                               : w->released[t];
        // An update hands on what the write it read from handed over.
        if (e->update && g->events[before].from != INITIAL)
            rel->message[id] |= rel->message[g->events[before].from];
    }
    w->n_done[t]++;
    w->done |= EVENT_BIT(id);
}

// False when program order and reads-from make a cycle: thin air.
static bool
relate(const struct graph *g, struct relations *rel)
{
    struct walk w;
    memset(&w, 0, sizeof w);
    for (int left = g->n; left > 0;) {
        const int was = left;
        for (int t = 0; t < g->n_threads; t++) {
            while (w.n_done[t] < g->length[t]) {
                const int id = g->at[t][w.n_done[t]];
                const int from = cause(g, &g->events[id]);
                if (from == -2 || (from >= 0 && !(w.done >> from & 1)))
                    break;
                add(g, rel, &w, id, from);
                left--;
            }
        }
        if (left == was)
            return false;
    }
    return true;
}

// --------------------------------------------------------------- coherence

int
weir_graph_position(const struct graph *g, int id)
{
    const struct event *e = &g->events[id];
    const int write = e->kind == READ ? e->from : id;
    const struct place *p = &g->places[e->place];
    for (int i = 0; i < p->n; i++)
        if (p->writes[i] == write)
            return i + 1;
    return 0;
}

// What happens before is not overwritten by what it happens before; and
// between the halves of an update there is nothing.
static bool
coherent(const struct graph *g, const struct relations *rel, const int *at)
{
    for (int b = 0; b < g->n; b++) {
        const struct event *e = &g->events[b];
        if (!is_atomic(e))
            continue;
        for (int a = 0; a < g->n; a++) {
            if (!(rel->happens_before[b] >> a & 1) ||
                !is_atomic(&g->events[a]) || g->events[a].place != e->place)
                continue;
            if (e->kind == WRITE ? at[a] >= at[b] : at[a] > at[b])
                return false;
        }
    }
    return true;
}

static bool
updates_are_atomic(const struct graph *g, const int *at)
{
    for (int t = 0; t < g->n_threads; t++)
        for (int i = 1; i < g->length[t]; i++) {
            const int id = g->at[t][i];
            const struct event *e = &g->events[id];
            if (e->kind == WRITE && e->update &&
                at[id] != at[g->at[t][i - 1]] + 1)
                return false;
        }
    return true;
}

// ---------------------------------------------------- sequential consistency

static int
index_in_thread(const struct graph *g, int id)
{
    const int t = g->events[id].thread;
    for (int i = 0; i < g->length[t]; i++)
        if (g->at[t][i] == id)
            return i;
    return -1;
}

static bool
same_place(const struct event *a, const struct event *b)
{
    return is_atomic(a) && is_atomic(b) && a->place == b->place;
}

// a; something elsewhere; happens before; something elsewhere; b
static bool
around(const struct graph *g, const struct relations *rel, int a, int b)
{
    const struct event *ea = &g->events[a];
    const struct event *eb = &g->events[b];
    for (int i = index_in_thread(g, a) + 1; i < g->length[ea->thread]; i++) {
        const int c = g->at[ea->thread][i];
        if (same_place(ea, &g->events[c]))
            continue;
        for (int k = index_in_thread(g, b) - 1; k >= 0; k--) {
            const int d = g->at[eb->thread][k];
            if (!same_place(eb, &g->events[d]) &&
                (rel->happens_before[d] >> c & 1))
                return true;
        }
    }
    return false;
}

// RC11's scb between two accesses.
static bool
precedes(const struct graph *g, const struct relations *rel, const int *at,
         int a, int b)
{
    const struct event *ea = &g->events[a];
    const struct event *eb = &g->events[b];
    const bool before = rel->happens_before[b] >> a & 1;
    if (ea->thread == eb->thread)
        return before;
    if (same_place(ea, eb)) {
        if (before)
            return true;
        if (eb->kind == WRITE && at[a] < at[b])
            return true;
    }
    return around(g, rel, a, b);
}

static bool
sequential(const struct graph *g, const struct relations *rel, const int *at)
{
    int sc[MAX_EVENTS];
    int n = 0;
    for (int i = 0; i < g->n; i++)
        if (is_atomic(&g->events[i]) && g->events[i].order == __ATOMIC_SEQ_CST)
            sc[n++] = i;
    // No cycle: take away what nothing left precedes, until none is left.
    while (n > 0) {
        int free = -1;
        for (int b = 0; b < n && free < 0; b++) {
            bool preceded = false;
            for (int a = 0; a < n && !preceded; a++)
                preceded = a != b && precedes(g, rel, at, sc[a], sc[b]);
            if (!preceded)
                free = b;
        }
        if (free < 0)
            return false;
        sc[free] = sc[--n];
    }
    return true;
}

bool
weir_graph_consistent(const struct graph *g, struct relations *rel)
{
    int at[MAX_EVENTS];
    if (!relate(g, rel))
        return false;
    for (int i = 0; i < g->n; i++)
        at[i] = is_atomic(&g->events[i]) ? weir_graph_position(g, i) : 0;
    return coherent(g, rel, at) && updates_are_atomic(g, at) &&
           sequential(g, rel, at);
}

// -------------------------------------------------------------------- races

static bool
touches(const struct event *e)
{
    return is_atomic(e) || e->kind == PLAIN_READ || e->kind == PLAIN_WRITE;
}

int
weir_graph_race(const struct graph *g, const struct relations *rel, int id)
{
    const struct event *e = &g->events[id];
    if (!touches(e))
        return -1;
    for (int i = 0; i < g->n; i++) {
        const struct event *o = &g->events[i];
        if (!touches(o) || o->thread == e->thread ||
            (!writes(o) && !writes(e)) || (is_atomic(o) && is_atomic(e)) ||
            o->address + o->n_bytes <= e->address ||
            e->address + e->n_bytes <= o->address)
            continue;
        if (!(rel->happens_before[id] >> i & 1) &&
            !(rel->happens_before[i] >> id & 1))
            return i;
    }
    return -1;
}
