// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The feed: what has come in goes out as fast as the ring takes it, and what
// weir has to say is heard before each step.
#include "feed/feed.h"
#include "attach/connect.h"
#include "common/convert.h"
#include "common/log.h"
#include "common/service.h"
#include "common/stop.h"
#include "feed/input.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <weir/feed.h>

enum {
    BLOCK = WEIR_CONVERT_BLOCK,
    // A file is there at once: the first write is not a mere block, so that
    // the mixer has something in hand from the beginning.
    MOST_BLOCKS = 8,
    WAIT_MS = 500,
};

enum outcome {
    GOING,
    HEARD,   // all of it
    STOPPED, // by a signal
    LOST,    // weir or the strip
    BROKEN,  // what comes in; it has been said why
};

struct feeder {
    const struct weir_feed_options *options;
    struct weir_input *input;
    struct weir_feed *feed;
    struct weir_convert *convert;
    uint32_t n_in;   // channels that come in
    uint32_t n_out;  // channels of the strip
    uint32_t n_most; // frames gathered for one write
    float *in;       // BLOCK frames as they come
    float *out;      // n_most frames as the strip wants them
    uint32_t at, to; // of those, what is not written yet
    bool is_over;    // nothing more comes in
    bool is_empty;   // nothing has come in since it was wound back
    uint64_t n_gone; // frames that a flush found here
    bool is_ready;   // and its service manager knows
};

// ------------------------------------------------------------------ commands

// A talker is interrupted: nothing that was said before is heard after it.
static void
flush(struct feeder *f)
{
    f->n_gone += f->to - f->at;
    f->at = f->to = 0;
    f->n_gone += weir_input_discard(f->input);
    weir_feed_flush(f->feed);
}

static void
obey(struct feeder *f)
{
    struct weir_feed_command c;
    if (!weir_feed_command(f->feed, &c))
        return;
    const bool known = strcmp(c.verb, "flush") == 0;
    if (known)
        flush(f);
    weir_feed_answer(f->feed, c.request,
                     known ? NULL : "weir-feed does not know that command");
}

static enum outcome
react(struct feeder *f, enum weir_fed_kind kind)
{
    if (kind == WEIR_FED_COMMAND)
        obey(f);
    if (kind == WEIR_FED_HEARD)
        return HEARD;
    return kind == WEIR_FED_ENDED ? LOST : GOING;
}

// ----------------------------------------------------------------- coming in

static void
convert(struct feeder *f, uint32_t n)
{
    weir_convert_put(f->convert, f->in, n);
    for (;;) {
        const uint32_t got = weir_convert_get(
            f->convert, f->out + (size_t)f->to * f->n_out, BLOCK);
        if (got == 0)
            return;
        f->to += got;
    }
}

// What is there now, and fits.
static enum weir_input_result
gather(struct feeder *f)
{
    enum weir_input_result result = WEIR_INPUT_FRAMES;
    f->at = f->to = 0;
    while (f->to + BLOCK <= f->n_most && result == WEIR_INPUT_FRAMES) {
        uint32_t n;
        result = weir_input_read(f->input, f->in, BLOCK, &n);
        if (result == WEIR_INPUT_FRAMES)
            convert(f, n);
    }
    if (f->to > 0)
        f->is_empty = false;
    return result;
}

static enum outcome
wait_for_input(struct feeder *f)
{
    struct pollfd fds[] = {
        {.fd = weir_input_fd(f->input), .events = POLLIN},
        {.fd = weir_feed_fd(f->feed), .events = POLLIN},
    };
    weir_stop_poll(fds, 2, WAIT_MS);
    return react(f, weir_feed_look(f->feed));
}

static enum outcome
begin_again(struct feeder *f)
{
    if (f->is_empty) {
        weir_log(WEIR_LOG_ERROR,
                 "%s: there is nothing in it to be played "
                 "over and over",
                 f->options->path);
        return BROKEN;
    }
    f->is_empty = true;
    return weir_input_rewind(f->input) ? GOING : BROKEN;
}

