// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// OSC over TCP: who connects, how many, and how long. Each connection has
// its own framing and its own bounded queue (stream.h); none can make weir
// wait. Everything here is @control's.
#ifndef WEIR_OSCCTL_STREAMS_H
#define WEIR_OSCCTL_STREAMS_H

#include <stdbool.h>
#include <stddef.h>

struct weir_loop;
struct weir_peer;
struct weir_streams;

enum { WEIR_STREAMS_MAX = 64 }; ///< connections at a time

struct weir_streams_config {
    struct weir_loop *loop;
    /// Whether a packet may be taken now; if not, weir_streams_pause() is
    /// called before the loop turns again.
    bool (*may_take)(void *owner);
    void (*take)(void *owner, const struct weir_peer *peer, const void *packet,
                 size_t n_bytes);
    /// A connection has closed; null: nobody wants to know.
    void (*gone)(void *owner, const struct weir_peer *peer);
    void *owner;
};

/// Serve those who connect to `fd`, which listens.  Null when memory is
/// short: then `fd` is still the caller's.  Borrows what the config points to.
struct weir_streams *weir_streams_new(const struct weir_streams_config *c,
                                      int fd);

/// Close them all; `gone` is not called.
void weir_streams_free(struct weir_streams *streams);

/// Leave packets in the kernel for a while, and go on.
void weir_streams_pause(struct weir_streams *streams, bool pause);

/// How many are connected.
unsigned weir_streams_count(const struct weir_streams *streams);

#endif
