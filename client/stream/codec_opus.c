// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Ogg Opus with libopusenc, which makes the pages and the chains, too: across
// the border of two it repeats a packet, and each chain says how much of its
// beginning is to be dropped, so that decoding has no seam.
#include "stream/codec.h"

#include <opusenc.h>

enum {
    RATE_HZ = 48000,
    LEAST_KBPS = 6,
    MOST_KBPS = 510,      // of a packet's 1275 bytes
    MOST_KBPS_EACH = 300, // channel; libopus takes no more
};

struct opus {
    struct weir_stream_encoder base;
    OggOpusEnc *library;
    bool in_headers; // the last page was one, and not the last of them
    uint64_t skip;   // frames that a player drops at the chain's beginning
    uint64_t given;  // frames in the chain's pages so far, with those
};

static struct opus *
mine(struct weir_stream_encoder *e)
{
    return (struct opus *)e;
}

static uint32_t
rate_hz(uint32_t rate_in_hz)
{
    (void)rate_in_hz;
    return RATE_HZ;
}

static bool
open(struct weir_stream_encoder *e)
{
    const uint32_t each = MOST_KBPS_EACH * e->n_channels;
    const uint32_t most = each < MOST_KBPS ? each : MOST_KBPS;
    if (e->bitrate_kbps >= LEAST_KBPS && e->bitrate_kbps <= most)
        return true;
    return weir_stream_refuse(
        e, "opus takes %d to %u kbit/s for %u channel%s, not %u", LEAST_KBPS,
        most, e->n_channels, e->n_channels == 1 ? "" : "s", e->bitrate_kbps);
}

// -------------------------------------------------------------------- pages

static uint64_t
little_endian(const unsigned char *bytes, int n)
{
    uint64_t value = 0;
    for (int i = n; i-- > 0;)
        value = value << 8 | bytes[i];
    return value;
}

static bool
begins(const unsigned char *page)
{
    return (page[5] & 0x02) != 0;
}

// Frames up to the page's end; all bits set: no packet ends on it.
static uint64_t
position(const unsigned char *page)
{
    return little_endian(page + 6, 8);
}

static bool
give_header(struct opus *o, const unsigned char *page, size_t size)
{
    // One packet: behind the page's head of 28 bytes "OpusHead", version,
    // channels, frames to skip.
    if (begins(page)) {
        o->skip = little_endian(page + 28 + 10, 2);
        o->given = 0;
    }
    o->in_headers = begins(page) || position(page) != 0;
    return weir_stream_give_header(&o->base, page, size, begins(page));
}

static void
give_sound(struct opus *o, const unsigned char *page, size_t size)
{
    const uint64_t end = position(page);
    const uint64_t from = o->given > o->skip ? o->given : o->skip;
    const bool longer = end != UINT64_MAX && end > from;
    weir_stream_give(&o->base, page, size, longer ? (uint32_t)(end - from) : 0);
    if (longer)
        o->given = end;
}

// From libopusenc: one call for each page. (Pages that are asked for one by
// one instead may bear the number of the chain after theirs.)
static int
take(void *owner, const unsigned char *page, opus_int32 size)
{
    struct opus *o = owner;
    bool ok = true;
    if (begins(page) || o->in_headers)
        ok = give_header(o, page, (size_t)size);
    else
        give_sound(o, page, (size_t)size);
    return ok ? 0 : 1;
}

static int
nothing_to_close(void *owner)
{
    (void)owner;
    return 0;
}

// ------------------------------------------------------------------- chains

static bool
done(struct opus *o, int status)
{
    return status == OPE_OK ||
           weir_stream_say(&o->base, "libopusenc: %s", ope_strerror(status));
}

static bool
set(struct opus *o)
{
    const int bps = (int)o->base.bitrate_kbps * 1000;
    const int page = RATE_HZ / WEIR_STREAM_PAGES_PER_SECOND;
    // It would hold back two seconds, so as to encode the packets before a
    // border without prediction: decoded, no difference was found, neither of
    // speech at 8 kbit/s nor of tones at 128.
    return done(o, ope_encoder_ctl(o->library, OPUS_SET_BITRATE(bps))) &&
           done(o, ope_encoder_ctl(o->library, OPE_SET_MUXING_DELAY(page))) &&
           done(o, ope_encoder_ctl(o->library, OPE_SET_DECISION_DELAY(0)));
}

static bool
begin(struct opus *o, OggOpusComments *comments)
{
    static const OpusEncCallbacks callbacks = {take, nothing_to_close};
    int status;
    o->library = ope_encoder_create_callbacks(
        &callbacks, o, comments, RATE_HZ, (int)o->base.n_channels, 0, &status);
    return o->library ? set(o) : done(o, status);
}

static bool
add_comment(void *owner, const char *name, const char *value)
{
    return ope_comments_add(owner, name, value) == OPE_OK;
}

static bool
chain(struct weir_stream_encoder *e)
{
    struct opus *o = mine(e);
    OggOpusComments *comments = ope_comments_create();
    bool ok = comments && weir_stream_comments(e, add_comment, comments);
    if (!ok)
        weir_stream_say(e, "out of memory");
    else if (!o->library)
        ok = begin(o, comments);
    else
        ok = done(o, ope_encoder_chain_current(o->library, comments));
    // Its own are the same in every process.
    ok = ok && done(o, ope_encoder_ctl(o->library,
                                       OPE_SET_SERIALNO(weir_stream_serial())));
    if (comments)
        ope_comments_destroy(comments);
    return ok;
}

static bool
write_frames(struct weir_stream_encoder *e, const float *frames, uint32_t n)
{
    struct opus *o = mine(e);
    return done(o, ope_encoder_write_float(o->library, frames, (int)n));
}

static bool
finish(struct weir_stream_encoder *e)
{
    struct opus *o = mine(e);
    return done(o, ope_encoder_drain(o->library));
}

static void
close(struct weir_stream_encoder *e)
{
    struct opus *o = mine(e);
    if (o->library)
        ope_encoder_destroy(o->library);
}

const struct weir_stream_codec_ops weir_stream_opus = {
    .name = "opus",
    .type = "audio/ogg",
    .bitrate_kbps = 128,
    .size = sizeof(struct opus),
    .rate_hz = rate_hz,
    .open = open,
    .chain = chain,
    .write = write_frames,
    .finish = finish,
    .close = close,
};
