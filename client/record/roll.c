// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Files one after the other. The next one is begun by its first frame, so
// that none is empty because the recording ended where it would begin.
//
// All frames go through the replay: what a file that failed did not keep is
// still there, and the next begins with it.
#include "record/roll.h"
#include "common/log.h"
#include "common/name.h"
#include "record/align.h"
#include "record/replay.h"
#include "record/space.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    // Encoders keep up to a quarter of a second and a few blocks.
    REPLAY_BLOCKS = 6,
    // For headers, and a second of what is compressed.
    MARGIN_BYTES = 65536,
};

struct weir_roll {
    const struct weir_record_options *options;
    const struct weir_reader *reader;
    struct weir_take_format format;  // its position: of the next frame
    uint64_t first;                  // position of the first
    struct weir_replay *replay;      // all frames that are not in a file, yet
    struct weir_take *take;          // null between two files
    uint64_t begin;                  // position of its first frame
    uint64_t left;                   // frames that still go into it
    int64_t boundary_ns;             // where it ends by the clock; 0: none yet
    char last_path[WEIR_NAME_BYTES]; // of the file before, or ""
    bool losing;                     // the last frames were lost ones
    bool missing;                    // the last frames are in no file
    bool begun;                      // there has been a file
    bool waiting;                    // for the disk
    bool given_up;                   // not even that
    bool impossible;                 // no disk will do
    bool damaged;                    // something did not get to the disk
    bool has_total;                  // there is more than one file's to say
    struct weir_marks marks;         // of frames that are in no file, yet
    uint64_t n_unsaid;               // frames in no file, not logged yet
    struct weir_take_counts total;
};

struct weir_roll *
weir_roll_new(const struct weir_record_options *options)
{
    struct weir_roll *roll = calloc(1, sizeof *roll);
    if (!roll) {
        weir_log(WEIR_LOG_ERROR, "out of memory");
        return NULL;
    }
    roll->options = options;
    roll->has_total = options->split.seconds > 0 || options->split.bytes > 0;
    return roll;
}

// -------------------------------------------------------- how long a file is

static uint64_t
min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

// When the next frame was heard.
static struct weir_wall
next_frames_wall(const struct weir_roll *roll)
{
    // The file's frames are as many more or fewer than weir's.
    const double ratio =
        (double)roll->format.rate_hz / weir_reader_format(roll->reader).rate_hz;
    const double since = (double)(roll->format.position - roll->first) / ratio;
    struct weir_wall wall =
        weir_wall_of(roll->reader, roll->first + (uint64_t)since);
    wall.rate_hz *= ratio;
    return wall;
}

static uint64_t
frames_by_time(struct weir_roll *roll)
{
    const double split_s = roll->options->split.seconds;
    if (!roll->options->align)
        return (uint64_t)fmax(1, round(split_s * roll->format.rate_hz));
    const struct weir_wall wall = next_frames_wall(roll);
    roll->boundary_ns =
        weir_align_next(wall.ns, llround(split_s * 1e9), roll->boundary_ns);
    return weir_align_frames(wall, roll->boundary_ns);
}

static uint64_t
length(struct weir_roll *roll)
{
    uint64_t n = weir_take_room(roll->take, roll->options->split.bytes);
    if (roll->options->split.seconds > 0)
        n = min_u64(n, frames_by_time(roll));
    return n;
}

// Compressed kinds have their size when it is there.
static bool
is_full(const struct weir_roll *roll)
{
    const uint64_t bytes = roll->options->split.bytes;
    return roll->left == 0 ||
           (bytes > 0 && weir_take_bytes(roll->take) >= bytes);
}

// ------------------------------------------------------------------- files

// Once, when it is over.
static void
say_what_is_missing(struct weir_roll *roll)
{
    if (roll->n_unsaid > 0)
        weir_log(WEIR_LOG_ERROR,
                 "%llu frames are in no file: the disk did not take them in "
                 "time",
                 (unsigned long long)roll->n_unsaid);
    roll->n_unsaid = 0;
}

static void
run_hooks_at_open(const struct weir_roll *roll)
{
    const char *path = weir_take_path(roll->take);
    weir_hooks_run(WEIR_HOOK_OPEN, path, NULL, NULL);
    if (roll->last_path[0])
        weir_hooks_run(WEIR_HOOK_SPLIT, roll->last_path, path, NULL);
}

// Whether there is a file now. If not, it waits, or it is impossible.
static bool
open_next(struct weir_roll *roll)
{
    if (roll->take)
        return true;
    roll->format.begin_ns = next_frames_wall(roll).ns;
    // What is tried again and again is said once.
    roll->take =
        weir_take_open(roll->options->pattern, roll->format,
                       roll->waiting ? WEIR_LOG_DEBUG : WEIR_LOG_ERROR);
    roll->impossible = !roll->take && errno == 0;
    roll->waiting = !roll->take;
    if (!roll->take)
        return false;
    say_what_is_missing(roll);
    roll->begun = true;
    roll->begin = roll->format.position;
    roll->left = length(roll);
    run_hooks_at_open(roll);
    return true;
}

