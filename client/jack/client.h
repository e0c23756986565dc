// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// weir as a client of JACK (or PipeWire's JACK): opened, running, lost.
#ifndef WEIR_JACK_CLIENT_H
#define WEIR_JACK_CLIENT_H

#include "rt/tags.h"

#include <jack/types.h>
#include <stdbool.h>
#include <stdint.h>

struct weir_graph_event;
struct weir_jack;
struct weir_latency;
struct weir_process;

enum weir_jack_result {
    WEIR_JACK_OK = 0,
    WEIR_JACK_NO_SERVER, ///< nobody answers
    WEIR_JACK_NAME,      ///< another client has the name; jackd says the
                         ///< same of other failures of its own
    WEIR_JACK_FAILED,    ///< anything else
};

/// What the client works for; fixed while it is open.
struct weir_jack_config {
    const char *name;
    const char *server; ///< null: the default one
    struct weir_process *process;
    uint32_t latency_blocks;
    /// An eventfd; becomes readable when the facts change, or there is
    /// something heard of the graph.
    int notify_fd;
};

/// What JACK has told since the client was opened.
struct weir_jack_facts {
    uint32_t rate_hz;
    uint32_t block_frames;
    uint64_t xruns;
    bool lost;
    bool freewheel;
};

/// Open the client, without starting a server.  Copies `config`, borrows what
/// it points to.  @control before there is a worker, then on that alone.  May
/// take a second.
enum weir_jack_result weir_jack_open(const struct weir_jack_config *config,
                                     struct weir_jack **out);

/// The server's name, as it was given or found.  @control
const char *weir_jack_server_name(const char *server);

jack_client_t *weir_jack_client(struct weir_jack *jack);

/// Whose latency it reports: the worker adds and drops ports.
struct weir_latency *weir_jack_latency(struct weir_jack *jack);

/// Finds a port's buffer; for weir_process_init().  @rt
WEIR_RT void *weir_jack_get_buffer(void *port, uint32_t n_frames);

/// Start the cycles.  False when JACK refuses.  As weir_jack_open().
bool weir_jack_activate(struct weir_jack *jack);

/// Whether JACK has asked for latencies since the last call, and is to be told
/// outside of its callback: weir_jack_tell_latency().  @control
bool weir_jack_wants_latency(struct weir_jack *jack);

/// Tell JACK of latencies anew, or have it ask for them.  Blocks as long as
/// JACK does: on the worker.
void weir_jack_tell_latency(struct weir_jack *jack);

/// Frames by which plugins make all that comes out later, on top of periods:
/// as JACK is told when it asks, or by weir_jack_tell_latency().  @control
void weir_jack_set_insert_latency(struct weir_jack *jack, uint32_t n_frames);

/// What was heard of ports and connections since the last call: the caller's,
/// see weir_heard_take().  @control
uint32_t weir_jack_heard(struct weir_jack *jack,
                         struct weir_graph_event **events);

/// What JACK has told so far.  @control
struct weir_jack_facts weir_jack_facts(const struct weir_jack *jack);

/// Start JACK's transport when freewheel begins next, with its first cycle.
/// On the worker.
void weir_jack_roll_with_freewheel(struct weir_jack *jack);

/// Wait, for a moment at most, until the callback's thread has what real-time
/// scheduling it gets.  As weir_jack_open(), when it is active.
void weir_jack_await_realtime(const struct weir_jack *jack);

/// Whether the callback's thread truly has real-time scheduling.  @control,
/// while the client is active.
bool weir_jack_is_realtime(const struct weir_jack *jack);

/// Whether the server wants real-time scheduling for its clients.  @control
bool weir_jack_wants_realtime(const struct weir_jack *jack);

/// The priority one step below the callback's; 0: no real time.  @control
int weir_jack_mixer_priority(const struct weir_jack *jack);

/// Stop the cycles.  Blocks as long as JACK does: on the worker.
void weir_jack_deactivate(struct weir_jack *jack);

/// Close the client; once it is closed, nothing.  Blocks as long as JACK does,
/// for ever where a server hangs: on the worker.
void weir_jack_close(struct weir_jack *jack);

/// Free what weir_jack_open() made, after weir_jack_close(); null is allowed.
void weir_jack_free(struct weir_jack *jack);

#endif
