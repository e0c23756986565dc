// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Packets with descriptors.
#include "plugin/parcel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union control {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(WEIR_PARCEL_FDS * sizeof(int))];
};

bool
weir_parcel_send(int socket, const void *bytes, size_t n, const int *fds,
                 unsigned n_fds, int flags)
{
    union control control = {0};
    // sendmsg() changes nothing of it.
    struct iovec data = {(void *)(size_t)bytes, n};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
    if (n_fds > 0) {
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(n_fds * sizeof *fds);
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(n_fds * sizeof *fds);
        memcpy(CMSG_DATA(c), fds, n_fds * sizeof *fds);
    }
    return sendmsg(socket, &message, flags | MSG_NOSIGNAL) == (ssize_t)n;
}

static void
take_fds(struct msghdr *message, int fds[WEIR_PARCEL_FDS])
{
    unsigned n = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c;
         c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        const unsigned char *at = CMSG_DATA(c);
        const unsigned char *end = (unsigned char *)c + c->cmsg_len;
        for (; at + sizeof(int) <= end; at += sizeof(int)) {
            int fd;
            memcpy(&fd, at, sizeof fd);
            if (n < WEIR_PARCEL_FDS)
                fds[n++] = fd;
            else
                close(fd);
        }
    }
}

ssize_t
weir_parcel_take(int socket, void *bytes, size_t size, int fds[WEIR_PARCEL_FDS],
                 int flags)
{
    union control control;
    struct iovec data = {bytes, size};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    for (unsigned i = 0; i < WEIR_PARCEL_FDS; i++)
        fds[i] = -1;
    const ssize_t n = recvmsg(socket, &message, flags | MSG_CMSG_CLOEXEC);
    if (n >= 0)
        take_fds(&message, fds);
    return n;
}

void
weir_parcel_drop(int fds[WEIR_PARCEL_FDS])
{
    for (unsigned i = 0; i < WEIR_PARCEL_FDS; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}
