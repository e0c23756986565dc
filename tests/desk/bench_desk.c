// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The desk and the OSC tree over a driven engine.
#include "desk/bench_desk.h"

#include "attach/server.h"
#include "common/log.h"
#include "common/loop.h"
#include "desk/link.h"
#include "observe/loudness.h"
#include "oscctl/outbox.h"
#include "oscctl/parking.h"
#include "oscctl/schedule.h"
#include "oscctl/subscriptions.h"
#include "oscctl/text.h"
#include "oscctl/time.h"
#include "oscctl/validate.h"
#include "rt/clock.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    RATE_HZ = 48000,
    TURN_MS = 100,
    PATIENCE_TURNS = 600, // a minute: it is there to fail
};

struct weir_nursery *bench_nursery;
bool bench_has_no_states;

// ------------------------------------------------------------------- ports

static void
add_ports(struct weir_ports *ports, struct weir_port_group *group,
          struct weir_ticket ticket)
{
    struct bench *b = (struct bench *)ports;
    struct weir_fault fault;
    if (b->fail_ports && strcmp(b->fail_ports, group->id) == 0) {
        weir_fault(&fault, WEIR_FAULT_FAILED, "no ports for %s", group->id);
        weir_ticket_settle(ticket, &fault);
        return;
    }
    group->registered = true;
    b->n_port_groups++;
    if (group->fed_from)
        group->fed_from(group->owner, 1);
    if (b->hold_ports && b->n_held < BENCH_MAX_ADDS)
        b->held[b->n_held++] = ticket;
    else
        weir_ticket_settle(ticket, NULL);
}

static void
remove_ports(struct weir_ports *ports, struct weir_port_group *group,
             struct weir_ticket ticket)
{
    struct bench *b = (struct bench *)ports;
    if (group->registered)
        b->n_port_groups--;
    group->registered = false;
    weir_ticket_settle(ticket, NULL);
}

static void
rename_ports(struct weir_ports *ports, struct weir_port_group *group,
             struct weir_ticket ticket)
{
    struct bench *b = (struct bench *)ports;
    b->n_renames++;
    weir_port_label(group->name, group->n_ports, group->n_ports - 1, b->label);
    if (b->hold_ports && b->n_held < BENCH_MAX_ADDS)
        b->held[b->n_held++] = ticket;
    else
        weir_ticket_settle(ticket, NULL);
}

void
bench_release_ports(struct bench *b, const struct weir_fault *fault)
{
    const uint32_t n = b->n_held;
    b->n_held = 0;
    for (uint32_t i = 0; i < n; i++)
        weir_ticket_settle(b->held[i], fault);
}

// ----------------------------------------------------------------- patchbay

static const struct weir_fault *
patch_fault(const struct bench_patchbay *p)
{
    return p->fault.code ? &p->fault : NULL;
}

static void
note_patch(struct bench_patchbay *p, const char *verb, const char *from,
           const char *to)
{
    const size_t n = strlen(p->asked);
    snprintf(p->asked + n, sizeof p->asked - n, "%s %s %s\n", verb, from, to);
}

static void
change_patch(struct weir_patchbay *base, enum weir_patch_change change,
             const char *from, const char *to, struct weir_ticket ticket)
{
    struct bench_patchbay *p = (struct bench_patchbay *)base;
    note_patch(p, change == WEIR_PATCH_CONNECT ? "connect" : "disconnect", from,
               to);
    if (p->hold)
        p->held[p->n_held++].ticket = ticket;
    else
        weir_ticket_settle(ticket, patch_fault(p));
}

static void
look_at_patch(struct weir_patchbay *base, enum weir_patch_kind kind,
              weir_patch_seen_fn *seen, void *owner)
{
    struct bench_patchbay *p = (struct bench_patchbay *)base;
    if (!p->hold) {
        seen(owner, &p->lists[kind], patch_fault(p));
        return;
    }
    p->held[p->n_held].seen = seen;
    p->held[p->n_held].kind = kind;
    p->held[p->n_held++].owner = owner;
}

