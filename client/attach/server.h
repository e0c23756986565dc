// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// attach.sock: who wants to read asks here, and gets rings to map. A
// connection is a reader's life. Everything here is @control's.
#ifndef WEIR_ATTACH_SERVER_H
#define WEIR_ATTACH_SERVER_H

#include "desk/fault.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct weir_attach;
struct weir_desk;
struct weir_loop;
struct weir_reader_connection;

enum { WEIR_MAX_READERS = 128 };

/// Listen at `path`.  Null when the system refuses; errno says why.
/// Borrows `loop` and `desk`.
struct weir_attach *weir_attach_open(struct weir_loop *loop,
                                     struct weir_desk *desk, uint32_t rate_hz,
                                     const char *path);

/// What readers and feeds are told from now on that the mix's rate is.
void weir_attach_set_rate(struct weir_attach *attach, uint32_t rate_hz);

/// Have `fn` called whenever a reader has come or gone; null: nobody is
/// told.
void weir_attach_watch(struct weir_attach *attach, void (*fn)(void *owner),
                       void *owner);

/// Say goodbye to all readers and close; null is allowed.
void weir_attach_close(struct weir_attach *attach, const char *reason);

enum weir_freewheel_switch {
    WEIR_FREEWHEEL_OFF,
    WEIR_FREEWHEEL_ON,
    WEIR_FREEWHEEL_ON_AND_ROLL, ///< JACK's transport begins with it, at 0
};

/// How the server is switched into freewheel and back; whatever switches on is
/// followed by one that switches off.
typedef void weir_attach_set_freewheel(void *owner,
                                       enum weir_freewheel_switch to,
                                       struct weir_ticket done);

/// Let readers have the server switched.
void weir_attach_on_freewheel(struct weir_attach *attach,
                              weir_attach_set_freewheel *set_freewheel,
                              void *owner);

/// Wait for no reader any more, and switch back: before weir ends, while the
/// mixer still runs.  Null is allowed.
void weir_attach_end_freewheel(struct weir_attach *attach);

// What `/reader` shows. Readers are numbered 0..n-1 in the order they came.
uint32_t weir_attach_n_readers(const struct weir_attach *attach);
struct weir_reader_connection *weir_attach_reader(struct weir_attach *attach,
                                                  uint32_t i);

struct weir_reader_facts {
    const char *id;
    const char *state; // attached, running, armed or stopped
    char source[256];  // names, joined by commas
    pid_t pid;
    uint64_t lag_frames;
    uint64_t lost_frames;
    uint64_t dropouts;
};
void weir_reader_facts(const struct weir_reader_connection *reader,
                       struct weir_reader_facts *out);

/// Close a reader's connection.
void weir_reader_kick(struct weir_reader_connection *reader,
                      const char *reason);

/// Carry a verb to a reader; `ticket` is settled by its answer, by its end,
/// or when two seconds have passed.  `argument` may be null.
void weir_reader_ask(struct weir_reader_connection *reader, const char *verb,
                     const char *argument, struct weir_ticket ticket);

#endif
