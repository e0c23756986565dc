// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Visits every execution of a program once, and says so; or shows one in
// which an assertion fails or two accesses race.
//
//     PROGRAM [--slow]
//
// --slow: visit them by brute force and count different ones, which is the
// same number by another way.
#include "search.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct weir_search weir_search __attribute__((section("explorer")));

static void
print_event(const struct graph *g, int id)
{
    static const char *const kinds[] = {
        [READ] = "read",
        [WRITE] = "write",
        [PLAIN_READ] = "read, plain",
        [PLAIN_WRITE] = "write, plain",
        [FENCE] = "fence",
        [CREATE] = "create",
        [START] = "start",
        [JOIN] = "join",
        [END] = "end",
    };
    static const char *const orders[] = {
        [__ATOMIC_RELAXED] = "relaxed", [__ATOMIC_CONSUME] = "consume",
        [__ATOMIC_ACQUIRE] = "acquire", [__ATOMIC_RELEASE] = "release",
        [__ATOMIC_ACQ_REL] = "acq_rel", [__ATOMIC_SEQ_CST] = "seq_cst",
    };
    const struct event *e = &g->events[id];
    printf("  %3d  thread %d  %s", id, e->thread, kinds[e->kind]);
    if (e->kind == READ || e->kind == WRITE || e->kind == FENCE)
        printf(", %s%s", orders[e->order], e->update ? ", update" : "");
    if (e->n_bytes)
        printf(" %#" PRIxPTR "+%u", e->address, e->n_bytes);
    if (e->kind == READ || e->kind == WRITE)
        printf(" = %" PRIu64, e->value);
    if (e->kind == READ && e->from == INITIAL)
        printf(" from before");
    else if (e->kind == READ)
        printf(" from %d", e->from);
    if (e->pc)
        printf(" pc %#" PRIxPTR, e->pc - 1);
    printf("\n");
}

void
weir_show(const struct graph *g, const char *what)
{
    printf("explore: %s\n", what);
    for (int t = 0; t < g->n_threads; t++)
        for (int i = 0; i < g->length[t]; i++)
            print_event(g, g->at[t][i]);
    weir_search.stop = true;
}

void
weir_show_race(const struct graph *g, int a, int b)
{
    char what[80];
    snprintf(what, sizeof what, "data race between %d and %d", a, b);
    weir_show(g, what);
}

static void
explore_once(void)
{
    struct graph *g = calloc(1, sizeof *g);
    if (!g)
        abort();
    g->n_threads = 1;
    weir_search.n_executions = 0;
    weir_search.restart = false;
    if (weir_search.slow) {
        weir_forget_seen();
        weir_visit_slowly(g);
    } else {
        weir_visit(g);
    }
    free(g);
}

int
main(int argc, char **argv)
{
    if (argc > 2 || (argc == 2 && strcmp(argv[1], "--slow") != 0))
        return 2;
    weir_search.slow = argc == 2;
    struct timespec a;
    struct timespec b;
    clock_gettime(CLOCK_MONOTONIC, &a);
    weir_replay_init();
    do
        explore_once();
    while (weir_search.restart);
    clock_gettime(CLOCK_MONOTONIC, &b);
    const double seconds =
        (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) * 1e-9;
    printf("explore: RC11, %s: %" PRIu64 " executions, %" PRIu64
           " graphs, at most %d events, %.2f s\n",
           weir_search.stop ? "stopped" : "complete", weir_search.n_executions,
           weir_search.n_visits, weir_search.n_longest, seconds);
    return weir_search.stop ? 1 : 0;
}
