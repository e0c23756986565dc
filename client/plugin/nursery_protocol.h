// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What weir and its nursery say to each other, one packet each. The nursery
// is three processes: a keeper, which starts the others, ends them and runners
// when weir asks for it (weir itself may signal nobody); a spare, which is the
// keeper when that has died; and a reader, which reads descriptions and forks
// runners. What comes from them weir does not trust.
#ifndef WEIR_PLUGIN_NURSERY_PROTOCOL_H
#define WEIR_PLUGIN_NURSERY_PROTOCOL_H

#include <stdint.h>

enum {
    WEIR_NURSERY_KEEPER = 3, // descriptors of the nursery
    WEIR_NURSERY_READER = 4,
    WEIR_NURSERY_TEXT = 1024,
    WEIR_NURSERY_FOLDERS = 5,
};

/// weir to the keeper: the first packet.
struct weir_nursery_setup {
    uint64_t memory_bytes;
    int32_t log_level;
    uint32_t is_confined;
    char written[WEIR_NURSERY_FOLDERS][WEIR_NURSERY_TEXT]; // "": no more
};

enum weir_nursery_op {
    // weir to the keeper.
    WEIR_NURSERY_KILL,  // with it a pidfd
    WEIR_NURSERY_RESET, // the reader, if it is at that serial
    // weir to the reader, and its answers.
    WEIR_NURSERY_DESCRIBE, // rate_hz, text; with the answer a memfd
    WEIR_NURSERY_LIST,     // with the answer a memfd; a second one has names
    WEIR_NURSERY_RUN,      // with it socket and memory; with the answer a pidfd
    // The keeper to weir.
    WEIR_NURSERY_KEPT, // it is another one; with it its pidfd
};

struct weir_nursery_request {
    uint32_t op;
    uint32_t serial;
    uint32_t rate_hz;
    char text[WEIR_NURSERY_TEXT];
};

struct weir_nursery_answer {
    uint32_t op;
    uint32_t serial;
    uint32_t ok; // of a list: its names have been read
    int32_t pid;
    char why[200];
};

#endif
