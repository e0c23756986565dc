// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Sets at a steady rate, and how long each waits for its reply.
//     bench_osc_load UDP_PORT ADDRESS RATE SECONDS BUNDLED
// ADDRESS takes a number from -20 to 40. Each datagram is one message, or a
// bundle of BUNDLED. Prints JSON: messages sent and answered, and the median,
// the 99th percentile and the longest time to a reply in microseconds.
#include <lo/lo.h>
#include <math.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { MAX_MESSAGES = 590000, PACKET_BYTES = 65536, QUIET_MS = 500 };

static struct {
    int fd;
    const char *address;
    int n_bundled;
    double sent_us[MAX_MESSAGES];
    double waited_us[MAX_MESSAGES];
    int n_sent;
    int n_answered;
} g;

static double
now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

// Each message's number is its value, so that its reply is known.
static lo_message
next_message(void)
{
    lo_message m = lo_message_new();
    lo_message_add_float(m, -20.0f + (float)g.n_sent * 1e-4f);
    g.sent_us[g.n_sent++] = now_us();
    return m;
}

static void
send_next(void)
{
    static unsigned char bytes[PACKET_BYTES];
    size_t n = sizeof bytes;
    if (g.n_bundled == 1) {
        lo_message m = next_message();
        lo_message_serialise(m, g.address, bytes, &n);
        lo_message_free(m);
    } else {
        lo_bundle b = lo_bundle_new(LO_TT_IMMEDIATE);
        for (int i = 0; i < g.n_bundled; i++)
            lo_bundle_add_message(b, g.address, next_message());
        lo_bundle_serialise(b, bytes, &n);
        lo_bundle_free_recursive(b);
    }
    (void)send(g.fd, bytes, n, 0); // what is lost is not answered
}

// `/reply ,sf ADDRESS VALUE`: the value is its last four bytes.
static void
take_reply(const unsigned char *end)
{
    const uint32_t bits = (uint32_t)end[-4] << 24 | (uint32_t)end[-3] << 16 |
                          (uint32_t)end[-2] << 8 | end[-1];
    float value;
    memcpy(&value, &bits, sizeof value);
    const long i = lroundf((value + 20.0f) * 1e4f);
    if (i < 0 || i >= g.n_sent)
        return;
    g.waited_us[g.n_answered++] = now_us() - g.sent_us[i];
}

static void
take_packet(const unsigned char *bytes, size_t n)
{
    if (memcmp(bytes, "#bundle", 8) != 0) {
        take_reply(bytes + n);
        return;
    }
    for (size_t at = 16; at + 4 <= n;) {
        const size_t size = (size_t)bytes[at + 2] << 8 | bytes[at + 3];
        at += 4 + size;
        take_reply(bytes + at);
    }
}

static void
take_replies(int wait_ms)
{
    static unsigned char bytes[PACKET_BYTES];
    while (poll(&(struct pollfd){.fd = g.fd, .events = POLLIN}, 1, wait_ms) >
           0) {
        const ssize_t n = recv(g.fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (n >= 8)
            take_packet(bytes, (size_t)n);
    }
}

static int
by_size(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void
report(double seconds)
{
    const int n = g.n_answered;
    qsort(g.waited_us, (size_t)n, sizeof *g.waited_us, by_size);
    printf("{\"sent\": %d, \"answered\": %d, \"seconds\": %.3f", g.n_sent, n,
           seconds);
    if (n > 0)
        printf(", \"median_us\": %.0f, \"p99_us\": %.0f, \"longest_us\": %.0f",
               g.waited_us[n / 2], g.waited_us[(int)(n * 0.99)],
               g.waited_us[n - 1]);
    puts("}");
}

int
main(int argc, char **argv)
{
    if (argc != 6)
        return 2;
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)atoi(argv[1])),
                                   .sin_addr = {htonl(INADDR_LOOPBACK)}};
    const int n_bytes = 8 << 20;
    g.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    setsockopt(g.fd, SOL_SOCKET, SO_RCVBUF, &n_bytes, sizeof n_bytes);
    if (connect(g.fd, (const struct sockaddr *)&to, sizeof to) < 0)
        return 1;
    g.address = argv[2];
    g.n_bundled = atoi(argv[5]);
    const double gap_us = 1e6 / atof(argv[3]);
    const double begin = now_us();
    const double end = begin + atof(argv[4]) * 1e6;
    while (now_us() < end && g.n_sent + g.n_bundled <= MAX_MESSAGES) {
        while (begin + g.n_sent * gap_us <= now_us() &&
               g.n_sent + g.n_bundled <= MAX_MESSAGES)
            send_next();
        take_replies(0);
    }
    const double seconds = (now_us() - begin) * 1e-6;
    take_replies(QUIET_MS);
    report(seconds);
    return 0;
}