static enum outcome
take_in(struct feeder *f)
{
    switch (gather(f)) {
    case WEIR_INPUT_FRAMES:
        return GOING;
    case WEIR_INPUT_LATER:
        return f->to > 0 ? GOING : wait_for_input(f);
    case WEIR_INPUT_END:
        if (f->options->loop)
            return begin_again(f);
        f->is_over = true;
        return GOING;
    case WEIR_INPUT_FAILED:
        break;
    }
    return BROKEN;
}

// ----------------------------------------------------------------- going out

static enum outcome
write_out(struct feeder *f)
{
    const struct weir_fed fed = weir_feed_write(
        f->feed, f->out + (size_t)f->at * f->n_out, f->to - f->at, WAIT_MS);
    f->at += fed.n_frames;
    return react(f, fed.kind);
}

static enum outcome
step(struct feeder *f)
{
    if (weir_stop_requested())
        return STOPPED;
    if (f->at < f->to)
        return write_out(f);
    if (!f->is_over)
        return take_in(f);
    weir_feed_end(f->feed);
    if (weir_feed_position(f->feed) == 0)
        return HEARD; // nothing came
    return react(f, weir_feed_drain(f->feed, WAIT_MS));
}

static void
report(const struct feeder *f)
{
    const struct weir_feed_stats stats = weir_feed_stats(f->feed);
    const uint64_t n_left = stats.buffered_frames + stats.flushed;
    const uint64_t written = weir_feed_position(f->feed);
    const uint64_t n_heard = written > n_left ? written - n_left : 0;
    const uint64_t n_flushed = stats.flushed + f->n_gone;
    printf("weir-feed: %s frames=%llu underruns=%llu overruns=%llu "
           "flushed=%llu\n",
           f->options->path, (unsigned long long)n_heard,
           (unsigned long long)stats.underruns,
           (unsigned long long)stats.overruns, (unsigned long long)n_flushed);
    fflush(stdout);
}

// It feeds, or waits for something to feed.
static void
be_ready(struct feeder *f)
{
    if (!f->is_ready)
        weir_service_ready();
    f->is_ready = true;
    weir_service_alive();
}

static int
play(struct feeder *f)
{
    enum outcome outcome = GOING;
    be_ready(f);
    while (outcome == GOING) {
        weir_service_alive();
        outcome = step(f);
    }
    weir_service_stopping();
    if (outcome == LOST)
        weir_log(WEIR_LOG_ERROR, "strip %s: %s", f->options->strip,
                 weir_feed_end_reason(f->feed));
    report(f);
    return outcome == LOST || outcome == BROKEN ? WEIR_EXIT_FAILED
                                                : WEIR_EXIT_OK;
}

// ----------------------------------------------------------------- beginning

static int
refuse(enum weir_feed_result result, const char *text)
{
    weir_log(WEIR_LOG_ERROR, "%s", text);
    return result == WEIR_FEED_NOBODY ? WEIR_EXIT_NOBODY : WEIR_EXIT_FAILED;
}

// A stream that has not begun may not do so for hours.
static int
look_for_weir(const struct weir_feed_options *o)
{
    struct weir_reader_error error;
    int socket;
    const enum weir_reader_result result =
        weir_attach_connect(o->to.instance, o->to.run_dir, &socket, &error);
    if (result != WEIR_READER_OK)
        return refuse((enum weir_feed_result)result, error.text);
    close(socket);
    return WEIR_EXIT_OK;
}

// The format, when it is known; false: the program ends with *exit_status.
static bool
await_format(struct feeder *f, struct weir_input_format *out, int *exit_status)
{
    enum weir_input_result result = weir_input_format(f->input, out);
    *exit_status = WEIR_EXIT_OK;
    if (result == WEIR_INPUT_LATER || result == WEIR_INPUT_END)
        *exit_status = look_for_weir(f->options);
    while (result == WEIR_INPUT_LATER && *exit_status == WEIR_EXIT_OK &&
           !weir_stop_requested()) {
        be_ready(f);
        weir_stop_wait_for(weir_input_fd(f->input), WAIT_MS);
        result = weir_input_format(f->input, out);
    }
    if (result == WEIR_INPUT_FAILED)
        *exit_status = WEIR_EXIT_FAILED;
    return result == WEIR_INPUT_FRAMES;
}

