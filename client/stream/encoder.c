// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What all codecs do in the same way: rate and channels, tame samples, when a
// chain begins.
#include "stream/codec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// --------------------------------------------------------------------- life

// Null stays null. False when memory is short.
static bool
copy(const char *text, char **out)
{
    *out = text ? strdup(text) : NULL;
    return *out || !text;
}

static bool
copy_texts(struct weir_stream_encoder *e)
{
    const struct weir_stream_encoder_config *config = &e->config;
    return (copy(config->name, &e->name) && copy(config->genre, &e->genre) &&
            copy(config->description, &e->description) &&
            copy(config->url, &e->url)) ||
           weir_stream_say(e, "out of memory");
}

static uint32_t
choose_channels(const struct weir_stream_encoder_config *config)
{
    if (config->n_out != 0)
        return config->n_out;
    return config->n_in < 2 ? config->n_in : 2;
}

static bool
choose_format(struct weir_stream_encoder *e)
{
    const struct weir_stream_encoder_config *config = &e->config;
    e->rate_hz = e->ops->rate_hz(config->rate_in_hz);
    e->n_channels = choose_channels(config);
    e->bitrate_kbps =
        config->bitrate_kbps ? config->bitrate_kbps : e->ops->bitrate_kbps;
    if (config->bitrate_kbps && !e->ops->bitrate_kbps)
        return weir_stream_refuse(e, "%s has no bitrate (leave --bitrate out)",
                                  e->ops->name);
    if (e->n_channels < 1 || e->n_channels > 2)
        return weir_stream_refuse(e, "a stream has 1 or 2 channels, not %u",
                                  e->n_channels);
    return true;
}

static bool
open_convert(struct weir_stream_encoder *e)
{
    const struct weir_convert_config config = {
        .rate_in_hz = e->config.rate_in_hz,
        .rate_out_hz = e->rate_hz,
        .n_in = e->config.n_in,
        .n_out = e->n_channels,
    };
    const enum weir_resampler_status status =
        weir_convert_new(&config, &e->convert);
    if (status == WEIR_RESAMPLER_OK)
        return true;
    if (status == WEIR_RESAMPLER_NO_MEMORY)
        return weir_stream_say(e, "out of memory");
    return weir_stream_refuse(e, "from %u Hz, %u channels to %u Hz, %u: %s",
                              config.rate_in_hz, config.n_in,
                              config.rate_out_hz, config.n_out,
                              weir_convert_why(status));
}

static enum weir_stream_status
open_all(struct weir_stream_encoder *e, const char *title)
{
    if (choose_format(e) && open_convert(e) && copy_texts(e) && e->ops->open(e))
        return weir_stream_encoder_retitle(e, title);
    return e->refused ? WEIR_STREAM_REFUSED : WEIR_STREAM_FAILED;
}

enum weir_stream_status
weir_stream_encoder_new(const struct weir_stream_encoder_config *config,
                        struct weir_stream_encoder **out,
                        char why[WEIR_STREAM_WHY])
{
    const struct weir_stream_codec_ops *ops =
        weir_stream_codec_ops(config->codec);
    struct weir_stream_encoder *e = calloc(1, ops->size);
    if (!e) {
        strcpy(why, "out of memory");
        return WEIR_STREAM_FAILED;
    }
    e->ops = ops;
    e->config = *config;
    const enum weir_stream_status status = open_all(e, config->title);
    if (status == WEIR_STREAM_OK) {
        *out = e;
        return status;
    }
    memcpy(why, e->why, WEIR_STREAM_WHY);
    weir_stream_encoder_free(e);
    return status;
}

void
weir_stream_encoder_free(struct weir_stream_encoder *e)
{
    if (!e)
        return;
    e->ops->close(e);
    weir_convert_free(e->convert);
    free(e->name);
    free(e->genre);
    free(e->description);
    free(e->url);
    free(e->headers);
    free(e);
}

// ----------------------------------------------------------------- encoding

