// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Encoding with libsndfile, which writes without buffers of its own.
#include "common/dither.h"
#include "record/bext.h"
#include "record/encoder_private.h"
#include "record/mp3_end.h"

#include <errno.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct sndfile_encoder {
    struct weir_encoder base;
    SNDFILE *file;
    int *integers; // WEIR_ENCODER_BLOCK frames; null for float
};

static struct sndfile_encoder *
mine(struct weir_encoder *encoder)
{
    return (struct sndfile_encoder *)encoder;
}

static int
subformat(enum weir_sample_format samples)
{
    switch (samples) {
    case WEIR_SAMPLES_S16:
        return SF_FORMAT_PCM_16;
    case WEIR_SAMPLES_S24:
        return SF_FORMAT_PCM_24;
    case WEIR_SAMPLES_F32:
        break;
    }
    return SF_FORMAT_FLOAT;
}

// Float becomes RF64 by itself past 4 GB; until then it is a RIFF file with
// the extensible header. That header would shut 16 and 24 bit out of simple
// readers (Python's wave is one), so they are plain WAV and end at 4 GB.
static int
sndfile_format(const struct weir_take_format *format)
{
    const int samples = subformat(format->samples);
    switch (format->kind) {
    case WEIR_KIND_W64:
        return SF_FORMAT_W64 | samples;
    case WEIR_KIND_MP3:
        return SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III;
    case WEIR_KIND_WAV:
    case WEIR_KIND_FLAC: // theirs are others' work
    case WEIR_KIND_OGG:
    case WEIR_KIND_OPUS:
        break;
    }
    return (samples == SF_FORMAT_FLOAT ? SF_FORMAT_RF64 : SF_FORMAT_WAV) |
           samples;
}

// ------------------------------------------------------------------ opening

// What libsndfile calls a level from 0 (large) to 1 (small) is LAME's V2 (about
// 190 kbit/s in stereo).
static void
set_quality(struct sndfile_encoder *s)
{
    double mp3_level = 0.2;
    int variable = SF_BITRATE_MODE_VARIABLE;
    if (s->base.format.kind == WEIR_KIND_MP3) {
        sf_command(s->file, SFC_SET_BITRATE_MODE, &variable, sizeof variable);
        sf_command(s->file, SFC_SET_COMPRESSION_LEVEL, &mp3_level,
                   sizeof mp3_level);
    }
}

static void
set_time(struct sndfile_encoder *s)
{
    SF_BROADCAST_INFO info;
    if (s->base.format.kind != WEIR_KIND_WAV || s->base.format.begin_ns == 0)
        return;
    weir_bext_make(&s->base.format, &info);
    sf_command(s->file, SFC_SET_BROADCAST_INFO, &info, sizeof info);
}

static bool
has_header_to_update(const struct weir_encoder *encoder)
{
    return weir_kind_frame_bytes(&encoder->format) > 0;
}

static bool
update(struct weir_encoder *encoder)
{
    struct sndfile_encoder *s = mine(encoder);
    // MP3 has its length written at the end alone; players read it without.
    if (!has_header_to_update(encoder))
        return true;
    sf_command(s->file, SFC_UPDATE_HEADER_NOW, NULL, 0);
    return sf_error(s->file) == SF_ERR_NO_ERROR;
}

static bool
make_integers(struct sndfile_encoder *s)
{
    const struct weir_take_format *format = &s->base.format;
    if (weir_kind_is_lossy(format->kind) || format->samples == WEIR_SAMPLES_F32)
        return true;
    s->integers = calloc((size_t)WEIR_ENCODER_BLOCK * format->n_channels,
                         sizeof *s->integers);
    return s->integers != NULL;
}

static bool
begin(struct weir_encoder *encoder, const char **why)
{
    struct sndfile_encoder *s = mine(encoder);
    SF_INFO info = {
        .samplerate = (int)encoder->format.rate_hz,
        .channels = (int)encoder->format.n_channels,
        .format = sndfile_format(&encoder->format),
    };
    if (!make_integers(s))
        return false;
    s->file = sf_open_fd(encoder->fd, SFM_WRITE, &info, SF_FALSE);
    if (!s->file) {
        *why = sf_strerror(NULL);
        return false;
    }
    sf_command(s->file, SFC_RF64_AUTO_DOWNGRADE, NULL, SF_TRUE);
    set_time(s);
    set_quality(s);
    *why = "its header cannot be written";
    return update(encoder);
}

