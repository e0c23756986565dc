// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What all encoders do in the same way.
#include "record/encoder_private.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static size_t
n_samples(const struct weir_encoder *encoder, uint32_t n)
{
    return (size_t)n * encoder->format.n_channels;
}

static void
discard(struct weir_encoder *encoder)
{
    free(encoder->block);
    free(encoder);
}

// libsndfile writes all of these, but keeps seconds of Vorbis silence to
// itself, does not say what a FLAC file has that could not be finished, and
// leaves no room in their headers for marks.
static const struct weir_encoder_ops *
choose_ops(enum weir_kind kind)
{
    switch (kind) {
    case WEIR_KIND_FLAC:
        return &weir_encoder_flac;
    case WEIR_KIND_OGG:
        return &weir_encoder_vorbis;
    case WEIR_KIND_OPUS:
        return &weir_encoder_opus;
    case WEIR_KIND_WAV:
    case WEIR_KIND_W64:
    case WEIR_KIND_MP3:
        break;
    }
    return &weir_encoder_sndfile;
}

struct weir_encoder *
weir_encoder_open(int fd, const struct weir_take_format *format,
                  const char **why)
{
    const struct weir_encoder_ops *ops = choose_ops(format->kind);
    struct stat st;
    struct weir_encoder *encoder = calloc(1, ops->size);
    *why = "out of memory";
    if (!encoder)
        return NULL;
    encoder->ops = ops;
    encoder->format = *format;
    encoder->fd = fd;
    encoder->block =
        calloc(n_samples(encoder, WEIR_ENCODER_BLOCK), sizeof(float));
    if (!encoder->block)
        goto discard;
    if (!ops->begin(encoder, why) || fstat(fd, &st) != 0)
        goto end;
    encoder->data_offset = (uint64_t)st.st_size;
    return encoder;

end:
    ops->end(encoder);
discard:
    discard(encoder);
    return NULL;
}

// Encoders are not made for what is no number, nor for what is far beyond
// full scale.
static float
tame(float sample)
{
    return isnan(sample) ? 0.0f : fminf(fmaxf(sample, -1.0f), 1.0f);
}

bool
weir_encoder_write(struct weir_encoder *encoder, const float *frames,
                   uint32_t n)
{
    const bool lossy = weir_kind_is_lossy(encoder->format.kind);
    const size_t count = n_samples(encoder, n);
    if (lossy && frames) {
        for (size_t i = 0; i < count; i++)
            encoder->block[i] = tame(frames[i]);
        frames = encoder->block;
    } else if (lossy) {
        memset(encoder->block, 0, count * sizeof *encoder->block);
        frames = encoder->block;
    }
    errno = 0;
    const bool ok = encoder->ops->write(encoder, frames, n);
    encoder->format.position += n;
    encoder->failed = encoder->failed || !ok;
    return ok;
}

bool
weir_encoder_update(struct weir_encoder *encoder)
{
    errno = 0;
    const bool ok = encoder->ops->update(encoder);
    encoder->failed = encoder->failed || !ok;
    return ok;
}

const char *
weir_encoder_why(const struct weir_encoder *encoder)
{
    return encoder->ops->why(encoder);
}

// Players and we agree on what is in the file.
static void
cut(struct weir_encoder *encoder, uint64_t *n_kept)
{
    uint64_t n_bytes = 0;
    *n_kept = 0;
    encoder->ops->salvage(encoder, n_kept, &n_bytes);
    // To make a file shorter takes no room: should it fail all the same, its
    // last piece is not whole, and players skip that.
    if (n_bytes > 0 && ftruncate(encoder->fd, (off_t)n_bytes) != 0)
        errno = 0;
}

bool
weir_encoder_close(struct weir_encoder *encoder, uint64_t *n_kept)
{
    errno = 0;
    const bool ended = encoder->ops->end(encoder);
    const int cause = errno;
    const bool ok = ended && !encoder->failed;
    if (!ok)
        cut(encoder, n_kept);
    discard(encoder);
    errno = cause;
    return ok;
}
