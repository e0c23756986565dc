// SPDX-License-Identifier: ISC
// SPDX-FileCopyrightText: the weir authors
//
// What weir, its readers and its feeds say to each other over
// NAME/attach.sock, a SOCK_SEQPACKET socket: every packet is one OSC 1.0
// message.
//
//   reader -> weir, first and once
//     /attach ,iss[s...]  ABI PROGRAM ID SOURCE...
//         ABI is WEIR_BROADCAST_ABI; PROGRAM as in "weir-record"; ID is the
//         wanted reader id, "" to be given one; then 1..16 sources: "main",
//         another bus, "strip/ID" or "strip/ID/pre".
//   feed -> weir, first and once
//     /feed ,isssiisi  ABI PROGRAM ID STRIP RATE_HZ CHANNELS PACE TARGET
//         ABI is WEIR_FEED_ABI; STRIP is a strip's id: it is made with
//         CHANNELS (0: 2) if there is none; RATE_HZ is the feed's (0:
//         weir's); PACE is "pipe" or "clock"; TARGET is in frames (0: weir
//         chooses).
//   weir -> feed, the answer
//     /fed ,siii  ID CHANNELS CAPACITY WEIR_RATE_HZ
//         with the descriptor of the ring, which has the strip's CHANNELS.
//     /error as below.
//   weir -> reader, the answer
//     /attached ,si  ID RATE_HZ
//         with file descriptors: first the reader's own page (writable, by
//         this reader alone), then one ring for each source, in order.
//     /error ,sis  "/attach" CODE TEXT       and weir closes.
//   weir -> reader, any time later
//     /command ,is[...]  REQUEST VERB ARGUMENT...
//         VERB is start, stop, split, mark or metadata; to a feed: flush.
//     /bye ,s  REASON                        and weir closes.
//         A REASON that begins with "kicked" asks the reader not to come
//         back by itself.
//   reader -> weir
//     /done ,i  REQUEST       |      /failed ,is  REQUEST TEXT
//     /freewheel ,ii  REQUEST MODE
//         enum weir_freewheel_mode, any time; the last one counts.
//   weir -> reader
//     /done ,i  REQUEST       |      /failed ,is  REQUEST TEXT
//         the answer to that; of a switch, when JACK has made it.
//     /released ,s  REASON
//         It was too slow: weir waits for it no more, and has switched back.
//
// The connection is the reader's or the feed's life: when it closes, they are
// gone.
#ifndef WEIR_ATTACH_PROTOCOL_H
#define WEIR_ATTACH_PROTOCOL_H

#include <stdatomic.h>
#include <stdint.h>

enum {
    WEIR_ATTACH_MAX_SOURCES = 16,
    WEIR_ATTACH_MAX_PACKET = 4096,
    WEIR_READER_PAGE_BYTES = 4096,
};

/// weir_reader_end_reason() when what is read goes on in other rings: programs
/// attach anew.
#define WEIR_ATTACH_FORMAT_ENDED "the rate or the channels changed"

enum weir_reader_state {
    WEIR_READER_ATTACHED = 0,
    WEIR_READER_RUNNING = 1,
    WEIR_READER_ARMED = 2,
    WEIR_READER_STOPPED = 3,
};

/// What a reader asks of weir for freewheel.
enum weir_freewheel_mode {
    WEIR_FREEWHEEL_NONE = 0,   ///< neither of these (any more)
    WEIR_FREEWHEEL_HOLD = 1,   ///< there the mixer waits for it, bounded
    WEIR_FREEWHEEL_SWITCH = 2, ///< the same, and the server is switched
    WEIR_FREEWHEEL_ROLL = 3,   ///< and JACK's transport begins with it, at 0
};

/// The reader's own page: it writes, weir reads and believes nothing.
/// All relaxed: numbers to show, which hand over no other memory.
struct weir_reader_page {
    _Atomic uint64_t position;    // frames before it have been read
    _Atomic uint64_t lost_frames; // since it attached
    _Atomic uint64_t dropouts;    // contiguous runs of lost frames
    _Atomic uint32_t state;       // enum weir_reader_state
    _Atomic uint32_t wake; // futex: counts its reads, where it is waited for
};

#endif
