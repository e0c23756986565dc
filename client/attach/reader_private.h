// SPDX-License-Identifier: ISC
// SPDX-FileCopyrightText: the weir authors
//
// What the parts of libweir share. One reader belongs to one thread at a
// time; what it shares with weir is the mapped memory and the socket.
#ifndef WEIR_ATTACH_READER_PRIVATE_H
#define WEIR_ATTACH_READER_PRIVATE_H

#include "attach/connect.h"
#include "attach/include/weir/reader.h"
#include "attach/protocol.h"
#include "attach/talk.h"
#include "rt/broadcast.h"

enum {
    WEIR_READER_MAX_CHANNELS = 64, ///< of one source
    WEIR_READER_SCRATCH_FRAMES = 512,
};

/// One source's ring, mapped read-only.
struct weir_reader_source {
    struct weir_broadcast ring;
    uint64_t first; // position of the first frame ever written to it
    void *memory;
    size_t n_bytes;
};

struct weir_reader {
    // Fixed after weir_reader_open().
    int socket;
    char id[64];
    uint32_t rate_hz;
    uint32_t n_channels; // of all sources
    unsigned n_sources;
    struct weir_reader_source sources[WEIR_ATTACH_MAX_SOURCES];
    struct weir_reader_page *page; // shared: weir reads it
    float *scratch; // one source's part of a joined block; null for one

    // The reading thread's own.
    uint64_t position;
    uint64_t lost_frames;
    uint64_t dropouts;
    uint64_t lost_until; // where the last dropout ended; it may go on there
    bool ended;
    uint64_t end; // once `ended`: what was published by then
    char end_reason[128];
    bool held; // in freewheel weir waits for it
    int32_t last_request;
    bool has_command;
    struct weir_reader_command command;
};

// ---------------------------------------------------------- reader_attach.c

/// Ask weir for the sources and wait for its answer: the reader's page, then a
/// ring for each.  @reader  Waits at most 5 s.  Undo with
/// weir_attach_close_answer().
enum weir_reader_result
weir_reader_ask_for(int socket, const struct weir_reader_config *config,
                    struct weir_attach_answer *out,
                    struct weir_reader_error *error);

// ------------------------------------------------------------- reader_map.c

/// Check a ring's memory as if an enemy had made it, and map it read-only.
/// @reader  Borrows `fd`.  Undo with weir_reader_unmap_source().
enum weir_reader_result weir_reader_map_source(int fd,
                                               struct weir_reader_source *out,
                                               uint32_t *rate_hz,
                                               struct weir_reader_error *error);

void weir_reader_unmap_source(struct weir_reader_source *source);

/// Map the page in which the reader tells weir where it is.  @reader
/// Undo with weir_reader_unmap_page().
enum weir_reader_result weir_reader_map_page(int fd,
                                             struct weir_reader_page **out,
                                             struct weir_reader_error *error);

void weir_reader_unmap_page(struct weir_reader_page *page);

// --------------------------------------------------------- reader_control.c

/// Take in what weir has sent, without waiting: a command, a farewell, or
/// the end of the connection.  @reader
void weir_reader_listen(struct weir_reader *reader);

/// Take in one packet, if there is one; false when there is none.  A command
/// that finds the last one's place taken is refused.  @reader
bool weir_reader_listen_once(struct weir_reader *reader,
                             struct weir_talk *heard);

/// Nothing beyond what is published now will be read.  The first reason
/// stays.  @reader
void weir_reader_finish(struct weir_reader *reader, const char *reason);

// --------------------------------------------------------- reader_freewheel.c

/// It has read: in freewheel the mixer may wait for that.  @reader
void weir_reader_wake_mixer(struct weir_reader *reader);

// ------------------------------------------------------------ reader_read.c

/// Frames before the returned position are there in every source.  @reader
uint64_t weir_reader_published(const struct weir_reader *reader);

/// The first position that every source still holds.  @reader
uint64_t weir_reader_oldest(const struct weir_reader *reader);

#endif
