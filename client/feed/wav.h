// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The WAV header of a stream, as it comes in, byte by byte: other programs'
// pipes (espeak-ng --stdout, ffmpeg -f wav -, sox -t wav -).
#ifndef WEIR_FEED_WAV_H
#define WEIR_FEED_WAV_H

#include "feed/pcm.h"

#include <stdbool.h>
#include <stdint.h>

enum weir_wav_verdict {
    WEIR_WAV_MORE,    ///< it may be one: more bytes are needed
    WEIR_WAV_NONE,    ///< no WAV header: all bytes are samples
    WEIR_WAV_HEADER,  ///< the header is over
    WEIR_WAV_UNKNOWN, ///< a WAV header of samples that are not known here
};

struct weir_wav {
    // Of the header, once it is over.
    enum weir_pcm pcm;
    uint32_t rate_hz;
    uint32_t n_channels; // 1..1024
    uint64_t n_bytes;    // of samples; UINT64_MAX: until the stream ends
    // What was taken in before.
    unsigned char bytes[64]; // the beginning of the chunk under way
    uint32_t n;
    uint32_t chunk_left; // bytes of the chunk under way that are skipped
    bool is_wav;
    bool has_format;
};

/// Begin; `w` may be anything.  @any
void weir_wav_init(struct weir_wav *w);

/// Take in the next byte.  @any  After WEIR_WAV_NONE, what was taken in so far
/// is in `bytes`, `n` of it.  After the other two last ones: nothing more.
enum weir_wav_verdict weir_wav_take(struct weir_wav *w, unsigned char byte);

#endif
