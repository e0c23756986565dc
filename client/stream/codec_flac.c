// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// FLAC in Ogg: libFLAC encodes, the pages are made here, because libFLAC's
// own hold many seconds of silence. Each of its frames is a packet.
#include "common/dither.h"
#include "stream/pages.h"

#include <FLAC/metadata.h>
#include <FLAC/stream_encoder.h>
#include <stdlib.h>
#include <string.h>

enum {
    BITS = 16,
    LEVEL = 5,
    // "fLaC", a block's head, STREAMINFO
    STREAMINFO = 4 + 4 + 34,
    LAST_BLOCK = 0x80, // of a block's first byte
};

struct flac {
    struct weir_stream_encoder base;
    struct weir_stream_pages pages;
    FLAC__StreamEncoder *library; // null: no chain yet
    FLAC__StreamMetadata *comments;
    uint64_t position;     // frames that were put in, of all chains
    ogg_int64_t encoded;   // frames of this chain
    ogg_int64_t n_packets; // of this chain
    size_t head_size;
    unsigned char head[STREAMINFO];
    bool ending;  // the packet that comes is the chain's last
    bool stopped; // nothing is to be given any more
    int integers[WEIR_STREAM_BLOCK * 2];
};

static struct flac *
mine(struct weir_stream_encoder *e)
{
    return (struct flac *)e;
}

static uint32_t
rate_hz(uint32_t rate_in_hz)
{
    return rate_in_hz;
}

static bool
open(struct weir_stream_encoder *e)
{
    return FLAC__format_sample_rate_is_subset(e->rate_hz) ||
           weir_stream_refuse(e, "flac cannot do %u Hz", e->rate_hz);
}

// ------------------------------------------------------------------ packets

static bool
put_header(struct flac *f, const unsigned char *bytes, size_t size)
{
    ogg_packet packet = {
        // ogg_packet knows no const; libogg copies.
        .packet = (unsigned char *)(uintptr_t)bytes,
        .bytes = (long)size,
        .b_o_s = f->n_packets == 0,
        .packetno = f->n_packets,
    };
    f->n_packets++;
    return weir_stream_pages_put_header(&f->pages, &f->base, &packet);
}

// "fLaC" and STREAMINFO come one after the other: the first packet has both.
static bool
put_head(struct flac *f, const unsigned char *bytes, size_t size)
{
    // Of the mapping: version 1.0; one more header follows.
    static const unsigned char mapping[] = {0x7f, 'F', 'L', 'A', 'C',
                                            1,    0,   0,   1};
    unsigned char first[sizeof mapping + STREAMINFO];
    if (size > sizeof f->head - f->head_size)
        return weir_stream_say(&f->base, "libFLAC's header is too long");
    memcpy(f->head + f->head_size, bytes, size);
    f->head_size += size;
    if (f->head_size < STREAMINFO)
        return true;
    memcpy(first, mapping, sizeof mapping);
    memcpy(first + sizeof mapping, f->head, STREAMINFO);
    return put_header(f, first, sizeof first);
}

static bool
put_frame(struct flac *f, const unsigned char *bytes, size_t size, uint32_t n)
{
    f->encoded += n;
    ogg_packet packet = {
        .packet = (unsigned char *)(uintptr_t)bytes,
        .bytes = (long)size,
        .e_o_s = f->ending,
        .granulepos = f->encoded,
        .packetno = f->n_packets++,
    };
    return weir_stream_pages_put(&f->pages, &f->base, &packet);
}

// From libFLAC: one call for each part of the header, then one for each frame
// of `n` samples.
static FLAC__StreamEncoderWriteStatus
take(const FLAC__StreamEncoder *library, const FLAC__byte bytes[], size_t size,
     uint32_t n, uint32_t frame, void *owner)
{
    struct flac *f = owner;
    (void)library;
    (void)frame;
    bool ok = true;
    if (f->stopped)
        return FLAC__STREAM_ENCODER_WRITE_STATUS_OK;
    if (n > 0)
        ok = put_frame(f, bytes, size, n);
    else if (f->head_size < STREAMINFO)
        ok = put_head(f, bytes, size);
    else
        ok = put_header(f, bytes, size);
    return ok ? FLAC__STREAM_ENCODER_WRITE_STATUS_OK
              : FLAC__STREAM_ENCODER_WRITE_STATUS_FATAL_ERROR;
}

