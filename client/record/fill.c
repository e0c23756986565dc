// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// From weir's ring through the converter into files, and what weir asks for
// meanwhile.
#include "common/log.h"
#include "common/service.h"
#include "common/stop.h"
#include "record/recorder.h"

#include <math.h>
#include <string.h>
#include <time.h>

enum {
    WAIT_MS = 200,   // for frames; the header is looked after in between
    GATHER_MS = 80,  // after a short read, so that a block costs no wake-up
    GATHER_PART = 8, // of the history at most
    GATHER_FREEWHEEL_MS = 1,
    DISK_MS = 200, // between two looks at a disk that failed
};

_Static_assert((int)WEIR_TAKE_BLOCK <= (int)WEIR_CONVERT_BLOCK,
               "one is put in whole");

// From now on only what the ring holds already.
static void
begin_to_stop(struct weir_recorder *r)
{
    if (r->stopping)
        return;
    r->stopping = true;
    r->to_drain = r->format.capacity_frames;
}

static enum weir_outcome
split(struct weir_recorder *r, int32_t request)
{
    const bool ok = weir_roll_split(r->roll);
    weir_reader_answer(r->reader, request, ok ? NULL : "the disk failed");
    return WEIR_GOING_ON;
}

// The frame that is heard now, as far as anyone knows; not one that is
// recorded already.
static uint64_t
heard_now(const struct weir_recorder *r)
{
    const uint64_t next = weir_reader_position(r->reader);
    struct timespec now;
    uint64_t known;
    uint64_t known_ns;
    double rate_hz;
    if (!weir_reader_clock(r->reader, &known, &known_ns, &rate_hz))
        return next;
    clock_gettime(CLOCK_MONOTONIC, &now);
    const double s =
        (double)now.tv_sec + ((double)now.tv_nsec - (double)known_ns) * 1e-9;
    const uint64_t heard = known + (uint64_t)fmax(0, s * rate_hz);
    return heard > next ? heard : next;
}

static enum weir_outcome
obey(struct weir_recorder *r)
{
    struct weir_reader_command command;
    if (!weir_reader_command(r->reader, &command))
        return WEIR_GOING_ON;
    if (strcmp(command.verb, "split") == 0)
        return split(r, command.request);
    if (strcmp(command.verb, "mark") == 0) {
        weir_reader_answer(
            r->reader, command.request,
            weir_roll_mark(r->roll, heard_now(r), command.argument));
        return WEIR_GOING_ON;
    }
    if (strcmp(command.verb, "stop") != 0) {
        const bool start = strcmp(command.verb, "start") == 0;
        weir_reader_answer(r->reader, command.request,
                           start ? "weir-record is recording already"
                                 : "weir-record takes start, stop, split and "
                                   "mark");
        return WEIR_GOING_ON;
    }
    r->has_request = true;
    r->request = command.request;
    begin_to_stop(r);
    return WEIR_GOING_ON;
}

static uint64_t
min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

// No more are read than -d takes, and what the filter wants beyond it.
static uint64_t
count_wanted(const struct weir_recorder *r)
{
    const uint64_t held = weir_convert_latency(r->convert);
    if (r->spans > UINT64_MAX - held)
        return UINT64_MAX;
    return r->spans + held - r->n_in;
}

static void
convert(struct weir_recorder *r, const float *frames, uint32_t n)
{
    weir_convert_put(r->convert, frames, n);
    r->n_in += n;
}

// A block of silence for lost frames. Those behind the end of -d only fill
// the filter.
static void
convert_silence(struct weir_recorder *r)
{
    const uint64_t before_end = r->spans > r->n_in ? r->spans - r->n_in : 0;
    const uint64_t n = min_u64(r->silence_owed, WEIR_TAKE_BLOCK);
    r->silence_owed -= n;
    r->uncounted += min_u64(n, before_end);
    convert(r, NULL, (uint32_t)n);
}

// Of `n` frames for files, how many there are until only silence follows.
static uint32_t
count_sounding(const struct weir_recorder *r, uint32_t n)
{
    size_t n_samples = (size_t)n * r->to.n_out;
    while (n_samples > 0 && r->heard[n_samples - 1] == 0.0f)
        n_samples--;
    return (uint32_t)((n_samples + r->to.n_out - 1) / r->to.n_out);
}