static void
build_patchbay(struct bench_patchbay *p)
{
    static const char *ports[] = {"system:capture_1",  "out", "audio",
                                  "system:playback_1", "in",  "audio"};
    static const char *connections[] = {"system:capture_1",
                                        "system:playback_1"};
    p->base =
        (struct weir_patchbay){.change = change_patch, .look = look_at_patch};
    p->lists[WEIR_PATCH_PORTS] = (struct weir_patch_list){2, 3, 6, ports};
    p->lists[WEIR_PATCH_CONNECTIONS] =
        (struct weir_patch_list){1, 2, 2, connections};
}

void
bench_release_patches(struct bench *b)
{
    struct bench_patchbay *p = &b->patchbay;
    for (uint32_t i = 0; i < p->n_held; i++)
        if (p->held[i].seen)
            p->held[i].seen(p->held[i].owner, &p->lists[p->held[i].kind],
                            patch_fault(p));
        else
            weir_ticket_settle(p->held[i].ticket, patch_fault(p));
    memset(p->held, 0, sizeof p->held);
    p->n_held = 0;
}

// ---------------------------------------------------------------- lifetime

static void
show_status(void *owner, struct weir_status *out)
{
    const struct bench *b = owner;
    *out = (struct weir_status){.rate = RATE_HZ,
                                .strips = weir_desk_n_strips(b->desk),
                                .server = "bench",
                                .mixer = "running",
                                .jack = "running"};
}

static void
note_quit(void *owner)
{
    ((struct bench *)owner)->quit = true;
}

static uint64_t
bench_now_ns(void *owner)
{
    const struct bench *b = owner;
    return b->now_ns > 0 ? b->now_ns : weir_now_ns();
}

static void
bus_goes(void *owner, struct weir_desk_bus *bus, struct weir_ticket gone)
{
    weir_loudness_leave(((struct bench *)owner)->loudness, bus, gone);
}

