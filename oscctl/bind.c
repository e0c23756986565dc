// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The sockets that the network reaches weir by.
#include "oscctl/bind.h"

#include "oscctl/datagram.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    MORE_PORTS = 99,
    TRIES_FOR_ANY = 100, // a port that is free for UDP may not be for TCP
    WAITING_CONNECTIONS = 64,
    DATAGRAM_BYTES = 1 << 20, // that wait for weir
    // Of a connection, in the kernel, each way: what waits there is told of
    // as sent, and weir cannot take it back.
    STREAM_BYTES = 128 << 10,
};

static int
give_up(int fd)
{
    const int why = errno;
    close(fd);
    errno = why;
    return -1;
}

static void
set_int(int fd, int option, int value)
{
    setsockopt(fd, SOL_SOCKET, option, &value, sizeof value);
}

// `::` takes IPv4 as well, whatever the system's default is.
static int
open_socket(int family, int type)
{
    const int no = 0;
    const int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
    return fd;
}

static int
bind_udp(const struct sockaddr_storage *address, socklen_t n_address)
{
    const int fd = open_socket(address->ss_family, SOCK_DGRAM);
    if (fd < 0)
        return -1;
    set_int(fd, SO_RCVBUF, DATAGRAM_BYTES);
    if (weir_address_is_any(address))
        weir_datagram_want_own(fd, address->ss_family);
    if (bind(fd, (const struct sockaddr *)address, n_address) != 0)
        return give_up(fd);
    return fd;
}

// Connections that ended a moment ago do not keep the port; who listens does.
static int
bind_tcp(const struct sockaddr_storage *address, socklen_t n_address)
{
    const int fd = open_socket(address->ss_family, SOCK_STREAM);
    if (fd < 0)
        return -1;
    set_int(fd, SO_REUSEADDR, 1);
    set_int(fd, SO_RCVBUF, STREAM_BYTES); // connections inherit both
    set_int(fd, SO_SNDBUF, STREAM_BYTES);
    if (bind(fd, (const struct sockaddr *)address, n_address) != 0 ||
        listen(fd, WAITING_CONNECTIONS) != 0)
        return give_up(fd);
    return fd;
}

static void
note_address(int fd, struct sockaddr_storage *address, socklen_t *n_address)
{
    *n_address = sizeof *address;
    getsockname(fd, (struct sockaddr *)address, n_address);
}

// Both at `address`; with port 0, UDP has chosen before TCP is asked.
static bool
bind_both(const struct weir_bind_wanted *wanted,
          struct sockaddr_storage *address, socklen_t n_address,
          struct weir_bound *out)
{
    out->udp = out->tcp = -1;
    if (wanted->udp && (out->udp = bind_udp(address, n_address)) < 0)
        return false;
    if (wanted->udp)
        note_address(out->udp, address, &n_address);
    if (wanted->tcp && (out->tcp = bind_tcp(address, n_address)) < 0) {
        if (out->udp >= 0)
            give_up(out->udp);
        return false;
    }
    if (wanted->tcp)
        note_address(out->tcp, address, &n_address);
    weir_address_print(address, n_address, out->address);
    out->is_local = weir_address_is_local(address);
    return true;
}

static bool
search(const struct weir_bind_wanted *wanted,
       const struct sockaddr_storage *host, socklen_t n_host,
       struct weir_bound *out)
{
    const int n_tries = wanted->port == 0 ? TRIES_FOR_ANY
                        : wanted->search  ? 1 + MORE_PORTS
                                          : 1;
    for (int i = 0; i < n_tries; i++) {
        struct sockaddr_storage address = *host;
        const int port = wanted->port == 0 ? 0 : wanted->port + i;
        if (port > 65535)
            return false;
        weir_address_set_port(&address, port);
        if (bind_both(wanted, &address, n_host, out))
            return true;
        if (errno != EADDRINUSE)
            return false;
    }
    return false;
}

bool
weir_bind(const struct weir_bind_wanted *wanted, struct weir_bound *out,
          char *why, size_t n_why)
{
    const char *host = wanted->address ? wanted->address : "127.0.0.1";
    struct sockaddr_storage address;
    socklen_t n_address;
    if (!weir_address_parse(host, &address, &n_address)) {
        snprintf(why, n_why,
                 "--bind %s: neither an IPv4 or IPv6 address nor an interface "
                 "with one (as in 0.0.0.0, ::1 or eth0)",
                 host);
        return false;
    }
    if (search(wanted, &address, n_address, out))
        return true;
    snprintf(why, n_why, "OSC on %s%s%s %s port %d: %s (%s)",
             wanted->udp ? "UDP" : "",
             wanted->udp && wanted->tcp ? " and " : "",
             wanted->tcp ? "TCP" : "", host, wanted->port, strerror(errno),
             errno == EADDRNOTAVAIL ? "--bind takes an address of this machine"
                                    : "try -p 0 for any");
    return false;
}
