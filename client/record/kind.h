// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The kinds of files that are recorded, and what each can hold.
#ifndef WEIR_RECORD_KIND_H
#define WEIR_RECORD_KIND_H

#include "common/samples.h"

#include <stdbool.h>
#include <stdint.h>

enum weir_kind {
    WEIR_KIND_WAV, ///< float becomes RF64 by itself past 4 GB
    WEIR_KIND_W64,
    WEIR_KIND_FLAC,
    WEIR_KIND_OGG, ///< Vorbis
    WEIR_KIND_OPUS,
    WEIR_KIND_MP3,
};

/// All names, for people.
#define WEIR_KINDS_ALLOWED "wav, w64, flac, ogg, opus or mp3"

/// What one file holds.
struct weir_take_format {
    uint32_t rate_hz;
    uint32_t n_channels;
    enum weir_sample_format samples; ///< ignored by lossy kinds
    enum weir_kind kind;
    uint64_t position; ///< weir's, of the first frame: seeds the dither
    int64_t begin_ns;  ///< when that was heard, CLOCK_REALTIME; 0: not said
};

/// A kind by its name or extension (without the dot), in any case.  @any
bool weir_kind_parse(const char *name, enum weir_kind *out);

/// Its name, which is its extension.  @any
const char *weir_kind_name(enum weir_kind kind);

/// Whether it stores what it hears, not samples.  @any
bool weir_kind_is_lossy(enum weir_kind kind);

/// What its samples are when nobody says.  @any
enum weir_sample_format weir_kind_samples(enum weir_kind kind);

/// Null when that kind can have such samples, else why not.  @any
const char *weir_kind_refuses_samples(enum weir_kind kind,
                                      enum weir_sample_format samples);

/// Null when it can hold that, else why not (what it takes).  @any
const char *weir_kind_refuses(const struct weir_take_format *format);

/// Bytes of a frame, always the same: 0 in compressed kinds.  @any
uint64_t weir_kind_frame_bytes(const struct weir_take_format *format);

/// How many frames fit into a file; UINT64_MAX: all.  @any
uint64_t weir_kind_room(const struct weir_take_format *format);

#endif
