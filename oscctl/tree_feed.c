// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The branch /strip/ID/feed: what weir-feed plays into a strip.
#include "oscctl/tree_values.h"

#include "desk/feeds.h"
#include "oscctl/shown.h"

#include <string.h>

enum feed_value { BUFFERED, RATIO, UNDERRUNS, OVERRUNS, FLUSHED };

void
weir_show_feed(int index, const struct weir_feed_facts *facts,
               struct weir_args *args)
{
    switch ((enum feed_value)index) {
    case BUFFERED:
        weir_args_float(args, facts->buffered_ms);
        break;
    case RATIO:
        weir_args_float(args, facts->ratio);
        break;
    case UNDERRUNS:
        weir_args_long(args, (int64_t)facts->underruns);
        break;
    case OVERRUNS:
        weir_args_long(args, (int64_t)facts->overruns);
        break;
    case FLUSHED:
        weir_args_long(args, (int64_t)facts->flushed);
        break;
    }
}

enum weir_fault_code
weir_leaf_feed(struct weir_call *c)
{
    const struct weir_shown shown = weir_shown(c->found);
    struct weir_args args;
    if (c->n_args > 0)
        return weir_call_read_only(c);
    weir_args_begin(&args);
    weir_show(&shown, &args);
    return weir_call_answer(c, &args);
}

static enum weir_fault_code
flush(struct weir_call *c)
{
    if (c->n_args > 0)
        return weir_call_wrong_arguments(c, "no arguments");
    struct weir_reply *r = weir_call_reply(c);
    if (!r)
        return weir_call_too_much(c);
    return weir_desk_feed_flush(c->found->strip, weir_reply_ticket(r),
                                c->fault);
}

// `paused` is the strip's, and stays when a feed goes: it is in the table of
// settable values.
static const struct weir_leaf feed_leaves[] = {
    {"paused", weir_leaf_strip_value, false, WEIR_STRIP_FEED_PAUSED},
    {"buffered_ms", weir_leaf_feed, false, BUFFERED},
    {"ratio", weir_leaf_feed, false, RATIO},
    {"underruns", weir_leaf_feed, false, UNDERRUNS},
    {"overruns", weir_leaf_feed, false, OVERRUNS},
    {"flushed", weir_leaf_feed, false, FLUSHED},
    {"flush", flush, true, 0},
};
enum { N_FEED_LEAVES = sizeof feed_leaves / sizeof *feed_leaves };

void
weir_walk_feed(struct weir_walk *w, uint64_t states)
{
    const uint64_t next = weir_walk_down(w, states, "feed");
    if (next == 0)
        return;
    weir_walk_leaves(w, next, feed_leaves, N_FEED_LEAVES);
    weir_walk_up(w, "feed");
}

bool
weir_tree_feed_has(const char *rest)
{
    for (int i = 0; i < N_FEED_LEAVES; i++)
        if (strncmp(rest, "feed/", 5) == 0 &&
            strcmp(feed_leaves[i].name, rest + 5) == 0)
            return true;
    return false;
}