// ------------------------------------------------------------------- chains

// What take() said, if it did.
static bool
failed(struct flac *f)
{
    if (*f->base.why)
        return false;
    return weir_stream_say(&f->base, "libFLAC failed");
}

// Gives what is left.
static bool
end_chain(struct flac *f)
{
    // libFLAC keeps one frame at least until now: the last packet is yet to
    // come.
    f->ending = true;
    return FLAC__stream_encoder_finish(f->library) || failed(f);
}

// Without a word.
static void
stop(struct flac *f)
{
    if (f->library) {
        f->stopped = true;
        FLAC__stream_encoder_delete(f->library);
    }
    if (f->comments)
        FLAC__metadata_object_delete(f->comments);
    f->library = NULL;
    f->comments = NULL;
    weir_stream_pages_close(&f->pages);
}

static bool
add_comment(void *owner, const char *name, const char *value)
{
    FLAC__StreamMetadata_VorbisComment_Entry entry;
    return FLAC__metadata_object_vorbiscomment_entry_from_name_value_pair(
               &entry, name, value) &&
           FLAC__metadata_object_vorbiscomment_append_comment(owner, entry,
                                                              false);
}

static bool
make(struct flac *f)
{
    f->library = FLAC__stream_encoder_new();
    f->comments = FLAC__metadata_object_new(FLAC__METADATA_TYPE_VORBIS_COMMENT);
    if (!f->library || !f->comments ||
        !weir_stream_comments(&f->base, add_comment, f->comments))
        return weir_stream_say(&f->base, "out of memory");
    return weir_stream_pages_open(&f->pages, &f->base);
}

static bool
start(struct flac *f)
{
    FLAC__StreamEncoder *library = f->library;
    f->head_size = 0;
    f->n_packets = 0;
    f->encoded = 0;
    f->ending = false;
    f->stopped = false;
    FLAC__stream_encoder_set_channels(library, f->base.n_channels);
    FLAC__stream_encoder_set_sample_rate(library, f->base.rate_hz);
    FLAC__stream_encoder_set_bits_per_sample(library, BITS);
    FLAC__stream_encoder_set_compression_level(library, LEVEL);
    FLAC__stream_encoder_set_metadata(library, &f->comments, 1);
    if (FLAC__stream_encoder_init_stream(library, take, NULL, NULL, NULL, f) !=
        FLAC__STREAM_ENCODER_INIT_STATUS_OK)
        return failed(f);
    return weir_stream_pages_end_headers(&f->pages, &f->base);
}

static bool
chain(struct weir_stream_encoder *e)
{
    struct flac *f = mine(e);
    *e->why = '\0';
    if (f->library && !end_chain(f))
        return false;
    stop(f);
    return make(f) && start(f);
}

// ------------------------------------------------------------------ samples

static bool
is_silent(const float *samples, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (samples[i] != 0.0f)
            return false;
    return true;
}

// Silence stays silence: dithered, it would be 250 kbit/s of noise.
static void
make_integers(struct flac *f, const float *frames, uint32_t n)
{
    const size_t count = (size_t)n * f->base.n_channels;
    if (is_silent(frames, count))
        memset(f->integers, 0, count * sizeof *f->integers);
    else
        weir_dither(WEIR_SAMPLES_S16, f->position, f->base.n_channels, frames,
                    n, f->integers);
    f->position += n;
}

static bool
write_frames(struct weir_stream_encoder *e, const float *frames, uint32_t n)
{
    struct flac *f = mine(e);
    *e->why = '\0';
    make_integers(f, frames, n);
    return FLAC__stream_encoder_process_interleaved(f->library, f->integers,
                                                    n) ||
           failed(f);
}

static bool
finish(struct weir_stream_encoder *e)
{
    *e->why = '\0';
    return end_chain(mine(e));
}

static void
close(struct weir_stream_encoder *e)
{
    stop(mine(e));
}

const struct weir_stream_codec_ops weir_stream_flac = {
    .name = "flac",
    .type = "audio/ogg",
    .bitrate_kbps = 0,
    .size = sizeof(struct flac),
    .rate_hz = rate_hz,
    .open = open,
    .chain = chain,
    .write = write_frames,
    .finish = finish,
    .close = close,
};
