// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Fewer channels are made before resampling and more of them after it, so
// that no more than necessary are resampled.
#include "common/convert.h"
#include "common/log.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct weir_convert {
    struct weir_convert_config config;
    uint32_t n_middle;                // channels that are resampled
    struct weir_resampler *resampler; // null: the rates are equal
    float *narrow;   // WEIR_CONVERT_BLOCK frames of n_middle; null: not fewer
    float *middle;   // the same; null: not more
    const float *in; // what was put in and is left, of n_middle; null: silence
    uint32_t n_left;
    bool ending;
};

// ----------------------------------------------------------------- life

static float *
new_block(uint32_t n_channels)
{
    return calloc((size_t)WEIR_CONVERT_BLOCK * n_channels, sizeof(float));
}

static enum weir_resampler_status
check(const struct weir_convert_config *c)
{
    if (c->n_in < 1 || c->n_in > WEIR_RESAMPLER_MAX_CHANNELS || c->n_out < 1 ||
        c->n_out > WEIR_RESAMPLER_MAX_CHANNELS)
        return WEIR_RESAMPLER_BAD_CHANNELS;
    if (c->rate_in_hz == 0 || c->rate_out_hz == 0)
        return WEIR_RESAMPLER_BAD_RATE;
    return WEIR_RESAMPLER_OK;
}

static enum weir_resampler_status
open_resampler(struct weir_convert *c)
{
    const struct weir_resampler_config config = {
        .rate_in_hz = c->config.rate_in_hz,
        .rate_out_hz = c->config.rate_out_hz,
        .n_channels = c->n_middle,
        .half_length = WEIR_RESAMPLER_GOOD_HALF,
    };
    if (config.rate_in_hz == config.rate_out_hz)
        return WEIR_RESAMPLER_OK;
    return weir_resampler_new(&config, &c->resampler);
}

static enum weir_resampler_status
fill_in(struct weir_convert *c)
{
    const bool fewer = c->config.n_out < c->config.n_in;
    const bool more = c->config.n_out > c->config.n_in;
    c->n_middle = fewer ? c->config.n_out : c->config.n_in;
    if (fewer && !(c->narrow = new_block(c->n_middle)))
        return WEIR_RESAMPLER_NO_MEMORY;
    if (more && !(c->middle = new_block(c->n_middle)))
        return WEIR_RESAMPLER_NO_MEMORY;
    return open_resampler(c);
}

enum weir_resampler_status
weir_convert_new(const struct weir_convert_config *config,
                 struct weir_convert **out)
{
    enum weir_resampler_status status = check(config);
    if (status != WEIR_RESAMPLER_OK)
        return status;
    struct weir_convert *c = calloc(1, sizeof *c);
    if (!c)
        return WEIR_RESAMPLER_NO_MEMORY;
    c->config = *config;
    status = fill_in(c);
    if (status == WEIR_RESAMPLER_OK)
        *out = c;
    else
        weir_convert_free(c);
    return status;
}

void
weir_convert_free(struct weir_convert *c)
{
    if (!c)
        return;
    weir_resampler_free(c->resampler);
    free(c->narrow);
    free(c->middle);
    free(c);
}

// --------------------------------------------------------------- channels

static void
average(const float *in, uint32_t n, uint32_t n_in, float *out)
{
    const float share = 1.0f / (float)n_in;
    for (uint32_t f = 0; f < n; f++, in += n_in) {
        float sum = 0.0f;
        for (uint32_t i = 0; i < n_in; i++)
            sum += in[i];
        out[f] = sum * share;
    }
}

static void
fold(const float *in, uint32_t n, uint32_t n_in, uint32_t n_out, float *out)
{
    for (uint32_t f = 0; f < n; f++, in += n_in, out += n_out) {
        memcpy(out, in, n_out * sizeof *out);
        for (uint32_t i = n_out; i < n_in; i++)
            out[i % n_out] += in[i];
    }
}

static void
spread(const float *in, uint32_t n, uint32_t n_in, uint32_t n_out, float *out)
{
    for (uint32_t f = 0; f < n; f++, in += n_in, out += n_out)
        for (uint32_t i = 0; i < n_out; i++)
            out[i] = n_in == 1 ? in[0] : i < n_in ? in[i] : 0.0f;
}

// --------------------------------------------------------------- running

