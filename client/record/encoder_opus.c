// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Encoding Ogg Opus with libopusenc, which leaves room in the header for
// marks, and lets a page go out five times a second, however little is in it.
#include "record/encoder_private.h"
#include "record/marks.h"
#include "record/ogg_end.h"

#include <errno.h>
#include <opus/opusenc.h>
#include <unistd.h>

enum {
    BITS_PER_S = 80000, // of a channel
    RATE_HZ = 48000,    // at which Opus counts, whatever the file's rate
    PAGE_FRAMES = RATE_HZ / 5,
    // In the first page's 28 bytes of header, "OpusHead", version, channels:
    // how many frames there are before the first.
    SKIP_AT = 28 + 8 + 1 + 1,
};

struct opus_encoder {
    struct weir_encoder base;
    OggOpusComments *comments;
    OggOpusEnc *library;
    int status; // of the last call
};

static struct opus_encoder *
mine(struct weir_encoder *encoder)
{
    return (struct opus_encoder *)encoder;
}

// From libopusenc: a page. 0 when it is in the file.
static int
take(void *owner, const unsigned char *page, opus_int32 size)
{
    const struct opus_encoder *o = owner;
    // Behind what could not be written nothing makes sense.
    if (o->base.failed)
        return 1;
    while (size > 0) {
        const ssize_t done = write(o->base.fd, page, (size_t)size);
        if (done < 0 && errno != EINTR)
            return 1;
        if (done > 0) {
            page += done;
            size -= (opus_int32)done;
        }
    }
    return 0;
}

static int
nothing_to_close(void *owner)
{
    (void)owner;
    return 0;
}

static bool
done(struct opus_encoder *o, int status)
{
    o->status = status;
    return status == OPE_OK;
}

static bool
set(struct opus_encoder *o)
{
    const struct weir_take_format *format = &o->base.format;
    const int bits_per_s = BITS_PER_S * (int)format->n_channels;
    // Files that are joined end to end need numbers of their own.
    const int serial = (int)(format->position * 2654435761u >> 16 & 0x7fffffff);
    OggOpusEnc *library = o->library;
    return done(o, ope_encoder_ctl(library, OPUS_SET_BITRATE(bits_per_s))) &&
           done(o,
                ope_encoder_ctl(library, OPE_SET_MUXING_DELAY(PAGE_FRAMES))) &&
           done(o, ope_encoder_ctl(library, OPE_SET_DECISION_DELAY(0))) &&
           done(o, ope_encoder_ctl(
                       library, OPE_SET_COMMENT_PADDING(WEIR_MARKS_PADDING))) &&
           done(o, ope_encoder_ctl(library, OPE_SET_SERIALNO(serial)));
}

static bool
begin(struct weir_encoder *encoder, const char **why)
{
    static const OpusEncCallbacks callbacks = {take, nothing_to_close};
    struct opus_encoder *o = mine(encoder);
    const uint32_t n_channels = encoder->format.n_channels;
    o->comments = ope_comments_create();
    if (!o->comments)
        return false;
    ope_comments_add(o->comments, "ENCODER", "weir-record");
    o->library = ope_encoder_create_callbacks(
        &callbacks, o, o->comments, (opus_int32)encoder->format.rate_hz,
        (int)n_channels, n_channels > 2, &o->status);
    if (!o->library || !set(o)) {
        *why = ope_strerror(o->status);
        return false;
    }
    *why = "its header cannot be written";
    return done(o, ope_encoder_flush_header(o->library));
}

static bool
write_frames(struct weir_encoder *encoder, const float *frames, uint32_t n)
{
    struct opus_encoder *o = mine(encoder);
    return done(o, ope_encoder_write_float(o->library, frames, (int)n));
}

static bool
update(struct weir_encoder *encoder)
{
    // Its length is in its last page.
    (void)encoder;
    return true;
}

static const char *
why(const struct weir_encoder *encoder)
{
    const struct opus_encoder *o = (const struct opus_encoder *)encoder;
    return ope_strerror(o->status);
}

static bool
end(struct weir_encoder *encoder)
{
    struct opus_encoder *o = mine(encoder);
    const bool ok = o->library && done(o, ope_encoder_drain(o->library));
    const int cause = errno;
    if (o->library)
        ope_encoder_destroy(o->library);
    if (o->comments)
        ope_comments_destroy(o->comments);
    errno = cause;
    return ok;
}

static void
salvage(struct weir_encoder *encoder, uint64_t *n_frames, uint64_t *n_bytes)
{
    unsigned char skip[2] = {0};
    uint64_t granule;
    weir_ogg_find_end(encoder->fd, &granule, n_bytes);
    if (pread(encoder->fd, skip, sizeof skip, SKIP_AT) != (ssize_t)sizeof skip)
        return;
    const uint64_t n_skip = skip[0] + 256u * skip[1];
    if (granule > n_skip)
        *n_frames = (granule - n_skip) * encoder->format.rate_hz / RATE_HZ;
}

const struct weir_encoder_ops weir_encoder_opus = {
    .size = sizeof(struct opus_encoder),
    .begin = begin,
    .write = write_frames,
    .update = update,
    .why = why,
    .end = end,
    .salvage = salvage,
};
