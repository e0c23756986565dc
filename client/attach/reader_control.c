// SPDX-License-Identifier: ISC
// SPDX-FileCopyrightText: the weir authors
//
// What travels on the connection after the attach: commands and farewells
// from weir, answers to it.
#include "attach/reader_error.h"
#include "attach/reader_private.h"
#include "attach/talk.h"

#include <string.h>

void
weir_reader_finish(struct weir_reader *reader, const char *reason)
{
    if (reader->ended)
        return;
    reader->ended = true;
    reader->end = weir_reader_published(reader);
    weir_reader_copy_text(reader->end_reason, sizeof reader->end_reason,
                          reason);
}

static void
take_command(struct weir_reader *reader, const struct weir_talk *heard)
{
    struct weir_reader_command *c = &reader->command;
    c->request = heard->request;
    memcpy(c->verb, heard->verb, sizeof c->verb);
    memcpy(c->argument, heard->argument, sizeof c->argument);
    reader->has_command = true;
}

_Static_assert(sizeof((struct weir_talk *)0)->verb ==
                   sizeof((struct weir_reader_command *)0)->verb,
               "copied whole");
_Static_assert(sizeof((struct weir_talk *)0)->argument ==
                   sizeof((struct weir_reader_command *)0)->argument,
               "copied whole");

bool
weir_reader_listen_once(struct weir_reader *reader, struct weir_talk *heard)
{
    weir_talk_hear(reader->socket, heard);
    if (heard->kind == WEIR_TALK_COMMAND && reader->has_command)
        weir_talk_answer(reader->socket, heard->request,
                         "the last command is not taken yet");
    else if (heard->kind == WEIR_TALK_COMMAND)
        take_command(reader, heard);
    if (heard->kind == WEIR_TALK_BYE)
        weir_reader_finish(reader, heard->reason);
    if (heard->kind == WEIR_TALK_RELEASED)
        reader->held = false;
    return heard->kind != WEIR_TALK_NOTHING;
}

void
weir_reader_listen(struct weir_reader *reader)
{
    struct weir_talk heard;
    // The next command stays in the socket until this one is taken.
    while (!reader->ended && !reader->has_command &&
           weir_reader_listen_once(reader, &heard))
        continue;
}

bool
weir_reader_command(struct weir_reader *reader, struct weir_reader_command *out)
{
    if (!reader->has_command)
        return false;
    *out = reader->command;
    reader->has_command = false;
    return true;
}

void
weir_reader_answer(struct weir_reader *reader, int32_t request,
                   const char *failure)
{
    weir_talk_answer(reader->socket, request, failure);
}
