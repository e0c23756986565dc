// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// OSC over TCP, at a loop that is turned by hand: clients of the test's own,
// and a server that sends every packet back.
#include "oscctl/streams.h"

#include "common/log.h"
#include "common/loop.h"
#include "oscctl/bind.h"
#include "oscctl/framing.h"
#include "oscctl/peer.h"
#include "oscctl/validate.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { N_CLIENTS = 80, BLOCK = 60000 };

struct client {
    int fd;
    struct weir_deframer deframer;
    enum weir_framing framing; // that it sends in
    uint32_t n_sent;           // numbers
    uint32_t n_got;            // echoes, and nothing else came
    bool is_closed;            // by the server
    bool is_reset;             // with what it had not read yet
    char error[128];           // the last /error's text
    int32_t error_code;
};

struct bench {
    struct weir_loop *loop;
    struct weir_streams *streams;
    struct sockaddr_storage address;
    socklen_t n_address;
    struct client clients[N_CLIENTS];
    unsigned n_clients;
    int window; // of the next one, bytes; 0: as the system likes
    // What the server has seen.
    bool holds;         // it takes nothing now
    bool is_silent;     // it does not answer
    unsigned n_answers; // to each packet
    uint32_t n_taken;
    uint32_t n_taken_of[N_CLIENTS + 1]; // by connection
    struct weir_peer last_peer;
    unsigned n_gone;
    uint64_t last_gone;
};

// ------------------------------------------------------------------- server

static bool
may_take(void *owner)
{
    struct bench *b = owner;
    if (b->holds)
        weir_streams_pause(b->streams, true);
    return !b->holds;
}

static void
take(void *owner, const struct weir_peer *peer, const void *packet, size_t n)
{
    struct bench *b = owner;
    b->n_taken++;
    cr_assert(peer->connection <= N_CLIENTS);
    b->n_taken_of[peer->connection]++;
    b->last_peer = *peer;
    for (unsigned i = 0; i < b->n_answers && !b->is_silent; i++)
        weir_peer_send(peer, packet, n);
}

static void
note_gone(void *owner, const struct weir_peer *peer)
{
    struct bench *b = owner;
    b->n_gone++;
    b->last_gone = peer->connection;
}

static struct bench *
bench_new(void)
{
    struct bench *b = calloc(1, sizeof *b);
    const struct weir_bind_wanted wanted = {.tcp = true};
    struct weir_bound bound;
    char why[256];
    weir_log_init("bench", WEIR_LOG_INFO);
    cr_assert(weir_bind(&wanted, &bound, why, sizeof why), "%s", why);
    cr_assert(bound.is_local);
    b->n_answers = 1;
    b->n_address = sizeof b->address;
    getsockname(bound.tcp, (struct sockaddr *)&b->address, &b->n_address);
    b->loop = weir_loop_new();
    b->streams =
        weir_streams_new(&(struct weir_streams_config){.loop = b->loop,
                                                       .may_take = may_take,
                                                       .take = take,
                                                       .gone = note_gone,
                                                       .owner = b},
                         bound.tcp);
    cr_assert_not_null(b->streams);
    return b;
}

static void
leave(struct client *c)
{
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
    weir_deframer_fini(&c->deframer);
}

static void
bench_free(struct bench *b)
{
    for (unsigned i = 0; i < b->n_clients; i++)
        leave(&b->clients[i]);
    weir_streams_free(b->streams);
    weir_loop_free(b->loop);
    free(b);
}

// With .init = cr_redirect_stderr: so many lines, and each says so.
static void
check_log(const char *says, unsigned n_lines)
{
    static char log[8192];
    unsigned n_found = 0;
    unsigned n_all = 0;
    fflush(stderr);
    const size_t n = fread(log, 1, sizeof log - 1, cr_get_redirected_stderr());
    log[n] = '\0';
    for (const char *at = log; (at = strchr(at, '\n')); at++)
        n_all++;
    for (const char *at = log; (at = strstr(at, says)); at++)
        n_found++;
    cr_assert(n_found == n_lines && n_all == n_lines, "not %u lines of %s: %s",
              n_lines, says, log);
}