// A file has all the time there is: a second of it in hand. Raw samples at
// weir's own rate: 48000 Hz is near enough to say how many make a second.
static uint32_t
target_frames(const struct feeder *f, uint32_t rate_hz)
{
    const uint32_t rate = rate_hz ? rate_hz : 48000;
    if (f->options->clock)
        return (uint32_t)(f->options->latency_s * rate);
    return weir_input_fd(f->input) < 0 ? rate : 0;
}

static int
attach(struct feeder *f, struct weir_input_format format)
{
    const struct weir_feed_options *o = f->options;
    const struct weir_feed_config config = {
        .instance = o->to.instance,
        .run_dir = o->to.run_dir,
        .program = "weir-feed",
        .id = o->to.id,
        .strip = o->strip,
        .rate_hz = format.rate_hz,
        .n_channels = format.n_channels < 64 ? format.n_channels : 64,
        .pace = o->clock ? WEIR_FEED_CLOCK : WEIR_FEED_PIPE,
        .target_frames = target_frames(f, format.rate_hz),
    };
    struct weir_feed_error error;
    const enum weir_feed_result result =
        weir_feed_open(&config, &f->feed, &error);
    if (result != WEIR_FEED_OK)
        return refuse(result, error.text);
    const struct weir_feed_format got = weir_feed_format(f->feed);
    if (format.rate_hz == 0)
        format.rate_hz = got.rate_hz;
    if (format.n_channels == 0)
        format.n_channels = got.n_channels;
    weir_input_settle(f->input, format);
    f->n_in = format.n_channels;
    f->n_out = got.n_channels;
    return WEIR_EXIT_OK;
}

static int
prepare(struct feeder *f)
{
    const uint32_t rate_hz = weir_feed_format(f->feed).rate_hz;
    const struct weir_convert_config config = {
        .rate_in_hz = rate_hz,
        .rate_out_hz = rate_hz,
        .n_in = f->n_in,
        .n_out = f->n_out,
    };
    f->n_most = weir_input_fd(f->input) < 0 ? MOST_BLOCKS * BLOCK : BLOCK;
    f->in = calloc((size_t)BLOCK * f->n_in, sizeof *f->in);
    f->out = calloc((size_t)f->n_most * f->n_out, sizeof *f->out);
    enum weir_resampler_status status = weir_convert_new(&config, &f->convert);
    if (status == WEIR_RESAMPLER_OK && !(f->in && f->out))
        status = WEIR_RESAMPLER_NO_MEMORY;
    if (status != WEIR_RESAMPLER_OK)
        return weir_convert_refuse(&config, status);
    weir_log(WEIR_LOG_INFO, "feeding strip %s from %s: %u Hz, %u channels",
             f->options->strip, f->options->path, rate_hz, f->n_in);
    return WEIR_EXIT_OK;
}

int
weir_feed_run(const struct weir_feed_options *options)
{
    struct feeder f = {.options = options, .is_empty = true};
    struct weir_input_format format;
    int exit_status = WEIR_EXIT_OK;
    f.input = weir_input_open(options, &exit_status);
    if (f.input && await_format(&f, &format, &exit_status)) {
        exit_status = attach(&f, format);
        if (exit_status == WEIR_EXIT_OK)
            exit_status = prepare(&f);
        if (exit_status == WEIR_EXIT_OK)
            exit_status = play(&f);
    }
    weir_feed_close(f.feed);
    weir_convert_free(f.convert);
    free(f.in);
    free(f.out);
    weir_input_close(f.input);
    return exit_status;
}
