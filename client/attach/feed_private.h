// SPDX-License-Identifier: ISC
// SPDX-FileCopyrightText: the weir authors
//
// What the feed's parts of libweir share. One feed belongs to one thread at a
// time; what it shares with weir is the mapped memory and the socket.
#ifndef WEIR_ATTACH_FEED_PRIVATE_H
#define WEIR_ATTACH_FEED_PRIVATE_H

#include "attach/include/weir/feed.h"
#include "rt/feed.h"

struct weir_feed {
    // Fixed after weir_feed_open().
    int socket;
    char id[64];
    struct weir_feed_format format;
    enum weir_feed_pacing pace;
    struct weir_feed_ring ring;
    void *memory;
    size_t n_bytes;

    // The feeding thread's own.
    uint64_t written;
    uint64_t overruns;
    bool stamped; // by weir_feed_stamp(): no clock of our own any more
    bool ended;
    char end_reason[128];
    bool has_command;
    struct weir_feed_command command;
};

// ------------------------------------------------------------ feed_attach.c

/// Connect, ask for the strip, and map what came.  @feeder  Waits at most 5 s
/// for each answer.  Whatever it left is weir_feed_close()'s.
enum weir_feed_result weir_feed_attach(struct weir_feed *feed,
                                       const struct weir_feed_config *config,
                                       struct weir_feed_error *error);

// ----------------------------------------------------------- feed_control.c

/// Take in what weir has sent, without waiting: a command, a farewell, or
/// the end; and how the ring stands.  @feeder
void weir_feed_listen(struct weir_feed *feed);

/// A command that nobody took: do what can be done here.  @feeder
void weir_feed_obey(struct weir_feed *feed);

#endif
