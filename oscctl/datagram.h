// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Datagrams that are answered from the address they were sent to: a socket
// that is bound to all of a machine's addresses would let the system choose,
// and who asked one of them hears nobody else.
#ifndef WEIR_OSCCTL_DATAGRAM_H
#define WEIR_OSCCTL_DATAGRAM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

/// Which of this machine's addresses a datagram came to, as the system has
/// it.  Zeroed: not known, the system chooses.
struct weir_datagram_own {
    size_t n_bytes;
    uint64_t control[6];
};

/// Let a socket of this family tell it; one of AF_UNIX, whose a datagram is.
void weir_datagram_want_own(int fd, int family);

/// Take a datagram, without waiting.  As recvfrom(2), and EPERM for one of
/// another user's process, which came over a Unix socket.
ssize_t weir_datagram_receive(int fd, void *bytes, size_t n_bytes,
                              struct sockaddr_storage *from, socklen_t *n_from,
                              struct weir_datagram_own *own);

/// Send one, without waiting.  As sendto(2).
ssize_t weir_datagram_send(int fd, const void *bytes, size_t n_bytes,
                           const struct sockaddr_storage *to, socklen_t n_to,
                           const struct weir_datagram_own *own);

#endif
