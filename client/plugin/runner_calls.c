// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A runner's calls: they wait until its socket takes them, and for their
// answers. Everything here is @control's.
#include "plugin/runner_calls.h"

#include "plugin/runner_slots.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    PACKETS = 256,   // taken in a turn: no flood of them keeps @control
    MOST_HOLDS = 20, // looks
    OWN = 1u << 31
};

// Without the end of its text, where nothing is.
static struct weir_runner_waiting *
copy(const struct weir_runner_call *call)
{
    size_t n = sizeof call->text;
    while (n > 0 && call->text[n - 1] == '\0')
        n--;
    n += offsetof(struct weir_runner_call, text);
    struct weir_runner_waiting *w = malloc(sizeof *w + n);
    if (!w)
        return NULL;
    w->next = NULL;
    w->n_bytes = n;
    memcpy(w->bytes, call, n);
    return w;
}

static void
whole(const struct weir_runner_waiting *w, struct weir_runner_call *call)
{
    memset(call, 0, sizeof *call);
    memcpy(call, w->bytes, w->n_bytes);
}

static bool
put_call(struct weir_runner *r, const struct weir_runner_call *call,
         uint32_t most)
{
    struct weir_runner_waiting **at = &r->calls;
    struct weir_runner_waiting *w = r->n_calls < most ? copy(call) : NULL;
    if (!w)
        return false;
    if (r->last_call)
        at = &r->last_call->next;
    *at = r->last_call = w;
    if (!r->unsent)
        r->unsent = w;
    r->n_calls++;
    return true;
}

static void
drop_first(struct weir_runner *r)
{
    struct weir_runner_waiting *w = r->calls;
    r->calls = w->next;
    if (!r->calls)
        r->last_call = NULL;
    r->n_calls--;
    free(w);
}

void
weir_runner_drop_calls(struct weir_runner *r)
{
    while (r->calls)
        drop_first(r);
    r->unsent = NULL;
}

// What was set goes with a block: states and presets, which may be about the
// same values, wait until that has been played, or for a second.
static bool
is_held(const struct weir_runner *r, const struct weir_runner_call *call)
{
    struct weir_why ignored;
    if ((call->op != WEIR_RUNNER_SAVE && call->op != WEIR_RUNNER_LOAD &&
         call->op != WEIR_RUNNER_PRESET) ||
        r->n_holds > MOST_HOLDS || !r->newest)
        return false;
    const struct weir_runner_slot *s = weir_runner_find(r, call->id, &ignored);
    // relaxed: the values came with the block, not with this number.
    const uint32_t done =
        atomic_load_explicit(&r->newest->page->done, memory_order_relaxed);
    return s && s->is_kept && (int32_t)(done - s->kept_at) <= 0;
}

void
weir_runner_send(struct weir_runner *r)
{
    struct weir_runner_call call;
    while (r->socket >= 0 && r->unsent) {
        whole(r->unsent, &call);
        if (is_held(r, &call))
            return;
        r->n_holds = 0;
        if (send(r->socket, &call, sizeof call, MSG_DONTWAIT | MSG_NOSIGNAL) !=
            sizeof call)
            return;
        r->unsent = r->unsent->next;
    }
}

uint32_t
weir_runner_ask(struct weir_runner *r, struct weir_runner_call *c,
                struct weir_why *why)
{
    if (r->state == WEIR_RUNNER_FAILED) {
        weir_why(why, "the plugins have failed too often");
        return 0;
    }
    c->serial = ++r->next_serial & ~(uint32_t)OWN;
    if (!put_call(r, c, WEIR_RUNNER_CALLS)) {
        weir_why(why, "the plugins' process does not keep up");
        return 0;
    }
    weir_runner_send(r);
    return c->serial;
}

static bool
put_texts(struct weir_runner_call *c, const char *id, const char *text,
          struct weir_why *why)
{
    return (snprintf(c->id, sizeof c->id, "%s", id) < (int)sizeof c->id &&
            snprintf(c->text, sizeof c->text, "%s", text) <
                (int)sizeof c->text) ||
           weir_why(why, "%s: too long", text);
}