// Until nothing more happens by itself.
static void
settle(struct bench *b)
{
    while (weir_loop_turn(b->loop, 0) > 0)
        continue;
}

// ------------------------------------------------------------------- clients

static struct client *
join(struct bench *b, enum weir_framing framing)
{
    const int yes = 1;
    struct client *c = &b->clients[b->n_clients++];
    c->framing = framing;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert(c->fd >= 0);
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (b->window)
        setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &b->window, sizeof b->window);
    cr_assert_eq(connect(c->fd, (struct sockaddr *)&b->address, b->n_address),
                 0);
    return c;
}

// A message with a number, and as many bytes besides.
static size_t
make_message(unsigned char *out, uint32_t number, size_t n_blob)
{
    memcpy(out, "/n\0\0,ib\0", 8);
    for (int i = 0; i < 4; i++) {
        out[8 + i] = (unsigned char)(number >> (24 - 8 * i));
        out[12 + i] = (unsigned char)(n_blob >> (24 - 8 * i));
    }
    memset(out + 16, 0xc0, n_blob); // each of them is escaped in SLIP
    return 16 + n_blob;
}

static size_t
next_frame(struct client *c, unsigned char *out, size_t n_blob)
{
    unsigned char *packet = malloc(16 + n_blob);
    const size_t n = make_message(packet, c->n_sent++, n_blob);
    const size_t n_frame = weir_frame_put(c->framing, packet, n, out);
    free(packet);
    return n_frame;
}

static void
put(struct client *c, const void *bytes, size_t n)
{
    cr_assert_eq(send(c->fd, bytes, n, MSG_NOSIGNAL), (ssize_t)n);
}

static void
send_number(struct client *c, size_t n_blob)
{
    unsigned char *frame = malloc(weir_frame_bound(c->framing, 16 + n_blob));
    put(c, frame, next_frame(c, frame, n_blob));
    free(frame);
}

static void
note_error(struct client *c, const unsigned char *packet, size_t n)
{
    // "/error" ",sis" "/" CODE TEXT
    cr_assert(n > 24 &&
              memcmp(packet, "/error\0\0,sis\0\0\0\0/\0\0\0", 20) == 0);
    c->error_code = packet[23];
    snprintf(c->error, sizeof c->error, "%s", (const char *)packet + 24);
}

static void
note_answer(struct client *c, const unsigned char *packet, size_t n)
{
    cr_assert_eq(weir_osc_validate(packet, n, NULL), WEIR_OSC_OK);
    cr_assert_eq(c->deframer.framing, c->framing, "not in its own framing");
    if (packet[1] != 'n') {
        note_error(c, packet, n);
        return;
    }
    uint32_t number = 0;
    for (int i = 0; i < 4; i++)
        number = number << 8 | packet[8 + i];
    cr_assert_eq(number, c->n_got, "answers are in order, each comes once");
    c->n_got++;
}

// Take what has come, at most `n` bytes.
static void
listen_to(struct client *c, size_t n)
{
    static unsigned char bytes[1 << 16];
    ssize_t got = 1;
    while (n > 0 && got > 0) {
        got = recv(c->fd, bytes, n < sizeof bytes ? n : sizeof bytes,
                   MSG_DONTWAIT);
        c->is_reset = c->is_reset || (got < 0 && errno == ECONNRESET);
        c->is_closed = c->is_reset || c->is_closed || got == 0;
        for (size_t at = 0, n_taken; got > 0 && at < (size_t)got; at += n_taken)
            if (weir_deframer_take(&c->deframer, bytes + at, (size_t)got - at,
                                   &n_taken) == WEIR_FRAME_PACKET)
                note_answer(c, c->deframer.packet, c->deframer.n_bytes);
        n -= got > 0 ? (size_t)got : 0;
    }
}

