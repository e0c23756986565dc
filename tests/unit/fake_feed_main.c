// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A fake weir that is fed, as a process, for tests of whole programs: commands
// on stdin, one line of answer to each on stdout.
//
//     fake_feed RUN_DIR NAME WEIR_RATE CHANNELS CAPACITY
//
//     accept        wait until a feed asks, and give it the ring;
//                   "fed PROGRAM ID STRIP RATE CHANNELS PACE TARGET"
//     refuse TEXT   the same, and say no; "fed ..."
//     take N FILE   wait until N frames have come, append them; "ok", or
//                   "short N" when the feed ended before
//     rest FILE     all that comes until the feed says that it ended;
//                   "rest N"
//     full          wait until the ring is full; "ok"
//     fill          "fill N": frames that wait in the ring now
//     flush         send the command, wait for the answer, drop what the feed
//                   wants to be dropped; "done N": the ring's frames dropped
//     clock         "clock POSITION AGE_US OVERRUNS", of the newest pair
//     state N       set the ring's state; "ok"
//     bye TEXT      send it; "ok"
//     hangup        close the connection; "ok"
//     gone          wait until the feed hangs up; "ok"
#include "fake_feed.h"
#include "rt/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct server {
    int listener;
    int socket;
    int32_t weir_rate_hz;
    uint32_t n_channels;
    uint64_t capacity;
    bool has_ring;
    struct fake_feed ring;
};

// The other side is a process under test: there is nothing to wait on.
static void
look_again(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 500000}, NULL);
}

// ---------------------------------------------------------------- attaching

// Who hangs up without a word wanted to know whether weir is there.
static void
take_request(struct server *s, unsigned char *packet, struct weir_wire *request)
{
    for (;;) {
        s->socket = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
        const ssize_t n = recv(s->socket, packet, WEIR_ATTACH_MAX_PACKET, 0);
        if (n > 0 && weir_wire_parse(request, packet, (size_t)n))
            return;
        close(s->socket);
    }
}

static void
show_request(const struct weir_wire *request)
{
    printf("fed");
    for (unsigned i = 1; i < request->n_args; i++) {
        int32_t number;
        if (weir_wire_get_int(request, i, &number))
            printf(" %d", number);
        else
            printf(" %s", weir_wire_get_string(request, i));
    }
    printf("\n");
}

static void
accept_one(struct server *s, const char *refusal)
{
    unsigned char packet[WEIR_ATTACH_MAX_PACKET];
    struct weir_wire request;
    int32_t rate_hz = 0;
    if (s->socket >= 0)
        close(s->socket);
    if (s->has_ring)
        fake_feed_fini(&s->ring);
    s->has_ring = false;
    take_request(s, packet, &request);
    weir_wire_get_int(&request, 4, &rate_hz);
    if (refusal) {
        fake_refuse(s->socket, 5, refusal);
    } else {
        fake_feed_init(&s->ring,
                       (uint32_t)(rate_hz ? rate_hz : s->weir_rate_hz),
                       s->n_channels, s->capacity, FAKE_SEALED);
        s->has_ring = true;
        fake_fed(s->socket, "fake-1", &s->ring, s->weir_rate_hz);
    }
    show_request(&request);
}

// -------------------------------------------------------------------- taking

static uint64_t
append(struct server *s, FILE *to, uint64_t n)
{
    static float frames[4096 * 64];
    n = fake_feed_take(&s->ring, frames, weir_min_u64(n, 4096));
    fwrite(frames, sizeof *frames, (size_t)n * s->n_channels, to);
    return n;
}

// Up to `n` frames; fewer when the feed ended before.
static uint64_t
take(struct server *s, const char *path, uint64_t n)
{
    FILE *to = fopen(path, "ab");
    uint64_t left = n;
    if (!to)
        exit(2);
    while (left > 0) {
        // In this order: the last frames are there before the end is.
        const bool ended = weir_feed_ring_has_ended(&s->ring.ring);
        const uint64_t got = append(s, to, left);
        left -= got;
        if (got == 0 && ended)
            break;
        if (got == 0)
            look_again();
    }
    fclose(to);
    return n - left;
}

static void
take_exactly(struct server *s, const char *rest)
{
    const uint64_t n = strtoull(rest, NULL, 10);
    const char *path = strchr(rest, ' ');
    const uint64_t got = take(s, path ? path + 1 : "", n);
    if (got == n)
        printf("ok\n");
    else
        printf("short %llu\n", (unsigned long long)got);
}

// ------------------------------------------------------------------ commands

static void
flush(struct server *s)
{
    unsigned char packet[WEIR_ATTACH_MAX_PACKET];
    struct weir_wire m;
    uint64_t to = 0;
    const uint64_t before = s->ring.read;
    fake_command(s->socket, 7, "flush", NULL);
    const ssize_t n = recv(s->socket, packet, sizeof packet, 0);
    if (n <= 0 || !weir_wire_parse(&m, packet, (size_t)n) ||
        !weir_wire_is(&m, "/done", "i")) {
        printf("nothing\n");
        return;
    }
    weir_feed_ring_flushed(&s->ring.ring, &to);
    fake_feed_drop(&s->ring, to);
    printf("done %llu\n", (unsigned long long)(to - before));
}

static void
show_clock(const struct server *s)
{
    struct weir_feed_clock_pair pair = {0, 0};
    uint32_t seen = 0;
    weir_feed_ring_get_clock(&s->ring.ring, &seen, &pair);
    printf("clock %llu %llu %llu\n", (unsigned long long)pair.position,
           (unsigned long long)((weir_now_ns() - pair.ns) / 1000),
           (unsigned long long)atomic_load(&s->ring.ring.page->overruns));
}

static void
wait_until_full(const struct server *s)
{
    while (fake_feed_fill(&s->ring) < s->capacity)
        look_again();
    printf("ok\n");
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
obey_more(struct server *s, const char *word, const char *rest)
{
    if (strcmp(word, "state") == 0)
        fake_feed_set_state(&s->ring, (enum weir_feed_state)atoi(rest));
    if (strcmp(word, "bye") == 0)
        fake_bye(s->socket, rest);
    if (strcmp(word, "hangup") == 0) {
        close(s->socket);
        s->socket = -1;
    }
    printf("ok\n");
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
    if (strcmp(word, "accept") == 0)
        accept_one(s, NULL);
    else if (strcmp(word, "refuse") == 0)
        accept_one(s, rest);
    else if (strcmp(word, "take") == 0)
        take_exactly(s, rest);
    else if (strcmp(word, "rest") == 0)
        printf("rest %llu\n", (unsigned long long)take(s, rest, UINT64_MAX));
    else if (strcmp(word, "full") == 0)
        wait_until_full(s);
    else if (strcmp(word, "fill") == 0)
        printf("fill %llu\n", (unsigned long long)fake_feed_fill(&s->ring));
    else if (strcmp(word, "flush") == 0)
        flush(s);
    else if (strcmp(word, "clock") == 0)
        show_clock(s);
    else if (strcmp(word, "gone") == 0)
        wait_for_hangup(s);
    else
        obey_more(s, word, rest);
}

int
main(int argc, char **argv)
{
    char line[512];
    struct server s = {.socket = -1};
    if (argc != 6)
        return 2;
    s.weir_rate_hz = atoi(argv[3]);
    s.n_channels = (uint32_t)atoi(argv[4]);
    s.capacity = strtoull(argv[5], NULL, 10);
    s.listener = fake_listen(argv[1], argv[2]);
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("ready\n");
    while (fgets(line, sizeof line, stdin))
        obey(&s, line);
    return 0;
}
