// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// /session/save and /session/load. Which file it is is known with the packet;
// how it went is answered when it is done.
#include "oscctl/sessions.h"
#include "oscctl/tree_private.h"

enum session_command { SESSION_SAVE, SESSION_LOAD };

static const char *
path_of(const struct weir_reply *r)
{
    return (const char *)(const void *)lo_message_get_argv(r->message)[1];
}

static void
act_save(struct weir_reply *r)
{
    struct weir_sessions *s = r->context[0];
    s->save(s, path_of(r), weir_reply_ticket(r));
}

static void
act_load(struct weir_reply *r)
{
    struct weir_sessions *s = r->context[0];
    s->load(s, path_of(r), weir_reply_ticket(r));
}

static enum weir_fault_code
command(struct weir_call *c)
{
    char path[WEIR_SESSION_PATH_BYTES];
    struct weir_sessions *s = c->tree->sessions;
    const char *file = weir_call_string(c, 0);
    if (c->n_args > 1 || (c->n_args == 1 && !file))
        return weir_call_wrong_arguments(c, "a file's name, or nothing");
    if (!s)
        return weir_fault(c->fault, WEIR_FAULT_NOT_NOW,
                          "there are no sessions here");
    if (s->find(s, file, path, c->fault))
        return c->fault->code;
    struct weir_reply *r = weir_call_reply(c);
    if (!r)
        return weir_call_too_much(c);
    lo_message m = weir_reply_begin(r);
    lo_message_add_string(m, path);
    weir_reply_hold(r, m);
    r->context[0] = s;
    r->act = c->found->leaf.index == SESSION_SAVE ? act_save : act_load;
    return WEIR_FAULT_NONE;
}

void
weir_walk_session(struct weir_walk *w, uint64_t states)
{
    static const struct weir_leaf leaves[] = {
        {"save", command, true, SESSION_SAVE},
        {"load", command, true, SESSION_LOAD},
    };
    weir_walk_leaves(w, states, leaves, 2);
}