// The file failed: the next begins with the first frame that it did not keep,
// and lost ones behind it are not its own.
static void
go_back(struct weir_roll *roll, struct weir_take_counts *counts, int cause)
{
    const uint64_t written = roll->format.position;
    const uint64_t oldest = weir_replay_first(roll->replay);
    uint64_t next = min_u64(roll->begin + counts->frames, written);
    uint64_t n_lost;
    uint64_t n_runs;
    weir_replay_lost(roll->replay, next, written, &n_lost, &n_runs);
    counts->lost -= min_u64(n_lost, counts->lost);
    counts->dropouts -= min_u64(n_runs, counts->dropouts);
    roll->total.dropouts -= min_u64(n_runs, roll->total.dropouts);
    roll->losing = roll->losing && n_runs == 0;
    // Whether what was kept is on the disk nobody knows.
    roll->damaged = roll->damaged || next == written;
    if (next < oldest) {
        weir_roll_miss(roll, oldest - next);
        next = oldest;
    }
    roll->format.position = next;
    roll->has_total = true;
    roll->boundary_ns = 0;
    // At a limit to its size another file will do.
    roll->waiting = cause != EFBIG || counts->frames == 0;
}

static bool
close_file(struct weir_roll *roll)
{
    char *path = roll->last_path;
    struct weir_take_counts counts;
    int cause;
    if (!roll->take)
        return true;
    strcpy(path, weir_take_path(roll->take));
    const bool ok =
        weir_take_close(roll->take, &roll->marks, roll->begin, &counts, &cause);
    roll->take = NULL;
    roll->damaged = roll->damaged || counts.unmarked;
    if (!ok)
        go_back(roll, &counts, cause);
    weir_marks_drop(&roll->marks, roll->format.position);
    roll->total.frames += counts.frames;
    roll->total.lost += counts.lost;
    const bool kept = ok || counts.frames > 0;
    if (kept) {
        weir_take_print(path, &counts);
        weir_hooks_run(WEIR_HOOK_CLOSE, path, NULL, &counts);
    }
    if (!kept)
        path[0] = '\0';
    return ok;
}

// ----------------------------------------------------------------- writing

static bool
write_part(struct weir_roll *roll, const struct weir_replay_part *part)
{
    // One run is one dropout, in however many files it is.
    roll->total.dropouts += part->lost && !roll->losing && !roll->missing;
    roll->losing = part->lost;
    roll->missing = false;
    return part->lost
               ? weir_take_lose(roll->take, part->frames, part->n, part->n_lost)
               : weir_take_write(roll->take, part->frames, part->n);
}

// From the replay into files, until all is there or the disk fails.
static bool
pour(struct weir_roll *roll)
{
    const uint64_t end = weir_replay_end(roll->replay);
    while (roll->format.position < end && open_next(roll)) {
        const struct weir_replay_part part =
            weir_replay_get(roll->replay, roll->format.position,
                            (uint32_t)min_u64(WEIR_TAKE_BLOCK, roll->left));
        const bool ok = write_part(roll, &part);
        roll->left -= part.n;
        roll->format.position += part.n;
        if ((!ok || is_full(roll)) && !close_file(roll) && roll->waiting)
            break;
    }
    return !roll->impossible;
}

// Which frames may have to be written again. What is not compressed is in the
// file when it has been written, or the file fails at once.
static uint64_t
first_to_keep(const struct weir_roll *roll)
{
    if (weir_kind_frame_bytes(&roll->format) > 0)
        return roll->format.position;
    return weir_replay_first(roll->replay);
}

static bool
put(struct weir_roll *roll, struct weir_replay_part part)
{
    if (roll->given_up)
        return true;
    weir_replay_lend(roll->replay, &part);
    const bool ok = roll->waiting || pour(roll);
    weir_replay_keep(roll->replay, first_to_keep(roll));
    return ok;
}

bool
weir_roll_write(struct weir_roll *roll, const float *frames, uint32_t n)
{
    return put(roll, (struct weir_replay_part){.frames = frames, .n = n});
}

bool
weir_roll_lose(struct weir_roll *roll, const float *frames, uint32_t n,
               uint64_t n_lost)
{
    const bool poured = !roll->waiting && roll->take;
    // What is left of a count goes with the frames that it belongs to.
    if (n == 0 && poured && !weir_take_lose(roll->take, NULL, 0, n_lost))
        close_file(roll);
    return put(roll, (struct weir_replay_part){
                         .frames = frames,
                         .n = n,
                         .lost = true,
                         .n_lost = n_lost,
                     });
}

void
weir_roll_keep_up(struct weir_roll *roll)
{
    if (!roll->take || weir_take_keep_up(roll->take))
        return;
    close_file(roll);
    if (!roll->waiting)
        pour(roll);
}

