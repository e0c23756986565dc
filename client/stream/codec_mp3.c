// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// MP3 with libmp3lame: constant bitrate, MPEG-1 layer III. No tags: nothing
// of the stream changes with its title.
#include "stream/codec.h"

#include <lame/lame.h>
#include <stdlib.h>
#include <string.h>

enum {
    FRAME = 1152, // frames of sound in one of MP3's
    // What lame.h asks for, for one block, and more than it gives at the end.
    ROOM = WEIR_STREAM_BLOCK * 5 / 4 + 7200,
    LEAST_HEADER = 4,
};

struct mp3 {
    struct weir_stream_encoder base;
    lame_t lame;
    float gain; // makes up for LAME's
    float block[WEIR_STREAM_BLOCK * 2];
    size_t fill; // bytes that are no whole MP3 frame yet
    unsigned char bytes[ROOM + 1441];
};

static struct mp3 *
mine(struct weir_stream_encoder *e)
{
    return (struct mp3 *)e;
}

// ------------------------------------------------------------------ choices

// MPEG-1's: of other rates, those that 44100 is a multiple of, or a part,
// become that.
static uint32_t
rate_hz(uint32_t rate_in_hz)
{
    if (rate_in_hz == 32000)
        return rate_in_hz;
    return rate_in_hz % 11025 == 0 ? 44100 : 48000;
}

// kbit/s by the header's four bits; 0 is none.
static const uint16_t bitrates[15] = {0,   32,  40,  48,  56,  64,  80, 96,
                                      112, 128, 160, 192, 224, 256, 320};

static bool
bitrate_ok(uint32_t kbps)
{
    for (size_t i = 1; i < sizeof bitrates / sizeof bitrates[0]; i++)
        if (bitrates[i] == kbps)
            return true;
    return false;
}

// LAME writes on stderr by itself.
static void
say_nothing(const char *format, va_list args)
{
    (void)format;
    (void)args;
}

static void
set(lame_t lame, const struct weir_stream_encoder *e)
{
    lame_set_errorf(lame, say_nothing);
    lame_set_debugf(lame, say_nothing);
    lame_set_msgf(lame, say_nothing);
    lame_set_num_channels(lame, (int)e->n_channels);
    lame_set_mode(lame, e->n_channels == 1 ? MONO : JOINT_STEREO);
    lame_set_in_samplerate(lame, (int)e->rate_hz);
    // Else it resamples by itself for a low bitrate.
    lame_set_out_samplerate(lame, (int)e->rate_hz);
    lame_set_VBR(lame, vbr_off);
    lame_set_brate(lame, (int)e->bitrate_kbps);
    lame_set_quality(lame, 3);
    lame_set_bWriteVbrTag(lame, 0);
    lame_set_write_id3tag_automatic(lame, 0);
}

static bool
open(struct weir_stream_encoder *e)
{
    struct mp3 *m = mine(e);
    if (!bitrate_ok(e->bitrate_kbps))
        return weir_stream_refuse(
            e,
            "mp3 takes 32, 40, 48, 56, 64, 80, 96, 112, "
            "128, 160, 192, 224, 256 or 320 kbit/s, not %u",
            e->bitrate_kbps);
    m->lame = lame_init();
    if (!m->lame)
        return weir_stream_say(e, "out of memory");
    set(m->lame, e);
    if (lame_init_params(m->lame) != 0)
        return weir_stream_say(e, "libmp3lame does not begin");
    // It turns down by as much as it thinks best for the bitrate.
    m->gain = 1.0f / lame_get_scale(m->lame);
    return true;
}

static bool
chain(struct weir_stream_encoder *e)
{
    (void)e;
    return true;
}

// ----------------------------------------------------------------- encoding

// How long the MP3 frame is that begins here; 0: not known yet, or none.
static size_t
frame_size(const struct mp3 *m, const unsigned char *bytes, size_t n)
{
    if (n < LEAST_HEADER || bytes[2] >> 4 == 15)
        return 0;
    const uint32_t bps = bitrates[bytes[2] >> 4] * 1000u;
    return 144 * bps / m->base.rate_hz + (bytes[2] >> 1 & 1);
}

static void
give_whole(struct mp3 *m)
{
    const unsigned char *at = m->bytes;
    const unsigned char *const end = m->bytes + m->fill;
    size_t size;
    while ((size = frame_size(m, at, (size_t)(end - at))) &&
           size <= (size_t)(end - at)) {
        weir_stream_give(&m->base, at, size, FRAME);
        at += size;
    }
    m->fill = (size_t)(end - at);
    memmove(m->bytes, at, m->fill);
}

// `n` is what LAME returned.
static bool
take(struct mp3 *m, int n)
{
    if (n < 0)
        return weir_stream_say(&m->base, "libmp3lame failed (%d)", n);
    m->fill += (size_t)n;
    give_whole(m);
    return true;
}

static bool
write_frames(struct weir_stream_encoder *e, const float *frames, uint32_t n)
{
    struct mp3 *m = mine(e);
    unsigned char *to = m->bytes + m->fill;
    for (size_t i = 0; i < (size_t)n * e->n_channels; i++)
        m->block[i] = frames[i] * m->gain;
    if (e->n_channels == 1)
        return take(m, lame_encode_buffer_ieee_float(m->lame, m->block, NULL,
                                                     (int)n, to, ROOM));
    return take(m, lame_encode_buffer_interleaved_ieee_float(m->lame, m->block,
                                                             (int)n, to, ROOM));
}

static bool
finish(struct weir_stream_encoder *e)
{
    struct mp3 *m = mine(e);
    return take(m, lame_encode_flush(m->lame, m->bytes + m->fill, ROOM));
}

static void
close(struct weir_stream_encoder *e)
{
    struct mp3 *m = mine(e);
    if (m->lame)
        lame_close(m->lame);
}

const struct weir_stream_codec_ops weir_stream_mp3 = {
    .name = "mp3",
    .type = "audio/mpeg",
    .bitrate_kbps = 160,
    .size = sizeof(struct mp3),
    .rate_hz = rate_hz,
    .open = open,
    .chain = chain,
    .write = write_frames,
    .finish = finish,
    .close = close,
};
