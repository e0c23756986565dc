// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What weir shows of its readers, and what it carries to them.
#include "attach/server_private.h"

#include "common/log.h"
#include "desk/source.h"
#include "rt/clock.h"

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

// ---------------------------------------------------------------- questions

static struct weir_question *
find_question(struct weir_reader_connection *r, int32_t request)
{
    for (int i = 0; i < WEIR_READER_MAX_QUESTIONS; i++)
        if (r->questions[i].request == request)
            return &r->questions[i];
    return NULL;
}

static void
settle(struct weir_question *q, enum weir_fault_code code, const char *text)
{
    struct weir_fault fault;
    const struct weir_ticket ticket = q->ticket;
    q->request = 0;
    if (code)
        weir_fault(&fault, code, "%s", text);
    weir_ticket_settle(ticket, code ? &fault : NULL);
}

void
weir_reader_ask(struct weir_reader_connection *r, const char *verb,
                const char *argument, struct weir_ticket ticket)
{
    struct weir_wire_out command;
    struct weir_fault fault;
    struct weir_question *q = find_question(r, 0);
    if (!q) {
        weir_fault(&fault, WEIR_FAULT_NOT_NOW,
                   "%s has not answered the last %d commands", r->id,
                   WEIR_READER_MAX_QUESTIONS);
        weir_ticket_settle(ticket, &fault);
        return;
    }
    r->last_request = r->last_request % INT32_MAX + 1;
    *q = (struct weir_question){.request = r->last_request,
                                .until_ms = weir_now_ms() + ANSWER_MS,
                                .ticket = ticket};
    weir_wire_begin(&command, "/command");
    weir_wire_int(&command, q->request);
    weir_wire_string(&command, verb);
    if (argument)
        weir_wire_string(&command, argument);
    weir_attach_send(r->watch.fd, &command, NULL, 0);
}

void
weir_reader_hear(struct weir_reader_connection *r,
                 const struct weir_wire *answer)
{
    const bool done = weir_wire_is(answer, "/done", "i");
    int32_t request = 0;
    if (!done && !weir_wire_is(answer, "/failed", "is"))
        return; // not a word that we know: nothing to do about it
    weir_wire_get_int(answer, 0, &request);
    struct weir_question *q = request ? find_question(r, request) : NULL;
    if (!q)
        return;
    if (done)
        settle(q, WEIR_FAULT_NONE, NULL);
    else
        settle(q, WEIR_FAULT_FAILED, weir_wire_get_string(answer, 1));
}

void
weir_reader_check_questions(struct weir_reader_connection *r, int64_t now_ms)
{
    for (int i = 0; i < WEIR_READER_MAX_QUESTIONS; i++)
        if (r->questions[i].request && now_ms > r->questions[i].until_ms)
            settle(&r->questions[i], WEIR_FAULT_FAILED,
                   "the reader did not answer within 2 s");
}

void
weir_reader_end_questions(struct weir_reader_connection *r)
{
    for (int i = 0; i < WEIR_READER_MAX_QUESTIONS; i++)
        if (r->questions[i].request)
            settle(&r->questions[i], WEIR_FAULT_FAILED, "the reader is gone");
}
