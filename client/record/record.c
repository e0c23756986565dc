// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The recorder: it attaches, and fill.c does the rest until that ends.
#include "record/record.h"
#include "common/log.h"
#include "common/name.h"
#include "common/stop.h"
#include "record/armed.h"
#include "record/await.h"
#include "record/recorder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// ----------------------------------------------------------- one attachment

static void
begin_in_the_past(struct weir_recorder *r)
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
begin_without_a_gap(struct weir_recorder *r)
{
    const uint64_t newest = weir_reader_position(r->reader);
    const uint64_t gap = newest >= r->next ? newest - r->next : newest;
    weir_reader_rewind(r->reader, gap);
}

static enum weir_resampler_status
make_converter(struct weir_recorder *r)
{
    r->to = weir_reader_options_conversion(&r->options->from, r->format);
    r->in = calloc((size_t)WEIR_TAKE_BLOCK * r->to.n_in, sizeof *r->in);
    r->out = calloc((size_t)WEIR_TAKE_BLOCK * r->to.n_out, sizeof *r->out);
    if (!r->in || !r->out)
        return WEIR_RESAMPLER_NO_MEMORY;
    return weir_convert_new(&r->to, &r->convert);
}

static void
count_frames(struct weir_recorder *r)
{
    r->n_in = 0;
    r->left = r->spans = UINT64_MAX;
    if (isinf(r->left_s))
        return;
    r->left = (uint64_t)llround(r->left_s * r->to.rate_out_hz);
    r->spans = weir_convert_spans(r->convert, r->left);
}

static void
listen_for_silence(struct weir_recorder *r)
{
    const struct weir_record_options *o = r->options;
    r->n_out = 0;
    r->silence = (struct weir_silence){
        .peak_lin = (float)pow(10, o->silence_db / 20),
        .limit = (uint64_t)ceil(o->silence_s * r->to.rate_out_hz),
    };
}

static enum weir_outcome
begin(struct weir_recorder *r, bool again, bool waited)
{
    r->format = weir_reader_format(r->reader);
    r->ended = WEIR_GOING_ON;
    r->read_short = r->losing = false;
    r->uncounted = 0;
    const enum weir_resampler_status status = make_converter(r);
    if (status != WEIR_RESAMPLER_OK)
        return weir_convert_refuse(&r->to, status) == WEIR_EXIT_USAGE
                   ? WEIR_MISUSED
                   : WEIR_FAILED;
    count_frames(r);
    listen_for_silence(r);
    if (r->options->freewheel && !again)
        return weir_recorder_begin_freewheel(r);
    if (again || waited)
        begin_without_a_gap(r);
    else
        begin_in_the_past(r);
    return WEIR_GOING_ON;
}

static void
end(struct weir_recorder *r)
{
    r->next = weir_reader_position(r->reader);
    weir_convert_free(r->convert);
    free(r->in);
    free(r->out);
    r->convert = NULL;
    r->in = r->out = NULL;
    r->heard = NULL;
}

// Who was kicked does not come back by itself.
bool
weir_recorder_is_sent_away(const struct weir_recorder *r)
{
    const char *reason = weir_reader_end_reason(r->reader);
    return *reason &&
           (r->options->no_wait || strncmp(reason, "kicked", 6) == 0);
}

static enum weir_outcome
after_the_end(struct weir_recorder *r)
{
    weir_log(WEIR_LOG_INFO, "the recording ends: %s",
             weir_reader_end_reason(r->reader));
    if (weir_recorder_is_sent_away(r) || r->stopping || r->left == 0)
        return WEIR_FINISHED;
    return WEIR_ENDED;
}

// With --armed only a signal and weir's end are the end of all.
static bool
is_to_rest(const struct weir_recorder *r, enum weir_outcome outcome)
{
    return r->options->armed && outcome == WEIR_FINISHED &&
           !weir_stop_requested();
}

// To weir's /stop and /start.
static void
answer(struct weir_recorder *r)
{
    if (r->has_request)
        weir_reader_answer(r->reader, r->request,
                           r->n_missed > 0 ? "frames are missing: the disk did "
                                             "not take them"
                                           : NULL);
    if (r->has_start)
        weir_reader_answer(r->reader, r->start, "no file can be made");
}

static enum weir_outcome
what_next(struct weir_recorder *r, enum weir_outcome outcome)
{
    // Of a start that failed its sender knows.
    if (outcome == WEIR_FAILED && r->has_start) {
        weir_roll_fail(r->roll);
        return WEIR_RESTED;
    }
    // -d counts what is missing, too.
    if (outcome == WEIR_LAPPED && r->left_s <= 0)
        outcome = WEIR_FINISHED;
    if (is_to_rest(r, outcome))
        return WEIR_RESTED;
    return outcome == WEIR_ENDED ? after_the_end(r) : outcome;
}

static enum weir_outcome
record_once(struct weir_recorder *r, bool again, bool waited)
{
    enum weir_outcome outcome = begin(r, again, waited);
    if (outcome == WEIR_GOING_ON)
        outcome = weir_recorder_fill(r);
    const enum weir_outcome next = what_next(r, outcome);
    if (next != WEIR_LAPPED)
        answer(r);
    r->has_start = r->has_request = false;
    end(r);
    return next;
}

// Forget the last recording, and wait for the next.
static enum weir_outcome
rest(struct weir_recorder *r)
{
    r->resting = true;
    r->left_s = r->options->duration_s > 0 ? r->options->duration_s : INFINITY;
    r->left = UINT64_MAX;
    r->stopping = r->read_short = r->losing = false;
    r->silence_owed = r->uncounted = r->n_missed = 0;
    switch (weir_armed_wait(r->reader, &r->start)) {
    case WEIR_ARMED_START:
        break;
    case WEIR_ARMED_SIGNAL:
        return WEIR_FINISHED;
    case WEIR_ARMED_ENDED:
        return after_the_end(r);
    case WEIR_ARMED_FAILED:
        return WEIR_FAILED;
    }
    r->resting = false;
    r->has_start = true;
    return WEIR_GOING_ON;
}

static enum weir_outcome
record_attachment(struct weir_recorder *r, bool again, bool waited)
{
    enum weir_outcome outcome =
        r->resting ? WEIR_RESTED : record_once(r, again, waited);
    while (outcome == WEIR_RESTED || outcome == WEIR_LAPPED) {
        const bool lapped = outcome == WEIR_LAPPED;
        outcome = lapped ? WEIR_GOING_ON : rest(r);
        if (outcome == WEIR_GOING_ON)
            outcome = record_once(r, lapped, false);
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
record(struct weir_recorder *r, struct weir_await *await)
{
    int exit_status = WEIR_EXIT_FAILED;
    enum weir_outcome outcome = WEIR_ENDED;
    while (outcome == WEIR_ENDED &&
           (r->reader = weir_await_reader(await, &exit_status))) {
        outcome = record_attachment(r, await->again, await->waited);
        weir_reader_close(r->reader);
        await->again = true;
    }
    if (outcome == WEIR_FINISHED)
        exit_status = WEIR_EXIT_OK;
    if (outcome == WEIR_MISUSED)
        return WEIR_EXIT_USAGE;
    const bool whole = outcome != WEIR_FAILED && !r->bounce_failed &&
                       weir_roll_is_whole(r->roll);
    return whole ? exit_status : WEIR_EXIT_FAILED;
}

int
weir_record_run(const struct weir_record_options *options)
{
    const double duration_s = options->duration_s;
    struct weir_recorder r = {
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