static void
exchange(struct bench *b, struct client *c)
{
    for (int quiet = 0; quiet < 2;) {
        const uint32_t before = c->n_got;
        settle(b);
        listen_to(c, SIZE_MAX);
        quiet = c->n_got == before ? quiet + 1 : 0;
    }
}

// Turn until it is so; a second is long for what this machine does by itself.
#define TURN_UNTIL(b, condition)                                               \
    do {                                                                       \
        for (int i_ = 0; i_ < 400 && !(condition); i_++)                       \
            weir_loop_turn((b)->loop, 50);                                     \
        cr_assert(condition);                                                  \
    } while (0)

static const enum weir_framing both[] = {WEIR_FRAMING_LENGTH,
                                         WEIR_FRAMING_SLIP};

TestSuite(osc_streams, .timeout = 60);

// --------------------------------------------------------------------- tests

Test(osc_streams, a_packet_in_pieces_and_ten_in_one_are_each_answered_once)
{
    struct bench *b = bench_new();
    for (unsigned k = 0; k < 2; k++) {
        struct client *c = join(b, both[k]);
        unsigned char bytes[2048];
        size_t n = next_frame(c, bytes, 40);
        for (size_t i = 0; i < n; i++) {
            put(c, bytes + i, 1);
            settle(b);
            listen_to(c, SIZE_MAX);
            cr_assert_eq(c->n_got, i + 1 == n ? 1 : 0);
        }
        n = 0;
        for (int i = 0; i < 10; i++)
            n += next_frame(c, bytes + n, 40);
        put(c, bytes, n - 1);
        settle(b);
        listen_to(c, SIZE_MAX);
        cr_assert_eq(c->n_got, 10);
        put(c, bytes + n - 1, 1);
        exchange(b, c);
        cr_assert_eq(c->n_got, 11);
    }
    cr_assert_eq(b->n_taken, 22);
    cr_assert_eq(b->n_gone, 0);
    bench_free(b);
}

Test(osc_streams, packets_of_64_kilobytes_go_both_ways)
{
    struct bench *b = bench_new();
    for (unsigned k = 0; k < 2; k++) {
        struct client *c = join(b, both[k]);
        for (int i = 0; i < 20; i++) {
            send_number(c, WEIR_FRAME_MAX - 16);
            TURN_UNTIL(b, (listen_to(c, SIZE_MAX), c->n_got == c->n_sent));
        }
    }
    bench_free(b);
}

Test(osc_streams, a_turn_takes_a_few_of_each_so_that_all_have_theirs)
{
    struct bench *b = bench_new();
    enum { N = 500 };
    for (unsigned i = 0; i < 4; i++)
        join(b, both[i % 2]);
    b->holds = true;
    for (unsigned i = 0; i < 4; i++)
        for (unsigned n = 0; n < N; n++)
            send_number(&b->clients[i], 8);
    settle(b);
    cr_assert_eq(b->n_taken, 0);
    b->holds = false;
    weir_streams_pause(b->streams, false);
    while (b->n_taken < 4 * N) {
        uint32_t before[5];
        memcpy(before, b->n_taken_of, sizeof before);
        cr_assert(weir_loop_turn(b->loop, 1000) > 0);
        for (unsigned i = 1; i <= 4; i++) {
            const uint32_t n = b->n_taken_of[i] - before[i];
            cr_assert(n <= 32, "%u at once", n);
            cr_assert(n > 0 || before[i] == N, "%u had no turn", i);
        }
    }
    for (unsigned i = 0; i < 4; i++) {
        exchange(b, &b->clients[i]);
        cr_assert_eq(b->clients[i].n_got, N);
    }
    bench_free(b);
}