// Frames for lost ones: an end of what was heard before them may still ring,
// then it is exact silence.
static bool
pour_silence(struct weir_recorder *r, uint32_t n, uint64_t n_lost)
{
    const uint32_t n_sounding = count_sounding(r, n);
    if (n_sounding > 0 && !weir_roll_lose(r->roll, r->heard, n_sounding, 0))
        return false;
    return weir_roll_lose(r->roll, NULL, n - n_sounding, n_lost);
}

// Of `n` frames, those until it has been silent for as long as ends it. Lost
// ones are not silent: nobody knows what they were.
static uint32_t
until_silence(struct weir_recorder *r, uint32_t n)
{
    if (r->losing) {
        r->silence.n_silent = 0;
        return n;
    }
    n = weir_silence_measure(&r->silence, r->heard, n, r->to.n_out);
    if (r->silence.limit == 0 || r->silence.n_silent < r->silence.limit)
        return n;
    weir_log(WEIR_LOG_INFO, "the recording ends: %g s of silence",
             r->options->silence_s);
    r->left = n;
    r->spans = weir_convert_spans(r->convert, r->n_out + n);
    return n;
}

// What has been converted, up to the end of -d. Returns how many frames.
static uint32_t
pour(struct weir_recorder *r, bool *ok)
{
    uint32_t n_got = (uint32_t)min_u64(WEIR_TAKE_BLOCK, r->left);
    r->heard = weir_convert_next(r->convert, r->out, &n_got);
    const uint32_t n = until_silence(r, n_got);
    // What is left over when all is poured is counted with the last.
    const uint64_t n_lost =
        n == 0 ? r->uncounted
               : min_u64(r->uncounted, weir_convert_spans(r->convert, n));
    r->left -= min_u64(n, r->left);
    r->n_out += n;
    r->uncounted -= n_lost;
    if (n > 0 && !r->losing)
        *ok = weir_roll_write(r->roll, r->heard, n);
    else if (n > 0 || n_lost > 0)
        *ok = pour_silence(r, n, n_lost);
    return n;
}

static enum weir_outcome
take_in(struct weir_recorder *r, struct weir_read got)
{
    switch (got.kind) {
    case WEIR_READ_FRAMES:
        if (r->stopping)
            r->to_drain -= got.n_frames;
        r->losing = false;
        convert(r, r->in, (uint32_t)got.n_frames);
        return WEIR_GOING_ON;
    case WEIR_READ_LOST:
        r->losing = true;
        r->silence_owed = got.n_frames;
        weir_recorder_explain_loss(r, got);
        if (r->bounce_failed)
            begin_to_stop(r);
        return WEIR_GOING_ON;
    case WEIR_READ_COMMAND:
        return obey(r);
    case WEIR_READ_TIMEOUT:
        return r->stopping ? WEIR_FINISHED : WEIR_GOING_ON;
    case WEIR_READ_ENDED:
        break;
    }
    return WEIR_ENDED;
}

// Sleep until there is something worth waking up for. What weir says, and a
// signal, wake at once.
static void
gather(const struct weir_recorder *r)
{
    const uint64_t rate_hz = r->format.rate_hz;
    uint64_t n = min_u64(rate_hz * GATHER_MS / 1000,
                         r->format.capacity_frames / GATHER_PART);
    n = min_u64(n, count_wanted(r));
    if (r->freewheels) { // seconds of sound: no more, and it stands still
        weir_stop_wait_for(weir_reader_fd(r->reader), GATHER_FREEWHEEL_MS);
        return;
    }
    weir_stop_wait_for(weir_reader_fd(r->reader),
                       (int)((n * 1000 + rate_hz - 1) / rate_hz));
}

static enum weir_outcome
read_on(struct weir_recorder *r)
{
    uint64_t n = min_u64(count_wanted(r), WEIR_TAKE_BLOCK);
    if (r->stopping)
        n = min_u64(n, r->to_drain);
    weir_service_alive();
    const struct weir_read got = weir_reader_read(r->reader, r->in, (uint32_t)n,
                                                  r->stopping ? 0 : WAIT_MS);
    r->read_short = got.kind == WEIR_READ_FRAMES && got.n_frames < n;
    return take_in(r, got);
}