uint32_t
weir_runner_call(struct weir_runner *r, enum weir_runner_op op, const char *id,
                 uint32_t index, float value, const char *text,
                 struct weir_why *why)
{
    struct weir_runner_call c = {.op = op, .index = index, .value = value};
    return put_texts(&c, id, text, why) ? weir_runner_ask(r, &c, why) : 0;
}

void
weir_runner_ask_own(struct weir_runner *r, struct weir_runner_call *c)
{
    c->serial = OWN;
    if (c->op == WEIR_RUNNER_START)
        c->serial = r->start_serial = OWN | ++r->next_serial;
    put_call(r, c, WEIR_RUNNER_OWN_CALLS);
}

void
weir_runner_call_own(struct weir_runner *r, enum weir_runner_op op,
                     const char *id, uint32_t index, float value,
                     const char *text)
{
    struct weir_why ignored;
    struct weir_runner_call c = {.op = op, .index = index, .value = value};
    if (put_texts(&c, id, text, &ignored)) // not a part of a path
        weir_runner_ask_own(r, &c);
}

// --------------------------------------------------------------------- answers

static void
tell(struct weir_runner *r, uint32_t serial, const char *why)
{
    if (r->fn && !(serial & OWN))
        r->fn(r->owner, serial, why);
}

void
weir_runner_answer_all(struct weir_runner *r)
{
    struct weir_runner_call call;
    struct weir_runner_waiting *w = r->calls;
    // Who is told may ask for more.
    r->calls = r->last_call = r->unsent = NULL;
    r->n_calls = 0;
    while (w) {
        struct weir_runner_waiting *next = w->next;
        whole(w, &call);
        tell(r, call.serial, "the plugins' process ended meanwhile");
        free(w);
        w = next;
    }
}

// Of a slot that is here, and one of its plugin's properties.
static void
hear(struct weir_runner *r, struct weir_runner_answer *a)
{
    struct weir_why ignored;
    a->id[sizeof a->id - 1] = '\0';
    struct weir_runner_slot *s = weir_runner_find(r, a->id, &ignored);
    if (!s || !r->heard || a->index == 0 || a->index >= sizeof a->text ||
        a->text[a->index - 1] != '\0')
        return;
    for (uint32_t i = 0; i < s->type->n_properties; i++)
        if (strcmp(s->type->properties[i].uri, a->text) == 0) {
            weir_runner_note_property(s, i, a->text + a->index);
            r->heard(r->owner, a->id, a->text, a->text + a->index);
        }
}

static void
take_answer(struct weir_runner *r, struct weir_runner_answer *a)
{
    struct weir_runner_call c;
    a->text[sizeof a->text - 1] = '\0';
    if (a->is_heard) {
        hear(r, a);
        return;
    }
    // Answers come in the order of the calls; anything else is no answer.
    if (!r->calls || r->calls == r->unsent)
        return;
    whole(r->calls, &c);
    if (a->serial != c.serial)
        return;
    drop_first(r);
    if (a->serial == r->start_serial && a->ok)
        weir_runner_note_playing(r);
    if (c.op == WEIR_RUNNER_ADD)
        weir_runner_note_added(r, a);
    if (c.op == WEIR_RUNNER_LOAD || c.op == WEIR_RUNNER_PRESET)
        weir_runner_note_loaded(r, &c);
    tell(r, a->serial, a->ok ? NULL : a->text);
}

void
weir_runner_take_answers(struct weir_runner *r)
{
    struct weir_runner_answer answer;
    for (unsigned i = 0; i < PACKETS; i++) {
        const ssize_t n = recv(r->socket, &answer, sizeof answer, MSG_DONTWAIT);
        if (n == sizeof answer)
            take_answer(r, &answer);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
            r->n_hung_up++;
        if (n <= 0)
            return;
    }
}