// Encoders are not made for what is no number, nor for what is far beyond
// full scale.
static void
tame(float *samples, size_t n)
{
    for (size_t i = 0; i < n; i++)
        samples[i] =
            isnan(samples[i]) ? 0.0f : fminf(fmaxf(samples[i], -1.0f), 1.0f);
}

static bool
begin_chain(struct weir_stream_encoder *e)
{
    if (!e->retitled)
        return true;
    e->retitled = false;
    e->begun = true;
    return e->ops->chain(e);
}

// Encode all that the converter has.
static bool
drain(struct weir_stream_encoder *e)
{
    uint32_t n;
    while ((n = weir_convert_get(e->convert, e->block, WEIR_STREAM_BLOCK))) {
        tame(e->block, (size_t)n * e->n_channels);
        if (!begin_chain(e) || !e->ops->write(e, e->block, n))
            return false;
    }
    return true;
}

enum weir_stream_status
weir_stream_encoder_push(struct weir_stream_encoder *e, const float *frames,
                         uint32_t n)
{
    while (n > 0) {
        const uint32_t n_now = n < WEIR_CONVERT_BLOCK ? n : WEIR_CONVERT_BLOCK;
        weir_convert_put(e->convert, frames, n_now);
        if (!drain(e))
            return WEIR_STREAM_FAILED;
        frames = frames ? frames + (size_t)n_now * e->config.n_in : NULL;
        n -= n_now;
    }
    return WEIR_STREAM_OK;
}

enum weir_stream_status
weir_stream_encoder_finish(struct weir_stream_encoder *e)
{
    weir_convert_end(e->convert);
    if (!drain(e))
        return WEIR_STREAM_FAILED;
    // Of nothing there is no stream.
    return !e->begun || e->ops->finish(e) ? WEIR_STREAM_OK : WEIR_STREAM_FAILED;
}

// ------------------------------------------------------------------- giving

static void
give(struct weir_stream_encoder *e, const struct weir_stream_piece *piece)
{
    e->config.sink(e->config.owner, piece);
}

void
weir_stream_give(struct weir_stream_encoder *e, const unsigned char *bytes,
                 size_t size, uint32_t n_frames)
{
    const struct weir_stream_piece piece = {
        .bytes = bytes,
        .size = size,
        .n_frames = n_frames,
        .chain = e->n_chains ? e->n_chains - 1 : 0,
    };
    give(e, &piece);
}

bool
weir_stream_give_header(struct weir_stream_encoder *e,
                        const unsigned char *bytes, size_t size, bool begins)
{
    if (begins) {
        e->headers_size = 0;
        e->n_chains++;
    }
    unsigned char *headers = realloc(e->headers, e->headers_size + size);
    if (!headers)
        return weir_stream_say(e, "out of memory");
    memcpy(headers + e->headers_size, bytes, size);
    e->headers = headers;
    e->headers_size += size;
    const struct weir_stream_piece piece = {
        .bytes = bytes,
        .size = size,
        .is_header = true,
        .begins_chain = begins,
        .chain = e->n_chains - 1,
    };
    give(e, &piece);
    return true;
}

// ------------------------------------------------------------------ knowing

uint32_t
weir_stream_encoder_rate(const struct weir_stream_encoder *e)
{
    return e->rate_hz;
}

uint32_t
weir_stream_encoder_channels(const struct weir_stream_encoder *e)
{
    return e->n_channels;
}

uint32_t
weir_stream_encoder_bitrate(const struct weir_stream_encoder *e)
{
    return e->bitrate_kbps;
}

const char *
weir_stream_encoder_title(const struct weir_stream_encoder *e)
{
    return e->title;
}

const unsigned char *
weir_stream_encoder_headers(const struct weir_stream_encoder *e, size_t *size)
{
    *size = e->headers_size;
    return e->headers;
}

const char *
weir_stream_encoder_why(const struct weir_stream_encoder *e)
{
    return e->why;
}
