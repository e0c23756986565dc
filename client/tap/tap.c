// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The tap: a stream has one format and one beginning, so it ends with its
// source and does not attach again.
#include "tap/tap.h"
#include "common/convert.h"
#include "common/log.h"
#include "common/service.h"
#include "common/stop.h"
#include "tap/pipe.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

enum { BLOCK = 1024, WAIT_MS = 500 };

struct tap {
    enum weir_sample_format samples;
    struct weir_reader *reader;
    struct weir_reader_format format; // of what is read
    struct weir_convert_config to;
    struct weir_convert *convert;
    float *in;            // BLOCK frames as they are read
    float *out;           // BLOCK frames as they are wanted
    unsigned char *bytes; // the same as they go out
    uint64_t left;        // frames that -d asks for
    uint64_t spans;       // frames read that those stand for
    uint64_t n_in;        // frames read or lost
    uint64_t n_out;       // frames written
    uint64_t n_lost;      // of the frames read
    uint64_t n_dropouts;
    bool losing; // the last frames were lost ones
};

static uint64_t
min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

// ------------------------------------------------------------------ writing

static enum weir_pipe_result
put_frames(struct tap *t, uint32_t n)
{
    const size_t n_samples = (size_t)n * t->to.n_out;
    weir_samples_put(t->samples, t->out, n_samples, t->bytes);
    const enum weir_pipe_result result = weir_pipe_write(
        STDOUT_FILENO, t->bytes, n_samples * weir_samples_bytes(t->samples));
    if (result == WEIR_PIPE_OK) {
        t->n_out += n;
        t->left -= n;
    }
    return result;
}

// Write all that can be got.
static enum weir_pipe_result
drain(struct tap *t)
{
    enum weir_pipe_result result = WEIR_PIPE_OK;
    while (t->left > 0 && result == WEIR_PIPE_OK) {
        const uint32_t n = weir_convert_get(t->convert, t->out,
                                            (uint32_t)min_u64(BLOCK, t->left));
        if (n == 0)
            break;
        result = put_frames(t, n);
    }
    return result;
}

static enum weir_pipe_result
pass(struct tap *t, const float *frames, uint32_t n)
{
    weir_convert_put(t->convert, frames, n);
    t->n_in += n;
    return drain(t);
}

// Silence for lost frames goes the same way, so that all positions are true.
static enum weir_pipe_result
pass_silence(struct tap *t, uint64_t n)
{
    enum weir_pipe_result result = WEIR_PIPE_OK;
    t->n_dropouts += !t->losing;
    t->losing = true;
    while (n > 0 && t->left > 0 && result == WEIR_PIPE_OK) {
        const uint32_t part = (uint32_t)min_u64(n, BLOCK);
        // Those behind the end of -d only fill the filter.
        const uint64_t before_end = t->spans > t->n_in ? t->spans - t->n_in : 0;
        t->n_lost += min_u64(part, before_end);
        result = pass(t, NULL, part);
        n -= part;
    }
    return result;
}

static enum weir_pipe_result
put_header(struct tap *t)
{
    unsigned char header[WEIR_PIPE_WAV_BYTES];
    weir_pipe_wav_header(header, t->to.rate_out_hz, t->to.n_out, t->samples);
    return weir_pipe_write(STDOUT_FILENO, header, sizeof header);
}

// ------------------------------------------------------------------ reading

// No more than -d takes, and what the filter wants beyond it.
static uint32_t
count_to_read(const struct tap *t)
{
    const uint64_t held = weir_convert_latency(t->convert);
    if (t->spans > UINT64_MAX - held)
        return BLOCK;
    return (uint32_t)min_u64(BLOCK, t->spans + held - t->n_in);
}

