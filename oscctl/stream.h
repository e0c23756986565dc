// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// One TCP connection: packets out of it, answers into it.  Private to
// stream.c and streams.c.  Everything here is @control's.
#ifndef WEIR_OSCCTL_STREAM_H
#define WEIR_OSCCTL_STREAM_H

#include "common/loop.h"
#include "oscctl/backlog.h"
#include "oscctl/framing.h"
#include "oscctl/peer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct weir_streams;
struct weir_streams_config;

enum weir_stream_state {
    WEIR_STREAM_OPEN,
    WEIR_STREAM_HALF,    // the peer has sent all: answers still go
    WEIR_STREAM_LEAVING, // it was told why: the rest of its bytes are dropped
    WEIR_STREAM_OVER,    // to be closed and freed
};

struct weir_stream {
    struct weir_streams *streams;
    const struct weir_streams_config *config;
    struct weir_watch watch;
    struct weir_peer peer;
    struct weir_deframer deframer;
    struct weir_backlog backlog;
    enum weir_stream_state state;
    bool is_paused;
    bool has_asked;      // a packet has come
    bool is_deaf;        // it takes nothing any more: answers are dropped
    int64_t until_ms;    // HALF, LEAVING: then it is over
    int64_t progress_ms; // when it last took something of what waits
    int n_in_kernel;     // bytes that it had not taken when looked at last
};

/// A connection's socket becomes a stream.  Null when memory is short: then
/// `fd` is still the caller's.
struct weir_stream *weir_stream_new(struct weir_streams *streams,
                                    const struct weir_streams_config *config,
                                    const struct weir_peer *peer, int fd,
                                    bool is_paused);

/// Close it and free it.
void weir_stream_free(struct weir_stream *s);

void weir_stream_pause(struct weir_stream *s, bool pause);

/// As of struct weir_carrier.
void weir_stream_send(struct weir_stream *s, const void *bytes, size_t n);
bool weir_stream_offer(struct weir_stream *s, const void *bytes, size_t n);

/// Look at the time; false when there is nothing to wait for.
bool weir_stream_look(struct weir_stream *s, int64_t now_ms);

// ------------------------------------------------------- of streams.c, below

/// Something waits now: call weir_stream_look() now and then.
void weir_streams_look_after(struct weir_streams *streams);

/// This one is over: free it soon, or now, with nothing of it in use.
void weir_streams_drop_soon(struct weir_streams *streams);
void weir_streams_drop(struct weir_streams *streams, struct weir_stream *s);

/// A line of the log that anybody could cause: many of them become few.
void weir_streams_say(struct weir_streams *streams, const struct weir_peer *who,
                      const char *what);

#endif
