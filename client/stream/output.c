// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// From frames to pieces in the store.
#include "common/log.h"
#include "common/stop.h"
#include "stream/streamer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
keep(void *owner, const struct weir_stream_piece *piece)
{
    struct weir_streamer *s = owner;
    const uint32_t rate_hz = weir_stream_encoder_rate(s->encoder);
    if (!weir_store_add(s->store, piece, rate_hz))
        weir_log(WEIR_LOG_ERROR, "out of memory: a piece of the stream is "
                                 "lost");
}

// ------------------------------------------------------------------ beginning

static bool
make_encoder(struct weir_streamer *s)
{
    const struct weir_stream_options *o = s->options;
    const struct weir_stream_encoder_config config = {
        .codec = o->codec,
        .bitrate_kbps = o->bitrate_kbps,
        .rate_in_hz = s->format.rate_hz,
        .n_in = s->format.n_channels,
        .n_out = o->from.n_channels,
        .name = o->about.name,
        .genre = o->about.genre,
        .description = o->about.description,
        .url = o->about.url,
        .title = s->title,
        .sink = keep,
        .owner = s,
    };
    char why[WEIR_STREAM_WHY];
    const enum weir_stream_status status =
        weir_stream_encoder_new(&config, &s->encoder, why);
    if (status == WEIR_STREAM_OK)
        return true;
    weir_log(WEIR_LOG_ERROR, "%s of %u Hz, %u channels: %s",
             weir_stream_codec_name(o->codec), s->format.rate_hz,
             s->format.n_channels, why);
    s->exit_status = status == WEIR_STREAM_REFUSED && s->n_senders == 0
                         ? WEIR_EXIT_USAGE
                         : WEIR_EXIT_FAILED;
    return false;
}

static bool
make_buffer(struct weir_streamer *s)
{
    free(s->in);
    s->n_block = s->format.rate_hz / 4;
    s->in = calloc((size_t)s->n_block * s->format.n_channels, sizeof *s->in);
    if (s->in)
        return true;
    weir_log(WEIR_LOG_ERROR, "out of memory");
    s->exit_status = WEIR_EXIT_FAILED;
    return false;
}

static bool
start_sender(struct weir_streamer *s, unsigned i)
{
    struct weir_icecast_config *icecast = &s->configs[i].icecast;
    icecast->bitrate_kbps = weir_stream_encoder_bitrate(s->encoder);
    icecast->rate_hz = weir_stream_encoder_rate(s->encoder);
    icecast->n_channels = weir_stream_encoder_channels(s->encoder);
    s->configs[i].titles = s->titles;
    s->senders[i] = weir_sender_start(&s->configs[i]);
    s->n_senders += s->senders[i] != NULL;
    return s->senders[i] != NULL;
}

// Those who take the stream: once there is one.
static bool
start_others(struct weir_streamer *s)
{
    const struct weir_stream_options *o = s->options;
    bool ok = true;
    if (o->dump && !s->dump)
        ok = (s->dump = weir_dump_start(o->dump, s->store)) != NULL;
    while (ok && s->n_senders < o->n_targets)
        ok = start_sender(s, s->n_senders);
    if (!ok)
        s->exit_status = WEIR_EXIT_FAILED;
    return ok;
}

bool
weir_output_begin(struct weir_streamer *s)
{
    const struct weir_reader_format now = weir_reader_format(s->reader);
    if (s->encoder && now.rate_hz == s->format.rate_hz &&
        now.n_channels == s->format.n_channels)
        return true;
    weir_output_end(s);
    s->format = now;
    if (!make_buffer(s) || !make_encoder(s))
        return false;
    weir_log(WEIR_LOG_INFO, "streaming %s: %u Hz, %u channels",
             weir_stream_codec_name(s->options->codec),
             weir_stream_encoder_rate(s->encoder),
             weir_stream_encoder_channels(s->encoder));
    return start_others(s);
}

// ------------------------------------------------------------------- going on

static bool
fail(struct weir_streamer *s)
{
    weir_log(WEIR_LOG_ERROR, "%s: %s",
             weir_stream_codec_name(s->options->codec),
             weir_stream_encoder_why(s->encoder));
    s->exit_status = WEIR_EXIT_FAILED;
    return false;
}

bool
weir_output_push(struct weir_streamer *s, const float *frames, uint64_t n)
{
    // In parts: an hour of silence is not to hold up a signal.
    while (n > 0 && (frames || !weir_stop_requested())) {
        const uint32_t part = n < s->n_block ? (uint32_t)n : s->n_block;
        if (weir_stream_encoder_push(s->encoder, frames, part) !=
            WEIR_STREAM_OK)
            return fail(s);
        n -= part;
        if (frames)
            frames += (size_t)part * s->format.n_channels;
    }
    return true;
}

const char *
weir_output_retitle(struct weir_streamer *s, const char *title)
{
    if (weir_stream_encoder_retitle(s->encoder, title) != WEIR_STREAM_OK)
        return weir_stream_encoder_why(s->encoder);
    snprintf(s->title, sizeof s->title, "%s",
             weir_stream_encoder_title(s->encoder));
    if (s->titles)
        weir_titles_set(s->titles, s->title);
    weir_log(WEIR_LOG_INFO, "title: %s", s->title);
    return NULL;
}

void
weir_output_end(struct weir_streamer *s)
{
    if (s->encoder && weir_stream_encoder_finish(s->encoder) != WEIR_STREAM_OK)
        fail(s);
    weir_stream_encoder_free(s->encoder);
    s->encoder = NULL;
}
