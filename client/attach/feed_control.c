// SPDX-License-Identifier: ISC
// SPDX-FileCopyrightText: the weir authors
//
// libweir: what weir has to say to a feed.
#include "attach/feed_private.h"
#include "attach/reader_error.h"
#include "attach/talk.h"

#include <string.h>

static void
finish(struct weir_feed *feed, const char *reason)
{
    if (feed->ended)
        return;
    feed->ended = true;
    weir_reader_copy_text(feed->end_reason, sizeof feed->end_reason, reason);
}

static void
take_command(struct weir_feed *feed, const struct weir_talk *heard)
{
    struct weir_feed_command *c = &feed->command;
    _Static_assert(sizeof c->verb == sizeof heard->verb, "copied whole");
    _Static_assert(sizeof c->argument == sizeof heard->argument,
                   "copied whole");
    c->request = heard->request;
    memcpy(c->verb, heard->verb, sizeof c->verb);
    memcpy(c->argument, heard->argument, sizeof c->argument);
    feed->has_command = true;
}

// One packet, if there is one; false when there is nothing more to take in.
static bool
listen_once(struct weir_feed *feed)
{
    struct weir_talk heard;
    weir_talk_hear(feed->socket, &heard);
    if (heard.kind == WEIR_TALK_COMMAND)
        take_command(feed, &heard);
    if (heard.kind == WEIR_TALK_BYE)
        finish(feed, heard.reason);
    return heard.kind != WEIR_TALK_NOTHING;
}

void
weir_feed_listen(struct weir_feed *feed)
{
    // First: weir lets go of the ring, and then says goodbye with a reason.
    const uint32_t state = weir_feed_ring_state(&feed->ring);
    // The next command stays in the socket until this one is taken.
    while (!feed->ended && !feed->has_command && listen_once(feed))
        continue;
    if (state == WEIR_FEED_ENDED)
        finish(feed, "weir ended");
    if (state == WEIR_FEED_REMOVED)
        finish(feed, "the strip was removed");
}

void
weir_feed_obey(struct weir_feed *feed)
{
    struct weir_feed_command c;
    if (!weir_feed_command(feed, &c))
        return;
    const bool flush = strcmp(c.verb, "flush") == 0;
    if (flush)
        weir_feed_flush(feed);
    weir_feed_answer(feed, c.request,
                     flush ? NULL : "this feed does not know that command");
}

// ---------------------------------------------------------- <weir/feed.h>

enum weir_fed_kind
weir_feed_look(struct weir_feed *feed)
{
    weir_feed_listen(feed);
    if (feed->has_command)
        return WEIR_FED_COMMAND;
    return feed->ended ? WEIR_FED_ENDED : WEIR_FED_TIMEOUT;
}

bool
weir_feed_command(struct weir_feed *feed, struct weir_feed_command *out)
{
    if (!feed->has_command)
        return false;
    *out = feed->command;
    feed->has_command = false;
    return true;
}

void
weir_feed_answer(struct weir_feed *feed, int32_t request, const char *failure)
{
    weir_talk_answer(feed->socket, request, failure);
}

int
weir_feed_fd(const struct weir_feed *feed)
{
    return feed->socket;
}

const char *
weir_feed_end_reason(const struct weir_feed *feed)
{
    return feed->end_reason;
}