// ------------------------------------------------------------------- marks

// Weir's frames, as files count them.
static uint64_t
to_file(const struct weir_roll *roll, uint64_t position)
{
    const uint64_t n = position > roll->first ? position - roll->first : 0;
    const uint32_t rate_hz = weir_reader_format(roll->reader).rate_hz;
    return roll->first + n / rate_hz * roll->format.rate_hz +
           n % rate_hz * roll->format.rate_hz / rate_hz;
}

const char *
weir_roll_mark(struct weir_roll *roll, uint64_t position, const char *text)
{
    return weir_marks_add(&roll->marks, roll->format.kind,
                          to_file(roll, position), text);
}

// One that was set a moment before the end is at the end.
static void
pull_marks(struct weir_roll *roll)
{
    const uint64_t end = weir_replay_end(roll->replay);
    if (end > roll->begin)
        weir_marks_pull(&roll->marks, end - 1);
}

static void
forget_marks(struct weir_roll *roll)
{
    if (roll->marks.n > 0) {
        weir_log(WEIR_LOG_ERROR, "%zu marks are in no file, as their frames",
                 roll->marks.n);
        roll->damaged = true;
    }
    weir_marks_clear(&roll->marks);
}

// ------------------------------------------------------------------ waiting

bool
weir_roll_waits(const struct weir_roll *roll)
{
    return roll->waiting && !roll->given_up;
}

bool
weir_roll_retry(struct weir_roll *roll)
{
    char path[WEIR_NAME_BYTES];
    const uint64_t second =
        weir_kind_frame_bytes(&roll->format) * roll->format.rate_hz;
    weir_name_expand(roll->options->pattern, time(NULL), path, sizeof path);
    // A file of less than a second would be no use.
    if (!weir_space_for(path, MARGIN_BYTES + second))
        return true;
    return open_next(roll) ? pour(roll) : !roll->impossible;
}

void
weir_roll_give_up(struct weir_roll *roll)
{
    roll->given_up = true;
}

// ------------------------------------------------------ beginning and ending

// Enough for what encoders do not give out at once.
static uint64_t
replay_frames(const struct weir_take_format *format)
{
    const uint64_t n = (uint64_t)REPLAY_BLOCKS * WEIR_TAKE_BLOCK;
    return weir_kind_frame_bytes(format) > 0 ? n : n + format->rate_hz;
}

bool
weir_roll_open(struct weir_roll *roll, const struct weir_reader *reader,
               uint32_t rate_hz, uint32_t n_channels, bool must)
{
    const bool may_wait = roll->begun && !must;
    roll->reader = reader;
    roll->boundary_ns = 0;
    roll->losing = roll->given_up = false;
    roll->last_path[0] = '\0';
    roll->waiting = roll->waiting && may_wait;
    roll->first = weir_reader_position(reader);
    roll->format = (struct weir_take_format){
        .rate_hz = rate_hz,
        .n_channels = n_channels,
        .samples = roll->options->samples,
        .kind = roll->options->kind,
        .position = roll->first,
    };
    roll->replay = weir_replay_new(n_channels, replay_frames(&roll->format));
    if (!roll->replay) {
        weir_log(WEIR_LOG_ERROR, "out of memory");
        return false;
    }
    weir_replay_begin(roll->replay, roll->first);
    return open_next(roll) || (may_wait && !roll->impossible);
}

uint64_t
weir_roll_close(struct weir_roll *roll)
{
    if (roll->replay)
        pull_marks(roll);
    // What the end has no room for may have it in another file.
    while (!close_file(roll) && !roll->waiting && pour(roll))
        continue;
    forget_marks(roll);
    weir_replay_free(roll->replay);
    roll->replay = NULL;
    return roll->format.position - roll->first;
}

bool
weir_roll_split(struct weir_roll *roll)
{
    roll->has_total = true;
    if (!roll->take || roll->begin == roll->format.position)
        return true;
    // The next one ends where this one would have ended.
    roll->boundary_ns = 0;
    return close_file(roll) || (!roll->waiting && pour(roll));
}

void
weir_roll_miss(struct weir_roll *roll, uint64_t n)
{
    if (n == 0)
        return;
    roll->n_unsaid += n;
    roll->total.lost += n;
    roll->total.dropouts += !roll->missing && !roll->losing;
    roll->missing = roll->has_total = roll->damaged = true;
}

void
weir_roll_fail(struct weir_roll *roll)
{
    roll->damaged = true;
}

bool
weir_roll_is_whole(const struct weir_roll *roll)
{
    return !roll->damaged;
}

void
weir_roll_free(struct weir_roll *roll)
{
    if (!roll)
        return;
    say_what_is_missing(roll);
    if (roll->has_total)
        weir_take_print("total", &roll->total);
    free(roll);
}
