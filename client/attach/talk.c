// SPDX-License-Identifier: ISC
// SPDX-FileCopyrightText: the weir authors
//
// What travels on the connection after the attach.
#include "attach/talk.h"
#include "attach/protocol.h"
#include "attach/reader_error.h"
#include "attach/wire.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

static void
say_goodbye(struct weir_talk *out, const char *reason)
{
    out->kind = WEIR_TALK_BYE;
    weir_reader_copy_text(out->reason, sizeof out->reason, reason);
}

static void
take_command(struct weir_talk *out, const struct weir_wire *m)
{
    const char *argument = weir_wire_get_string(m, 2);
    out->kind = WEIR_TALK_COMMAND;
    weir_wire_get_int(m, 0, &out->request);
    weir_reader_copy_text(out->verb, sizeof out->verb,
                          weir_wire_get_string(m, 1));
    // Metadata may have line breaks of its own: not defused here.
    snprintf(out->argument, sizeof out->argument, "%s",
             argument ? argument : "");
}

static void
take_answer(struct weir_talk *out, const struct weir_wire *m,
            enum weir_talk_kind kind)
{
    out->kind = kind;
    weir_wire_get_int(m, 0, &out->request);
    if (kind == WEIR_TALK_FAILED)
        weir_reader_copy_text(out->reason, sizeof out->reason,
                              weir_wire_get_string(m, 1));
}

static void
take_packet(struct weir_talk *out, const unsigned char *packet, size_t n)
{
    struct weir_wire m;
    out->kind = WEIR_TALK_OTHER;
    if (n > WEIR_ATTACH_MAX_PACKET || !weir_wire_parse(&m, packet, n))
        return;
    if (weir_wire_is(&m, "/bye", "s"))
        say_goodbye(out, weir_wire_get_string(&m, 0));
    else if (weir_wire_is(&m, "/command", "is"))
        take_command(out, &m);
    else if (weir_wire_is(&m, "/done", "i"))
        take_answer(out, &m, WEIR_TALK_DONE);
    else if (weir_wire_is(&m, "/failed", "is"))
        take_answer(out, &m, WEIR_TALK_FAILED);
    else if (weir_wire_is(&m, "/released", "s"))
        out->kind = WEIR_TALK_RELEASED;
}

void
weir_talk_hear(int socket, struct weir_talk *out)
{
    unsigned char packet[WEIR_ATTACH_MAX_PACKET];
    const int flags = MSG_DONTWAIT | MSG_TRUNC;
    ssize_t n = recv(socket, packet, sizeof packet, flags);
    // Weir closed with words of ours unread. That is said once, and before
    // what weir itself had still to say.
    if (n < 0 && errno == ECONNRESET)
        n = recv(socket, packet, sizeof packet, flags);
    out->kind = WEIR_TALK_NOTHING;
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0)
        say_goodbye(out, "weir is gone");
    else
        take_packet(out, packet, (size_t)n);
}

void
weir_talk_answer(int socket, int32_t request, const char *failure)
{
    unsigned char packet[WEIR_ATTACH_MAX_PACKET];
    struct weir_wire_out w;
    weir_wire_begin(&w, failure ? "/failed" : "/done");
    weir_wire_int(&w, request);
    if (failure)
        weir_wire_string(&w, failure);
    const size_t n = weir_wire_end(&w, packet, sizeof packet);
    // Whether weir still listens is seen when it is heard next.
    if (n > 0)
        send(socket, packet, n, MSG_NOSIGNAL | MSG_DONTWAIT);
}
