// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What a codec is to the encoder, and the encoder to a codec.
#ifndef WEIR_STREAM_CODEC_H
#define WEIR_STREAM_CODEC_H

#include "common/convert.h"
#include "stream/encoder.h"

enum {
    WEIR_STREAM_BLOCK = 1024, // frames that a codec gets at once, at most
    WEIR_STREAM_PAGES_PER_SECOND = 4,
};

struct weir_stream_encoder {
    const struct weir_stream_codec_ops *ops;
    struct weir_stream_encoder_config config; // whose strings are gone
    char *name;                               // copies of them, or null
    char *genre;
    char *description;
    char *url;
    struct weir_convert *convert;
    uint32_t rate_hz;      // of the stream
    uint32_t n_channels;   // 1 or 2
    uint32_t bitrate_kbps; // 0: the codec has none
    char title[WEIR_STREAM_MAX_TITLE + 1];
    bool begun;             // something has been encoded
    bool retitled;          // a chain is to begin with the next frame
    uint32_t n_chains;      // that have been given
    unsigned char *headers; // of the last of them
    size_t headers_size;
    float block[WEIR_STREAM_BLOCK * 2];
    bool refused; // it was what was asked for
    char why[WEIR_STREAM_WHY];
};

/// One codec.  What returns bool is false after weir_stream_say(); open() also
/// after weir_stream_refuse().
struct weir_stream_codec_ops {
    const char *name;
    const char *type;
    uint32_t bitrate_kbps; ///< where none is asked for
    size_t size;           ///< of a struct that begins with the encoder's
    /// The stream's rate, from weir's.
    uint32_t (*rate_hz)(uint32_t rate_in_hz);
    /// False when the library cannot do what is asked for.
    bool (*open)(struct weir_stream_encoder *encoder);
    /// The next frame begins a chain; the first one, too.
    bool (*chain)(struct weir_stream_encoder *encoder);
    /// Encode `n` frames, 1..WEIR_STREAM_BLOCK, finite, in [-1, 1].
    bool (*write)(struct weir_stream_encoder *encoder, const float *frames,
                  uint32_t n);
    /// There has been a chain.
    bool (*finish)(struct weir_stream_encoder *encoder);
    /// Undo what open() and chain() have done, but not the struct.
    void (*close)(struct weir_stream_encoder *encoder);
};

extern const struct weir_stream_codec_ops weir_stream_opus;
extern const struct weir_stream_codec_ops weir_stream_vorbis;
extern const struct weir_stream_codec_ops weir_stream_flac;
extern const struct weir_stream_codec_ops weir_stream_mp3;

const struct weir_stream_codec_ops *
weir_stream_codec_ops(enum weir_stream_codec codec);

/// Keep what is wrong, for people; false, to be returned.
__attribute__((format(printf, 2, 3))) bool
weir_stream_say(struct weir_stream_encoder *encoder, const char *format, ...);

/// The same where it is what was asked for that is wrong.
__attribute__((format(printf, 2, 3))) bool
weir_stream_refuse(struct weir_stream_encoder *encoder, const char *format,
                   ...);

/// Give a piece in which `n_frames` end.
void weir_stream_give(struct weir_stream_encoder *encoder,
                      const unsigned char *bytes, size_t size,
                      uint32_t n_frames);

/// Give a header, and keep it for those who come later; `begins`: it is the
/// first one of a chain.  False when memory is short.
bool weir_stream_give_header(struct weir_stream_encoder *encoder,
                             const unsigned char *bytes, size_t size,
                             bool begins);

/// A number for a logical stream: a player tells chains apart by it, those of
/// an earlier process too.
int weir_stream_serial(void);

/// Call `add` with each comment of a chain that begins now.  False as soon as
/// it was.
bool weir_stream_comments(const struct weir_stream_encoder *encoder,
                          bool (*add)(void *owner, const char *name,
                                      const char *value),
                          void *owner);

#endif
