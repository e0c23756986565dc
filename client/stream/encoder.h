// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What turns frames into a stream of bytes, whole piece by whole piece: Ogg
// pages (Opus, Vorbis, FLAC) or MP3 frames. A piece holds little more than a
// quarter of a second, silence too: whoever has it all is never further
// behind, and a listener can begin at any of them.
//
// Ogg streams are chained: each title begins a logical stream of its own with
// headers of its own, and what the two give when decoded one after the other
// is what one alone would have, to the frame. An MP3 stream does not change
// with the title: that is the server's to tell.
//
// All of it is @reader, and does not wait.
#ifndef WEIR_STREAM_ENCODER_H
#define WEIR_STREAM_ENCODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum weir_stream_codec {
    WEIR_STREAM_OPUS,
    WEIR_STREAM_VORBIS,
    WEIR_STREAM_FLAC, // in Ogg, 16 bits, with dither
    WEIR_STREAM_MP3,
};

/// A codec by its name.  @any
bool weir_stream_codec_parse(const char *name, enum weir_stream_codec *out);
const char *weir_stream_codec_name(enum weir_stream_codec codec);

/// The MIME type of its stream.  @any
const char *weir_stream_codec_type(enum weir_stream_codec codec);

/// What is used where no bitrate is asked for; 0: it has none.  @any
uint32_t weir_stream_codec_bitrate(enum weir_stream_codec codec);

/// A whole piece of the stream. Valid during the call alone.
struct weir_stream_piece {
    const unsigned char *bytes;
    size_t size;
    /// What of the sound ends in it, in frames of the stream's rate: the sum
    /// is what was put in (MP3: to the next whole frame of it).
    uint32_t n_frames;
    /// To be had before any other piece of this chain: see
    /// weir_stream_encoder_headers().
    bool is_header;
    bool begins_chain; ///< the first header of a chain
    /// Which chain, from 0 up.  MP3 has one.
    uint32_t chain;
};

typedef void (*weir_stream_sink)(void *owner,
                                 const struct weir_stream_piece *piece);

/// Borrowed; strings are UTF-8, null or empty: not there.
struct weir_stream_encoder_config {
    enum weir_stream_codec codec;
    uint32_t bitrate_kbps; ///< 0: weir_stream_codec_bitrate()
    uint32_t rate_in_hz;   ///< weir's
    uint32_t n_in;         ///< channels that are put in, 1..1024
    uint32_t n_out;        ///< 1 or 2; 0: as many as come in, at most 2
    /// What a stream says of itself in each chain's comments.
    const char *name;        // ORGANIZATION
    const char *genre;       // GENRE
    const char *description; // DESCRIPTION
    const char *url;         // CONTACT
    const char *title;       // see weir_stream_encoder_retitle()
    weir_stream_sink sink;   // called in push() and finish() alone
    void *owner;
};

enum weir_stream_status {
    WEIR_STREAM_OK = 0,
    WEIR_STREAM_REFUSED, ///< asked for what it cannot do: wrong usage
    WEIR_STREAM_FAILED,  ///< the library failed, or memory is short
};

enum { WEIR_STREAM_WHY = 192, WEIR_STREAM_MAX_TITLE = 1024 };

struct weir_stream_encoder;

/// Make one.  Otherwise `why` has it for people, with what is allowed.
/// Gives nothing to the sink yet.  Free with weir_stream_encoder_free().
enum weir_stream_status
weir_stream_encoder_new(const struct weir_stream_encoder_config *config,
                        struct weir_stream_encoder **out,
                        char why[WEIR_STREAM_WHY]);

/// Takes `encoder`, which may be null.  What was not finished is lost.
void weir_stream_encoder_free(struct weir_stream_encoder *encoder);

/// What it sends: the rate that n_frames counts, channels, and the bitrate
/// (0: none).
uint32_t weir_stream_encoder_rate(const struct weir_stream_encoder *encoder);
uint32_t
weir_stream_encoder_channels(const struct weir_stream_encoder *encoder);
uint32_t weir_stream_encoder_bitrate(const struct weir_stream_encoder *encoder);

/// Encode `n` frames of `n_in` channels; null: silence.  After anything but
/// WEIR_STREAM_OK it can only be asked why and freed.
enum weir_stream_status
weir_stream_encoder_push(struct weir_stream_encoder *encoder,
                         const float *frames, uint32_t n);

/// The frames that are put in next have this title, and at another rate those
/// few that the resampler holds back, too; "Artist - Title"
/// becomes ARTIST and TITLE, parted at the first " - "; null or empty: none.
/// Refused: longer than WEIR_STREAM_MAX_TITLE bytes, or not UTF-8.
enum weir_stream_status
weir_stream_encoder_retitle(struct weir_stream_encoder *encoder,
                            const char *title);

/// The title that applies, empty: none.  For those who tell a server.
const char *
weir_stream_encoder_title(const struct weir_stream_encoder *encoder);

/// All headers of the chain that the last piece belongs to, one after the
/// other: what goes to whoever did not get them, before the next piece.
/// Borrowed until the next push.  Empty before the first, and for MP3.
const unsigned char *
weir_stream_encoder_headers(const struct weir_stream_encoder *encoder,
                            size_t *size);

/// Give what is held back; the stream ends.  Only free may follow.
enum weir_stream_status
weir_stream_encoder_finish(struct weir_stream_encoder *encoder);

/// What was refused or failed last, for people.
const char *weir_stream_encoder_why(const struct weir_stream_encoder *encoder);

#endif
