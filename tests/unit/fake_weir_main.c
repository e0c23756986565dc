// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A fake weir as a process, for tests of whole programs: commands on stdin,
// one line of answer to each on stdout.
//
//     fake_weir RUN_DIR NAME RATE CAPACITY FIRST SOURCE:CHANNELS...
//
//     accept            wait until a reader reads;
//                       "attached PROGRAM ID SOURCE..."
//     publish N         N more frames in every ring; "ok"
//     tone HZ           a tone instead of the ramp from now on; "ok"
//     level X           times X, from now on; "ok"
//     abi N             what the rings' headers say from now on; "ok"
//     clock             the newest frame is heard now, at the exact rate; "ok"
//     state N           set every ring's state; "ok"
//     rate HZ           every ring ends, and goes on at that rate; "ok"
//     page              "page POSITION LOST DROPOUTS STATE"
//     reach N           wait until the reader's position is N; "ok"
//     command N VERB [ARGUMENT]
//                       send it and wait; "done N" or "failed N TEXT"
//     bye TEXT          send it; "ok"
//     hangup            close the reader's connection; "ok"
//     gone              wait until the reader hangs up; "ok"
#include "fake_weir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_RINGS = 8 };

struct server {
    int listener;
    int socket;
    unsigned n_rings;
    char names[MAX_RINGS][64];
    struct fake_ring rings[MAX_RINGS];
    struct weir_reader_page *page;
    int page_fd;
    int32_t rate_hz;
};

static void
add_ring(struct server *s, const char *source, uint64_t capacity,
         uint64_t first)
{
    const unsigned i = s->n_rings++;
    const char *colon = strrchr(source, ':');
    if (!colon || i >= MAX_RINGS)
        exit(2);
    snprintf(s->names[i], sizeof s->names[i], "%.*s", (int)(colon - source),
             source);
    fake_ring_init(&s->rings[i], i, (uint32_t)s->rate_hz,
                   (uint32_t)atoi(colon + 1), capacity, first, FAKE_SEALED);
}

// The rings that were asked for; 0 when one of them is not there.
static unsigned
choose(struct server *s, const struct weir_wire *request, int *fds)
{
    unsigned n = 0;
    for (unsigned a = 3; a < request->n_args; a++) {
        const char *wanted = weir_wire_get_string(request, a);
        for (unsigned i = 0; i < s->n_rings; i++)
            if (strcmp(s->names[i], wanted) == 0)
                fds[n++] = s->rings[i].fd;
        if (n != a - 2)
            return 0;
    }
    return n;
}

// Until the reader stands somewhere in the ring, or has left.
static void
wait_until_it_reads(const struct server *s)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    char byte;
    while (atomic_load(&s->page->state) == WEIR_READER_ATTACHED &&
           recv(s->socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 0)
        nanosleep(&pause, NULL);
}

static void
accept_one(struct server *s)
{
    unsigned char packet[WEIR_ATTACH_MAX_PACKET];
    struct weir_wire request;
    int fds[1 + WEIR_ATTACH_MAX_SOURCES];
    if (s->socket >= 0)
        close(s->socket);
    s->socket = fake_accept(s->listener, packet, &request);
    s->page_fd = fake_page_new(&s->page);
    fds[0] = s->page_fd;
    const unsigned n = choose(s, &request, fds + 1);
    if (n > 0)
        fake_attached(s->socket, "fake-1", s->rate_hz, fds, 1 + n);
    else
        fake_refuse(s->socket, 4, "there is no such source");
    close(s->page_fd);
    wait_until_it_reads(s);
    printf(n > 0 ? "attached" : "refused");
    for (unsigned a = 1; a < request.n_args; a++)
        printf(" %s", weir_wire_get_string(&request, a));
    printf("\n");
}

static void
reach(const struct server *s, uint64_t position)
{
    // The other side is a process under test: there is nothing to wait on.
    const struct timespec pause = {.tv_nsec = 1000000};
    while (atomic_load(&s->page->position) < position)
        nanosleep(&pause, NULL);
    printf("ok\n");
}

