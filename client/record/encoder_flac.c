// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Encoding FLAC with libFLAC: by ourselves, because the header of a file
// that is not finished is to say how long it is, and to know what is in one
// that could not be.
#include "common/dither.h"
#include "record/encoder_private.h"
#include "record/marks.h"

#include <FLAC/format.h>
#include <FLAC/metadata.h>
#include <FLAC/stream_encoder.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    LEVEL = 5,
    BLOCKS_PER_SECOND = 8, // at least
    MAX_BLOCK = 4096,
    // STREAMINFO's last 4 bits of the fifth byte, and the next 4 bytes: the
    // length in frames. Before it: "fLaC", the block's head, sizes, the rate.
    LENGTH = 4 + 4 + 13,
};

struct flac_encoder {
    struct weir_encoder base;
    FLAC__StreamEncoder *library;
    FLAC__StreamMetadata *padding; // for marks
    int *integers;                 // WEIR_ENCODER_BLOCK frames
    uint64_t encoded;              // frames in the file
    uint64_t n_bytes;              // where the last of them ends
    uint64_t at;                   // where the next byte goes
};

static struct flac_encoder *
mine(struct weir_encoder *encoder)
{
    return (struct flac_encoder *)encoder;
}

// --------------------------------------------------------- libFLAC's file

static bool
write_all(int fd, const unsigned char *bytes, size_t n, uint64_t at)
{
    while (n > 0) {
        const ssize_t done = pwrite(fd, bytes, n, (off_t)at);
        if (done < 0 && errno != EINTR)
            return false;
        if (done > 0) {
            bytes += done;
            n -= (size_t)done;
            at += (uint64_t)done;
        }
    }
    return true;
}

// Headers have no samples; a frame comes whole.
static FLAC__StreamEncoderWriteStatus
take(const FLAC__StreamEncoder *library, const FLAC__byte bytes[], size_t size,
     uint32_t n_samples, uint32_t frame, void *owner)
{
    struct flac_encoder *f = owner;
    (void)library;
    (void)frame;
    if (f->base.failed || !write_all(f->base.fd, bytes, size, f->at))
        return FLAC__STREAM_ENCODER_WRITE_STATUS_FATAL_ERROR;
    f->at += size;
    f->encoded += n_samples;
    if (f->at > f->n_bytes)
        f->n_bytes = f->at;
    return FLAC__STREAM_ENCODER_WRITE_STATUS_OK;
}

static FLAC__StreamEncoderSeekStatus
seek(const FLAC__StreamEncoder *library, FLAC__uint64 offset, void *owner)
{
    struct flac_encoder *f = owner;
    (void)library;
    f->at = offset;
    return FLAC__STREAM_ENCODER_SEEK_STATUS_OK;
}

static FLAC__StreamEncoderTellStatus
tell(const FLAC__StreamEncoder *library, FLAC__uint64 *offset, void *owner)
{
    const struct flac_encoder *f = owner;
    (void)library;
    *offset = f->at;
    return FLAC__STREAM_ENCODER_TELL_STATUS_OK;
}

// ------------------------------------------------------------- from outside

static uint32_t
block_frames(uint32_t rate_hz)
{
    const uint32_t n = rate_hz / BLOCKS_PER_SECOND;
    return n < MAX_BLOCK ? n : MAX_BLOCK;
}

static bool
start(struct flac_encoder *f)
{
    const struct weir_take_format *format = &f->base.format;
    FLAC__StreamEncoder *library = f->library;
    FLAC__stream_encoder_set_channels(library, format->n_channels);
    FLAC__stream_encoder_set_sample_rate(library, format->rate_hz);
    FLAC__stream_encoder_set_bits_per_sample(
        library, (uint32_t)weir_samples_bytes(format->samples) * 8);
    FLAC__stream_encoder_set_compression_level(library, LEVEL);
    FLAC__stream_encoder_set_blocksize(library, block_frames(format->rate_hz));
    // Players take the rates beyond the subset, too.
    FLAC__stream_encoder_set_streamable_subset(
        library, FLAC__format_sample_rate_is_subset(format->rate_hz));
    FLAC__stream_encoder_set_metadata(library, &f->padding, 1);
    return FLAC__stream_encoder_init_stream(library, take, seek, tell, NULL,
                                            f) ==
           FLAC__STREAM_ENCODER_INIT_STATUS_OK;
}

static bool
begin(struct weir_encoder *encoder, const char **why)
{
    struct flac_encoder *f = mine(encoder);
    f->integers =
        calloc((size_t)WEIR_ENCODER_BLOCK * encoder->format.n_channels,
               sizeof *f->integers);
    f->library = FLAC__stream_encoder_new();
    f->padding = FLAC__metadata_object_new(FLAC__METADATA_TYPE_PADDING);
    if (!f->integers || !f->library || !f->padding)
        return false;
    f->padding->length = WEIR_MARKS_PADDING;
    *why = "flac cannot do that rate";
    if (!FLAC__format_sample_rate_is_valid(encoder->format.rate_hz))
        return false;
    *why = "its header cannot be written";
    return start(f);
}

static bool
write_frames(struct weir_encoder *encoder, const float *frames, uint32_t n)
{
    struct flac_encoder *f = mine(encoder);
    const struct weir_take_format *format = &encoder->format;
    if (frames)
        weir_dither(format->samples, format->position, format->n_channels,
                    frames, n, f->integers);
    else
        memset(f->integers, 0,
               (size_t)n * format->n_channels * sizeof *f->integers);
    return FLAC__stream_encoder_process_interleaved(f->library, f->integers, n);
}

// The length, as far as it is in the file.
static bool
update(struct weir_encoder *encoder)
{
    struct flac_encoder *f = mine(encoder);
    unsigned char bytes[5];
    if (pread(encoder->fd, bytes, sizeof bytes, LENGTH) !=
        (ssize_t)sizeof bytes)
        return false;
    // 36 bits; 0 stands for a length that is not known.
    const uint64_t n = f->encoded >> 36 == 0 ? f->encoded : 0;
    bytes[0] = (unsigned char)((bytes[0] & 0xf0) | (n >> 32 & 0x0f));
    for (int i = 1; i < 5; i++)
        bytes[i] = (unsigned char)(n >> (32 - 8 * i));
    return write_all(encoder->fd, bytes, sizeof bytes, LENGTH);
}

static const char *
why(const struct weir_encoder *encoder)
{
    const struct flac_encoder *f = (const struct flac_encoder *)encoder;
    return FLAC__stream_encoder_get_resolved_state_string(f->library);
}

static bool
end(struct weir_encoder *encoder)
{
    struct flac_encoder *f = mine(encoder);
    const bool ok = f->library && FLAC__stream_encoder_finish(f->library);
    const int cause = errno;
    if (f->library)
        FLAC__stream_encoder_delete(f->library);
    if (f->padding)
        FLAC__metadata_object_delete(f->padding);
    free(f->integers);
    errno = cause;
    return ok;
}

static void
salvage(struct weir_encoder *encoder, uint64_t *n_frames, uint64_t *n_bytes)
{
    struct flac_encoder *f = mine(encoder);
    *n_frames = f->encoded;
    *n_bytes = f->n_bytes;
    update(encoder);
}

const struct weir_encoder_ops weir_encoder_flac = {
    .size = sizeof(struct flac_encoder),
    .begin = begin,
    .write = write_frames,
    .update = update,
    .why = why,
    .end = end,
    .salvage = salvage,
};
