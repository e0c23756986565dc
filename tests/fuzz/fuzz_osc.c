// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// One input: a desk with two strips and a bus is set up, the records are
// carried out, all that is under way is let come to its end, and the desk is
// cleared again. Then nothing may be left of it; and if it has taken memory for
// good, it must not take more of it when it is run again.
#include "fuzz/fuzz_osc.h"

#include "attach/server.h"
#include "common/loop.h"
#include "desk/bench_desk.h"
#include "desk/fake_plugins.h"
#include "desk/link.h"
#include "desk/slots.h"
#include "fuzz/clock.h"
#include "oscctl/framing.h"
#include "oscctl/outbox.h"
#include "oscctl/subscriptions.h"
#include "oscctl/validate.h"
#include "rt/clock.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define COUNTS_BYTES 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define COUNTS_BYTES 1
#endif
#endif
#ifdef COUNTS_BYTES
// The sanitizer's; gcc has no header for it.
size_t __sanitizer_get_current_allocated_bytes(void);
#endif

enum {
    RATE_HZ = 48000,
    MOST_FRAMES = RATE_HZ, // that one input may have mixed
    LOOKS_AT_RACKS = 16,   // until all that they were asked has been shown
    MOST_TIMERS = 60,      // that fire at its end, before time leaps
    ANSWER_BYTES = 65536,  // to one packet
    REPLY_BYTES = 65536,   // longest packet
};

static struct bench *b;

// What the run of one input keeps in mind.
static struct {
    uint64_t began_ns;
    uint32_t n_frames;
    int reader_fd; // -1: not connected
    uint64_t sum;  // of all answers
    unsigned n;    // of them
} run;

#define REQUIRE(what)                                                          \
    do {                                                                       \
        if (!(what)) {                                                         \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #what); \
            abort();                                                           \
        }                                                                      \
    } while (0)

// ------------------------------------------------------------------ answers

// Whatever is answered is OSC, and to be heeded at once.
static void
take_answer(const void *bytes, size_t n)
{
    struct weir_osc_summary summary;
    const unsigned char *at = bytes;
    REQUIRE(n <= REPLY_BYTES);
    REQUIRE(weir_osc_validate(bytes, n, &summary) == WEIR_OSC_OK);
    REQUIRE(summary.time_tag == WEIR_OSC_IMMEDIATELY);
    for (size_t i = 0; i < n; i++)
        run.sum = run.sum * 1099511628211u + at[i] + 1;
    run.n++;
}

static void
drain(void)
{
    unsigned char packet[REPLY_BYTES];
    for (;;) {
        const ssize_t n =
            recv(b->client_fd, packet, sizeof packet, MSG_DONTWAIT);
        if (n > 0)
            take_answer(packet, (size_t)n);
        else if (weir_outbox_is_empty(b->peer.owner))
            return;
        else
            weir_loop_turn(b->loop, 2);
    }
}

static void
settle(void)
{
    bench_step(b);
    drain();
}

// -------------------------------------------------------------------- peers

// Somebody whose answers come here without a socket.
struct stranger {
    struct weir_peer peer;
    size_t n_bytes;    // that it has got
    size_t n_may_have; // that what it asked may bring
    bool full;
    bool subscribed;             // perhaps: then there is no such limit
    struct weir_deframer stream; // of the connection
};
static struct stranger far; // on another host
static struct stranger connected;

static void
send_to_stranger(const struct weir_peer *peer, const void *bytes, size_t n)
{
    struct stranger *s = peer->owner;
    s->n_bytes += n;
    take_answer(bytes, n);
}

static bool
offer_to_stranger(const struct weir_peer *peer, const void *bytes, size_t n)
{
    struct stranger *s = peer->owner;
    if (!s->full)
        send_to_stranger(peer, bytes, n);
    return !s->full;
}

static const struct weir_carrier by_datagrams = {.send = send_to_stranger,
                                                 .offer = offer_to_stranger};
static const struct weir_carrier by_stream = {
    .send = send_to_stranger, .offer = offer_to_stranger, .is_stream = true};

static void
make_strangers(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(9000)};
    inet_pton(AF_INET, "192.0.2.1", &at.sin_addr);
    far = (struct stranger){.peer = {.carrier = &by_datagrams,
                                     .owner = &far,
                                     .fd = -1,
                                     .n_address = sizeof at}};
    memcpy(&far.peer.address, &at, sizeof at);
    connected = (struct stranger){.peer = {.carrier = &by_stream,
                                           .owner = &connected,
                                           .fd = -1,
                                           .connection = 1}};
}

// ------------------------------------------------------------------ records

static uint64_t
get_u64(const unsigned char *at)
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++)
        value = value << 8 | at[i];
    return value;
}

