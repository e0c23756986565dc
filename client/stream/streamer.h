// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The streamer's state, for stream.c, which begins and ends, source.c, which
// reads, and output.c, which encodes. All of it belongs to the main thread.
#ifndef WEIR_STREAM_STREAMER_H
#define WEIR_STREAM_STREAMER_H

#include "stream/dump.h"
#include "stream/encoder.h"
#include "stream/options.h"
#include "stream/sender.h"
#include "stream/titles.h"

#include <weir/reader.h>

struct weir_streamer {
    struct weir_stream_options *options;
    struct weir_store *store;
    struct weir_titles *titles; // null: the codec has its own
    struct weir_dump *dump;     // null: none (yet)
    struct weir_sender_config configs[WEIR_STREAM_MAX_TARGETS];
    const struct weir_icecast_config *icecasts[WEIR_STREAM_MAX_TARGETS];
    struct weir_sender *senders[WEIR_STREAM_MAX_TARGETS];
    unsigned n_senders;

    struct weir_reader *reader;          // null: weir is not there
    struct weir_reader_format format;    // what the encoder gets
    struct weir_stream_encoder *encoder; // null: none yet
    char title[WEIR_STREAM_MAX_TITLE + 1];
    float *in;        // n_block frames
    uint32_t n_block; // a quarter of a second

    uint64_t made_ns; // up to when there is sound, or silence for it
    bool starving;    // there is no sound: silence by the clock
    uint64_t surplus; // frames of it that weir may still give late
    bool late;        // and has begun to
    bool losing;      // what was read last are lost frames
    bool freewheel;   // what weir gives is not heard: silence by the clock
    enum weir_reader_show shown;
    int exit_status; // once it is over
};

// --------------------------------------------------------- output.c: encoding

/// An encoder for what the reader gives, if that is not what it has; targets
/// and dump are begun with the first.  False after saying why not.
bool weir_output_begin(struct weir_streamer *s);

/// Encode `n` frames; null: silence.  False after saying what is wrong.
bool weir_output_push(struct weir_streamer *s, const float *frames, uint64_t n);

/// The title from now on. Null, or why not.
const char *weir_output_retitle(struct weir_streamer *s, const char *title);

/// The tail of the sound.
void weir_output_end(struct weir_streamer *s);

// --------------------------------------------------------- source.c: reading

/// Attach, read, and give silence when there is nothing, until all is over.
void weir_source_run(struct weir_streamer *s);

#endif