Test(osc_streams, while_nothing_can_be_taken_packets_wait_and_the_loop_sleeps)
{
    struct bench *b = bench_new();
    struct client *c = join(b, WEIR_FRAMING_LENGTH);
    send_number(c, 8);
    exchange(b, c);
    b->holds = true;
    for (int i = 0; i < 100; i++)
        send_number(c, 8);
    settle(b);
    cr_assert_eq(b->n_taken, 1);
    cr_assert_eq(weir_loop_turn(b->loop, 0), 0);
    b->holds = false;
    weir_streams_pause(b->streams, false);
    exchange(b, c);
    cr_assert_eq(c->n_got, 101);
    bench_free(b);
}

Test(osc_streams, what_was_sent_before_the_sender_went_is_carried_out)
{
    struct bench *b = bench_new();
    enum { N = 1000 };
    static unsigned char bytes[64 * N];
    size_t n = 0;
    struct client *c = join(b, WEIR_FRAMING_SLIP);
    send_number(c, 8);
    settle(b);
    b->holds = true;
    for (int i = 1; i < N; i++)
        n += next_frame(c, bytes + n, 8);
    put(c, bytes, n); // at once: its system sends no more after a reset
    settle(b);
    leave(c); // with an answer unread, so that the connection is reset
    settle(b);
    cr_assert_eq(weir_loop_turn(b->loop, 0), 0, "the loop turns for nothing");
    cr_assert_eq(b->n_gone, 0);
    b->holds = false;
    weir_streams_pause(b->streams, false);
    TURN_UNTIL(b, b->n_gone == 1);
    cr_assert_eq(b->n_taken, N, "%u", b->n_taken);
    bench_free(b);
}

Test(osc_streams, who_takes_no_answers_is_not_read_and_others_are)
{
    struct bench *b = bench_new();
    struct client *c = join(b, WEIR_FRAMING_LENGTH);
    struct client *other = join(b, WEIR_FRAMING_SLIP);
    unsigned char *frame = malloc(weir_frame_bound(c->framing, 16 + 1000));
    b->n_answers = 10;
    // As much as it gets rid of.
    for (int quiet = 0; quiet < 3;) {
        const size_t n = next_frame(c, frame, 1000);
        const ssize_t sent = send(c->fd, frame, n, MSG_DONTWAIT);
        quiet = sent == (ssize_t)n ? 0 : quiet + 1;
        settle(b);
        if (sent > 0 && sent < (ssize_t)n)
            break;
    }
    // 64 kB wait at most, and one answer more, beside what the kernel has.
    const uint32_t n_taken = b->n_taken;
    cr_assert(n_taken > 10 && n_taken < c->n_sent / 2, "%u of %u", n_taken,
              c->n_sent);
    cr_assert_eq(b->n_gone, 0);
    b->n_answers = 1;
    for (int i = 0; i < 200; i++) {
        send_number(other, 100);
        exchange(b, other);
        cr_assert_eq(other->n_got, other->n_sent);
    }
    cr_assert_eq(b->n_taken, n_taken + 200);
    free(frame);
    bench_free(b);
}

static void
give_answer(struct bench *b, uint32_t number, size_t n_blob)
{
    unsigned char *packet = malloc(16 + n_blob);
    const size_t n = make_message(packet, number, n_blob);
    weir_peer_send(&b->last_peer, packet, n);
    free(packet);
}

Test(osc_streams, who_has_a_megabyte_waiting_is_cut_off_and_named,
     .init = cr_redirect_stderr)
{
    struct bench *b = bench_new();
    struct client *c = join(b, WEIR_FRAMING_LENGTH);
    struct client *other = join(b, WEIR_FRAMING_LENGTH);
    send_number(other, 8);
    exchange(b, other);
    const uint64_t number = b->last_peer.connection;
    send_number(c, 8);
    exchange(b, c);
    // Answers that are under way already come, however little it takes.
    uint32_t n = 1;
    while (b->n_gone == 0 && n < 200) {
        give_answer(b, n++, BLOCK);
        weir_loop_turn(b->loop, n > 35 ? 10 : 0);
    }
    cr_assert_eq(b->n_gone, 1);
    cr_assert_neq(b->last_gone, number);
    cr_assert(n * BLOCK > 1 << 20, "only %u answers", n);
    cr_assert_eq(weir_streams_count(b->streams), 1);
    give_answer(b, n, 8); // nobody is there any more
    listen_to(c, SIZE_MAX);
    cr_assert(c->is_closed);
    send_number(other, 8);
    exchange(b, other);
    cr_assert_eq(other->n_got, 2);
    check_log("more than 1 MB of answers", 1);
    bench_free(b);
}

