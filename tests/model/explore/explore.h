// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A small stateless model checker for C11 programs with two to four short
// threads. It runs the compiled program itself: the compiler's
// -fsanitize=thread announces every access, and instead of ThreadSanitizer's
// runtime this one answers. Every execution that RC11 allows is visited once
// (the TruSt algorithm: Kokologiannakis, Marmanis, Gladstein, Vafeiadis,
// POPL 2022), with release sequences as in C++20 and without thin air
// (program order and reads-from make no cycle). tests/model/README.md says
// what that proves and what not.
#ifndef TESTS_MODEL_EXPLORE_H
#define TESTS_MODEL_EXPLORE_H

#include <stdbool.h>
#include <stdint.h>

enum { MAX_EVENTS = 128, MAX_THREADS = 5, MAX_PLACES = 24, MAX_BYTES = 64 };

/// One bit an event.
typedef unsigned __int128 event_set;

#define EVENT_BIT(id) ((event_set)1 << (id))

enum kind {
    READ,        ///< atomic, or the first half of a read-modify-write
    WRITE,       ///< atomic, or the second half of one
    PLAIN_READ,  ///< not atomic
    PLAIN_WRITE, ///< not atomic
    FENCE,
    CREATE, ///< of thread `peer`
    START,  ///< of a thread, after its creation
    JOIN,   ///< of thread `peer`, after its end
    END,
};

enum { INITIAL = -1 }; // reads from what was there before the threads

struct event {
    enum kind kind;
    int order; // as __ATOMIC_RELAXED and so on
    bool update;
    uint8_t thread;
    uint8_t peer;
    uint8_t place; // atomics: which location
    int from;      // reads: the write's id
    uintptr_t address;
    uint32_t n_bytes;
    uint64_t value;
    uint8_t bytes[MAX_BYTES]; // plain writes: what was written
    uintptr_t pc;
};

/// An atomic location with its writes in modification order.
struct place {
    uintptr_t address;
    uint32_t n_bytes;
    uint64_t initial;
    int n;
    uint8_t writes[MAX_EVENTS];
};

/// A part of an execution. Events are numbered in the order they were added.
struct graph {
    int n;
    struct event events[MAX_EVENTS];
    int n_places;
    struct place places[MAX_PLACES];
    int n_threads;
    int length[MAX_THREADS];
    uint8_t at[MAX_THREADS][MAX_EVENTS]; // program order
};

/// What follows from a graph.
struct relations {
    event_set happens_before[MAX_EVENTS]; // who does, for each event
    event_set prefix[MAX_EVENTS];         // program order and reads-from
    event_set message[MAX_EVENTS];        // what a write hands over
};

/// Whether RC11 allows the graph; fills in `rel`.
bool weir_graph_consistent(const struct graph *g, struct relations *rel);

/// Another thread's event that races with `id`, or -1.
int weir_graph_race(const struct graph *g, const struct relations *rel, int id);

/// Where in its location's modification order a write stands, or what a read
/// reads from; 0 is what was there before.
int weir_graph_position(const struct graph *g, int id);

enum next_kind {
    NEXT_EVENT,   ///< `event` is what comes next
    NEXT_NOTHING, ///< all threads have ended
    NEXT_ERROR,   ///< `error` says what
    NEXT_RESTART, ///< a location turned out to be shared: begin again
};

struct next {
    enum next_kind kind;
    struct event event;
    char error[200];
};

/// What the program does next after `g`; a thread with a half-done update
/// goes first, then the lowest one that can. `only` picks a thread, or is -1.
struct next weir_replay_next(struct graph *g, const struct relations *rel,
                             int only);

/// Whether thread `t` exists, has not ended and does not wait for another.
bool weir_replay_can_run(const struct graph *g, int t);

/// An atomic's value before there were threads.
uint64_t weir_replay_initial(uintptr_t address, uint32_t n_bytes);

/// Prepare the program's memory; before anything else.
void weir_replay_init(void);

#endif
