// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The attach server's inside, between its own files. A connection begins as a
// caller; its first message makes it a reader or a feed.
#ifndef WEIR_ATTACH_SERVER_PRIVATE_H
#define WEIR_ATTACH_SERVER_PRIVATE_H

#include "attach/protocol.h"
#include "attach/server.h"
#include "attach/wire.h"
#include "common/chatter.h"
#include "common/log.h"
#include "common/loop.h"
#include "oscctl/values.h"

enum {
    WEIR_MAX_QUESTIONS = 16,
    WEIR_MAX_CALLERS = 128,
    WEIR_MAX_FEEDS = 512, // as many as strips
};

/// A verb that was carried to a reader or a feed and is not answered yet.
struct weir_question {
    int32_t request; // 0: free
    int64_t until_ms;
    struct weir_ticket ticket;
};

struct weir_questions {
    struct weir_question list[WEIR_MAX_QUESTIONS];
    int32_t last_request;
};

/// A connection that has not asked for anything yet.
struct weir_caller {
    struct weir_attach *attach;
    struct weir_watch watch;
    int64_t until_ms; // asks before, or is closed
    pid_t pid;
};

struct weir_reader_connection {
    struct weir_attach *attach;
    struct weir_watch watch;
    pid_t pid;
    char id[WEIR_ID_MAX + 1];
    char program[WEIR_ID_MAX + 1];
    struct weir_source *sources[WEIR_ATTACH_MAX_SOURCES];
    uint32_t n_sources;
    uint32_t n_pending; // sources that the mixer does not write yet
    bool served;        // has its rings
    bool gone;          // closed while sources were pending
    int page_fd;
    struct weir_reader_page *page; // mapped for reading; null: none yet
    struct weir_questions questions;
    struct weir_holding *holding; // waited for in freewheel; null: it is not
    struct weir_wish *wish;       // its switch is under way; null: none is
    bool switches;                // freewheel is wanted for it
    uint64_t silent_before;       // frames without input, until it was
};

struct weir_attach {
    struct weir_loop *loop;
    struct weir_desk *desk;
    uint32_t rate_hz;
    struct weir_watch watch;
    struct weir_timer timer;
    bool ticks;   // `timer` runs
    int spare_fd; // given up for a moment when descriptors run out; -1: gone
    int64_t closed_until_ms; // nobody is let in before; 0: the door is open
    struct weir_chatter chatter;
    struct weir_caller *callers[WEIR_MAX_CALLERS];
    uint32_t n_callers;
    struct weir_reader_connection *readers[WEIR_MAX_READERS];
    uint32_t n_readers; // served, or their rings are being made
    struct weir_feed_connection *feeds[WEIR_MAX_FEEDS];
    uint32_t n_feeds;
    unsigned next_number;
    void (*watcher)(void *owner); // null: nobody
    void *watcher_owner;
    weir_attach_set_freewheel *set_freewheel; // null: nobody can
    void *freewheel_owner;
};

// -------------------------------------------------------------- server_wire.c

/// Send a finished message with descriptors; false when it could not be sent.
/// @control  Does not wait: who does not listen is closed when it hangs up.
bool weir_attach_send(int fd, const struct weir_wire_out *message,
                      const int *fds, unsigned n_fds);

/// Send `/error` and `/bye`.  @control
void weir_attach_send_error(int fd, const struct weir_fault *fault);
void weir_attach_send_bye(int fd, const char *reason);

enum weir_attach_packet {
    WEIR_PACKET_NONE,
    WEIR_PACKET_END, ///< the other side is gone
    WEIR_PACKET_RUBBISH,
    WEIR_PACKET_MESSAGE,
};

#define WEIR_ATTACH_RUBBISH "that was no message of the attach protocol"

/// Take the next packet.  @control  `out` points into `packet`, of
/// WEIR_ATTACH_MAX_PACKET.
enum weir_attach_packet weir_attach_receive(int fd, unsigned char *packet,
                                            struct weir_wire *out);

// --------------------------------------------------------------- server_ids.c

/// Choose the id of a "reader" or a "feed" (`kind`): the one that is wanted,
/// or, if that is
/// "", one after its program.  @control  Borrows all; `out` has
/// WEIR_ID_MAX + 1 bytes.
enum weir_fault_code weir_attach_take_id(struct weir_attach *attach,
                                         const char *kind, const char *program,
                                         const char *wanted, char *out,
                                         struct weir_fault *fault);

// ------------------------------------------------- server_greet.c and others

/// One line of the log that a guest has caused; of a flood the first ones are
/// written.  @control
__attribute__((format(printf, 3, 4))) void
weir_attach_say(struct weir_attach *attach, enum weir_log_level level,
                const char *format, ...);

/// A reader has come or gone.
void weir_attach_tell(const struct weir_attach *attach);

/// Look after questions and callers every so often, as long as there are any.
void weir_attach_look_after(struct weir_attach *attach);

/// A caller's first message makes it a reader, or is refused.  Takes `fd`.
void weir_reader_greet(struct weir_attach *attach, int fd, pid_t pid,
                       const struct weir_wire *request);

/// Close a connection, with a word of farewell if `reason` is not null.
void weir_reader_drop(struct weir_reader_connection *reader,
                      const char *reason);

// --------------------------------------------------------- server_freewheel.c

/// `/freewheel` came.  @control
void weir_reader_hear_freewheel(struct weir_reader_connection *reader,
                                const struct weir_wire *message);

/// Neither wait for it nor keep the server in freewheel for it any more.
/// @control
void weir_reader_end_freewheel(struct weir_reader_connection *reader);

/// When the mixer has given up on it: tell it, and end its freewheel.
/// @control
void weir_reader_check_patience(struct weir_reader_connection *reader);

// --------------------------------------------------------- server_questions.c

/// Carry a verb to the other side; `ticket` is settled by its answer, by its
/// end, or when its patience is over.  @control  `argument` may be null.
void weir_questions_ask(struct weir_questions *q, int fd, const char *verb,
                        const char *argument, int32_t patience_ms,
                        struct weir_ticket ticket);

/// A packet came, which may be an answer.
void weir_questions_hear(struct weir_questions *q,
                         const struct weir_wire *answer);

/// Settle those that have waited too long; whether others wait.
bool weir_questions_check(struct weir_questions *q, int64_t now_ms);

/// Settle all: the other side is gone.
void weir_questions_end(struct weir_questions *q, const char *why);

// ------------------------------------------------------------- server_feeds.c

struct weir_feed_connection;

/// A caller's first message makes it a feed, or is refused.  Takes `fd`.
void weir_feed_greet(struct weir_attach *attach, int fd, pid_t pid,
                     const struct weir_wire *request);

/// Close a connection, with a word of farewell if `reason` is not null.
void weir_feed_drop(struct weir_feed_connection *feed, const char *reason);

/// Settle what has waited too long for its answer; whether something waits.
bool weir_feed_check_questions(struct weir_feed_connection *feed,
                               int64_t now_ms);

const char *weir_feed_connection_id(const struct weir_feed_connection *feed);

#endif
