// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The tap: a stream has one format and one beginning, so it ends with its
// source and does not attach again; but for another rate of weir's, which is
// resampled to the one that the stream has.
#include "tap/tap.h"
#include "common/convert.h"
#include "common/log.h"
#include "common/service.h"
#include "common/stop.h"
#include "tap/pipe.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 1024, WAIT_MS = 500, TRIES = 50, TRY_MS = 100 };

struct tap {
    const struct weir_tap_options *options;
    struct weir_reader *reader;
    struct weir_convert_config to; // from what is read to what is written
    struct weir_convert *convert;
    float *in;            // BLOCK frames as they are read
    float *out;           // BLOCK frames as they are wanted
    unsigned char *bytes; // the same as they go out
    uint64_t left;        // frames that -d asks for
    uint64_t spans;       // frames read that those stand for
    uint64_t n_in;        // frames read or lost, at this rate
    uint64_t n_out;       // frames written
    uint64_t n_lost;      // of the frames read
    uint64_t n_dropouts;
    bool losing; // the last frames were lost ones
    bool failed;
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
    weir_samples_put(t->options->samples, t->out, n_samples, t->bytes);
    const enum weir_pipe_result result =
        weir_pipe_write(STDOUT_FILENO, t->bytes,
                        n_samples * weir_samples_bytes(t->options->samples));
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
    weir_pipe_wav_header(header, t->to.rate_out_hz, t->to.n_out,
                         t->options->samples);
    return weir_pipe_write(STDOUT_FILENO, header, sizeof header);
}

// ----------------------------------------------------------- another format

static bool
make_buffers(struct tap *t)
{
    const size_t n_out = (size_t)BLOCK * t->to.n_out;
    t->in = calloc((size_t)BLOCK * t->to.n_in, sizeof *t->in);
    t->out = calloc(n_out, sizeof *t->out);
    t->bytes = calloc(n_out, 4);
    return t->in && t->out && t->bytes;
}

static void
end(struct tap *t)
{
    weir_convert_free(t->convert);
    free(t->in);
    free(t->out);
    free(t->bytes);
    t->convert = NULL;
    t->in = t->out = NULL;
    t->bytes = NULL;
}

// From what is read now to what is written.  WEIR_EXIT_OK, or what to exit
// with after saying why.
static int
begin(struct tap *t)
{
    enum weir_resampler_status status = weir_convert_new(&t->to, &t->convert);
    if (status == WEIR_RESAMPLER_OK && !make_buffers(t))
        status = WEIR_RESAMPLER_NO_MEMORY;
    if (status != WEIR_RESAMPLER_OK)
        return weir_convert_refuse(&t->to, status);
    t->n_in = 0;
    t->spans = t->options->duration_s > 0
                   ? weir_convert_spans(t->convert, t->left)
                   : UINT64_MAX;
    return WEIR_EXIT_OK;
}

// weir is still there, with other rings. Who has asked for an id gets it back
// as soon as weir has noticed that the old connection is gone.
static bool
attach_again(struct tap *t)
{
    const struct weir_reader_config config =
        weir_reader_options_config(&t->options->from, "weir-tap");
    struct weir_reader_error error = {""};
    weir_reader_close(t->reader);
    t->reader = NULL;
    for (int i = 0; i < TRIES && !weir_stop_requested(); i++) {
        const enum weir_reader_result result =
            weir_reader_open(&config, &t->reader, &error);
        if (result == WEIR_READER_OK)
            return true;
        t->reader = NULL;
        if (result == WEIR_READER_NOBODY)
            return false; // it has ended after all
        weir_service_alive();
        weir_stop_wait(TRY_MS);
    }
    t->failed = !weir_stop_requested();
    if (t->failed)
        weir_log(WEIR_LOG_ERROR, "%s", error.text);
    return false;
}

// On with the frame after the last one, at what is written as ever.
static bool
go_on(struct tap *t, uint64_t next)
{
    const struct weir_reader_format format = weir_reader_format(t->reader);
    const uint64_t newest = weir_reader_position(t->reader);
    end(t);
    t->to.rate_in_hz = format.rate_hz;
    t->to.n_in = format.n_channels;
    t->failed = begin(t) != WEIR_EXIT_OK;
    if (t->failed)
        return false;
    if (newest > next)
        weir_reader_rewind(t->reader, newest - next);
    weir_log(WEIR_LOG_INFO,
             "weir's rate is %u Hz now: what is written stays at %u Hz%s",
             t->to.rate_in_hz, t->to.rate_out_hz,
             t->to.rate_in_hz != t->to.rate_out_hz ? ", resampled" : "");
    return true;
}

// The end, unless only the rate is another.
static bool
follow(struct tap *t, enum weir_pipe_result *result)
{
    const char *reason = weir_reader_end_reason(t->reader);
    const uint64_t next = weir_reader_position(t->reader);
    weir_log(WEIR_LOG_DEBUG, "the end: %s", reason);
    if (strcmp(reason, WEIR_ATTACH_FORMAT_ENDED) != 0 || weir_stop_requested())
        return false;
    weir_convert_end(t->convert);
    *result = drain(t);
    return *result == WEIR_PIPE_OK && t->left > 0 && attach_again(t) &&
           go_on(t, next);
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
        return follow(t, result);
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
    return result == WEIR_PIPE_OK && !t->failed ? WEIR_EXIT_OK
                                                : WEIR_EXIT_FAILED;
}

static int
stream(struct tap *t)
{
    enum weir_pipe_result result = WEIR_PIPE_OK;
    if (t->options->wav)
        result = put_header(t);
    while (result == WEIR_PIPE_OK && t->left > 0 && pass_on(t, &result))
        continue;
    if (result == WEIR_PIPE_OK && t->left > 0 && t->convert) {
        weir_service_stopping();
        weir_convert_end(t->convert);
        result = drain(t);
    }
    return finish(t, result);
}

int
weir_tap_run(const struct weir_tap_options *options)
{
    const struct weir_reader_config config =
        weir_reader_options_config(&options->from, "weir-tap");
    struct weir_reader_error error;
    struct tap t = {.options = options};
    const enum weir_reader_result result =
        weir_reader_open(&config, &t.reader, &error);
    if (result != WEIR_READER_OK) {
        weir_log(WEIR_LOG_ERROR, "%s", error.text);
        return result == WEIR_READER_NOBODY ? WEIR_EXIT_NOBODY
                                            : WEIR_EXIT_FAILED;
    }
    t.left = UINT64_MAX;
    t.to = weir_reader_options_conversion(&options->from,
                                          weir_reader_format(t.reader));
    if (options->duration_s > 0)
        t.left = (uint64_t)llround(options->duration_s * t.to.rate_out_hz);
    int exit_status = begin(&t);
    if (exit_status == WEIR_EXIT_OK) {
        weir_service_ready();
        exit_status = stream(&t);
    }
    end(&t);
    weir_reader_close(t.reader);
    return exit_status;
}
