// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The branch /reader.
#include "oscctl/shown.h"
#include "oscctl/tree_values.h"

#include "attach/server.h"

#include <stdio.h>
#include <string.h>

enum reader_value { SOURCE, PID, LAG, LOST, DROPOUTS, STATE };

static struct weir_reader_connection *
find_reader(struct weir_attach *attach, const char *id)
{
    struct weir_reader_facts facts;
    for (uint32_t i = 0; i < weir_attach_n_readers(attach); i++) {
        struct weir_reader_connection *r = weir_attach_reader(attach, i);
        weir_reader_facts(r, &facts);
        if (strcmp(facts.id, id) == 0)
            return r;
    }
    return NULL;
}

void
weir_show_reader(int index, const struct weir_reader_facts *facts,
                 struct weir_args *args)
{
    switch ((enum reader_value)index) {
    case SOURCE:
        weir_args_string(args, facts->source);
        break;
    case PID:
        weir_args_int(args, (int32_t)facts->pid);
        break;
    case LAG:
        weir_args_long(args, (int64_t)facts->lag_frames);
        break;
    case LOST:
        weir_args_long(args, (int64_t)facts->lost_frames);
        break;
    case DROPOUTS:
        weir_args_long(args, (int64_t)facts->dropouts);
        break;
    case STATE:
        weir_args_string(args, facts->state);
        break;
    }
}

enum weir_fault_code
weir_leaf_reader(struct weir_call *c)
{
    struct weir_reader_facts facts;
    struct weir_args args;
    if (c->n_args > 0)
        return weir_call_read_only(c);
    weir_reader_facts(find_reader(c->tree->attach, c->found->reader), &facts);
    weir_args_begin(&args);
    weir_show_reader(c->found->leaf.index, &facts, &args);
    return weir_call_answer(c, &args);
}

static const char *
reader_id(struct weir_call *c, uint32_t i)
{
    struct weir_reader_facts facts;
    weir_reader_facts(weir_attach_reader(c->tree->attach, i), &facts);
    return facts.id;
}

static enum weir_fault_code
list_readers(struct weir_call *c)
{
    return weir_call_list(c, weir_attach_n_readers(c->tree->attach), reader_id);
}

// -------------------------------------------------------- verbs, at commit

static struct weir_reader_connection *
still_there(struct weir_reply *r)
{
    struct weir_fault fault;
    struct weir_reader_connection *reader =
        find_reader(r->context[0], r->words[0]);
    if (!reader) {
        weir_fault(&fault, WEIR_FAULT_NO_OBJECT, "the reader is gone");
        weir_reply_settle(r, &fault);
    }
    return reader;
}

static void
act_kick(struct weir_reply *r)
{
    struct weir_reader_connection *reader = still_there(r);
    if (!reader)
        return;
    weir_reader_kick(reader, "kicked over OSC");
    weir_reply_settle(r, NULL);
}

static void
act_ask(struct weir_reply *r)
{
    struct weir_reader_connection *reader = still_there(r);
    if (reader)
        weir_reader_ask(reader, strrchr(r->address, '/') + 1,
                        r->words[1][0] ? r->words[1] : NULL,
                        weir_reply_ticket(r));
}

static enum weir_fault_code
defer(struct weir_call *c, void (*act)(struct weir_reply *),
      const char *argument)
{
    struct weir_reply *r = weir_call_reply(c);
    if (!r)
        return weir_call_too_much(c);
    r->act = act;
    r->context[0] = c->tree->attach;
    snprintf(r->words[0], sizeof r->words[0], "%s", c->found->reader);
    snprintf(r->words[1], sizeof r->words[1], "%s", argument ? argument : "");
    return WEIR_FAULT_NONE;
}

static enum weir_fault_code
kick(struct weir_call *c)
{
    return defer(c, act_kick, NULL);
}

static enum weir_fault_code
ask(struct weir_call *c)
{
    const char *argument = weir_call_string(c, 0);
    if (c->n_args > 1 || (c->n_args == 1 && !argument))
        return weir_call_wrong_arguments(c, "nothing or one string");
    if (argument && strlen(argument) > 255)
        return weir_fault(c->fault, WEIR_FAULT_RANGE,
                          "the text may have 255 bytes");
    return defer(c, act_ask, argument);
}

// -------------------------------------------------------------- the branch

static const struct weir_leaf reader_leaves[] = {
    {"source", weir_leaf_reader, false, SOURCE},
    {"pid", weir_leaf_reader, false, PID},
    {"lag_frames", weir_leaf_reader, false, LAG},
    {"lost_frames", weir_leaf_reader, false, LOST},
    {"dropouts", weir_leaf_reader, false, DROPOUTS},
    {"state", weir_leaf_reader, false, STATE},
    {"kick", kick, true, 0},
    {"start", ask, true, 0},
    {"stop", ask, true, 0},
    {"split", ask, true, 0},
    {"mark", ask, true, 0},
    {"metadata", ask, true, 0},
};
enum { N_READER_LEAVES = sizeof reader_leaves / sizeof *reader_leaves };

void
weir_walk_readers(struct weir_walk *w, uint64_t states)
{
    static const struct weir_leaf list_leaf = {"list", list_readers, true, 0};
    struct weir_attach *attach = w->tree->attach;
    struct weir_reader_facts facts;
    weir_walk_leaves(w, states, &list_leaf, 1);
    for (uint32_t i = 0; i < weir_attach_n_readers(attach); i++) {
        weir_reader_facts(weir_attach_reader(attach, i), &facts);
        const uint64_t next = weir_walk_down(w, states, facts.id);
        if (next == 0)
            continue;
        snprintf(w->at.reader, sizeof w->at.reader, "%s", facts.id);
        weir_walk_leaves(w, next, reader_leaves, N_READER_LEAVES);
        weir_walk_up(w, facts.id);
    }
}

bool
weir_tree_reader_has(const char *rest)
{
    for (int i = 0; i < N_READER_LEAVES; i++)
        if (strcmp(reader_leaves[i].name, rest) == 0)
            return true;
    return false;
}