void
weir_convert_put(struct weir_convert *c, const float *frames, uint32_t n)
{
    const uint32_t n_in = c->config.n_in;
    assert(n <= WEIR_CONVERT_BLOCK && c->n_left == 0 && !c->ending);
    c->in = frames;
    c->n_left = n;
    if (!frames || !c->narrow)
        return;
    if (c->n_middle == 1)
        average(frames, n, n_in, c->narrow);
    else
        fold(frames, n, n_in, c->n_middle, c->narrow);
    c->in = c->narrow;
}

static void
skip(struct weir_convert *c, uint32_t n)
{
    c->n_left -= n;
    if (c->in)
        c->in += (size_t)n * c->n_middle;
}

static uint32_t
copy(struct weir_convert *c, float *out, uint32_t n)
{
    if (n > c->n_left)
        n = c->n_left;
    const size_t n_bytes = (size_t)n * c->n_middle * sizeof *out;
    if (c->in)
        memcpy(out, c->in, n_bytes);
    else
        memset(out, 0, n_bytes);
    skip(c, n);
    return n;
}

static uint32_t
resample(struct weir_convert *c, float *out, uint32_t n)
{
    if (c->ending)
        return weir_resampler_flush(c->resampler, out, n);
    const struct weir_resampled did =
        weir_resampler_process(c->resampler, c->in, c->n_left, out, n);
    skip(c, did.n_in);
    return did.n_out;
}

uint32_t
weir_convert_get(struct weir_convert *c, float *out, uint32_t n)
{
    float *to = c->middle ? c->middle : out;
    if (c->middle && n > WEIR_CONVERT_BLOCK)
        n = WEIR_CONVERT_BLOCK;
    const uint32_t got = c->resampler ? resample(c, to, n) : copy(c, to, n);
    if (c->middle)
        spread(to, got, c->n_middle, c->config.n_out, out);
    return got;
}

const float *
weir_convert_next(struct weir_convert *c, float *room, uint32_t *n)
{
    const float *frames = c->in;
    if (c->resampler || c->middle || !frames) {
        *n = weir_convert_get(c, room, *n);
        return room;
    }
    if (*n > c->n_left)
        *n = c->n_left;
    skip(c, *n);
    return frames;
}

void
weir_convert_end(struct weir_convert *c)
{
    assert(c->n_left == 0);
    c->ending = true;
}

// ---------------------------------------------------------------- knowing

uint64_t
weir_convert_spans(const struct weir_convert *c, uint64_t n_out)
{
    const uint64_t in = c->config.rate_in_hz;
    const uint64_t out = c->config.rate_out_hz;
    // In two parts, so that nothing overflows but what cannot be told.
    const uint64_t whole = n_out / out;
    const uint64_t rest = (n_out % out * in + out - 1) / out;
    if (whole > (UINT64_MAX - rest) / in)
        return UINT64_MAX;
    return whole * in + rest;
}

uint32_t
weir_convert_latency(const struct weir_convert *c)
{
    return c->resampler ? weir_resampler_latency(c->resampler) : 0;
}

const char *
weir_convert_why(enum weir_resampler_status status)
{
    switch (status) {
    case WEIR_RESAMPLER_OK:
        break;
    case WEIR_RESAMPLER_BAD_RATE:
        return "the rate is out of range (1000 to 768000)";
    case WEIR_RESAMPLER_BAD_RATIO:
        return "this rate does not fit weir's: the ratio, in lowest terms, "
               "goes up to 1000, and down to a 64th (take a usual one, such "
               "as 44100, 48000 or 16000)";
    case WEIR_RESAMPLER_BAD_CHANNELS:
        return "too many channels (at most 1024)";
    case WEIR_RESAMPLER_BAD_HALF:
    case WEIR_RESAMPLER_BAD_TIME:
        return "the resampler cannot be set so";
    case WEIR_RESAMPLER_NO_MEMORY:
        return "out of memory";
    }
    return "nothing is wrong";
}

int
weir_convert_refuse(const struct weir_convert_config *c,
                    enum weir_resampler_status status)
{
    weir_log(WEIR_LOG_ERROR, "from %u Hz, %u channels to %u Hz, %u: %s",
             c->rate_in_hz, c->n_in, c->rate_out_hz, c->n_out,
             weir_convert_why(status));
    return status == WEIR_RESAMPLER_NO_MEMORY ? WEIR_EXIT_FAILED
                                              : WEIR_EXIT_USAGE;
}
