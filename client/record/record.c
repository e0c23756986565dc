// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The recorder. One loop attaches, one reads; roll.c makes files of it.
#include "record/record.h"
#include "common/convert.h"
#include "common/log.h"
#include "common/stop.h"
#include "record/armed.h"
#include "record/await.h"
#include "record/name.h"
#include "record/roll.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    WAIT_MS = 200,   // for frames; the header is looked after in between
    GATHER_MS = 80,  // after a short read, so that a block costs no wake-up
    GATHER_PART = 8, // of the history at most
};

// Why a file or an attachment came to its end.
enum outcome {
    GOING_ON,
    WEIR_ENDED, // or the source, or the format
    FINISHED,   // -d, a signal, or weir's /stop
    FAILED,     // the disk
    MISUSED,    // a rate that cannot be had
    RESTED,     // a recording of --armed: the next one may come
};

_Static_assert((int)WEIR_TAKE_BLOCK <= (int)WEIR_CONVERT_BLOCK,
               "one is put in whole");

struct recorder {
    const struct weir_record_options *options;
    struct weir_reader *reader;
    struct weir_roll *roll;
    struct weir_reader_format format;
    struct weir_convert_config to;
    struct weir_convert *convert;
    float *in;          // WEIR_TAKE_BLOCK frames as they are read
    float *out;         // and as files have them
    double left_s;      // of -d; infinite without
    uint64_t left;      // the same in a file's frames, of this attachment
    uint64_t spans;     // frames read that those stand for
    uint64_t n_in;      // frames read or lost, of this attachment
    enum outcome ended; // why no more are read; GOING_ON: they are
    bool stopping;      // what is published is taken along, then it is over
    uint64_t to_drain;
    bool read_short;       // there were fewer frames than asked for
    bool losing;           // what was read last are lost frames
    uint64_t silence_owed; // lost frames that are not converted yet
    uint64_t uncounted;    // converted ones that no file has counted yet
    bool has_request;      // weir's /stop, answered when the file is closed
    int32_t request;
    bool resting;   // --armed, and not told to start
    bool has_start; // weir's /start, answered when there is a file
    int32_t start;
    uint64_t next; // position behind the last frame of all
};

// ------------------------------------------------------------------ filling

// From now on only what the ring holds already.
static void
begin_to_stop(struct recorder *r)
{
    if (r->stopping)
        return;
    r->stopping = true;
    r->to_drain = r->format.capacity_frames;
}

static enum outcome
split(struct recorder *r, int32_t request)
{
    const bool ok = weir_roll_split(r->roll);
    weir_reader_answer(r->reader, request, ok ? NULL : "the disk failed");
    return ok ? GOING_ON : FAILED;
}

static enum outcome
obey(struct recorder *r)
{
    struct weir_reader_command command;
    if (!weir_reader_command(r->reader, &command))
        return GOING_ON;
    if (strcmp(command.verb, "split") == 0)
        return split(r, command.request);
    if (strcmp(command.verb, "stop") != 0) {
        const bool start = strcmp(command.verb, "start") == 0;
        weir_reader_answer(r->reader, command.request,
                           start ? "weir-record is recording already"
                                 : "weir-record takes only start, stop and "
                                   "split yet");
        return GOING_ON;
    }
    r->has_request = true;
    r->request = command.request;
    begin_to_stop(r);
    return GOING_ON;
}

static uint64_t
min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

// No more are read than -d takes, and what the filter wants beyond it.
static uint32_t
count_to_read(const struct recorder *r)
{
    const uint64_t held = weir_convert_latency(r->convert);
    if (r->spans > UINT64_MAX - held)
        return WEIR_TAKE_BLOCK;
    return (uint32_t)min_u64(WEIR_TAKE_BLOCK, r->spans + held - r->n_in);
}

static void
convert(struct recorder *r, const float *frames, uint32_t n)
{
    weir_convert_put(r->convert, frames, n);
    r->n_in += n;
}

