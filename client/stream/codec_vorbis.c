// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Ogg Vorbis with libvorbisenc. Its bitrate is an average that is kept by
// libvorbis's own bitrate management.
#include "stream/pages.h"

#include <vorbis/codec.h>
#include <vorbis/vorbisenc.h>

struct vorbis {
    struct weir_stream_encoder base;
    struct weir_stream_pages pages;
    vorbis_info info;
    vorbis_comment comment;
    vorbis_dsp_state state;
    vorbis_block block;
    bool running; // all of the above are there
};

static struct vorbis *
mine(struct weir_stream_encoder *e)
{
    return (struct vorbis *)e;
}

// Above, libvorbisenc has no bitrates, and few players have use for it.
static uint32_t
rate_hz(uint32_t rate_in_hz)
{
    if (rate_in_hz <= 48000)
        return rate_in_hz;
    return rate_in_hz % 11025 == 0 ? 44100 : 48000;
}

// ------------------------------------------------------------------ bitrate

// Whether libvorbisenc can do so many kbit/s.
static bool
possible(const struct weir_stream_encoder *e, uint32_t kbps)
{
    vorbis_info info;
    vorbis_info_init(&info);
    const int status = vorbis_encode_setup_managed(&info, (long)e->n_channels,
                                                   (long)e->rate_hz, -1,
                                                   (long)kbps * 1000, -1);
    vorbis_info_clear(&info);
    return status == 0;
}

// There is no table of what it can do: that follows from rate and channels.
static bool
refuse_bitrate(struct weir_stream_encoder *e)
{
    enum { MOST_KBPS = 1000 };
    uint32_t least = 1;
    uint32_t most = MOST_KBPS;
    while (least <= MOST_KBPS && !possible(e, least))
        least++;
    while (most > least && !possible(e, most))
        most--;
    if (least > MOST_KBPS)
        return weir_stream_refuse(e, "vorbis cannot do %u Hz", e->rate_hz);
    return weir_stream_refuse(e,
                              "vorbis takes %u to %u kbit/s for %u Hz and %u "
                              "channel%s, not %u",
                              least, most, e->rate_hz, e->n_channels,
                              e->n_channels == 1 ? "" : "s", e->bitrate_kbps);
}

static bool
open(struct weir_stream_encoder *e)
{
    return possible(e, e->bitrate_kbps) || refuse_bitrate(e);
}

// ----------------------------------------------------------------- encoding

static bool
put_blocks(struct vorbis *v)
{
    ogg_packet packet;
    while (vorbis_analysis_blockout(&v->state, &v->block) == 1) {
        vorbis_analysis(&v->block, NULL);
        vorbis_bitrate_addblock(&v->block);
        while (vorbis_bitrate_flushpacket(&v->state, &packet))
            if (!weir_stream_pages_put(&v->pages, &v->base, &packet))
                return false;
    }
    return true;
}

static bool
write_frames(struct weir_stream_encoder *e, const float *frames, uint32_t n)
{
    struct vorbis *v = mine(e);
    float **planes = vorbis_analysis_buffer(&v->state, (int)n);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t c = 0; c < e->n_channels; c++)
            planes[c][i] = *frames++;
    vorbis_analysis_wrote(&v->state, (int)n);
    return put_blocks(v);
}

static bool
finish(struct weir_stream_encoder *e)
{
    struct vorbis *v = mine(e);
    vorbis_analysis_wrote(&v->state, 0);
    return put_blocks(v);
}

// ------------------------------------------------------------------- chains

static void
stop(struct vorbis *v)
{
    weir_stream_pages_close(&v->pages);
    if (!v->running)
        return;
    vorbis_block_clear(&v->block);
    vorbis_dsp_clear(&v->state);
    vorbis_comment_clear(&v->comment);
    vorbis_info_clear(&v->info);
    v->running = false;
}

static bool
start(struct vorbis *v)
{
    vorbis_info_init(&v->info);
    if (vorbis_encode_init(&v->info, (long)v->base.n_channels,
                           (long)v->base.rate_hz, -1,
                           (long)v->base.bitrate_kbps * 1000, -1) != 0) {
        vorbis_info_clear(&v->info);
        return weir_stream_say(&v->base, "libvorbisenc does not begin");
    }
    vorbis_comment_init(&v->comment);
    vorbis_analysis_init(&v->state, &v->info);
    vorbis_block_init(&v->state, &v->block);
    v->running = true;
    return weir_stream_pages_open(&v->pages, &v->base);
}

static bool
add_comment(void *owner, const char *name, const char *value)
{
    vorbis_comment_add_tag(owner, name, value);
    return true;
}

static bool
put_headers(struct vorbis *v)
{
    struct weir_stream_encoder *e = &v->base;
    ogg_packet id;
    ogg_packet comment;
    ogg_packet codebooks;
    vorbis_analysis_headerout(&v->state, &v->comment, &id, &comment,
                              &codebooks);
    return weir_stream_pages_put_header(&v->pages, e, &id) &&
           weir_stream_pages_put_header(&v->pages, e, &comment) &&
           weir_stream_pages_put_header(&v->pages, e, &codebooks) &&
           weir_stream_pages_end_headers(&v->pages, e);
}

static bool
chain(struct weir_stream_encoder *e)
{
    struct vorbis *v = mine(e);
    if (v->running && !finish(e))
        return false;
    stop(v);
    if (!start(v))
        return false;
    weir_stream_comments(e, add_comment, &v->comment);
    return put_headers(v);
}

static void
close(struct weir_stream_encoder *e)
{
    stop(mine(e));
}

const struct weir_stream_codec_ops weir_stream_vorbis = {
    .name = "vorbis",
    .type = "audio/ogg",
    .bitrate_kbps = 160,
    .size = sizeof(struct vorbis),
    .rate_hz = rate_hz,
    .open = open,
    .chain = chain,
    .write = write_frames,
    .finish = finish,
    .close = close,
};
