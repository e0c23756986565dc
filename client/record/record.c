// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The recorder. One loop attaches, one makes files, one fills them.
#include "record/record.h"
#include "common/log.h"
#include "common/stop.h"
#include "record/await.h"
#include "record/name.h"
#include "record/take.h"

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
    FILE_FULL,  // 4 GB
    WEIR_ENDED, // or the source, or the format
    FINISHED,   // -d, a signal, or weir's /stop
    FAILED,     // the disk
};

struct recorder {
    const struct weir_record_options *options;
    struct weir_reader *reader;
    struct weir_reader_format format;
    float *buffer; // WEIR_TAKE_BLOCK frames
    double left_s; // of -d; infinite without
    uint64_t left; // the same in frames, of this attachment
    bool stopping; // what is published is taken along, then it is over
    uint64_t to_drain;
    uint64_t silence_owed; // for lost frames that are not in a file yet
    bool has_request;      // weir's /stop, answered when the file is closed
    int32_t request;
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

static void
obey(struct recorder *r)
{
    struct weir_reader_command command;
    if (!weir_reader_command(r->reader, &command))
        return;
    if (strcmp(command.verb, "stop") != 0) {
        weir_reader_answer(r->reader, command.request,
                           "weir-record takes only stop yet");
        return;
    }
    r->has_request = true;
    r->request = command.request;
    begin_to_stop(r);
}

static uint64_t
min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

// How many frames may still go into this file.
static uint64_t
most(const struct recorder *r, const struct weir_take *take)
{
    return min_u64(r->left, weir_take_room(take));
}

// Silence for lost frames: as much as the file takes, the rest goes into the
// next one.
static enum outcome
pay_silence(struct recorder *r, struct weir_take *take)
{
    const uint64_t n = min_u64(r->silence_owed, most(r, take));
    r->silence_owed -= n;
    r->left -= n;
    return weir_take_lose(take, n) ? GOING_ON : FAILED;
}

static enum outcome
take_in(struct recorder *r, struct weir_take *take, struct weir_read got)
{
    switch (got.kind) {
    case WEIR_READ_FRAMES:
        r->left -= got.n_frames;
        if (r->stopping)
            r->to_drain -= got.n_frames;
        return weir_take_write(take, r->buffer, (uint32_t)got.n_frames)
                   ? GOING_ON
                   : FAILED;
    case WEIR_READ_LOST:
        r->silence_owed = got.n_frames;
        return pay_silence(r, take);
    case WEIR_READ_COMMAND:
        obey(r);
        return GOING_ON;
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
    n = min_u64(n, r->left);
    weir_stop_wait_for(weir_reader_fd(r->reader),
                       (int)((n * 1000 + rate_hz - 1) / rate_hz));
}

static enum outcome
read_on(struct recorder *r, struct weir_take *take)
{
    uint64_t n = min_u64(WEIR_TAKE_BLOCK, most(r, take));
    if (r->stopping)
        n = min_u64(n, r->to_drain);
    const struct weir_read got = weir_reader_read(
        r->reader, r->buffer, (uint32_t)n, r->stopping ? 0 : WAIT_MS);
    const enum outcome outcome = take_in(r, take, got);
    if (got.kind == WEIR_READ_FRAMES && got.n_frames < n && !r->stopping)
        gather(r);
    return outcome;
}

static enum outcome
fill_once(struct recorder *r, struct weir_take *take)
{
    if (weir_stop_requested())
        begin_to_stop(r);
    if (r->left == 0 || (r->stopping && r->to_drain == 0))
        return FINISHED;
    if (most(r, take) == 0)
        return FILE_FULL;
    const enum outcome outcome =
        r->silence_owed > 0 ? pay_silence(r, take) : read_on(r, take);
    if (outcome != GOING_ON)
        return outcome;
    return weir_take_keep_up(take) ? GOING_ON : FAILED;
}

// ----------------------------------------------------------------- one file

static enum outcome
record_file(struct recorder *r)
{
    const struct weir_take_format format = {
        .rate_hz = r->format.rate_hz,
        .n_channels = r->format.n_channels,
        .samples = r->options->samples,
        .kind = r->options->kind,
        .position = weir_reader_position(r->reader) - r->silence_owed,
    };
    struct weir_take *take = weir_take_open(r->options->pattern, format);
    enum outcome outcome = GOING_ON;
    if (!take)
        return FAILED;
    while (outcome == GOING_ON)
        outcome = fill_once(r, take);
    r->left_s -= (double)weir_take_frames(take) / r->format.rate_hz;
    return weir_take_close(take) ? outcome : FAILED;
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

static bool
begin(struct recorder *r, bool again, bool waited)
{
    r->format = weir_reader_format(r->reader);
    r->left = isinf(r->left_s)
                  ? UINT64_MAX
                  : (uint64_t)llround(r->left_s * r->format.rate_hz);
    if (again || waited)
        begin_without_a_gap(r);
    else
        begin_in_the_past(r);
    r->buffer = calloc((size_t)WEIR_TAKE_BLOCK * r->format.n_channels,
                       sizeof *r->buffer);
    if (!r->buffer)
        weir_log(WEIR_LOG_ERROR, "out of memory");
    return r->buffer != NULL;
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

static enum outcome
record_attachment(struct recorder *r, bool again, bool waited)
{
    enum outcome outcome = FAILED;
    if (begin(r, again, waited))
        outcome = FILE_FULL;
    while (outcome == FILE_FULL)
        outcome = record_file(r);
    if (outcome == WEIR_ENDED)
        outcome = after_the_end(r);
    if (r->has_request)
        weir_reader_answer(r->reader, r->request,
                           outcome == FAILED ? "the disk failed" : NULL);
    r->next = weir_reader_position(r->reader);
    free(r->buffer);
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

int
weir_record_run(const struct weir_record_options *options)
{
    const double duration_s = options->duration_s;
    struct recorder r = {
        .options = options,
        .left_s = duration_s > 0 ? duration_s : INFINITY,
    };
    struct weir_await await = {
        .config = weir_reader_options_config(&options->from, "weir-record"),
        .no_wait = options->no_wait,
    };
    int exit_status = WEIR_EXIT_FAILED;
    if (!check_folder(options->pattern))
        return exit_status;
    enum outcome outcome = WEIR_ENDED;
    while (outcome == WEIR_ENDED &&
           (r.reader = weir_await_reader(&await, &exit_status))) {
        outcome = record_attachment(&r, await.again, await.waited);
        weir_reader_close(r.reader);
        await.again = true;
    }
    if (outcome == FINISHED)
        return WEIR_EXIT_OK;
    return outcome == FAILED ? WEIR_EXIT_FAILED : exit_status;
}