// True as long as there is more to come.
static bool
pass_on(struct tap *t, enum weir_pipe_result *result)
{
    // Once asked to stop: what has been published, and no more.
    const bool stop = weir_stop_requested();
    weir_service_alive();
    const struct weir_read got = weir_reader_read(
        t->reader, t->in, count_to_read(t), stop ? 0 : WAIT_MS);
    switch (got.kind) {
    case WEIR_READ_FRAMES:
        t->losing = false;
        *result = pass(t, t->in, (uint32_t)got.n_frames);
        return true;
    case WEIR_READ_LOST:
        *result = pass_silence(t, got.n_frames);
        return true;
    case WEIR_READ_TIMEOUT:
        return !stop;
    case WEIR_READ_COMMAND:
        // Left alone, it is answered that this reader takes none.
        return true;
    case WEIR_READ_ENDED:
        weir_log(WEIR_LOG_DEBUG, "the end: %s",
                 weir_reader_end_reason(t->reader));
        return false;
    }
    return false;
}

static int
finish(const struct tap *t, enum weir_pipe_result result)
{
    if (result == WEIR_PIPE_CLOSED)
        return WEIR_EXIT_OK;
    weir_log(WEIR_LOG_INFO, "frames=%llu lost=%llu dropouts=%llu",
             (unsigned long long)t->n_out, (unsigned long long)t->n_lost,
             (unsigned long long)t->n_dropouts);
    return result == WEIR_PIPE_OK ? WEIR_EXIT_OK : WEIR_EXIT_FAILED;
}

static int
stream(struct tap *t, const struct weir_tap_options *options)
{
    enum weir_pipe_result result = WEIR_PIPE_OK;
    if (options->wav)
        result = put_header(t);
    while (result == WEIR_PIPE_OK && t->left > 0 && pass_on(t, &result))
        continue;
    if (result == WEIR_PIPE_OK && t->left > 0) {
        weir_service_stopping();
        weir_convert_end(t->convert);
        result = drain(t);
    }
    return finish(t, result);
}

// ---------------------------------------------------------------- beginning

static bool
make_buffers(struct tap *t)
{
    const size_t n_out = (size_t)BLOCK * t->to.n_out;
    t->in = calloc((size_t)BLOCK * t->to.n_in, sizeof *t->in);
    t->out = calloc(n_out, sizeof *t->out);
    t->bytes = calloc(n_out, 4);
    return t->in && t->out && t->bytes;
}

// WEIR_EXIT_OK, or what to exit with after saying why.
static int
begin(struct tap *t, const struct weir_tap_options *o)
{
    t->format = weir_reader_format(t->reader);
    t->to = weir_reader_options_conversion(&o->from, t->format);
    enum weir_resampler_status status = weir_convert_new(&t->to, &t->convert);
    if (status == WEIR_RESAMPLER_OK && !make_buffers(t))
        status = WEIR_RESAMPLER_NO_MEMORY;
    if (status != WEIR_RESAMPLER_OK)
        return weir_convert_refuse(&t->to, status);
    t->left = t->spans = UINT64_MAX;
    if (o->duration_s > 0) {
        t->left = (uint64_t)llround(o->duration_s * t->to.rate_out_hz);
        t->spans = weir_convert_spans(t->convert, t->left);
    }
    return WEIR_EXIT_OK;
}

int
weir_tap_run(const struct weir_tap_options *options)
{
    const struct weir_reader_config config =
        weir_reader_options_config(&options->from, "weir-tap");
    struct weir_reader_error error;
    struct tap t = {.samples = options->samples};
    const enum weir_reader_result result =
        weir_reader_open(&config, &t.reader, &error);
    if (result != WEIR_READER_OK) {
        weir_log(WEIR_LOG_ERROR, "%s", error.text);
        return result == WEIR_READER_NOBODY ? WEIR_EXIT_NOBODY
                                            : WEIR_EXIT_FAILED;
    }
    int exit_status = begin(&t, options);
    if (exit_status == WEIR_EXIT_OK) {
        weir_service_ready();
        exit_status = stream(&t, options);
    }
    weir_convert_free(t.convert);
    free(t.in);
    free(t.out);
    free(t.bytes);
    weir_reader_close(t.reader);
    return exit_status;
}