static void
open_sockets(struct bench *b)
{
    struct sockaddr_un *to = (struct sockaddr_un *)&b->peer.address;
    const int n_bytes = 8 << 20;
    snprintf(b->dir, sizeof b->dir, "/tmp/weir-bench-XXXXXX");
    cr_assert_not_null(mkdtemp(b->dir));
    b->peer = weir_peer_of_datagrams(
        NULL, socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    b->peer.n_address = sizeof *to;
    to->sun_family = AF_UNIX;
    snprintf(to->sun_path, sizeof to->sun_path, "%s/client", b->dir);
    b->client_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    setsockopt(b->peer.fd, SOL_SOCKET, SO_SNDBUFFORCE, &n_bytes,
               sizeof n_bytes);
    cr_assert_eq(bind(b->client_fd, (struct sockaddr *)to, sizeof *to), 0);
}

static void
build(struct bench *b)
{
    char path[96];
    snprintf(path, sizeof path, "%s/attach.sock", b->dir);
    b->engine = weir_engine_new(RATE_HZ, 8192);
    b->link = weir_link_new(b->engine);
    b->loop = weir_loop_new();
    b->loudness = weir_loudness_start(b->loop, RATE_HZ);
    b->ports = (struct weir_ports){add_ports, remove_ports, rename_ports};
    b->desk = weir_desk_new(&(struct weir_desk_config){
        .engine = b->engine,
        .link = b->link,
        .ports = &b->ports,
        .rate_hz = RATE_HZ,
        .latency_blocks = 1,
        .history_frames = RATE_HZ,
        .plugins = {.nursery = bench_nursery,
                    .block = 256,
                    .folder = bench_has_no_states ? NULL : b->dir},
        .bus_goes = bus_goes,
        .owner = b,
    });
    build_patchbay(&b->patchbay);
    b->attach = weir_attach_open(b->loop, b->desk, RATE_HZ, path);
    cr_assert_not_null(b->attach);
    b->peer.owner = weir_outbox_new(b->loop);
}

static uint64_t
real_minus_mono_ns(void)
{
    struct timespec real;
    clock_gettime(CLOCK_REALTIME, &real);
    return (uint64_t)real.tv_sec * 1000000000u + (uint64_t)real.tv_nsec -
           weir_now_ns();
}

struct bench *
bench_new(void)
{
    struct weir_fault fault;
    struct bench *b = calloc(1, sizeof *b);
    weir_log_init("bench", WEIR_LOG_ERROR - 1);
    open_sockets(b);
    build(b);
    b->tree = (struct weir_tree){.name = "bench",
                                 .desk = b->desk,
                                 .attach = b->attach,
                                 .loudness = b->loudness,
                                 .patchbay = &b->patchbay.base,
                                 .status = show_status,
                                 .quit = note_quit,
                                 .owner = b};
    b->tree.schedule = weir_schedule_new(&b->tree, b->loop);
    b->tree.parking = weir_parking_new(&b->tree, b->loop);
    b->now_ns = 1000000000;
    b->tree.subscriptions = weir_subscriptions_new(
        &b->tree, b->link, b->loop,
        &(struct weir_subscriptions_clock){bench_now_ns, b});
    b->origin_ns = weir_now_ns();
    b->real_minus_mono_ns = real_minus_mono_ns();
    cr_assert_eq(weir_desk_add_bus(b->desk, "main", 2, NULL,
                                   (struct weir_ticket){0}, &fault),
                 WEIR_FAULT_NONE);
    weir_desk_commit(b->desk);
    bench_step(b);
    return b;
}

void
bench_free(struct bench *b)
{
    char path[96];
    bench_step(b);
    weir_attach_close(b->attach, "the test is over");
    bench_step(b);
    weir_loudness_stop(b->loudness);
    weir_schedule_free(b->tree.schedule);
    weir_parking_free(b->tree.parking);
    weir_subscriptions_free(b->tree.subscriptions);
    weir_desk_free(b->desk);
    weir_link_free(b->link);
    weir_engine_free(b->engine);
    weir_outbox_free(b->peer.owner);
    weir_loop_free(b->loop);
    close(b->peer.fd);
    close(b->client_fd);
    snprintf(path, sizeof path, "%s/client", b->dir);
    unlink(path);
    snprintf(path, sizeof path, "%s/attach.sock", b->dir);
    unlink(path);
    rmdir(b->dir);
    free(b);
}

// ------------------------------------------------------------------ asking

// An answer may ask again, so a few rounds; and no cycles come here, so what
// fades out goes at once.
static void
step_mixer(struct bench *b)
{
    for (int i = 0; i < 4; i++) {
        weir_engine_obey(b->engine);
        weir_engine_idle(b->engine);
        weir_link_dispatch(b->link);
    }
}

void
bench_step(struct bench *b)
{
    int n_turns = 0;
    step_mixer(b);
    while (weir_loudness_is_awaited(b->loudness)) {
        cr_assert(n_turns++ < PATIENCE_TURNS, "loudness never answers");
        weir_loop_turn(b->loop, TURN_MS);
        step_mixer(b);
    }
}

void
bench_mix(struct bench *b, uint32_t n)
{
    const uint64_t position = b->engine->position;
    weir_inputs_record(
        b->engine->inputs,
        (struct weir_cycle){
            .position = position,
            .table = 1,
            .mono_ns = b->origin_ns + position * 1000000000u / RATE_HZ,
            .rate_hz = RATE_HZ,
            .n_frames = n,
        });
    weir_inputs_commit(b->engine->inputs);
    weir_engine_cycle(b->engine);
}

void
bench_cycle(struct bench *b, uint32_t n)
{
    weir_engine_obey(b->engine);
    bench_mix(b, n);
    weir_engine_obey(b->engine);
    weir_link_dispatch(b->link);
}

void
bench_send(struct bench *b, const void *bytes, size_t n)
{
    // A heap block of its own, so that a sanitizer sees every byte too far.
    void *copy = malloc(n ? n : 1);
    memcpy(copy, bytes, n);
    weir_packet_take(&b->tree, &b->peer, copy, n);
    free(copy);
}

// Twice: what is asked of the mixer first is sent then.
void
bench_tick(struct bench *b, uint64_t ms)
{
    b->now_ns += ms * 1000000;
    for (int i = 0; i < 2; i++) {
        weir_subscriptions_run(b->tree.subscriptions);
        bench_step(b);
    }
}

static void
put_u32(unsigned char *at, size_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (unsigned char)(value >> (24 - 8 * i));
}

// A line's message behind its length; returns the bytes.
static size_t
put_line(unsigned char *at, size_t room, const char *text)
{
    struct weir_text_fault fault;
    struct weir_text_line line;
    size_t n = room;
    cr_assert_eq(weir_text_parse(text, strlen(text), &line, &fault),
                 WEIR_TEXT_MESSAGE, "line \"%s\"", text);
    cr_assert(lo_message_length(line.message, line.address) + 4 <= room);
    lo_message_serialise(line.message, line.address, at + 4, &n);
    put_u32(at, n);
    lo_message_free(line.message);
    return 4 + n;
}

// A bundle for at once; returns its bytes.
static size_t
put_lines(unsigned char *packet, const char *lines, unsigned *n_lines)
{
    static char copy[BENCH_TEXT];
    size_t n = 16;
    char *save = NULL;
    *n_lines = 0;
    memcpy(packet, "#bundle\0\0\0\0\0\0\0\0\1", 16);
    snprintf(copy, sizeof copy, "%s", lines);
    for (char *line = strtok_r(copy, "\n", &save); line;
         line = strtok_r(NULL, "\n", &save), ++*n_lines)
        n += put_line(packet + n, BENCH_TEXT - n, line);
    return n;
}

void
bench_send_lines(struct bench *b, const char *lines)
{
    static unsigned char packet[BENCH_TEXT];
    unsigned n_lines;
    const size_t n = put_lines(packet, lines, &n_lines);
    if (n_lines == 1)
        bench_send(b, packet + 20, n - 20);
    else
        bench_send(b, packet, n);
}

uint64_t
bench_tag(const struct bench *b, uint64_t frame)
{
    return weir_ntp_from_ns(b->origin_ns + b->real_minus_mono_ns +
                            frame * 1000000000u / RATE_HZ);
}

void
bench_send_lines_at(struct bench *b, uint64_t frame, const char *lines)
{
    static unsigned char packet[BENCH_TEXT];
    unsigned n_lines;
    const uint64_t tag = bench_tag(b, frame);
    const size_t n = put_lines(packet, lines, &n_lines);
    put_u32(packet + 8, tag >> 32);
    put_u32(packet + 12, tag & UINT32_MAX);
    bench_send(b, packet, n);
}

static void
print_messages(FILE *to, void *packet, size_t n)
{
    struct weir_osc_walk walk;
    struct weir_osc_message m;
    cr_assert_eq(weir_osc_validate(packet, n, NULL), WEIR_OSC_OK,
                 "an answer is no OSC packet");
    weir_osc_walk_init(&walk, packet, n);
    while (weir_osc_next(&walk, &m)) {
        unsigned char copy[BENCH_TEXT];
        int failed = 0;
        memcpy(copy, m.data, m.size);
        lo_message args = lo_message_deserialise(copy, m.size, &failed);
        cr_assert_not_null(args);
        weir_text_print(to, m.address, args, 0);
        fputc('\n', to);
        lo_message_free(args);
    }
}

const char *
bench_answers(struct bench *b)
{
    static char text[4 * BENCH_TEXT];
    unsigned char packet[BENCH_TEXT];
    FILE *to = fmemopen(text, sizeof text, "w");
    int n_turns = 0;
    b->n_datagrams = 0;
    b->longest = 0;
    b->n_bytes = 0;
    text[0] = '\0';
    for (;;) {
        const ssize_t n =
            recv(b->client_fd, packet, sizeof packet, MSG_DONTWAIT);
        if (n > 0) {
            print_messages(to, packet, (size_t)n);
            b->n_datagrams++;
            b->n_bytes += (size_t)n;
            b->longest = (size_t)n > b->longest ? (size_t)n : b->longest;
            continue;
        }
        // A Unix socket holds ten datagrams: the others wait in the outbox.
        if (weir_outbox_is_empty(b->peer.owner))
            break;
        cr_assert(n_turns++ < PATIENCE_TURNS, "the outbox sends nothing");
        weir_loop_turn(b->loop, TURN_MS);
    }
    fputc('\0', to);
    fclose(to);
    return text;
}

const char *
bench_ask(struct bench *b, const char *lines)
{
    bench_send_lines(b, lines);
    bench_step(b);
    return bench_answers(b);
}
