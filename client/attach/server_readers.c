// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What weir shows of its readers, and what it carries to them.
#include "attach/server_private.h"

#include "desk/source.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { ANSWER_MS = 2000 };

static bool
is_served(const struct weir_reader_connection *r)
{
    return r->served;
}

uint32_t
weir_attach_n_readers(const struct weir_attach *a)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < a->n_readers; i++)
        n += is_served(a->readers[i]);
    return n;
}

struct weir_reader_connection *
weir_attach_reader(struct weir_attach *a, uint32_t wanted)
{
    for (uint32_t i = 0; i < a->n_readers; i++)
        if (is_served(a->readers[i]) && wanted-- == 0)
            return a->readers[i];
    return NULL;
}

void
weir_attach_watch(struct weir_attach *a, void (*fn)(void *owner), void *owner)
{
    a->watcher = fn;
    a->watcher_owner = owner;
}

void
weir_attach_tell(const struct weir_attach *a)
{
    if (a->watcher)
        a->watcher(a->watcher_owner);
}

// ------------------------------------------------------------------- facts

static const char *
state_name(uint32_t state)
{
    switch (state) {
    case WEIR_READER_RUNNING:
        return "running";
    case WEIR_READER_ARMED:
        return "armed";
    case WEIR_READER_STOPPED:
        return "stopped";
    default:
        return "attached";
    }
}

// OSC's integers are signed.
static uint64_t
as_number(uint64_t untrusted)
{
    return untrusted > INT64_MAX ? INT64_MAX : untrusted;
}

static void
join_names(const struct weir_reader_connection *r, char *out, size_t size)
{
    size_t n = 0;
    out[0] = '\0';
    for (uint32_t i = 0; i < r->n_sources && n < size; i++)
        n += (size_t)snprintf(out + n, size - n, "%s%s", i ? "," : "",
                              r->sources[i]->name);
}

void
weir_reader_facts(const struct weir_reader_connection *r,
                  struct weir_reader_facts *out)
{
    const struct weir_reader_page *page = r->page;
    const uint64_t published =
        weir_broadcast_published(&r->sources[0]->tap.ring);
    // relaxed, all of them: the reader's own word, which hands over nothing
    // and may be nonsense.
    const uint64_t position =
        atomic_load_explicit(&page->position, memory_order_relaxed);
    out->id = r->id;
    out->pid = r->pid;
    out->lag_frames = published > position ? published - position : 0;
    out->lost_frames = as_number(
        atomic_load_explicit(&page->lost_frames, memory_order_relaxed));
    out->dropouts =
        as_number(atomic_load_explicit(&page->dropouts, memory_order_relaxed));
    out->state =
        state_name(atomic_load_explicit(&page->state, memory_order_relaxed));
    join_names(r, out->source, sizeof out->source);
}

void
weir_reader_kick(struct weir_reader_connection *r, const char *reason)
{
    weir_reader_drop(r, reason);
}

void
weir_reader_ask(struct weir_reader_connection *r, const char *verb,
                const char *argument, struct weir_ticket ticket)
{
    weir_questions_ask(&r->questions, r->watch.fd, verb, argument, ANSWER_MS,
                       ticket);
}