// Tags of about now are told as of the beginning of time.
static void
move_tag(unsigned char *packet, size_t n)
{
    const uint64_t zero = CLOCK_BEGIN_S + 2208988800u;
    if (n < 16 || memcmp(packet, "#bundle", 8) != 0)
        return;
    uint64_t tag = get_u64(packet + 8);
    const uint64_t s = run.began_ns / 1000000000u;
    const uint64_t ns = run.began_ns % 1000000000u;
    if (tag >> 32 < zero || tag >> 32 > zero + 3600)
        return;
    tag += (s << 32) + (ns << 32) / 1000000000u;
    for (int i = 0; i < 8; i++)
        packet[8 + i] = (unsigned char)(tag >> (56 - 8 * i));
}

// As oscctl/server.c does: while the mixer has much to do packets wait.
static void
take_packet(const struct weir_peer *peer, const uint8_t *bytes, size_t n)
{
    // On the heap, so that a sanitizer sees every byte too far.
    unsigned char *copy = malloc(n ? n : 1);
    memcpy(copy, bytes, n);
    move_tag(copy, n);
    while (weir_link_room(b->link) < WEIR_LINK_ROOM_FOR_PACKET)
        settle();
    weir_packet_take(&b->tree, peer, copy, n);
    free(copy);
}

static void
take_from_far(const uint8_t *bytes, size_t n)
{
    far.n_may_have += ANSWER_BYTES;
    if (memmem(bytes, n, "subscribe_token", 15))
        far.subscribed = true;
    take_packet(&far.peer, bytes, n);
}

// And a new one begins. What the old one asked for is dropped.
static void
close_connection(void)
{
    weir_deframer_fini(&connected.stream);
    weir_subscriptions_drop_peer(b->tree.subscriptions, &connected.peer);
    connected.peer.connection++;
}

static void
take_framed(const uint8_t *bytes, size_t n)
{
    connected.n_may_have += ANSWER_BYTES;
    if (memmem(bytes, n, "subscribe", 9))
        connected.subscribed = true;
    take_packet(&connected.peer, bytes, n);
}

// As oscctl/stream.c does.
static void
take_from_connection(const uint8_t *bytes, size_t n)
{
    size_t n_taken;
    for (; n > 0; bytes += n_taken, n -= n_taken) {
        const enum weir_frame found =
            weir_deframer_take(&connected.stream, bytes, n, &n_taken);
        REQUIRE(n_taken <= n);
        if (found == WEIR_FRAME_PACKET) {
            take_framed(connected.stream.packet, connected.stream.n_bytes);
        } else if (found != WEIR_FRAME_MORE) {
            close_connection();
            return;
        }
    }
}

static void
connect_reader(void)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    snprintf(at.sun_path, sizeof at.sun_path, "%s/attach.sock", b->dir);
    run.reader_fd =
        socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    REQUIRE(connect(run.reader_fd, (struct sockaddr *)&at, sizeof at) == 0);
    weir_loop_turn(b->loop, 0);
}

// Descriptors that come with it are not taken, and closed by the kernel.
static void
take_from_reader(const uint8_t *bytes, size_t n)
{
    unsigned char answer[4096];
    if (run.reader_fd < 0)
        connect_reader();
    (void)!send(run.reader_fd, bytes, n, MSG_NOSIGNAL);
    weir_loop_turn(b->loop, 0);
    while (recv(run.reader_fd, answer, sizeof answer, 0) > 0)
        continue;
}

// The cycle comes now, whatever went by without one.
static void
mix(uint32_t n)
{
    if (n == 0 || n > WEIR_MAX_BLOCK || run.n_frames + n > MOST_FRAMES)
        return;
    run.n_frames += n;
    b->origin_ns = weir_now_ns() - b->engine->position * 1000000000u / RATE_HZ;
    bench_cycle(b, n);
    clock_advance((uint64_t)n * 1000000000u / RATE_HZ);
    weir_loop_turn(b->loop, 0);
}

static void
wait_ms(uint32_t n)
{
    clock_advance((uint64_t)n * 1000000u);
    weir_loop_turn(b->loop, 0);
    weir_desk_service_racks(b->desk);
    settle();
}

static void
tell_plugins(void)
{
    fake_describe();
    fake_tell();
    weir_loop_turn(b->loop, 0);
    settle();
}

static void
release_ports(bool refuse)
{
    struct weir_fault fault;
    weir_fault(&fault, WEIR_FAULT_FAILED, "no ports");
    bench_release_ports(b, refuse ? &fault : NULL);
}

static bool
has_bytes(uint8_t letter)
{
    return letter == 'p' || letter == 'q' || letter == 's' || letter == 'a';
}

static void
do_record(uint8_t letter, const uint8_t *bytes, uint32_t n)
{
    switch (letter) {
    case 'p':
        take_packet(&b->peer, bytes, n);
        break;
    case 'q':
        take_from_far(bytes, n);
        break;
    case 's':
        take_from_connection(bytes, n);
        break;
    case 'a':
        take_from_reader(bytes, n);
        break;
    case 'c':
        close_connection();
        break;
    case 'm':
        mix(n);
        break;
    case 'w':
        wait_ms(n);
        break;
    case 'h':
        b->hold_ports = true;
        break;
    case 'r':
    case 'f':
        release_ports(letter == 'f');
        break;
    case 'd':
        fake.hold = fake.slow = n % 2;
        break;
    case 't':
        tell_plugins();
        break;
    case 'x':
        connected.full = n % 2;
        break;
    default:
        break;
    }
}

