// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The branch /reader.
#include "oscctl/tree_private.h"

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

static void
add_fact(lo_message m, enum reader_value value,
         const struct weir_reader_facts *facts)
{
    switch (value) {
    case SOURCE:
        lo_message_add_string(m, facts->source);
        break;
    case PID:
        lo_message_add_int32(m, (int32_t)facts->pid);
        break;
    case LAG:
        lo_message_add_int64(m, (int64_t)facts->lag_frames);
        break;
    case LOST:
        lo_message_add_int64(m, (int64_t)facts->lost_frames);
        break;
    case DROPOUTS:
        lo_message_add_int64(m, (int64_t)facts->dropouts);
        break;
    case STATE:
        lo_message_add_string(m, facts->state);
        break;
    }
}

static enum weir_fault_code
show_reader(struct weir_call *c)
{
    struct weir_reader_facts facts;
    if (c->n_args > 0)
        return weir_call_read_only(c);
    struct weir_reply *r = weir_call_reply(c);
    if (!r)
        return weir_call_too_much(c);
    weir_reader_facts(find_reader(c->tree->attach, c->found->reader), &facts);
    lo_message m = lo_message_new();
    add_fact(m, (enum reader_value)c->found->leaf.index, &facts);
    weir_reply_value(r, m);
    return WEIR_FAULT_NONE;
}

static enum weir_fault_code
list_readers(struct weir_call *c)
{
    struct weir_attach *attach = c->tree->attach;
    struct weir_reader_facts facts;
    struct weir_reply *r = weir_call_reply(c);
    if (!r)
        return weir_call_too_much(c);
    lo_message m = weir_reply_begin(r);
    for (uint32_t i = 0; i < weir_attach_n_readers(attach); i++) {
        weir_reader_facts(weir_attach_reader(attach, i), &facts);
        lo_message_add_string(m, facts.id);
    }
    weir_reply_hold(r, m);
    weir_reply_settle(r, NULL);
    return WEIR_FAULT_NONE;
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
    {"source", show_reader, false, SOURCE},
    {"pid", show_reader, false, PID},
    {"lag_frames", show_reader, false, LAG},
    {"lost_frames", show_reader, false, LOST},
    {"dropouts", show_reader, false, DROPOUTS},
    {"state", show_reader, false, STATE},
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
