// SPDX-License-Identifier: ISC
// SPDX-FileCopyrightText: the weir authors
//
// What travels on the connection after the attach: commands and farewells
// from weir, answers to it.
#include "attach/reader_error.h"
#include "attach/reader_private.h"
#include "attach/wire.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

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
take_command(struct weir_reader *reader, const struct weir_wire *m)
{
    struct weir_reader_command *c = &reader->command;
    const char *argument = weir_wire_get_string(m, 2);
    weir_wire_get_int(m, 0, &c->request);
    weir_reader_copy_text(c->verb, sizeof c->verb, weir_wire_get_string(m, 1));
    // Metadata may have line breaks of its own: not defused here.
    snprintf(c->argument, sizeof c->argument, "%s", argument ? argument : "");
    reader->has_command = true;
}

static void
take_packet(struct weir_reader *reader, const unsigned char *packet, size_t n)
{
    struct weir_wire m;
    if (!weir_wire_parse(&m, packet, n))
        return;
    if (weir_wire_is(&m, "/bye", "s"))
        weir_reader_finish(reader, weir_wire_get_string(&m, 0));
    else if (weir_wire_is(&m, "/command", "is"))
        take_command(reader, &m);
}

// One packet, if there is one; false when there is nothing more to take in.
static bool
listen_once(struct weir_reader *reader)
{
    unsigned char packet[WEIR_ATTACH_MAX_PACKET];
    const ssize_t n =
        recv(reader->socket, packet, sizeof packet, MSG_DONTWAIT | MSG_TRUNC);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    // Weir closed with words of ours unread. That is said once, and before
    // what weir itself had still to say.
    if (n < 0 && errno == ECONNRESET)
        return true;
    if (n <= 0) {
        weir_reader_finish(reader, "weir is gone");
        return false;
    }
    if ((size_t)n <= sizeof packet)
        take_packet(reader, packet, (size_t)n);
    return true;
}

void
weir_reader_listen(struct weir_reader *reader)
{
    // The next command stays in the socket until this one is taken.
    while (!reader->ended && !reader->has_command && listen_once(reader))
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
    unsigned char packet[WEIR_ATTACH_MAX_PACKET];
    struct weir_wire_out w;
    weir_wire_begin(&w, failure ? "/failed" : "/done");
    weir_wire_int(&w, request);
    if (failure)
        weir_wire_string(&w, failure);
    const size_t n = weir_wire_end(&w, packet, sizeof packet);
    // Whether weir still listens is seen at the next read.
    if (n > 0)
        send(reader->socket, packet, n, MSG_NOSIGNAL | MSG_DONTWAIT);
}