// A block of silence for lost frames. Those behind the end of -d only fill
// the filter.
static void
convert_silence(struct recorder *r)
{
    const uint64_t before_end = r->spans > r->n_in ? r->spans - r->n_in : 0;
    const uint64_t n = min_u64(r->silence_owed, WEIR_TAKE_BLOCK);
    r->silence_owed -= n;
    r->uncounted += min_u64(n, before_end);
    convert(r, NULL, (uint32_t)n);
}

// Of `n` frames for files, how many there are until only silence follows.
static uint32_t
count_sounding(const struct recorder *r, uint32_t n)
{
    size_t n_samples = (size_t)n * r->to.n_out;
    while (n_samples > 0 && r->out[n_samples - 1] == 0.0f)
        n_samples--;
    return (uint32_t)((n_samples + r->to.n_out - 1) / r->to.n_out);
}

// Frames for lost ones: an end of what was heard before them may still ring,
// then it is exact silence.
static bool
pour_silence(struct recorder *r, uint32_t n, uint64_t n_lost)
{
    const uint32_t n_sounding = count_sounding(r, n);
    if (n_sounding > 0 && !weir_roll_lose(r->roll, r->out, n_sounding, 0))
        return false;
    return weir_roll_lose(r->roll, NULL, n - n_sounding, n_lost);
}

// What has been converted, up to the end of -d. Returns how many frames.
static uint32_t
pour(struct recorder *r, bool *ok)
{
    const uint32_t n = weir_convert_get(
        r->convert, r->out, (uint32_t)min_u64(WEIR_TAKE_BLOCK, r->left));
    // What is left over when all is poured is counted with the last.
    const uint64_t n_lost =
        n == 0 ? r->uncounted
               : min_u64(r->uncounted, weir_convert_spans(r->convert, n));
    r->left -= n;
    r->uncounted -= n_lost;
    if (n > 0 && !r->losing)
        *ok = weir_roll_write(r->roll, r->out, n);
    else if (n > 0 || n_lost > 0)
        *ok = pour_silence(r, n, n_lost);
    return n;
}

static enum outcome
take_in(struct recorder *r, struct weir_read got)
{
    switch (got.kind) {
    case WEIR_READ_FRAMES:
        if (r->stopping)
            r->to_drain -= got.n_frames;
        r->losing = false;
        convert(r, r->in, (uint32_t)got.n_frames);
        return GOING_ON;
    case WEIR_READ_LOST:
        r->losing = true;
        r->silence_owed = got.n_frames;
        return GOING_ON;
    case WEIR_READ_COMMAND:
        return obey(r);
    case WEIR_READ_TIMEOUT:
        return r->stopping ? FINISHED : GOING_ON;
    case WEIR_READ_ENDED:
        break;
    }
    return WEIR_ENDED;
}

// Sleep until there is something worth waking up for. What weir says, and a
// signal, wake at once.
static void
gather(const struct recorder *r)
{
    const uint64_t rate_hz = r->format.rate_hz;
    uint64_t n = min_u64(rate_hz * GATHER_MS / 1000,
                         r->format.capacity_frames / GATHER_PART);
    n = min_u64(n, count_to_read(r));
    weir_stop_wait_for(weir_reader_fd(r->reader),
                       (int)((n * 1000 + rate_hz - 1) / rate_hz));
}

static enum outcome
read_on(struct recorder *r)
{
    uint64_t n = count_to_read(r);
    if (r->stopping)
        n = min_u64(n, r->to_drain);
    const struct weir_read got = weir_reader_read(r->reader, r->in, (uint32_t)n,
                                                  r->stopping ? 0 : WAIT_MS);
    r->read_short = got.kind == WEIR_READ_FRAMES && got.n_frames < n;
    return take_in(r, got);
}

// Something to pour, when all that there was has been.
static void
fetch(struct recorder *r)
{
    if (r->silence_owed > 0) {
        convert_silence(r);
        return;
    }
    if (r->read_short && !r->stopping) {
        r->read_short = false;
        gather(r);
        return;
    }
    const bool drained = r->stopping && r->to_drain == 0;
    r->ended = drained ? FINISHED : read_on(r);
    // What the converter holds back comes now.
    if (r->ended != GOING_ON)
        weir_convert_end(r->convert);
}

