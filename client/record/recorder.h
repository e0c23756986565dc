// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The recorder's state, for record.c, which attaches, and fill.c, which reads.
#ifndef WEIR_RECORD_RECORDER_H
#define WEIR_RECORD_RECORDER_H

#include "common/convert.h"
#include "record/options.h"
#include "record/roll.h"
#include "record/silence.h"

#include <weir/reader.h>

// Why a file or an attachment came to its end.
enum weir_outcome {
    WEIR_GOING_ON,
    WEIR_ENDED,    // or the source, or the format
    WEIR_FINISHED, // -d, a signal, or weir's /stop
    WEIR_FAILED,   // the disk
    WEIR_MISUSED,  // a rate that cannot be had
    WEIR_RESTED,   // a recording of --armed: the next one may come
    WEIR_LAPPED,   // while it waited for the disk: it goes on behind a gap
};

struct weir_recorder {
    const struct weir_record_options *options;
    struct weir_reader *reader;
    struct weir_roll *roll;
    struct weir_reader_format format;
    struct weir_convert_config to;
    struct weir_convert *convert;
    float *in;          // WEIR_TAKE_BLOCK frames as they are read
    float *out;         // room for as many as files have them
    const float *heard; // those: there, or in `in` if nothing is converted
    double left_s;      // of -d; infinite without
    uint64_t left;      // the same in a file's frames, of this attachment
    uint64_t spans;     // frames read that those stand for
    uint64_t n_in;      // frames read or lost, of this attachment
    uint64_t n_out;     // frames poured into files, of this attachment
    struct weir_silence silence;
    uint64_t n_missed;       // of this recording: in no file
    enum weir_outcome ended; // why no more are read; WEIR_GOING_ON: they are
    bool stopping; // what is published is taken along, then it is over
    uint64_t to_drain;
    bool read_short;       // there were fewer frames than asked for
    bool losing;           // what was read last are lost frames
    uint64_t silence_owed; // lost frames that are not converted yet
    uint64_t uncounted;    // converted ones that no file has counted yet
    bool has_request;      // weir's /stop, answered when the file is closed
    int32_t request;
    bool resting;   // --armed, and not told to start
    bool has_start; // weir's /start, answered when there is a file
    int32_t start;
    uint64_t next;      // position behind the last frame of all
    uint64_t explained; // the freewheel epoch that losses were laid to
    bool freewheels;    // --freewheel, and it is on
    bool bounce_failed; // --freewheel, and frames were lost
};

/// Whether the reader has been told of an end after which none is waited for.
/// @reader
bool weir_recorder_is_sent_away(const struct weir_recorder *r);

/// Have the server switched into freewheel, and stand on its first frame.
/// @reader  Waits for weir.
enum weir_outcome weir_recorder_begin_freewheel(struct weir_recorder *r);

/// Have it switched back, if it is not yet.  @reader  Waits for weir.
void weir_recorder_end_freewheel(struct weir_recorder *r);

/// Frames were lost: say so if freewheel is why.  @reader
void weir_recorder_explain_loss(struct weir_recorder *r, struct weir_read lost);

/// Read, convert and write until something ends it.  @reader  The reader
/// stands where the first file begins.
enum weir_outcome weir_recorder_fill(struct weir_recorder *r);

#endif