Test(osc_streams, who_takes_nothing_is_cut_off_and_who_is_slow_is_not,
     .init = cr_redirect_stderr)
{
    struct bench *b = bench_new();
    struct client *dead = join(b, WEIR_FRAMING_LENGTH);
    send_number(dead, 8);
    settle(b);
    for (uint32_t i = 1; i < 15; i++)
        give_answer(b, i, BLOCK);
    b->window = 4096; // else its system takes it all
    struct client *slow = join(b, WEIR_FRAMING_LENGTH);
    send_number(slow, 8);
    settle(b);
    for (uint32_t i = 1; i < 15; i++)
        give_answer(b, i, BLOCK);
    // Both wait for the same; one takes a little now and then, and not as
    // much in all as makes a socket writable again.
    cr_assert_eq(b->n_gone, 0);
    while (b->n_gone == 0) {
        weir_loop_turn(b->loop, 100);
        listen_to(slow, 400);
    }
    cr_assert_eq(b->last_gone, 1);
    cr_assert_not(slow->is_closed);
    exchange(b, slow);
    TURN_UNTIL(b, (listen_to(slow, SIZE_MAX), slow->n_got == 15));
    check_log("takes no answers: cut off", 1);
    bench_free(b);
}

Test(osc_streams, an_offer_is_refused_while_something_waits_and_taken_after)
{
    struct bench *b = bench_new();
    struct client *c = join(b, WEIR_FRAMING_SLIP);
    unsigned char packet[16 + 1000];
    send_number(c, 1000);
    exchange(b, c);
    uint32_t n = 1;
    while (
        weir_peer_offer(&b->last_peer, packet, make_message(packet, n, 1000))) {
        n++;
        cr_assert(n < 2000);
    }
    cr_assert_not(weir_peer_offer(&b->last_peer, packet, sizeof packet));
    exchange(b, c);
    cr_assert_eq(c->n_got, n, "what was refused has come all the same");
    cr_assert(weir_peer_offer(&b->last_peer, packet, sizeof packet));
    exchange(b, c);
    cr_assert_eq(c->n_got, n + 1);
    leave(c);
    TURN_UNTIL(b, b->n_gone == 1);
    cr_assert(weir_peer_offer(&b->last_peer, packet, sizeof packet),
              "who has gone has room for everything");
    bench_free(b);
}

Test(osc_streams, answers_never_go_to_somebody_who_came_later)
{
    struct bench *b = bench_new();
    struct client *c = join(b, WEIR_FRAMING_LENGTH);
    send_number(c, 8);
    exchange(b, c);
    const struct weir_peer first = b->last_peer;
    leave(c);
    TURN_UNTIL(b, b->n_gone == 1);
    c = join(b, WEIR_FRAMING_LENGTH);
    send_number(c, 8);
    exchange(b, c);
    cr_assert_not(weir_peer_is_same(&first, &b->last_peer));
    cr_assert(weir_peer_is_gone(&first));
    cr_assert_not(weir_peer_is_gone(&b->last_peer));
    weir_peer_send(&first, "/x\0\0,\0\0", 8);
    exchange(b, c);
    cr_assert_eq(c->n_got, 1);
    bench_free(b);
}

