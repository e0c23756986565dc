// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Between the explorer's files.
#ifndef TESTS_MODEL_SEARCH_H
#define TESTS_MODEL_SEARCH_H

#include "explore.h"

/// How far the exploration is.
struct weir_search {
    uint64_t n_visits;
    uint64_t n_executions;
    int n_longest;
    bool restart;
    bool stop;
    bool slow;
};

extern struct weir_search weir_search;

/// Explore what can become of a graph: each execution once.
void weir_visit(struct graph *g);

/// The same by brute force; after weir_forget_seen().
void weir_visit_slowly(struct graph *g);
void weir_forget_seen(void);

/// Show an execution that is wrong, and stop.
void weir_show(const struct graph *g, const char *what);
void weir_show_race(const struct graph *g, int a, int b);

/// Free with free().
struct graph *weir_build_copy(const struct graph *g);

/// The location of an atomic event, new if need be.
uint8_t weir_build_place(struct graph *g, const struct event *e);

/// Add an event to the end of its thread; returns its id.
int weir_build_add(struct graph *g, const struct event *e);

void weir_build_read_from(struct graph *g, int id, int from);

/// Put a write behind `position` others in its location's order.
void weir_build_write_at(struct graph *g, int id, int position);

/// Keep the events of a set, in their order.
void weir_build_restrict(struct graph *g, event_set keep);

#endif
