// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The tree's root, and /status.
#include "oscctl/shown.h"
#include "oscctl/tree_plugin.h"
#include "oscctl/tree_values.h"

#include <stddef.h>

// ----------------------------------------------------------------- /status

enum status_type { STATUS_INT, STATUS_FLOAT, STATUS_STRING };

struct status_row {
    const char *name;
    enum status_type type;
    size_t offset;
};

#define ROW(name, type)                                                        \
    {                                                                          \
#name, type, offsetof(struct weir_status, name)                        \
    }
static const struct status_row status_rows[] = {
    ROW(rate, STATUS_INT),
    ROW(block, STATUS_INT),
    ROW(latency_frames, STATUS_INT),
    ROW(xruns, STATUS_INT),
    ROW(late_blocks, STATUS_INT),
    ROW(cycles, STATUS_INT),
    ROW(input_frames_lost, STATUS_INT),
    ROW(zombie_callbacks, STATUS_INT),
    ROW(frames_mixed, STATUS_INT),
    ROW(frames_silent, STATUS_INT),
    ROW(blocks_not_finite, STATUS_INT),
    ROW(mixer_late, STATUS_INT),
    ROW(readers, STATUS_INT),
    ROW(strips, STATUS_INT),
    ROW(dsp_load, STATUS_FLOAT),
    ROW(callback_us_max, STATUS_FLOAT),
    ROW(mixer_us_max, STATUS_FLOAT),
    ROW(uptime, STATUS_FLOAT),
    ROW(server, STATUS_STRING),
    ROW(mixer, STATUS_STRING),
    ROW(jack, STATUS_STRING),
};
#undef ROW
enum { N_STATUS = sizeof status_rows / sizeof *status_rows };

void
weir_show_status(int index, const struct weir_status *status,
                 struct weir_args *args)
{
    const struct status_row *row = &status_rows[index];
    const void *at = (const char *)status + row->offset;
    switch (row->type) {
    case STATUS_INT:
        weir_args_long(args, *(const int64_t *)at);
        break;
    case STATUS_FLOAT:
        weir_args_float(args, *(const float *)at);
        break;
    case STATUS_STRING:
        weir_args_string(args, *(const char *const *)at);
        break;
    }
}

enum weir_fault_code
weir_leaf_status(struct weir_call *c)
{
    struct weir_status status = {0};
    struct weir_args args;
    if (c->n_args > 0)
        return weir_call_read_only(c);
    c->tree->status(c->tree->owner, &status);
    weir_args_begin(&args);
    weir_show_status(c->found->leaf.index, &status, &args);
    return weir_call_answer(c, &args);
}

void
weir_walk_status(struct weir_walk *w, uint64_t states)
{
    for (int i = 0; i < N_STATUS; i++) {
        const struct weir_leaf leaf = {status_rows[i].name, weir_leaf_status,
                                       false, i};
        weir_walk_leaves(w, states, &leaf, 1);
    }
}

// -------------------------------------------------------------- the root's

static enum weir_fault_code
ping(struct weir_call *c)
{
    struct weir_reply *r = weir_call_reply(c);
    if (!r)
        return weir_call_too_much(c);
    lo_message m = weir_reply_begin(r);
    lo_message_add_string(m, c->tree->name);
    weir_reply_hold(r, m);
    weir_reply_settle(r, NULL);
    return WEIR_FAULT_NONE;
}

static void
act_quit(struct weir_reply *r)
{
    struct weir_tree *tree = r->context[0];
    weir_reply_settle(r, NULL);
    tree->quit(tree->owner);
}

static enum weir_fault_code
quit(struct weir_call *c)
{
    struct weir_reply *r = weir_call_reply(c);
    if (!r)
        return weir_call_too_much(c);
    r->act = act_quit;
    r->context[0] = c->tree;
    return WEIR_FAULT_NONE;
}

// The reply comes with the last bus; the mixer takes them all at one frame.
static enum weir_fault_code
panic(struct weir_call *c)
{
    struct weir_desk *desk = c->tree->desk;
    const uint32_t n = weir_desk_n_buses(desk);
    struct weir_reply *r = weir_call_reply(c);
    if (!r)
        return weir_call_too_much(c);
    for (uint32_t i = 0; i < n; i++) {
        const struct weir_ticket ticket =
            i + 1 == n ? weir_reply_ticket(r) : (struct weir_ticket){0};
        if (weir_desk_set_bus(desk, weir_desk_bus_at(desk, i), WEIR_BUS_MUTE,
                              1.0f, ticket, c->fault))
            return c->fault->code;
    }
    return WEIR_FAULT_NONE;
}

static void
walk_branch(struct weir_walk *w, uint64_t states, const char *name,
            void (*walk)(struct weir_walk *, uint64_t))
{
    const uint64_t next = weir_walk_down(w, states, name);
    if (next == 0)
        return;
    walk(w, next);
    weir_walk_up(w, name);
}

void
weir_walk_root(struct weir_walk *w, uint64_t states)
{
    static const struct weir_leaf leaves[] = {
        {"ping", ping, true, 0},
        {"version", weir_leaf_version, false, 0},
        {"panic", panic, true, 0},
        {"quit", quit, true, 0},
    };
    weir_walk_leaves(w, states, leaves, 4);
    weir_walk_subscriptions(w, states);
    weir_walk_patch(w, states);
    walk_branch(w, states, "status", weir_walk_status);
    walk_branch(w, states, "strip", weir_walk_strips);
    walk_branch(w, states, "bus", weir_walk_buses);
    walk_branch(w, states, "reader", weir_walk_readers);
    walk_branch(w, states, "session", weir_walk_session);
    walk_branch(w, states, "plugin", weir_walk_plugins);
}