Test(osc_streams, who_has_sent_all_still_gets_its_answers)
{
    struct bench *b = bench_new();
    struct client *c = join(b, WEIR_FRAMING_LENGTH);
    b->is_silent = true;
    send_number(c, 8);
    shutdown(c->fd, SHUT_WR);
    settle(b);
    cr_assert_eq(weir_loop_turn(b->loop, 0), 0, "the loop turns for nothing");
    give_answer(b, 0, BLOCK);
    exchange(b, c);
    cr_assert_eq(c->n_got, 1);
    TURN_UNTIL(b, b->n_gone == 1);
    listen_to(c, SIZE_MAX);
    cr_assert(c->is_closed);
    bench_free(b);
}

Test(osc_streams, who_comes_and_goes_without_a_word_is_forgotten_at_once)
{
    struct bench *b = bench_new();
    for (unsigned i = 0; i < 70; i++) {
        leave(join(b, WEIR_FRAMING_LENGTH));
        TURN_UNTIL(b, b->n_gone == i + 1);
    }
    cr_assert_eq(weir_streams_count(b->streams), 0);
    bench_free(b);
}

// -------------------------------------------------------------------- limits

Test(osc_streams, the_65th_is_turned_away_and_64_go_on,
     .init = cr_redirect_stderr)
{
    struct bench *b = bench_new();
    for (unsigned i = 0; i < WEIR_STREAMS_MAX + 10; i++) {
        join(b, both[i % 2]);
        settle(b);
    }
    cr_assert_eq(weir_streams_count(b->streams), WEIR_STREAMS_MAX);
    for (unsigned i = 0; i < WEIR_STREAMS_MAX + 10; i++) {
        struct client *c = &b->clients[i];
        if (i < WEIR_STREAMS_MAX)
            send_number(c, 8);
        exchange(b, c);
        cr_assert_eq(c->n_got, i < WEIR_STREAMS_MAX ? 1 : 0);
        cr_assert_eq(c->is_closed, i >= WEIR_STREAMS_MAX);
    }
    // One goes, one comes.
    leave(&b->clients[3]);
    TURN_UNTIL(b, b->n_gone == 1);
    struct client *late = join(b, WEIR_FRAMING_LENGTH);
    send_number(late, 8);
    exchange(b, late);
    cr_assert_eq(late->n_got, 1);
    join(b, WEIR_FRAMING_LENGTH);
    join(b, WEIR_FRAMING_LENGTH);
    settle(b);
    check_log("64 connections are the limit", 2);
    bench_free(b);
}

Test(osc_streams, who_only_waits_for_the_rest_makes_room_for_who_comes)
{
    struct bench *b = bench_new();
    b->is_silent = true;
    for (unsigned i = 0; i < WEIR_STREAMS_MAX; i++) {
        send_number(join(b, WEIR_FRAMING_LENGTH), 8);
        settle(b);
    }
    shutdown(b->clients[5].fd, SHUT_WR);
    settle(b);
    cr_assert_eq(weir_streams_count(b->streams), WEIR_STREAMS_MAX);
    b->is_silent = false;
    struct client *late = join(b, WEIR_FRAMING_LENGTH);
    send_number(late, 8);
    exchange(b, late);
    cr_assert_eq(late->n_got, 1);
    cr_assert_eq(b->last_gone, 6);
    bench_free(b);
}

Test(osc_streams, without_descriptors_the_loop_sleeps_and_goes_on_afterwards,
     .init = cr_redirect_stderr)
{
    struct bench *b = bench_new();
    struct client *there = join(b, WEIR_FRAMING_LENGTH);
    send_number(there, 8);
    exchange(b, there);
    struct client *c = join(b, WEIR_FRAMING_LENGTH);
    send_number(c, 8);
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    const struct rlimit low = {.rlim_cur = 3, .rlim_max = limit.rlim_max};
    setrlimit(RLIMIT_NOFILE, &low);
    cr_assert_eq(weir_loop_turn(b->loop, 1000), 1);
    // It asks again now and then, and serves those who are there.
    int n_served = 0;
    for (int i = 0; i < 30; i++)
        n_served += weir_loop_turn(b->loop, 100);
    cr_assert(n_served <= 20, "%d turns in 3 s", n_served);
    send_number(there, 8);
    exchange(b, there);
    cr_assert_eq(there->n_got, 2);
    cr_assert_eq(c->n_got, 0);
    setrlimit(RLIMIT_NOFILE, &limit);
    TURN_UNTIL(b, (listen_to(c, SIZE_MAX), c->n_got == 1));
    check_log("nobody can connect", 1);
    bench_free(b);
}

