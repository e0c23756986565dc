// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The connections of weir's own ports. Everything here is @control's.
//
// JACK tells of a connection's end in the same words whether somebody took it
// away or its other client went; in the second case that port goes soon after.
// So a connection that ends is in doubt for a moment.
//
// A server that throws weir out tells it the same as when a strip is removed:
// connections end, weir's own ports go. In the first case the loss follows; in
// the second the port is not there after one, and reconnect.c forgets them.
#include "jack/connections.h"

#include <stdlib.h>
#include <string.h>

enum {
    DOUBT_MS = 1000, // then somebody took it away
    GONE_MS = 10000, // then a port's end was not the server's
};

enum state {
    WANTED, // to be made
    MADE,
    CUT,  // at `since_ms`: by somebody, or by an end that shows soon
    GONE, // at `since_ms`: one of its ports went
};

struct entry {
    char *from;
    char *to;
    uint32_t from_id; // JACK's numbers, while it is made or cut
    uint32_t to_id;
    enum state state;
    int64_t since_ms;
    struct entry *next;
};

struct weir_connections {
    struct entry *first; // in the order in which they came
};

// ------------------------------------------------------------------ the list

static struct entry **
find(struct weir_connections *all, const char *from, const char *to)
{
    struct entry **at = &all->first;
    while (*at &&
           (strcmp((*at)->from, from) != 0 || strcmp((*at)->to, to) != 0))
        at = &(*at)->next;
    return at;
}

static void
free_entry(struct entry *e)
{
    if (!e)
        return;
    free(e->from);
    free(e->to);
    free(e);
}

static void
take_off(struct entry **at)
{
    struct entry *e = *at;
    *at = e->next;
    free_entry(e);
}

// The one of these names, or a new one at the end; null: memory is short.
static struct entry *
find_or_add(struct weir_connections *all, const char *from, const char *to)
{
    struct entry **at = find(all, from, to);
    if (*at)
        return *at;
    struct entry *e = calloc(1, sizeof *e);
    if (!e)
        return NULL;
    e->from = strdup(from);
    e->to = strdup(to);
    if (!e->from || !e->to) {
        free_entry(e);
        return NULL;
    }
    *at = e;
    return e;
}

static bool
is_over(const struct entry *e, int64_t now_ms)
{
    return (e->state == CUT && now_ms - e->since_ms >= DOUBT_MS) ||
           (e->state == GONE && now_ms - e->since_ms >= GONE_MS);
}

static void
drop_over(struct weir_connections *all, int64_t now_ms)
{
    struct entry **at = &all->first;
    while (*at) {
        if (is_over(*at, now_ms))
            take_off(at);
        else
            at = &(*at)->next;
    }
}

// ------------------------------------------------------------------- events

static void
connected(struct weir_connections *all, const struct weir_graph_event *event)
{
    struct entry *e;
    if (!event->from_is_own && !event->to_is_own)
        return;
    e = find_or_add(all, event->from, event->to);
    if (!e)
        return; // without memory it is not remembered
    e->from_id = event->from_id;
    e->to_id = event->to_id;
    e->state = MADE;
}

// In whatever order the ports were told.
static bool
joins(const struct entry *e, uint32_t a, uint32_t b)
{
    return (e->from_id == a && e->to_id == b) ||
           (e->from_id == b && e->to_id == a);
}

static void
disconnected(struct weir_connections *all, const struct weir_graph_event *event,
             int64_t now_ms)
{
    for (struct entry *e = all->first; e; e = e->next)
        if (e->state == MADE && joins(e, event->from_id, event->to_id)) {
            e->state = CUT;
            e->since_ms = now_ms;
        }
}

static void
port_went(struct weir_connections *all, uint32_t id, int64_t now_ms)
{
    for (struct entry *e = all->first; e; e = e->next)
        if ((e->state == MADE || e->state == CUT) &&
            (e->from_id == id || e->to_id == id)) {
            e->state = GONE;
            e->since_ms = now_ms;
        }
}

static void
rename_end(char **end, const char *name)
{
    char *copy = strdup(name);
    if (!copy)
        return;
    free(*end);
    *end = copy;
}

static void
port_renamed(struct weir_connections *all, const struct weir_graph_event *event)
{
    for (struct entry *e = all->first; e; e = e->next) {
        if (e->state != MADE)
            continue;
        if (e->from_id == event->from_id)
            rename_end(&e->from, event->from);
        if (e->to_id == event->from_id)
            rename_end(&e->to, event->from);
    }
}

bool
weir_connections_hear(struct weir_connections *all,
                      const struct weir_graph_event *event, int64_t now_ms)
{
    drop_over(all, now_ms);
    switch (event->kind) {
    case WEIR_GRAPH_CONNECTED:
        connected(all, event);
        return false;
    case WEIR_GRAPH_DISCONNECTED:
        disconnected(all, event, now_ms);
        return false;
    case WEIR_GRAPH_PORT_WENT:
        port_went(all, event->from_id, now_ms);
        return false;
    case WEIR_GRAPH_PORT_RENAMED:
        port_renamed(all, event);
        return weir_connections_any_wanted(all);
    case WEIR_GRAPH_PORT_CAME:
        return weir_connections_any_wanted(all);
    }
    return false;
}

void
weir_connections_lose(struct weir_connections *all, int64_t now_ms)
{
    drop_over(all, now_ms);
    for (struct entry *e = all->first; e; e = e->next)
        e->state = WANTED;
}

// --------------------------------------------------------------------- wishes

bool
weir_connections_want(struct weir_connections *all, const char *from,
                      const char *to)
{
    struct entry *e = find_or_add(all, from, to);
    if (e && e->state != MADE)
        e->state = WANTED;
    return e != NULL;
}

void
weir_connections_forget(struct weir_connections *all, const char *from,
                        const char *to)
{
    struct entry **at = find(all, from, to);
    if (*at && (*at)->state == WANTED)
        take_off(at);
}

bool
weir_connections_any_wanted(const struct weir_connections *all)
{
    for (const struct entry *e = all->first; e; e = e->next)
        if (e->state == WANTED)
            return true;
    return false;
}

void
weir_connections_each(const struct weir_connections *all,
                      weir_connection_fn *fn, void *owner)
{
    for (const struct entry *e = all->first; e; e = e->next)
        if (e->state == WANTED || e->state == MADE)
            fn(owner, &(struct weir_connection){.from = e->from,
                                                .to = e->to,
                                                .made = e->state == MADE});
}

// ------------------------------------------------------------------ lifetime

struct weir_connections *
weir_connections_new(void)
{
    return calloc(1, sizeof(struct weir_connections));
}

void
weir_connections_free(struct weir_connections *all)
{
    if (!all)
        return;
    while (all->first)
        take_off(&all->first);
    free(all);
}