static enum outcome
fill_once(struct recorder *r)
{
    bool ok = true;
    if (weir_stop_requested())
        begin_to_stop(r);
    if (r->left == 0)
        return FINISHED;
    if (pour(r, &ok) == 0) {
        if (r->ended != GOING_ON)
            return ok ? r->ended : FAILED;
        fetch(r);
    }
    return ok && weir_roll_keep_up(r->roll) ? GOING_ON : FAILED;
}

static enum outcome
fill(struct recorder *r)
{
    const uint64_t before = r->left;
    enum outcome outcome = GOING_ON;
    if (!weir_roll_open(r->roll, r->reader, r->to.rate_out_hz, r->to.n_out))
        return FAILED;
    if (r->has_start)
        weir_reader_answer(r->reader, r->start, NULL);
    r->has_start = false;
    while (outcome == GOING_ON)
        outcome = fill_once(r);
    r->left_s -= (double)(before - r->left) / r->to.rate_out_hz;
    return weir_roll_close(r->roll) ? outcome : FAILED;
}

// ----------------------------------------------------------- one attachment

static void
begin_in_the_past(struct recorder *r)
{
    const double wanted_s = r->options->preroll_s;
    const uint64_t wanted = (uint64_t)llround(wanted_s * r->format.rate_hz);
    const uint64_t got = weir_reader_rewind(r->reader, wanted);
    if (got < wanted)
        weir_log(WEIR_LOG_INFO,
                 "the pre-roll is %.3f s instead of %.3f s: weir remembers no "
                 "more (its --history)",
                 (double)got / r->format.rate_hz, wanted_s);
}

// A weir that came while we waited is recorded from its first frame; one
// that we were attached to before, from where we were.
static void
begin_without_a_gap(struct recorder *r)
{
    const uint64_t newest = weir_reader_position(r->reader);
    const uint64_t gap = newest >= r->next ? newest - r->next : newest;
    weir_reader_rewind(r->reader, gap);
}

static enum weir_resampler_status
make_converter(struct recorder *r)
{
    r->to = weir_reader_options_conversion(&r->options->from, r->format);
    r->in = calloc((size_t)WEIR_TAKE_BLOCK * r->to.n_in, sizeof *r->in);
    r->out = calloc((size_t)WEIR_TAKE_BLOCK * r->to.n_out, sizeof *r->out);
    if (!r->in || !r->out)
        return WEIR_RESAMPLER_NO_MEMORY;
    return weir_convert_new(&r->to, &r->convert);
}

static void
count_frames(struct recorder *r)
{
    r->n_in = 0;
    r->left = r->spans = UINT64_MAX;
    if (isinf(r->left_s))
        return;
    r->left = (uint64_t)llround(r->left_s * r->to.rate_out_hz);
    r->spans = weir_convert_spans(r->convert, r->left);
}

static enum outcome
begin(struct recorder *r, bool again, bool waited)
{
    r->format = weir_reader_format(r->reader);
    r->ended = GOING_ON;
    const enum weir_resampler_status status = make_converter(r);
    if (status != WEIR_RESAMPLER_OK)
        return weir_convert_refuse(&r->to, status) == WEIR_EXIT_USAGE ? MISUSED
                                                                      : FAILED;
    count_frames(r);
    if (again || waited)
        begin_without_a_gap(r);
    else
        begin_in_the_past(r);
    return GOING_ON;
}

static void
end(struct recorder *r)
{
    r->next = weir_reader_position(r->reader);
    weir_convert_free(r->convert);
    free(r->in);
    free(r->out);
    r->convert = NULL;
    r->in = r->out = NULL;
}

