// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The same executions by brute force: every thread goes next in turn, a read
// reads from any write so far, nothing is taken back, and what was seen
// before is left. Slow, and hardly wrong: the other way is held to it.
#include "search.h"

#include <stdio.h>
#include <stdlib.h>

// By 128-bit hash; open addressing.
static struct {
    event_set *hashes;
    uint64_t n;
    uint64_t n_slots;
} seen __attribute__((section("explorer")));

static void
mix(uint64_t *hash, uint64_t value)
{
    *hash = (*hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    *hash ^= *hash >> 29;
}

static uint64_t
name_of(const struct graph *g, int id)
{
    const struct event *e = &g->events[id];
    for (int i = 0; i < g->length[e->thread]; i++)
        if (g->at[e->thread][i] == id)
            return (uint64_t)e->thread << 32 | (uint64_t)i;
    return 0;
}

// Of what an execution is, however it came about.
static event_set
hash_of(const struct graph *g)
{
    uint64_t h[2] = {1, 2};
    for (int k = 0; k < 2; k++) {
        for (int t = 0; t < g->n_threads; t++) {
            mix(&h[k], (uint64_t)g->length[t] + 77);
            for (int i = 0; i < g->length[t]; i++) {
                const struct event *e = &g->events[g->at[t][i]];
                mix(&h[k], (uint64_t)e->kind << 8 | (uint64_t)e->order);
                mix(&h[k], e->address);
                if (e->kind == READ)
                    mix(&h[k],
                        e->from == INITIAL ? 99 : name_of(g, e->from) + 100);
            }
        }
        // The order in which locations were met is no part of it.
        uint64_t sum = 0;
        for (int p = 0; p < g->n_places; p++) {
            uint64_t one = g->places[p].address + (uint64_t)k;
            for (int i = 0; i < g->places[p].n; i++)
                mix(&one, name_of(g, g->places[p].writes[i]));
            if (g->places[p].n > 0)
                sum += one;
        }
        mix(&h[k], sum);
    }
    return (event_set)h[0] << 64 | h[1];
}

static bool
is_new(const struct graph *g)
{
    const event_set hash = hash_of(g) | 1;
    if (seen.n * 2 >= seen.n_slots) {
        fprintf(stderr, "explore: too many graphs for --slow\n");
        exit(2);
    }
    for (uint64_t i = (uint64_t)(hash >> 20) % seen.n_slots;;
         i = (i + 1) % seen.n_slots) {
        if (seen.hashes[i] == hash)
            return false;
        if (seen.hashes[i] == 0) {
            seen.hashes[i] = hash;
            seen.n++;
            return true;
        }
    }
}

static void
add_slowly(const struct graph *g, struct event *e)
{
    struct graph *c = weir_build_copy(g);
    if (e->kind == READ || e->kind == WRITE)
        e->place = weir_build_place(c, e);
    const int n =
        e->kind == READ || e->kind == WRITE ? c->places[e->place].n : 0;
    for (int i = 0; i <= n; i++) {
        struct graph *d = weir_build_copy(c);
        const int id = weir_build_add(d, e);
        if (e->kind == READ)
            weir_build_read_from(
                d, id, i == 0 ? INITIAL : d->places[e->place].writes[i - 1]);
        if (e->kind == WRITE)
            weir_build_write_at(d, id, i);
        weir_visit_slowly(d);
        free(d);
    }
    free(c);
}

void
weir_visit_slowly(struct graph *g)
{
    struct relations rel;
    bool any = false;
    if (weir_search.stop || weir_search.restart ||
        !weir_graph_consistent(g, &rel) || !is_new(g))
        return;
    weir_search.n_visits++;
    const int other = g->n > 0 ? weir_graph_race(g, &rel, g->n - 1) : -1;
    if (other >= 0) {
        weir_show_race(g, g->n - 1, other);
        return;
    }
    for (int t = 0;
         t < MAX_THREADS && !weir_search.stop && !weir_search.restart; t++) {
        if (!weir_replay_can_run(g, t))
            continue;
        struct next next = weir_replay_next(g, &rel, t);
        any |= next.kind != NEXT_NOTHING;
        if (next.kind == NEXT_RESTART)
            weir_search.restart = true;
        else if (next.kind == NEXT_ERROR)
            weir_show(g, next.error);
        else if (next.kind == NEXT_EVENT)
            add_slowly(g, &next.event);
    }
    if (!any)
        weir_search.n_executions++;
}

void
weir_forget_seen(void)
{
    seen.n_slots = UINT64_C(1) << 20;
    seen.n = 0;
    free(seen.hashes);
    seen.hashes = calloc(seen.n_slots, sizeof *seen.hashes);
    if (!seen.hashes)
        abort();
}