static void
do_records(const uint8_t *at, size_t n_left)
{
    while (n_left >= 3) {
        const uint8_t letter = at[0];
        uint32_t n = (uint32_t)at[1] << 8 | at[2];
        at += 3;
        n_left -= 3;
        if (!has_bytes(letter)) {
            do_record(letter, NULL, n);
            continue;
        }
        n = n < n_left ? n : (uint32_t)n_left;
        do_record(letter, at, n);
        at += n;
        n_left -= n;
    }
}

// ------------------------------------------------------- before, and after

static void
begin(void)
{
    make_strangers();
    REQUIRE(fake.n_racks == 0);
    fake_reset();
    run.reader_fd = -1;
    run.began_ns = clock_elapsed_ns();
    run.n_frames = 0;
    bench_send_lines(b, "/strip/add mic 1\n/strip/add music 2\n/bus/add aux 2");
    settle();
    run.sum = 0;
    run.n = 0;
}

// What waits for its time, a time-out or room comes to its end.
static void
let_it_end(void)
{
    unsigned n = 0;
    b->hold_ports = false;
    fake.hold = fake.slow = false;
    connected.full = false;
    release_ports(false);
    if (run.reader_fd >= 0)
        close(run.reader_fd);
    close_connection();
    do {
        if (n == MOST_TIMERS) // longer than any lease
            clock_advance(UINT64_C(4000) * 1000000000u);
        weir_loop_turn(b->loop, 0);
        tell_plugins();
        REQUIRE(++n < 10 * MOST_TIMERS);
    } while (clock_next_timer());
    for (int i = 0; i < LOOKS_AT_RACKS; i++) {
        weir_desk_service_racks(b->desk);
        settle();
    }
    // And long enough without a cycle: the mixer has no clock, and no token
    // is good.
    clock_advance(UINT64_C(20) * 1000000000u);
}

static void
remove_all(void)
{
    struct weir_fault fault;
    const struct weir_ticket nobody = {0};
    for (uint32_t i = weir_desk_n_strips(b->desk); i-- > 0;)
        REQUIRE(weir_desk_remove_strip(b->desk, weir_desk_strip_at(b->desk, i),
                                       nobody, &fault) == WEIR_FAULT_NONE);
    for (uint32_t i = weir_desk_n_buses(b->desk); i-- > 1;)
        REQUIRE(weir_desk_remove_bus(b->desk, weir_desk_bus_at(b->desk, i),
                                     nobody, &fault) == WEIR_FAULT_NONE);
    weir_desk_commit(b->desk);
    bench_step(b);
    bench_send_lines(b, "/bus/main/gain 0\n/bus/main/mute F\n"
                        "/bus/main/name main\n/bus/main/plugin/clear");
    bench_step(b);
    b->quit = false;
}

static void
check_nothing_is_left(void)
{
    REQUIRE(weir_desk_n_strips(b->desk) == 0);
    REQUIRE(weir_desk_n_buses(b->desk) == 1);
    REQUIRE(weir_attach_n_readers(b->attach) == 0);
    REQUIRE(weir_link_room(b->link) == WEIR_COMMANDS);
    REQUIRE(b->engine->n_strips == 0);
    REQUIRE(b->n_port_groups == 1);
    REQUIRE(!weir_desk_service_racks(b->desk));
    REQUIRE(fake.n_racks == 0);
    REQUIRE(far.subscribed || far.n_bytes <= far.n_may_have);
    REQUIRE(connected.subscribed || connected.n_bytes <= connected.n_may_have);
}

static void
run_input(const uint8_t *data, size_t size)
{
    begin();
    do_records(data, size);
    let_it_end();
    const uint64_t sum = run.sum;
    const unsigned n = run.n;
    remove_all();
    drain();
    run.sum = sum;
    run.n = n;
    check_nothing_is_left();
}

static size_t
n_bytes_used(void)
{
#ifdef COUNTS_BYTES
    return __sanitizer_get_current_allocated_bytes();
#else
    return 0;
#endif
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!b) {
        bench_nursery = &fake;
        bench_has_no_states = true;
        b = bench_new();
        b->now_ns = 0;      // the made-up time counts for subscriptions, too
        run_input(NULL, 0); // what is made once is made now
    }
    // What grows once and is used again has grown then; a leak goes on.
    size_t before;
    int n_runs = 0;
    do {
        REQUIRE(n_runs++ < 4);
        before = n_bytes_used();
        run_input(data, size);
    } while (n_bytes_used() != before);
    return 0;
}

uint64_t
fuzz_answers(void)
{
    return run.sum;
}

unsigned
fuzz_n_answers(void)
{
    return run.n;
}
