// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Loading: the plan's steps go through the address tree, as if they had come
// from outside, but as transactions of weir's own.
#include "session/apply.h"

#include "common/log.h"
#include "desk/desk.h"
#include "oscctl/arguments.h"
#include "oscctl/parking.h"
#include "oscctl/tree.h"
#include "session/plan.h"
#include "session/state.h"

#include <stdlib.h>
#include <string.h>

enum { STEPS_AT_ONCE = 4096 }; // half of the commands that can be under way

struct apply {
    struct weir_tree *tree;
    struct weir_script script; // the plan borrows from it
    struct weir_plan plan;
    struct weir_ticket ticket;
    size_t next; // step
};

static void
finish(struct apply *a, const struct weir_fault *fault)
{
    const struct weir_ticket ticket = a->ticket;
    const struct weir_fault copy = fault ? *fault : (struct weir_fault){0};
    weir_plan_fini(&a->plan);
    weir_script_fini(&a->script);
    free(a);
    weir_ticket_settle(ticket, copy.code ? &copy : NULL);
}

static void
name_line(const struct weir_step *step, struct weir_fault *fault)
{
    const struct weir_fault plain = *fault;
    if (step->line > 0)
        weir_fault(fault,
                   plain.code == WEIR_FAULT_LIMIT ? WEIR_FAULT_LIMIT
                                                  : WEIR_FAULT_FAILED,
                   "line %d: %.180s", step->line, plain.text);
}

// Steps [first, end), at most so many, into the desk's transaction: how far it
// came.  A fault is the step's that is next.
static size_t
take_steps(struct apply *a, struct weir_transaction *t, size_t first,
           size_t end, struct weir_fault *fault)
{
    struct weir_desk *desk = a->tree->desk;
    size_t i;
    fault->code = WEIR_FAULT_NONE;
    for (i = first; i < end; i++) {
        const struct weir_step *step = &a->plan.steps[i];
        if (weir_state_is_so(desk, step->address, step->message))
            continue;
        if (weir_tree_call(a->tree, t, step->address, step->message, fault)) {
            name_line(step, fault);
            break;
        }
    }
    return i;
}

// Whether all of it would go; what there is no room for at once is tried when
// there is.
static bool
would_go(struct apply *a, struct weir_fault *fault)
{
    struct weir_transaction *t =
        weir_transaction_new_own((struct weir_ticket){0});
    if (!t) {
        weir_fault(fault, WEIR_FAULT_LIMIT, "memory is short");
        return false;
    }
    weir_desk_try(a->tree->desk, true);
    take_steps(a, t, 0, a->plan.n_steps, fault);
    weir_desk_rollback(a->tree->desk);
    weir_desk_try(a->tree->desk, false);
    weir_transaction_drop(t);
    return fault->code == WEIR_FAULT_NONE || fault->code == WEIR_FAULT_LIMIT;
}

// Where the steps end that may go together with the next one.
static size_t
end_of_part(const struct apply *a)
{
    const size_t first_wish = a->plan.n_steps - a->plan.n_wishes;
    size_t end = a->plan.n_steps;
    if (a->next < a->plan.n_removes)
        end = a->plan.n_removes;
    else if (a->next < first_wish)
        end = first_wish;
    return end - a->next > STEPS_AT_ONCE ? a->next + STEPS_AT_ONCE : end;
}

static void go_on(void *owner, const struct weir_fault *fault);

static void
do_part(struct apply *a)
{
    struct weir_fault fault;
    struct weir_transaction *t =
        weir_transaction_new_own((struct weir_ticket){.fn = go_on, .owner = a});
    if (!t) {
        weir_fault(&fault, WEIR_FAULT_LIMIT, "memory is short");
        finish(a, &fault);
        return;
    }
    const size_t first = a->next;
    a->next = take_steps(a, t, first, end_of_part(a), &fault);
    if (fault.code && (fault.code != WEIR_FAULT_LIMIT || a->next == first)) {
        weir_desk_rollback(a->tree->desk);
        weir_transaction_drop(t);
        finish(a, &fault);
        return;
    }
    weir_desk_commit(a->tree->desk);
    weir_transaction_finish(t); // which may free `a`
}

// A part has taken effect.
static void
go_on(void *owner, const struct weir_fault *fault)
{
    struct apply *a = owner;
    const size_t first_wish = a->plan.n_steps - a->plan.n_wishes;
    if (fault && a->next > first_wish) { // that is no reason to stop
        weir_log(WEIR_LOG_INFO, "session: a connection is missing: %s",
                 fault->text);
        fault = NULL;
    }
    if (fault || a->next >= a->plan.n_steps)
        finish(a, fault);
    else
        do_part(a);
}

static bool
make_plan(struct apply *a)
{
    struct weir_survey now;
    const bool surveyed = weir_state_survey(a->tree->desk, &now);
    if (surveyed)
        weir_plan_replace(&a->script, &now, &a->plan);
    weir_survey_fini(&now);
    return surveyed && !a->plan.failed;
}

// Whether what it says of plugins is known; else it is asked for.
static bool
knows_plugins(struct apply *a)
{
    const struct weir_plugin_type *type;
    const char *why;
    bool knows = true;
    for (size_t i = 0; a->tree->parking && i < a->script.n_lines; i++) {
        const struct weir_script_line *line = &a->script.lines[i];
        const char *last = strrchr(line->address, '/');
        const char *uri = weir_message_string(line->message, 1);
        if (uri && last - line->address > 7 &&
            strcmp(last - 7, "/plugin/add") == 0 &&
            weir_parking_type(a->tree->parking, uri, &type, &why) ==
                WEIR_PARKING_WAITS)
            knows = false;
    }
    return knows;
}

static void
begin(void *owner)
{
    struct weir_fault fault;
    struct apply *a = owner;
    weir_fault(&fault, WEIR_FAULT_LIMIT, "memory is short");
    if (!knows_plugins(a)) {
        if (!weir_parking_wait(a->tree->parking, begin, a))
            finish(a, &fault);
    } else if (!make_plan(a) || !would_go(a, &fault)) {
        finish(a, &fault);
    } else {
        go_on(a, NULL);
    }
}

void
weir_apply(struct weir_tree *tree, struct weir_script *script,
           struct weir_ticket ticket)
{
    struct weir_fault fault;
    struct apply *a = calloc(1, sizeof *a);
    if (!a) {
        weir_fault(&fault, WEIR_FAULT_LIMIT, "memory is short");
        weir_script_fini(script);
        weir_ticket_settle(ticket, &fault);
        return;
    }
    a->tree = tree;
    a->ticket = ticket;
    a->script = *script;
    *script = (struct weir_script){0};
    begin(a);
}
