// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The attach server's inside, between its own files.
#ifndef WEIR_ATTACH_SERVER_PRIVATE_H
#define WEIR_ATTACH_SERVER_PRIVATE_H

#include "attach/protocol.h"
#include "attach/server.h"
#include "attach/wire.h"
#include "common/loop.h"
#include "oscctl/values.h"

enum { WEIR_READER_MAX_QUESTIONS = 16 };

/// A verb that was carried to a reader and is not answered yet.
struct weir_question {
    int32_t request; // 0: free
    int64_t until_ms;
    struct weir_ticket ticket;
};

enum weir_reader_phase {
    WEIR_READER_SILENT,    // has not asked for anything yet
    WEIR_READER_PREPARING, // its rings are being made
    WEIR_READER_SERVED,    // has its rings
};

struct weir_reader_connection {
    struct weir_attach *attach;
    struct weir_watch watch;
    enum weir_reader_phase phase;
    int64_t until_ms; // silent: asks before, or is closed
    pid_t pid;
    char id[WEIR_ID_MAX + 1];
    char program[WEIR_ID_MAX + 1];
    struct weir_source *sources[WEIR_ATTACH_MAX_SOURCES];
    uint32_t n_sources;
    uint32_t n_pending; // sources that the mixer does not write yet
    bool gone;          // closed while sources were pending
    int page_fd;
    struct weir_reader_page *page; // mapped for reading; null: none yet
    struct weir_question questions[WEIR_READER_MAX_QUESTIONS];
    int32_t last_request;
};

struct weir_attach {
    struct weir_loop *loop;
    struct weir_desk *desk;
    uint32_t rate_hz;
    struct weir_watch watch;
    struct weir_timer timer;
    int spare_fd; // given up for a moment when descriptors run out
    struct weir_reader_connection *readers[WEIR_MAX_READERS];
    uint32_t n_readers; // connections, in any phase
    unsigned next_number;
    void (*watcher)(void *owner); // null: nobody
    void *watcher_owner;
};

/// A reader has come or gone.
void weir_attach_tell(const struct weir_attach *attach);

/// Close a connection, with a word of farewell if `reason` is not null.
void weir_reader_drop(struct weir_reader_connection *reader,
                      const char *reason);

/// A packet came.
void weir_reader_greet(struct weir_reader_connection *reader,
                       const struct weir_wire *request);
void weir_reader_hear(struct weir_reader_connection *reader,
                      const struct weir_wire *answer);

/// Settle the questions that have waited too long.
void weir_reader_check_questions(struct weir_reader_connection *reader,
                                 int64_t now_ms);

/// Settle all questions: the reader is gone.
void weir_reader_end_questions(struct weir_reader_connection *reader);

/// Send a finished message; a reader that does not take it is dropped later,
/// when it hangs up.
void weir_reader_send(struct weir_reader_connection *reader,
                      const struct weir_wire_out *message);

#endif