// Something to pour, when all that there was has been.
static void
fetch(struct weir_recorder *r)
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
    r->ended = drained ? WEIR_FINISHED : read_on(r);
    // What the converter holds back comes now.
    if (r->ended != WEIR_GOING_ON)
        weir_convert_end(r->convert);
}

// Whether more is to be read at all.
static bool
reads_on(const struct weir_recorder *r)
{
    return r->ended == WEIR_GOING_ON && r->left > 0 && count_wanted(r) > 0;
}

// Whether what comes next is not in weir's history any more. It is not read
// yet: as long as this waits for the disk, that is where it is kept.
static bool
is_lapped(struct weir_recorder *r)
{
    const struct weir_read got =
        weir_reader_read(r->reader, r->in, reads_on(r) ? 1 : 0, 0);
    if (got.kind == WEIR_READ_COMMAND)
        obey(r);
    if (got.kind != WEIR_READ_FRAMES && got.kind != WEIR_READ_LOST)
        return false;
    if (got.kind == WEIR_READ_FRAMES && weir_reader_rewind(r->reader, 1) == 1)
        return false;
    r->n_in += got.n_frames + r->silence_owed;
    r->silence_owed = 0;
    return true;
}

// The disk does not take what there is: look at it now and then. When nothing
// more is to come it is looked at once.
static enum weir_outcome
wait_for_disk(struct weir_recorder *r)
{
    if (!r->stopping)
        weir_stop_wait(DISK_MS);
    weir_service_alive();
    const bool lapped = is_lapped(r);
    const bool over =
        r->stopping || !reads_on(r) || weir_recorder_is_sent_away(r);
    if (lapped && !over)
        return WEIR_LAPPED;
    if (!lapped && !weir_roll_retry(r->roll))
        return WEIR_FAILED;
    // What is still to come is only counted.
    if (over && weir_roll_waits(r->roll))
        weir_roll_give_up(r->roll);
    return WEIR_GOING_ON;
}

static enum weir_outcome
fill_once(struct weir_recorder *r)
{
    bool ok = true;
    if (weir_stop_requested()) {
        weir_service_stopping();
        begin_to_stop(r);
    }
    if (weir_roll_waits(r->roll))
        return wait_for_disk(r);
    if (r->left == 0)
        return WEIR_FINISHED;
    if (pour(r, &ok) == 0) {
        if (r->ended != WEIR_GOING_ON)
            return ok ? r->ended : WEIR_FAILED;
        fetch(r);
    }
    weir_roll_keep_up(r->roll);
    return ok ? WEIR_GOING_ON : WEIR_FAILED;
}

// What it is worth in weir's frames.
static void
count_missed(struct weir_recorder *r, uint64_t n_written)
{
    const uint64_t wanted = min_u64(r->n_in, r->spans);
    const uint64_t spanned = weir_convert_spans(r->convert, n_written);
    const uint64_t n = wanted > spanned ? wanted - spanned : 0;
    weir_roll_miss(r->roll, n);
    r->n_missed += n;
}

enum weir_outcome
weir_recorder_fill(struct weir_recorder *r)
{
    const uint64_t before = r->left;
    enum weir_outcome outcome = WEIR_GOING_ON;
    const bool opened = weir_roll_open(r->roll, r->reader, r->to.rate_out_hz,
                                       r->to.n_out, r->has_start);
    if (opened && r->has_start)
        weir_reader_answer(r->reader, r->start, NULL);
    r->has_start = r->has_start && !opened;
    while (opened && outcome == WEIR_GOING_ON)
        outcome = fill_once(r);
    // Nobody reads while the file is closed: weir is not to wait for that.
    if (outcome != WEIR_LAPPED)
        weir_recorder_end_freewheel(r);
    // Also what is missing takes its time.
    r->left_s -= outcome == WEIR_LAPPED
                     ? (double)r->n_in / r->to.rate_in_hz
                     : (double)(before - r->left) / r->to.rate_out_hz;
    count_missed(r, weir_roll_close(r->roll));
    return opened ? outcome : WEIR_FAILED;
}
