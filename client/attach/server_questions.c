// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Verbs that are carried to a reader or a feed, until they are answered.
#include "attach/server_private.h"

#include "rt/clock.h"

static struct weir_question *
find(struct weir_questions *q, int32_t request)
{
    for (int i = 0; i < WEIR_MAX_QUESTIONS; i++)
        if (q->list[i].request == request)
            return &q->list[i];
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
weir_questions_ask(struct weir_questions *q, int fd, const char *verb,
                   const char *argument, int32_t patience_ms,
                   struct weir_ticket ticket)
{
    struct weir_wire_out command;
    struct weir_fault fault;
    struct weir_question *free_one = find(q, 0);
    if (!free_one) {
        weir_fault(&fault, WEIR_FAULT_NOT_NOW,
                   "the last %d commands are not answered yet",
                   WEIR_MAX_QUESTIONS);
        weir_ticket_settle(ticket, &fault);
        return;
    }
    q->last_request = q->last_request % INT32_MAX + 1;
    *free_one = (struct weir_question){.request = q->last_request,
                                       .until_ms = weir_now_ms() + patience_ms,
                                       .ticket = ticket};
    weir_wire_begin(&command, "/command");
    weir_wire_int(&command, q->last_request);
    weir_wire_string(&command, verb);
    if (argument)
        weir_wire_string(&command, argument);
    weir_attach_send(fd, &command, NULL, 0);
}

void
weir_questions_hear(struct weir_questions *q, const struct weir_wire *answer)
{
    const bool done = weir_wire_is(answer, "/done", "i");
    int32_t request = 0;
    if (!done && !weir_wire_is(answer, "/failed", "is"))
        return; // not a word that we know: nothing to do about it
    weir_wire_get_int(answer, 0, &request);
    struct weir_question *one = request ? find(q, request) : NULL;
    if (!one)
        return;
    if (done)
        settle(one, WEIR_FAULT_NONE, NULL);
    else
        settle(one, WEIR_FAULT_FAILED, weir_wire_get_string(answer, 1));
}

bool
weir_questions_check(struct weir_questions *q, int64_t now_ms)
{
    bool are_some = false;
    for (int i = 0; i < WEIR_MAX_QUESTIONS; i++) {
        if (q->list[i].request && now_ms > q->list[i].until_ms)
            settle(&q->list[i], WEIR_FAULT_FAILED, "it did not answer in time");
        are_some = are_some || q->list[i].request;
    }
    return are_some;
}

void
weir_questions_end(struct weir_questions *q, const char *why)
{
    for (int i = 0; i < WEIR_MAX_QUESTIONS; i++)
        if (q->list[i].request)
            settle(&q->list[i], WEIR_FAULT_FAILED, why);
}
