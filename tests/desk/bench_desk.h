// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The desk and the OSC tree over a driven engine: packets in, answers out,
// the mixer stepped by hand, ports that are there at once or when told.
#ifndef TESTS_DESK_BENCH_DESK_H
#define TESTS_DESK_BENCH_DESK_H

#include "desk/desk.h"
#include "engine/engine.h"
#include "oscctl/packet.h"
#include "oscctl/patchbay.h"
#include "oscctl/peer.h"
#include "oscctl/tree.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BENCH_TEXT = 65536, BENCH_MAX_ADDS = 1024 };

/// A patchbay of the test's: what it is asked is noted, and answered at once
/// or when told.
struct bench_patchbay {
    struct weir_patchbay base; // first: the tree knows us by it
    bool hold;
    struct weir_fault fault; // of every answer, unless its code is 0
    struct weir_patch_list lists[2];
    char asked[BENCH_TEXT];
    struct {
        struct weir_ticket ticket;
        weir_patch_seen_fn *seen;
        enum weir_patch_kind kind;
        void *owner;
    } held[BENCH_MAX_ADDS];
    uint32_t n_held;
};

struct bench {
    struct weir_ports ports; // first: the desk knows the bench by it
    struct weir_engine *engine;
    struct weir_link *link;
    struct weir_loop *loop;
    struct weir_loudness *loudness;
    struct weir_attach *attach;
    struct bench_patchbay patchbay;
    struct weir_desk *desk;
    struct weir_tree tree;
    struct weir_peer peer;
    int client_fd;
    char dir[64];
    // What the port side does.
    bool hold_ports;        // adds and renames wait for bench_release_ports()
    const char *fail_ports; // the id whose ports are refused
    struct weir_ticket held[BENCH_MAX_ADDS];
    uint32_t n_held;
    uint32_t n_port_groups; // there now
    uint32_t n_renames;
    char label[WEIR_PORT_LABEL_BYTES]; // the last renamed port's
    bool quit;
    uint64_t now_ns; // of the subscriptions' clock, moved by bench_tick(); 0:
                     // the time it is
    uint64_t origin_ns; // CLOCK_MONOTONIC of frame 0
    uint64_t real_minus_mono_ns;
    uint32_t n_datagrams; // that the last bench_answers() took
    size_t longest;       // of them, bytes
    size_t n_bytes;       // of all of them
};

/// What the next desk has plugins from; null: it has none.
extern struct weir_nursery *bench_nursery;

/// Whether plugins' states have no folder there.
extern bool bench_has_no_states;

/// A desk with the bus `main`.  Free with bench_free().
struct bench *bench_new(void);
void bench_free(struct bench *b);

/// Give raw bytes to the server.
void bench_send(struct bench *b, const void *bytes, size_t n);

/// Give it lines of text (as in a session file): one line is a message, more
/// are a bundle.
void bench_send_lines(struct bench *b, const char *lines);

/// Let the mixer obey, and its events come back; wait for the loudness
/// thread's, if it was asked.
void bench_step(struct bench *b);

/// A cycle of `n` frames, whose time JACK would tell.
void bench_mix(struct bench *b, uint32_t n);

/// The same between commands, and what the mixer answers comes back.
void bench_cycle(struct bench *b, uint32_t n);

/// The time tag of a frame.
uint64_t bench_tag(const struct bench *b, uint64_t frame);

/// Lines as a bundle for the time of a frame.
void bench_send_lines_at(struct bench *b, uint64_t frame, const char *lines);

/// Let the subscriptions' time pass, and all be sent that is due then.
void bench_tick(struct bench *b, uint64_t ms);

/// Answer what the patchbay has held.
void bench_release_patches(struct bench *b);

/// Settle the adds and renames that were held.
void bench_release_ports(struct bench *b, const struct weir_fault *fault);

/// All answers that have come, as lines, each begun by its address; a bundle's
/// messages one after the other.  Lives until the next call.
const char *bench_answers(struct bench *b);

/// bench_send_lines(), bench_step(), bench_answers().
const char *bench_ask(struct bench *b, const char *lines);

// For a test file with a `static struct bench *b`.
#define EXPECT(lines, answer)                                                  \
    do {                                                                       \
        const char *got_ = bench_ask(b, lines);                                \
        cr_expect_str_eq(got_, answer, "%s\n-> %swanted %s", lines, got_,      \
                         answer);                                              \
    } while (0)

// The start of the answer alone: an error's text is for people.
#define EXPECT_START(lines, start)                                             \
    do {                                                                       \
        const char *got_ = bench_ask(b, lines);                                \
        cr_expect_eq(strncmp(got_, start, strlen(start)), 0,                   \
                     "%s\n-> %swanted %s", lines, got_, start);                \
    } while (0)

#endif