// A reader that was sent away does not come back by itself.
static enum outcome
after_the_end(struct recorder *r)
{
    const char *reason = weir_reader_end_reason(r->reader);
    weir_log(WEIR_LOG_INFO, "the recording ends: %s", reason);
    if (strncmp(reason, "kicked", 6) == 0 || r->options->no_wait ||
        r->stopping || r->left == 0)
        return FINISHED;
    return WEIR_ENDED;
}

// With --armed only a signal and weir's end are the end of all.
static bool
is_to_rest(const struct recorder *r, enum outcome outcome)
{
    return r->options->armed && outcome == FINISHED && !weir_stop_requested();
}

static enum outcome
record_once(struct recorder *r, bool again, bool waited)
{
    enum outcome outcome = begin(r, again, waited);
    if (outcome == GOING_ON)
        outcome = fill(r);
    if (is_to_rest(r, outcome))
        outcome = RESTED;
    else if (outcome == WEIR_ENDED)
        outcome = after_the_end(r);
    if (r->has_request)
        weir_reader_answer(r->reader, r->request,
                           outcome == FAILED ? "the disk failed" : NULL);
    if (r->has_start)
        weir_reader_answer(r->reader, r->start, "no file can be made");
    end(r);
    return outcome;
}

// Forget the last recording, and wait for the next.
static enum outcome
rest(struct recorder *r)
{
    r->resting = true;
    r->left_s = r->options->duration_s > 0 ? r->options->duration_s : INFINITY;
    r->left = UINT64_MAX;
    r->stopping = r->read_short = r->losing = r->has_request = false;
    r->silence_owed = r->uncounted = 0;
    switch (weir_armed_wait(r->reader, &r->start)) {
    case WEIR_ARMED_START:
        break;
    case WEIR_ARMED_SIGNAL:
        return FINISHED;
    case WEIR_ARMED_ENDED:
        return after_the_end(r);
    case WEIR_ARMED_FAILED:
        return FAILED;
    }
    r->resting = false;
    r->has_start = true;
    return GOING_ON;
}

static enum outcome
record_attachment(struct recorder *r, bool again, bool waited)
{
    enum outcome outcome = r->resting ? RESTED : record_once(r, again, waited);
    while (outcome == RESTED) {
        outcome = rest(r);
        if (outcome == GOING_ON)
            outcome = record_once(r, false, false);
    }
    return outcome;
}

// --------------------------------------------------------------------- all

static bool
check_folder(const char *pattern)
{
    char path[WEIR_NAME_BYTES];
    weir_name_expand(pattern, time(NULL), path, sizeof path);
    const int cause = weir_name_check_folder(path);
    if (cause == 0)
        return true;
    weir_log(WEIR_LOG_ERROR,
             "%s: cannot be made: %s (make its folder, or choose another "
             "with -o)",
             path, strerror(cause));
    return false;
}

// The exit status.
static int
record(struct recorder *r, struct weir_await *await)
{
    int exit_status = WEIR_EXIT_FAILED;
    enum outcome outcome = WEIR_ENDED;
    while (outcome == WEIR_ENDED &&
           (r->reader = weir_await_reader(await, &exit_status))) {
        outcome = record_attachment(r, await->again, await->waited);
        weir_reader_close(r->reader);
        await->again = true;
    }
    if (outcome == FINISHED)
        return WEIR_EXIT_OK;
    if (outcome == MISUSED)
        return WEIR_EXIT_USAGE;
    return outcome == FAILED ? WEIR_EXIT_FAILED : exit_status;
}

int
weir_record_run(const struct weir_record_options *options)
{
    const double duration_s = options->duration_s;
    struct recorder r = {
        .options = options,
        .left_s = duration_s > 0 ? duration_s : INFINITY,
        .resting = options->armed,
    };
    struct weir_await await = {
        .config = weir_reader_options_config(&options->from, "weir-record"),
        .no_wait = options->no_wait,
    };
    int exit_status = WEIR_EXIT_FAILED;
    if (check_folder(options->pattern) && (r.roll = weir_roll_new(options)))
        exit_status = record(&r, &await);
    weir_roll_free(r.roll);
    return exit_status;
}
