// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Datagrams that are answered from the address they were sent to.
#include "oscctl/datagram.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

void
weir_datagram_want_own(int fd, int family)
{
    const int yes = 1;
    if (family == AF_INET)
        setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &yes, sizeof yes);
    if (family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &yes, sizeof yes);
    if (family == AF_UNIX)
        setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes);
}

// SO_PEERCRED knows nothing of datagrams. Root may do anything anyway. Behind
// this no room is left for descriptors, which would stay open here.
static bool
is_ours(struct msghdr *message)
{
    struct ucred sender;
    const struct cmsghdr *head = CMSG_FIRSTHDR(message);
    if (!head || head->cmsg_level != SOL_SOCKET ||
        head->cmsg_type != SCM_CREDENTIALS ||
        head->cmsg_len != CMSG_LEN(sizeof sender))
        return false;
    memcpy(&sender, CMSG_DATA(head), sizeof sender);
    return sender.uid == geteuid() || sender.uid == 0;
}

// The way back is the system's to choose; the address is not.
static void
keep_v4(struct cmsghdr *head, struct weir_datagram_own *own)
{
    struct in_pktinfo info;
    memcpy(&info, CMSG_DATA(head), sizeof info);
    info.ipi_ifindex = 0;
    memcpy(CMSG_DATA(head), &info, sizeof info);
    own->n_bytes = CMSG_SPACE(sizeof info);
}

// A link's address means nothing without its link.
static void
keep_v6(struct cmsghdr *head, struct weir_datagram_own *own)
{
    struct in6_pktinfo info;
    memcpy(&info, CMSG_DATA(head), sizeof info);
    if (IN6_IS_ADDR_MULTICAST(&info.ipi6_addr))
        return;
    if (!IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr))
        info.ipi6_ifindex = 0;
    memcpy(CMSG_DATA(head), &info, sizeof info);
    own->n_bytes = CMSG_SPACE(sizeof info);
}

// It lies at the beginning of `own->control`: nothing else was asked for.
static void
keep_own(struct msghdr *message, struct weir_datagram_own *own)
{
    struct cmsghdr *head = CMSG_FIRSTHDR(message);
    own->n_bytes = 0;
    if (!head)
        return;
    if (head->cmsg_level == IPPROTO_IP && head->cmsg_type == IP_PKTINFO)
        keep_v4(head, own);
    if (head->cmsg_level == IPPROTO_IPV6 && head->cmsg_type == IPV6_PKTINFO)
        keep_v6(head, own);
}

ssize_t
weir_datagram_receive(int fd, void *bytes, size_t n_bytes,
                      struct sockaddr_storage *from, socklen_t *n_from,
                      struct weir_datagram_own *own)
{
    struct iovec part = {.iov_base = bytes, .iov_len = n_bytes};
    struct msghdr message = {.msg_name = from,
                             .msg_namelen = sizeof *from,
                             .msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = own->control,
                             .msg_controllen = sizeof own->control};
    const ssize_t n = recvmsg(fd, &message, MSG_DONTWAIT);
    if (n < 0)
        return n;
    *n_from = message.msg_namelen;
    keep_own(&message, own);
    // Of UDP's every sender has a name.
    const bool local = message.msg_namelen < sizeof from->ss_family ||
                       from->ss_family == AF_UNIX;
    if (local && !is_ours(&message)) {
        errno = EPERM;
        return -1;
    }
    return n;
}

ssize_t
weir_datagram_send(int fd, const void *bytes, size_t n_bytes,
                   const struct sockaddr_storage *to, socklen_t n_to,
                   const struct weir_datagram_own *own)
{
    struct iovec part = {.iov_base = (void *)(uintptr_t)bytes,
                         .iov_len = n_bytes};
    const struct msghdr message = {
        .msg_name = (void *)(uintptr_t)to,
        .msg_namelen = n_to,
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = own->n_bytes ? (void *)(uintptr_t)own->control : NULL,
        .msg_controllen = own->n_bytes};
    return sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}
