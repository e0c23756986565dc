// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A binary heap over commands that stay where they are.
#include "engine/due.h"

#include "engine/strip.h"

#include <stddef.h>

static WEIR_RT bool
is_before(const struct weir_due_entry *a, const struct weir_due_entry *b)
{
    return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->order < b->order;
}

static WEIR_RT void
swap(struct weir_due_entry *a, struct weir_due_entry *b)
{
    const struct weir_due_entry was = *a;
    *a = *b;
    *b = was;
}

static WEIR_RT void
rise(struct weir_due_entry *heap, uint32_t i)
{
    while (i > 0 && is_before(&heap[i], &heap[(i - 1) / 2])) {
        swap(&heap[i], &heap[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
}

static WEIR_RT void
sink(struct weir_due_entry *heap, uint32_t n)
{
    uint32_t i = 0;
    for (;;) {
        uint32_t first = i;
        for (uint32_t child = 2 * i + 1; child <= 2 * i + 2; child++)
            if (child < n && is_before(&heap[child], &heap[first]))
                first = child;
        if (first == i)
            return;
        swap(&heap[i], &heap[first]);
        i = first;
    }
}

WEIR_RT bool
weir_due_add(struct weir_due *due, const struct weir_command *command)
{
    if (due->n == due->n_room)
        return false;
    struct weir_due_entry *e = &due->heap[due->n];
    e->at_ns = command->at_ns;
    e->order = due->n_ever++;
    due->commands[e->slot] = *command;
    rise(due->heap, due->n++);
    return true;
}

WEIR_RT uint64_t
weir_due_next(const struct weir_due *due)
{
    return due->n > 0 ? due->heap[0].at_ns : UINT64_MAX;
}

WEIR_RT bool
weir_due_take(struct weir_due *due, struct weir_command *command)
{
    if (due->n == 0)
        return false;
    *command = due->commands[due->heap[0].slot];
    due->n--;
    swap(&due->heap[0], &due->heap[due->n]);
    sink(due->heap, due->n);
    return true;
}

// ----------------------------------------------------------------- ahead

static WEIR_RT bool
is_of_inserts(const struct weir_command *c)
{
    if (c->kind == WEIR_COMMAND_STRIP_SET)
        return c->param == WEIR_STRIP_PARAM_TRIM ||
               c->param == WEIR_STRIP_PARAM_POLARITY;
    return c->kind == WEIR_COMMAND_INSERT_SET && c->strip;
}

// False when there is no room for it.
static WEIR_RT bool
see(struct weir_due *due, const struct weir_due_entry *e)
{
    if (!is_of_inserts(&due->commands[e->slot]))
        return true;
    if (due->n_seen == WEIR_DUE_SEEN)
        return false;
    due->seen[due->n_seen] = *e;
    rise(due->seen, due->n_seen++);
    return true;
}

// The next place of the heap: below this one, or beside it and its parents.
static WEIR_RT uint32_t
walk_on(uint32_t i, bool goes_down)
{
    if (goes_down)
        return 2 * i + 1;
    while (i > 0 && i % 2 == 0)
        i = (i - 1) / 2;
    return i > 0 ? i + 1 : UINT32_MAX;
}

WEIR_RT uint32_t
weir_due_look(struct weir_due *due, uint64_t before_ns)
{
    due->n_seen = 0;
    for (uint32_t i = 0; i < UINT32_MAX;) {
        const bool is_due = i < due->n && due->heap[i].at_ns < before_ns;
        if (is_due && !see(due, &due->heap[i]))
            return due->n_seen = 0;
        i = walk_on(i, is_due);
    }
    for (uint32_t n = due->n_seen; n > 1; n--) {
        swap(&due->seen[0], &due->seen[n - 1]);
        sink(due->seen, n - 1);
    }
    return due->n_seen;
}

// ------------------------------------------------------------------ gone

static WEIR_RT void
forget(struct weir_command *c)
{
    c->kind = WEIR_COMMAND_NOTHING;
    c->strip = NULL;
    c->bus = NULL;
}

WEIR_RT void
weir_due_forget_strip(struct weir_due *due, const struct weir_strip *strip)
{
    for (uint32_t i = 0; i < due->n; i++) {
        struct weir_command *c = &due->commands[due->heap[i].slot];
        if (c->strip == strip)
            forget(c);
    }
}

WEIR_RT void
weir_due_forget_bus(struct weir_due *due, const struct weir_bus *bus,
                    uint32_t slot)
{
    for (uint32_t i = 0; i < due->n; i++) {
        struct weir_command *c = &due->commands[due->heap[i].slot];
        if (c->bus == bus ||
            (c->kind == WEIR_COMMAND_SEND_SET && c->slot == slot))
            forget(c);
    }
}
