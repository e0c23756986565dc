// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What a new process is told, and what is told again. Everything here is
// @control's.
#include "plugin/runner_calls.h"
#include "plugin/runner_slots.h"
#include "rt/clock.h"

#include <stdio.h>
#include <unistd.h>

enum { CHANGE_NS = 500000000 };

void
weir_runner_set_again(struct weir_runner *r, struct weir_runner_slot *s,
                      uint32_t port)
{
    s->wait[port] = WEIR_RUNNER_WAIT_LOOKS;
    weir_runner_call_own(r, WEIR_RUNNER_SET, s->id, port, s->values[port], "");
}

static void
call_own_add(struct weir_runner *r, const struct weir_runner_slot *s)
{
    struct weir_runner_call c = {.op = WEIR_RUNNER_ADD,
                                 .index = WEIR_MAX_SLOTS,
                                 .number = s->number,
                                 .at = s->at};
    snprintf(c.id, sizeof c.id, "%s", s->id);
    snprintf(c.text, sizeof c.text, "%s", s->type->uri);
    weir_runner_ask_own(r, &c);
}

// The state that the last process kept, or what was loaded; then properties and
// values, which are newer than either.
void
weir_runner_ask_again(struct weir_runner *r, struct weir_runner_slot *s)
{
    char kept[2 * WEIR_RUNNER_TEXT], file[2 * WEIR_RUNNER_TEXT + 16];
    call_own_add(r, s);
    s->n_loading = 0;
    s->is_kept = false;
    snprintf(kept, sizeof kept, "%s/%s", r->folder, s->id);
    snprintf(file, sizeof file, "%s/state.ttl", kept);
    if (r->folder[0] && access(file, R_OK) == 0)
        weir_runner_call_own(r, WEIR_RUNNER_LOAD, s->id, 0, 0.0f, kept);
    else if (s->loaded[0])
        weir_runner_call_own(r, WEIR_RUNNER_LOAD, s->id, 0, 0.0f, s->loaded);
    else if (s->preset[0])
        weir_runner_call_own(r, WEIR_RUNNER_PRESET, s->id, 0, 0.0f, s->preset);
    weir_runner_set_properties_again(r, s);
    for (uint32_t i = 0; i < s->type->n_ports; i++)
        if (s->are_set[i])
            weir_runner_set_again(r, s, i);
    if (s->is_bypassed)
        weir_runner_call_own(r, WEIR_RUNNER_BYPASS, s->id, 1, 0.0f, "");
}

void
weir_runner_note_loaded(struct weir_runner *r, const struct weir_runner_call *c)
{
    struct weir_why ignored;
    struct weir_runner_slot *s = weir_runner_find(r, c->id, &ignored);
    if (!s)
        return;
    if (s->n_loading > 0)
        s->n_loading--;
    s->changing_until_ns = weir_now_ns() + CHANGE_NS;
    // What was set behind the call may have come before it.
    for (uint32_t i = 0; i < s->type->n_ports; i++)
        if (s->wait[i] > 0)
            weir_runner_set_again(r, s, i);
}
