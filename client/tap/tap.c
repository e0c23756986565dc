// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The tap: a stream has one format and one beginning, so it ends with its
// source and does not attach again.
#include "tap/tap.h"
#include "common/log.h"
#include "common/stop.h"
#include "tap/pipe.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 1024, WAIT_MS = 500 };

struct tap {
    enum weir_sample_format samples;
    struct weir_reader *reader;
    struct weir_reader_format format;
    float *frames;        // BLOCK frames
    unsigned char *bytes; // the same as they go out
    uint64_t left;        // frames that -d asks for
    uint64_t n_frames;
    uint64_t n_lost;
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
put_frames(struct tap *t, uint64_t n)
{
    const size_t n_samples = n * t->format.n_channels;
    weir_samples_put(t->samples, t->frames, n_samples, t->bytes);
    const enum weir_pipe_result result = weir_pipe_write(
        STDOUT_FILENO, t->bytes, n_samples * weir_samples_bytes(t->samples));
    if (result == WEIR_PIPE_OK) {
        t->n_frames += n;
        t->left -= n;
    }
    return result;
}

static enum weir_pipe_result
put_silence(struct tap *t, uint64_t n)
{
    enum weir_pipe_result result = WEIR_PIPE_OK;
    t->n_dropouts += !t->losing;
    t->losing = true;
    memset(t->frames, 0,
           (size_t)BLOCK * t->format.n_channels * sizeof *t->frames);
    for (n = min_u64(n, t->left); n > 0 && result == WEIR_PIPE_OK;) {
        const uint64_t part = min_u64(n, BLOCK);
        result = put_frames(t, part);
        t->n_lost += part;
        n -= part;
    }
    return result;
}

static enum weir_pipe_result
put_header(struct tap *t)
{
    unsigned char header[WEIR_PIPE_WAV_BYTES];
    weir_pipe_wav_header(header, t->format.rate_hz, t->format.n_channels,
                         t->samples);
    return weir_pipe_write(STDOUT_FILENO, header, sizeof header);
}

// ------------------------------------------------------------------ reading

// True as long as there is more to come.
static bool
pass_on(struct tap *t, enum weir_pipe_result *result)
{
    // Once asked to stop: what has been published, and no more.
    const bool stop = weir_stop_requested();
    const struct weir_read got =
        weir_reader_read(t->reader, t->frames,
                         (uint32_t)min_u64(BLOCK, t->left), stop ? 0 : WAIT_MS);
    switch (got.kind) {
    case WEIR_READ_FRAMES:
        t->losing = false;
        *result = put_frames(t, got.n_frames);
        return true;
    case WEIR_READ_LOST:
        *result = put_silence(t, got.n_frames);
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
             (unsigned long long)t->n_frames, (unsigned long long)t->n_lost,
             (unsigned long long)t->n_dropouts);
    return result == WEIR_PIPE_OK ? WEIR_EXIT_OK : WEIR_EXIT_FAILED;
}

static int
stream(struct tap *t, const struct weir_tap_options *options)
{
    const size_t n_samples = (size_t)BLOCK * t->format.n_channels;
    enum weir_pipe_result result = WEIR_PIPE_OK;
    t->left = UINT64_MAX;
    if (options->duration_s > 0)
        t->left = (uint64_t)llround(options->duration_s * t->format.rate_hz);
    t->frames = calloc(n_samples, sizeof *t->frames);
    t->bytes = calloc(n_samples, 4);
    if (!t->frames || !t->bytes) {
        weir_log(WEIR_LOG_ERROR, "out of memory");
        return WEIR_EXIT_FAILED;
    }
    if (options->wav)
        result = put_header(t);
    while (result == WEIR_PIPE_OK && t->left > 0 && pass_on(t, &result))
        continue;
    return finish(t, result);
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
    t.format = weir_reader_format(t.reader);
    const int exit_status = stream(&t, options);
    free(t.frames);
    free(t.bytes);
    weir_reader_close(t.reader);
    return exit_status;
}
