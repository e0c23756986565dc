// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Making graphs of graphs.
#include "search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct graph *
weir_build_copy(const struct graph *g)
{
    struct graph *c = malloc(sizeof *c);
    if (!c)
        abort();
    memcpy(c, g, sizeof *c);
    return c;
}

uint8_t
weir_build_place(struct graph *g, const struct event *e)
{
    for (int i = 0; i < g->n_places; i++)
        if (g->places[i].address == e->address)
            return (uint8_t)i;
    if (g->n_places == MAX_PLACES) {
        fprintf(stderr, "explore: too many atomics\n");
        exit(2);
    }
    struct place *p = &g->places[g->n_places];
    p->address = e->address;
    p->n_bytes = e->n_bytes;
    p->initial = weir_replay_initial(e->address, e->n_bytes);
    p->n = 0;
    return (uint8_t)g->n_places++;
}

int
weir_build_add(struct graph *g, const struct event *e)
{
    if (g->n == MAX_EVENTS) {
        fprintf(stderr, "explore: too many events\n");
        exit(2);
    }
    const int id = g->n++;
    g->events[id] = *e;
    g->at[e->thread][g->length[e->thread]++] = (uint8_t)id;
    if (e->thread >= g->n_threads)
        g->n_threads = e->thread + 1;
    return id;
}

void
weir_build_read_from(struct graph *g, int id, int from)
{
    struct event *e = &g->events[id];
    e->from = from;
    e->value =
        from == INITIAL ? g->places[e->place].initial : g->events[from].value;
}

void
weir_build_write_at(struct graph *g, int id, int position)
{
    struct place *p = &g->places[g->events[id].place];
    memmove(&p->writes[position + 1], &p->writes[position],
            (size_t)(p->n - position) * sizeof *p->writes);
    p->writes[position] = (uint8_t)id;
    p->n++;
}

// Keep the events of a set, in their order. What they read from is kept, too.
void
weir_build_restrict(struct graph *g, event_set keep)
{
    int now[MAX_EVENTS];
    struct graph *old = weir_build_copy(g);
    g->n = 0;
    memset(g->length, 0, sizeof g->length);
    for (int i = 0; i < old->n; i++)
        if (keep >> i & 1)
            now[i] = weir_build_add(g, &old->events[i]);
    for (int i = 0; i < g->n; i++)
        if (g->events[i].kind == READ && g->events[i].from != INITIAL)
            g->events[i].from = now[g->events[i].from];
    for (int p = 0; p < g->n_places; p++) {
        g->places[p].n = 0;
        for (int i = 0; i < old->places[p].n; i++)
            if (keep >> old->places[p].writes[i] & 1)
                g->places[p].writes[g->places[p].n++] =
                    (uint8_t)now[old->places[p].writes[i]];
    }
    free(old);
}