// ------------------------------------------------------------------ writing

static void
make_samples(struct sndfile_encoder *s, const float *frames, uint32_t n)
{
    const struct weir_take_format *format = &s->base.format;
    const size_t count = (size_t)n * format->n_channels;
    // libsndfile takes the upper bits.
    const int scale = format->samples == WEIR_SAMPLES_S16 ? 1 << 16 : 1 << 8;
    if (!frames) {
        memset(s->integers, 0, count * sizeof *s->integers);
        return;
    }
    weir_dither(format->samples, format->position, format->n_channels, frames,
                n, s->integers);
    for (size_t i = 0; i < count; i++)
        s->integers[i] *= scale;
}

static bool
write_frames(struct weir_encoder *encoder, const float *frames, uint32_t n)
{
    struct sndfile_encoder *s = mine(encoder);
    sf_count_t written;
    if (s->integers) {
        make_samples(s, frames, n);
        written = sf_writef_int(s->file, s->integers, n);
    } else {
        // Nothing else is ever in the block of a kind that is not lossy.
        written = sf_writef_float(s->file, frames ? frames : encoder->block, n);
    }
    // Of MP3 it says that all was written even when none was.
    return written == n && sf_error(s->file) == SF_ERR_NO_ERROR;
}

static const char *
why(const struct weir_encoder *encoder)
{
    const struct sndfile_encoder *s = (const struct sndfile_encoder *)encoder;
    return sf_strerror(s->file);
}

// Of a failed write a part may be there. The header that is written at the
// end goes by the file's length: it is to be a number of whole frames.
static void
cut_to_frames(const struct weir_encoder *encoder)
{
    const uint64_t frame_bytes = weir_kind_frame_bytes(&encoder->format);
    struct stat st;
    if (frame_bytes == 0 || fstat(encoder->fd, &st) != 0)
        return;
    const uint64_t n_bytes = (uint64_t)st.st_size;
    if (n_bytes <= encoder->data_offset)
        return;
    const uint64_t extra = (n_bytes - encoder->data_offset) % frame_bytes;
    if (extra > 0 && ftruncate(encoder->fd, (off_t)(n_bytes - extra)) != 0)
        errno = 0;
}

static bool
end(struct weir_encoder *encoder)
{
    struct sndfile_encoder *s = mine(encoder);
    free(s->integers);
    if (!s->file)
        return false;
    if (encoder->failed)
        cut_to_frames(encoder);
    errno = 0;
    const bool closed = sf_close(s->file) == 0;
    // Of what the encoder had still to write it does not say that it failed;
    // the system has.
    return closed && errno != ENOSPC && errno != EDQUOT && errno != EFBIG &&
           errno != EIO && errno != EROFS;
}

static void
salvage_frames(const struct weir_encoder *encoder, uint64_t *n_frames,
               uint64_t *n_bytes)
{
    const uint64_t frame_bytes = weir_kind_frame_bytes(&encoder->format);
    struct stat st;
    if (fstat(encoder->fd, &st) != 0 ||
        (uint64_t)st.st_size < encoder->data_offset)
        return;
    *n_frames = ((uint64_t)st.st_size - encoder->data_offset) / frame_bytes;
    *n_bytes = encoder->data_offset + *n_frames * frame_bytes;
}

static void
salvage(struct weir_encoder *encoder, uint64_t *n_frames, uint64_t *n_bytes)
{
    if (encoder->format.kind == WEIR_KIND_MP3)
        weir_mp3_find_end(encoder->fd, n_frames, n_bytes);
    else
        salvage_frames(encoder, n_frames, n_bytes);
}

const struct weir_encoder_ops weir_encoder_sndfile = {
    .size = sizeof(struct sndfile_encoder),
    .begin = begin,
    .write = write_frames,
    .update = update,
    .why = why,
    .end = end,
    .salvage = salvage,
};
