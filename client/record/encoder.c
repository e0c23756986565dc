// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What all encoders do in the same way.
#include "record/encoder_private.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

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

struct weir_encoder *
weir_encoder_open(int fd, const struct weir_take_format *format,
                  const char **why)
{
    // libsndfile writes Vorbis, too, but keeps seconds of silence to itself.
    const struct weir_encoder_ops *ops = format->kind == WEIR_KIND_OGG
                                             ? &weir_encoder_vorbis
                                             : &weir_encoder_sndfile;
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
    if (!ops->begin(encoder, why))
        goto end;
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
    return ok;
}

bool
weir_encoder_update(struct weir_encoder *encoder)
{
    errno = 0;
    return encoder->ops->update(encoder);
}

const char *
weir_encoder_why(const struct weir_encoder *encoder)
{
    return encoder->ops->why(encoder);
}

bool
weir_encoder_close(struct weir_encoder *encoder)
{
    errno = 0;
    const bool ok = encoder->ops->end(encoder);
    const int cause = errno;
    discard(encoder);
    errno = cause;
    return ok;
}
