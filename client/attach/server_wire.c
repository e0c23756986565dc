// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The attach server's packets, to and from one connection.
#include "attach/server_private.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

enum { MAX_FDS = 1 + WEIR_ATTACH_MAX_SOURCES };

static void
put_descriptors(struct msghdr *message, const int *fds, unsigned n_fds)
{
    struct cmsghdr *c = CMSG_FIRSTHDR(message);
    const size_t n_bytes = n_fds * sizeof *fds;
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(n_bytes);
    memcpy(CMSG_DATA(c), fds, n_bytes);
    message->msg_controllen = CMSG_SPACE(n_bytes);
}

bool
weir_attach_send(int fd, const struct weir_wire_out *w, const int *fds,
                 unsigned n_fds)
{
    unsigned char packet[WEIR_ATTACH_MAX_PACKET];
    _Alignas(struct cmsghdr) unsigned char
        control[CMSG_SPACE(MAX_FDS * sizeof(int))] = {0};
    struct iovec part = {.iov_base = packet,
                         .iov_len = weir_wire_end(w, packet, sizeof packet)};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    assert(n_fds <= MAX_FDS);
    if (part.iov_len == 0)
        return false;
    if (n_fds > 0) {
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        put_descriptors(&message, fds, n_fds);
    }
    return sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) > 0;
}

void
weir_attach_send_error(int fd, const struct weir_fault *fault)
{
    struct weir_wire_out error;
    weir_wire_begin(&error, "/error");
    weir_wire_string(&error, "/attach");
    weir_wire_int(&error, (int32_t)fault->code);
    weir_wire_string(&error, fault->text);
    weir_attach_send(fd, &error, NULL, 0);
}

void
weir_attach_send_bye(int fd, const char *reason)
{
    struct weir_wire_out bye;
    weir_wire_begin(&bye, "/bye");
    weir_wire_string(&bye, reason);
    weir_attach_send(fd, &bye, NULL, 0);
}

enum weir_attach_packet
weir_attach_receive(int fd, unsigned char *packet, struct weir_wire *out)
{
    const ssize_t n =
        recv(fd, packet, WEIR_ATTACH_MAX_PACKET, MSG_DONTWAIT | MSG_TRUNC);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return WEIR_PACKET_NONE;
    if (n <= 0)
        return WEIR_PACKET_END;
    if (n > WEIR_ATTACH_MAX_PACKET || !weir_wire_parse(out, packet, (size_t)n))
        return WEIR_PACKET_RUBBISH;
    return WEIR_PACKET_MESSAGE;
}
