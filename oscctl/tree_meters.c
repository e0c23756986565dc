// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Meters, which the mixer reads, and loudness, which the observer measures.
#include "oscctl/tree_values.h"

#include "engine/meter.h"
#include "observe/loudness.h"
#include "oscctl/shown.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const float silence_dbfs = -120.0f;

static float
to_dbfs(float linear)
{
    return linear > 1e-6f ? 20.0f * log10f(linear) : silence_dbfs;
}

// Peak and RMS of each channel in turn.
void
weir_show_meter(const struct weir_meter_report *report, struct weir_args *args)
{
    for (uint32_t c = 0; c < report->n_channels; c++) {
        weir_args_float(args, to_dbfs(report->peak[c]));
        weir_args_float(args, to_dbfs(report->rms[c]));
    }
}

static void
answer_meter(void *owner, const struct weir_fault *fault)
{
    struct weir_reply *r = owner;
    struct weir_meter_report *report = r->context[0];
    struct weir_args args;
    if (fault) {
        free(report);
        weir_reply_settle(r, fault);
        return;
    }
    lo_message m = lo_message_new();
    weir_args_begin(&args);
    weir_show_meter(report, &args);
    weir_args_to_message(&args, m);
    free(report);
    weir_reply_value(r, m);
}

// Asked at the commit, so that a packet that is refused asks nothing; what
// the bundle set before is in what the meter reads.
static void
act_read_meter(struct weir_reply *r)
{
    struct weir_fault fault;
    struct weir_desk_object *o = r->context[0];
    struct weir_meter_report *report = calloc(1, sizeof *report);
    r->context[0] = report;
    if (report &&
        weir_desk_read_meter(o, report, (struct weir_ticket){answer_meter, r},
                             &fault) == WEIR_FAULT_NONE)
        return;
    if (!report)
        weir_fault(&fault, WEIR_FAULT_LIMIT, "memory is short");
    free(report);
    weir_reply_settle(r, &fault);
}

// The address, types and so many floats, which are not known yet.
static void
reserve_floats(struct weir_reply *r, size_t n)
{
    weir_reply_reserve(r, (strlen(r->address) + 4) / 4 * 4 + (n + 5) / 4 * 4 +
                              4 * n);
}

enum weir_fault_code
weir_leaf_meter(struct weir_call *c)
{
    if (c->n_args > 0)
        return weir_call_read_only(c);
    struct weir_reply *r = weir_call_reply(c);
    if (!r)
        return weir_call_too_much(c);
    struct weir_desk_object *o =
        c->found->strip ? &c->found->strip->o : &c->found->bus->o;
    reserve_floats(r, 2 * o->n_channels);
    r->act = act_read_meter;
    r->context[0] = o;
    return WEIR_FAULT_NONE;
}

// ---------------------------------------------------------------- loudness

static void
answer_loudness(void *owner, const struct weir_fault *fault)
{
    struct weir_reply *r = owner;
    const struct weir_shown shown = {.fn = weir_leaf_loudness,
                                     .bus = r->context[1]};
    struct weir_args args;
    if (fault) {
        weir_reply_settle(r, fault);
        return;
    }
    lo_message m = lo_message_new();
    weir_args_begin(&args);
    weir_show(&shown, &args);
    weir_args_to_message(&args, m);
    weir_reply_value(r, m);
}

static void
act_observe(struct weir_reply *r)
{
    weir_loudness_observe(r->context[0], r->context[1],
                          (struct weir_ticket){answer_loudness, r});
}

static void
act_reset(struct weir_reply *r)
{
    weir_loudness_reset(r->context[0], r->context[1], weir_reply_ticket(r));
}

static enum weir_fault_code
ask_observer(struct weir_call *c, void (*act)(struct weir_reply *))
{
    struct weir_reply *r = weir_call_reply(c);
    if (!r)
        return weir_call_too_much(c);
    reserve_floats(r, 5);
    r->act = act;
    r->context[0] = c->tree->loudness;
    r->context[1] = c->found->bus;
    return WEIR_FAULT_NONE;
}

enum weir_fault_code
weir_leaf_loudness(struct weir_call *c)
{
    return c->n_args > 0 ? weir_call_read_only(c)
                         : ask_observer(c, act_observe);
}

enum weir_fault_code
weir_leaf_loudness_reset(struct weir_call *c)
{
    return ask_observer(c, act_reset);
}