static void
carry(struct server *s, const char *rest)
{
    unsigned char packet[WEIR_ATTACH_MAX_PACKET];
    struct weir_wire m;
    int32_t number = -1;
    int32_t request = -1;
    char verb[32] = "";
    int text_at = 0;
    sscanf(rest, "%d %31s %n", &request, verb, &text_at);
    const char *argument = rest + text_at;
    fake_command(s->socket, request, verb, *argument ? argument : NULL);
    const ssize_t n = recv(s->socket, packet, sizeof packet, 0);
    if (n <= 0 || !weir_wire_parse(&m, packet, (size_t)n) ||
        !weir_wire_get_int(&m, 0, &number)) {
        printf("nothing\n");
        return;
    }
    const char *text = weir_wire_get_string(&m, 1);
    printf("%s %d%s%s\n", m.address + 1, number, text ? " " : "",
           text ? text : "");
}

static void
wait_for_hangup(const struct server *s)
{
    unsigned char packet[WEIR_ATTACH_MAX_PACKET];
    while (recv(s->socket, packet, sizeof packet, 0) > 0)
        continue;
    printf("ok\n");
}

static void
set_clock(struct server *s)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    for (unsigned i = 0; i < s->n_rings; i++)
        weir_broadcast_set_clock(
            &s->rings[i].b,
            (struct weir_broadcast_clock){
                .position = s->rings[i].position,
                .ns = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec,
                .rate_uhz = (uint64_t)s->rate_hz * 1000000u});
}

static void
change_rate(struct server *s, int32_t rate_hz)
{
    s->rate_hz = rate_hz;
    for (unsigned i = 0; i < s->n_rings; i++) {
        struct fake_ring *ring = &s->rings[i];
        struct fake_ring old = *ring;
        fake_ring_init(ring, i, (uint32_t)rate_hz, old.b.n_channels,
                       old.b.capacity, old.position, FAKE_SEALED);
        ring->tone_hz = old.tone_hz;
        ring->level = old.level;
        fake_ring_end(&old, WEIR_BROADCAST_FORMAT);
        fake_ring_fini(&old);
    }
}

static void
obey_all(struct server *s, const char *word, const char *rest)
{
    if (strcmp(word, "clock") == 0)
        set_clock(s);
    if (strcmp(word, "rate") == 0)
        change_rate(s, atoi(rest));
    for (unsigned i = 0; i < s->n_rings; i++) {
        if (strcmp(word, "publish") == 0)
            fake_ring_publish(&s->rings[i], strtoull(rest, NULL, 10));
        if (strcmp(word, "tone") == 0)
            s->rings[i].tone_hz = strtod(rest, NULL);
        if (strcmp(word, "level") == 0)
            s->rings[i].level = strtof(rest, NULL);
        if (strcmp(word, "state") == 0)
            fake_ring_end(&s->rings[i], (enum weir_broadcast_state)atoi(rest));
        if (strcmp(word, "abi") == 0)
            s->rings[i].b.page->abi = (uint32_t)atoi(rest);
    }
    printf("ok\n");
}

static void
show_page(const struct server *s)
{
    printf("page %llu %llu %llu %u\n",
           (unsigned long long)atomic_load(&s->page->position),
           (unsigned long long)atomic_load(&s->page->lost_frames),
           (unsigned long long)atomic_load(&s->page->dropouts),
           atomic_load(&s->page->state));
}

static void
obey(struct server *s, char *line)
{
    char *save;
    const char *word = strtok_r(line, " \n", &save);
    const char *rest = strtok_r(NULL, "\n", &save);
    if (!word)
        return;
    rest = rest ? rest : "";
    if (strcmp(word, "accept") == 0) {
        accept_one(s);
    } else if (strcmp(word, "page") == 0) {
        show_page(s);
    } else if (strcmp(word, "reach") == 0) {
        reach(s, strtoull(rest, NULL, 10));
    } else if (strcmp(word, "command") == 0) {
        carry(s, rest);
    } else if (strcmp(word, "bye") == 0) {
        printf(fake_bye(s->socket, rest) ? "ok\n" : "gone\n");
    } else if (strcmp(word, "hangup") == 0) {
        close(s->socket);
        s->socket = -1;
        printf("ok\n");
    } else if (strcmp(word, "gone") == 0) {
        wait_for_hangup(s);
    } else {
        obey_all(s, word, rest);
    }
}

int
main(int argc, char **argv)
{
    char line[512];
    struct server s = {.socket = -1};
    if (argc < 7)
        return 2;
    s.rate_hz = atoi(argv[3]);
    for (int i = 6; i < argc; i++)
        add_ring(&s, argv[i], strtoull(argv[4], NULL, 10),
                 strtoull(argv[5], NULL, 10));
    s.listener = fake_listen(argv[1], argv[2]);
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("ready\n");
    while (fgets(line, sizeof line, stdin))
        obey(&s, line);
    return 0;
}
