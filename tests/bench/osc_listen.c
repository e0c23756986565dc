// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Controllers that listen: so many sockets, each with the same subscriptions.
//     bench_osc_listen UDP_PORT N RATE_HZ PATTERN...
// Prints "ready" when all snapshots are there, and at SIGTERM as JSON how many
// datagrams, messages and bytes came since, to all of them.
#include <lo/lo.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>

enum { MAX_SOCKETS = 64, PACKET_BYTES = 65536, LEASE_S = 3600 };

static struct {
    struct pollfd sockets[MAX_SOCKETS];
    int n_sockets;
    int n_snapshots;
    unsigned long long datagrams;
    unsigned long long messages;
    unsigned long long bytes;
} g;

static volatile sig_atomic_t ending;

static void
on_signal(int number)
{
    (void)number;
    ending = 1;
}

static void
subscribe(int fd, const char *pattern, int rate_hz)
{
    unsigned char bytes[512];
    size_t n = sizeof bytes;
    lo_message m = lo_message_new();
    lo_message_add(m, "siii", pattern, rate_hz, 0, LEASE_S);
    lo_message_serialise(m, "/subscribe", bytes, &n);
    lo_message_free(m);
    if (send(fd, bytes, n, 0) < 0)
        exit(1);
}

static void
count(const unsigned char *bytes, size_t n)
{
    g.datagrams++;
    g.bytes += n;
    for (size_t at = 16; at + 4 <= n;) {
        const size_t size = (size_t)bytes[at + 2] << 8 | bytes[at + 3];
        g.messages++;
        if (strcmp((const char *)bytes + at + 4, "/snapshot_end") == 0)
            g.n_snapshots++;
        at += 4 + size;
    }
}

static void
receive(void)
{
    static unsigned char bytes[PACKET_BYTES];
    if (poll(g.sockets, (nfds_t)g.n_sockets, 1000) <= 0)
        return;
    for (int i = 0; i < g.n_sockets; i++) {
        ssize_t n;
        while ((n = recv(g.sockets[i].fd, bytes, sizeof bytes, MSG_DONTWAIT)) >
               0)
            count(bytes, (size_t)n);
    }
}

static bool
open_sockets(int port)
{
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port),
                                   .sin_addr = {htonl(INADDR_LOOPBACK)}};
    const int n_bytes = 1 << 20;
    for (int i = 0; i < g.n_sockets; i++) {
        const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &n_bytes, sizeof n_bytes);
        if (connect(fd, (const struct sockaddr *)&to, sizeof to) < 0)
            return false;
        g.sockets[i] = (struct pollfd){.fd = fd, .events = POLLIN};
    }
    return true;
}

int
main(int argc, char **argv)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGTERM, on_signal);
    g.n_sockets = argc > 4 ? atoi(argv[2]) : 0;
    if (g.n_sockets < 1 || g.n_sockets > MAX_SOCKETS)
        return 2;
    if (!open_sockets(atoi(argv[1])))
        return 1;
    for (int i = 0; i < g.n_sockets; i++)
        for (int k = 4; k < argc; k++)
            subscribe(g.sockets[i].fd, argv[k], atoi(argv[3]));
    while (g.n_snapshots < g.n_sockets * (argc - 4) && !ending)
        receive();
    g.datagrams = g.messages = g.bytes = 0;
    puts("ready");
    fflush(stdout);
    while (!ending)
        receive();
    printf("{\"datagrams\": %llu, \"messages\": %llu, \"bytes\": %llu}\n",
           g.datagrams, g.messages, g.bytes);
    return 0;
}