// ------------------------------------------------------------- wrong streams

static void
check_refused(const void *bytes, size_t n, enum weir_framing framing, int code,
              const char *says)
{
    struct bench *b = bench_new();
    struct client *c = join(b, framing);
    send_number(c, 8);
    exchange(b, c);
    put(c, bytes, n);
    // What follows is not looked at, however good it seems.
    b->n_taken = 0;
    c->n_sent = 100;
    send_number(c, 8);
    exchange(b, c);
    cr_assert_eq(b->n_taken, 0);
    cr_assert_eq(c->n_got, 1);
    cr_assert_eq(c->error_code, code);
    cr_assert_not_null(strstr(c->error, says), "%s", c->error);
    cr_assert(c->is_closed && !c->is_reset, "it hears the end");
    TURN_UNTIL(b, b->n_gone == 1);
    bench_free(b);
}

Test(osc_streams, an_ill_formed_escape_is_answered_and_the_stream_ends,
     .init = cr_redirect_stderr)
{
    check_refused("\300/x\333x\300\300", 7, WEIR_FRAMING_SLIP, 2, "escape");
}

Test(osc_streams, a_packet_that_is_too_long_is_answered_and_the_stream_ends,
     .init = cr_redirect_stderr)
{
    unsigned char *slip = malloc(WEIR_FRAME_MAX + 8);
    memset(slip, 'x', WEIR_FRAME_MAX + 8);
    slip[0] = 0xc0;
    check_refused("\0\1\0\1", 4, WEIR_FRAMING_LENGTH, 7, "64 kB");
    check_refused("\377\377\377\374", 4, WEIR_FRAMING_LENGTH, 7, "64 kB");
    check_refused(slip, WEIR_FRAME_MAX + 8, WEIR_FRAMING_SLIP, 7, "64 kB");
    free(slip);
}

Test(osc_streams, what_is_no_osc_is_closed_with_a_line,
     .init = cr_redirect_stderr)
{
    struct bench *b = bench_new();
    struct client *c = join(b, WEIR_FRAMING_LENGTH);
    put(c, "GET / HTTP/1.1\r\n\r\n", 18);
    TURN_UNTIL(b, b->n_gone == 1);
    listen_to(c, SIZE_MAX);
    cr_assert(c->is_closed);
    cr_assert_eq(b->n_taken, 0);
    check_log("sends no OSC", 1);
    bench_free(b);
}

Test(osc_streams, a_flood_of_them_does_not_flood_the_log,
     .init = cr_redirect_stderr)
{
    struct bench *b = bench_new();
    for (unsigned i = 0; i < 60; i++) {
        struct client *c = join(b, WEIR_FRAMING_LENGTH);
        put(c, "x", 1);
        TURN_UNTIL(b, b->n_gone == i + 1);
        leave(c);
    }
    check_log("sends no OSC", 20);
    bench_free(b);
}

Test(osc_streams, an_urgent_byte_does_not_keep_the_loop_turning)
{
    struct bench *b = bench_new();
    struct client *c = join(b, WEIR_FRAMING_LENGTH);
    send_number(c, 8);
    exchange(b, c);
    cr_assert_eq(send(c->fd, "!", 1, MSG_OOB), 1);
    int n_served = 0;
    for (int i = 0; i < 50; i++)
        n_served += weir_loop_turn(b->loop, 2);
    cr_assert(n_served <= 2, "%d", n_served);
    send_number(c, 8);
    exchange(b, c);
    cr_assert_eq(c->n_got, 2);
    bench_free(b);
}
