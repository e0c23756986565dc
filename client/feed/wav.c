// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The WAV header of a stream. Nothing in it is believed unchecked: it comes
// from whoever writes the pipe.
#include "feed/wav.h"

#include <string.h>

enum {
    RIFF_BYTES = 12,
    CHUNK_BYTES = 8,
    FORMAT_BYTES = 16,
    FORMAT_MOST = 40, // WAVE_FORMAT_EXTENSIBLE
    TAG_PCM = 1,
    TAG_FLOAT = 3,
    TAG_EXTENSIBLE = 0xfffe,
    MAX_CHANNELS = 1024,
    // Programs that do not know their stream's length write something near
    // 2^31 or 2^32, or nothing.
    ENDLESS = 0x7fff0000,
};

void
weir_wav_init(struct weir_wav *w)
{
    memset(w, 0, sizeof *w);
}

static uint32_t
number(const unsigned char *at, unsigned n)
{
    uint32_t value = 0;
    while (n-- > 0)
        value = value << 8 | at[n];
    return value;
}

// --------------------------------------------- RIFF....WAVE, RF64....WAVE

static bool
begins_like(const struct weir_wav *w, const char *name)
{
    return memcmp(w->bytes, name, w->n < 4 ? w->n : 4) == 0;
}

static bool
may_be_wav(const struct weir_wav *w)
{
    if (!begins_like(w, "RIFF") && !begins_like(w, "RF64"))
        return false;
    return w->n <= 8 || memcmp(w->bytes + 8, "WAVE", w->n - 8) == 0;
}

// -------------------------------------------------------------------- chunks

static bool
find_pcm(uint32_t tag, uint32_t bits, enum weir_pcm *out)
{
    static const struct {
        uint32_t tag, bits;
        enum weir_pcm pcm;
    } known[] = {
        {TAG_PCM, 8, WEIR_PCM_U8},     {TAG_PCM, 16, WEIR_PCM_S16},
        {TAG_PCM, 24, WEIR_PCM_S24},   {TAG_PCM, 32, WEIR_PCM_S32},
        {TAG_FLOAT, 32, WEIR_PCM_F32}, {TAG_FLOAT, 64, WEIR_PCM_F64},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].tag == tag && known[i].bits == bits) {
            *out = known[i].pcm;
            return true;
        }
    return false;
}

// `n` bytes of the chunk "fmt ", at least FORMAT_BYTES.
static enum weir_wav_verdict
take_format(struct weir_wav *w, const unsigned char *at, uint32_t n)
{
    uint32_t tag = number(at, 2);
    w->n_channels = number(at + 2, 2);
    w->rate_hz = number(at + 4, 4);
    if (tag == TAG_EXTENSIBLE && n >= FORMAT_MOST)
        tag = number(at + 24, 2); // the first word of its GUID
    w->has_format = find_pcm(tag, number(at + 14, 2), &w->pcm) &&
                    w->n_channels >= 1 && w->n_channels <= MAX_CHANNELS;
    return w->has_format ? WEIR_WAV_MORE : WEIR_WAV_UNKNOWN;
}

static enum weir_wav_verdict
take_data(struct weir_wav *w, uint32_t n_bytes)
{
    if (!w->has_format)
        return WEIR_WAV_UNKNOWN;
    w->n_bytes = n_bytes == 0 || n_bytes >= ENDLESS ? UINT64_MAX : n_bytes;
    return WEIR_WAV_HEADER;
}

// Chunks are padded to even lengths.
static void
skip_chunk(struct weir_wav *w, uint32_t n_left)
{
    w->chunk_left = n_left;
    w->n = 0;
}

static enum weir_wav_verdict
take_chunk(struct weir_wav *w)
{
    const uint32_t size = number(w->bytes + 4, 4);
    if (w->n < CHUNK_BYTES)
        return WEIR_WAV_MORE;
    if (memcmp(w->bytes, "data", 4) == 0)
        return take_data(w, size);
    if (size > UINT32_MAX - 1)
        return WEIR_WAV_UNKNOWN;
    const uint32_t padded = size + size % 2;
    if (memcmp(w->bytes, "fmt ", 4) != 0) {
        skip_chunk(w, padded);
        return WEIR_WAV_MORE;
    }
    if (size < FORMAT_BYTES)
        return WEIR_WAV_UNKNOWN;
    const uint32_t wanted = size < FORMAT_MOST ? size : FORMAT_MOST;
    if (w->n < CHUNK_BYTES + wanted)
        return WEIR_WAV_MORE;
    skip_chunk(w, padded - wanted);
    return take_format(w, w->bytes + CHUNK_BYTES, wanted);
}

enum weir_wav_verdict
weir_wav_take(struct weir_wav *w, unsigned char byte)
{
    if (w->chunk_left > 0) {
        w->chunk_left--;
        return WEIR_WAV_MORE;
    }
    w->bytes[w->n++] = byte;
    if (w->is_wav)
        return take_chunk(w);
    if (!may_be_wav(w))
        return WEIR_WAV_NONE;
    if (w->n == RIFF_BYTES) {
        w->is_wav = true;
        w->n = 0;
    }
    return WEIR_WAV_MORE;
}
