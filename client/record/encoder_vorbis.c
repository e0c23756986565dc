// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Encoding Ogg Vorbis with libvorbisenc: by ourselves, because a page that
// is not full has to go out four times a second, however little is in it.
#include "record/encoder_private.h"
#include "record/marks.h"
#include "record/ogg_end.h"

#include <errno.h>
#include <ogg/ogg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vorbis/codec.h>
#include <vorbis/vorbisenc.h>

// Of -0.1 to 1: about 192 kbit/s in stereo.
#define QUALITY 0.6f

enum { PAGES_PER_SECOND = 4 };

struct vorbis_encoder {
    struct weir_encoder base;
    vorbis_info info;
    vorbis_comment comment;
    vorbis_dsp_state state;
    vorbis_block block;
    ogg_stream_state stream;
    bool begun;        // all of the above are there
    ogg_int64_t paged; // frames in the pages that are written
};

static struct vorbis_encoder *
mine(struct weir_encoder *encoder)
{
    return (struct vorbis_encoder *)encoder;
}

// -------------------------------------------------------------------- pages

static bool
write_all(int fd, const unsigned char *bytes, long n)
{
    while (n > 0) {
        const ssize_t done = write(fd, bytes, (size_t)n);
        if (done < 0 && errno != EINTR)
            return false;
        if (done > 0) {
            bytes += done;
            n -= done;
        }
    }
    return true;
}

static bool
write_page(struct vorbis_encoder *v, const ogg_page *page)
{
    const ogg_int64_t frames = ogg_page_granulepos(page);
    // -1: no packet ends on it.
    if (frames >= 0)
        v->paged = frames;
    return write_all(v->base.fd, page->header, page->header_len) &&
           write_all(v->base.fd, page->body, page->body_len);
}

static bool
write_full_pages(struct vorbis_encoder *v)
{
    ogg_page page;
    while (ogg_stream_pageout(&v->stream, &page))
        if (!write_page(v, &page))
            return false;
    return true;
}

static bool
write_all_pages(struct vorbis_encoder *v)
{
    ogg_page page;
    while (ogg_stream_flush(&v->stream, &page))
        if (!write_page(v, &page))
            return false;
    return true;
}

// ------------------------------------------------------------------ packets

static bool
put_packet(struct vorbis_encoder *v, ogg_packet *packet)
{
    const ogg_int64_t page = v->base.format.rate_hz / PAGES_PER_SECOND;
    ogg_stream_packetin(&v->stream, packet);
    if (packet->granulepos - v->paged >= page)
        return write_all_pages(v);
    return write_full_pages(v);
}

static bool
put_blocks(struct vorbis_encoder *v)
{
    ogg_packet packet;
    bool ok = true;
    while (ok && vorbis_analysis_blockout(&v->state, &v->block) == 1) {
        vorbis_analysis(&v->block, NULL);
        vorbis_bitrate_addblock(&v->block);
        while (ok && vorbis_bitrate_flushpacket(&v->state, &packet))
            ok = put_packet(v, &packet);
    }
    return ok;
}

// With padding, in which marks find room at the end. libogg copies it.
static void
put_comment(struct vorbis_encoder *v, ogg_packet comment)
{
    const size_t n = (size_t)comment.bytes;
    unsigned char *bytes = calloc(1, n + WEIR_MARKS_PADDING);
    if (bytes) {
        memcpy(bytes, comment.packet, n);
        comment.packet = bytes;
        comment.bytes += WEIR_MARKS_PADDING;
    }
    ogg_stream_packetin(&v->stream, &comment);
    free(bytes);
}

static bool
put_headers(struct vorbis_encoder *v)
{
    ogg_packet id;
    ogg_packet comment;
    ogg_packet codebooks;
    vorbis_analysis_headerout(&v->state, &v->comment, &id, &comment,
                              &codebooks);
    ogg_stream_packetin(&v->stream, &id);
    put_comment(v, comment);
    ogg_stream_packetin(&v->stream, &codebooks);
    // The first frame begins a page of its own.
    return write_all_pages(v);
}

// ------------------------------------------------------------- from outside

static bool
begin(struct weir_encoder *encoder, const char **why)
{
    struct vorbis_encoder *v = mine(encoder);
    const struct weir_take_format *format = &encoder->format;
    // Files that are joined end to end need numbers of their own, and the
    // same frames are to become the same bytes.
    const int serial = (int)(format->position * 2654435761u >> 16 & 0x7fffffff);
    vorbis_info_init(&v->info);
    if (vorbis_encode_init_vbr(&v->info, (long)format->n_channels,
                               (long)format->rate_hz, QUALITY) != 0) {
        vorbis_info_clear(&v->info);
        *why = "vorbis cannot do that rate with so many channels";
        return false;
    }
    vorbis_comment_init(&v->comment);
    vorbis_comment_add_tag(&v->comment, "ENCODER", "weir-record");
    vorbis_analysis_init(&v->state, &v->info);
    vorbis_block_init(&v->state, &v->block);
    ogg_stream_init(&v->stream, serial);
    v->begun = true;
    *why = "its header cannot be written";
    return put_headers(v);
}

static bool
write_frames(struct weir_encoder *encoder, const float *frames, uint32_t n)
{
    struct vorbis_encoder *v = mine(encoder);
    const uint32_t n_channels = encoder->format.n_channels;
    // To write none is to end the stream.
    if (n == 0)
        return true;
    float **planes = vorbis_analysis_buffer(&v->state, (int)n);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t c = 0; c < n_channels; c++)
            planes[c][i] = *frames++;
    vorbis_analysis_wrote(&v->state, (int)n);
    return put_blocks(v);
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
    (void)encoder;
    return "libvorbisenc failed";
}

static bool
end(struct weir_encoder *encoder)
{
    struct vorbis_encoder *v = mine(encoder);
    if (!v->begun)
        return false;
    vorbis_analysis_wrote(&v->state, 0);
    // Behind what could not be written nothing makes sense.
    const bool ok = !encoder->failed && put_blocks(v) && write_all_pages(v);
    ogg_stream_clear(&v->stream);
    vorbis_block_clear(&v->block);
    vorbis_dsp_clear(&v->state);
    vorbis_comment_clear(&v->comment);
    vorbis_info_clear(&v->info);
    return ok;
}

static void
salvage(struct weir_encoder *encoder, uint64_t *n_frames, uint64_t *n_bytes)
{
    weir_ogg_find_end(encoder->fd, n_frames, n_bytes);
}

const struct weir_encoder_ops weir_encoder_vorbis = {
    .size = sizeof(struct vorbis_encoder),
    .begin = begin,
    .write = write_frames,
    .update = update,
    .why = why,
    .end = end,
    .salvage = salvage,
};
