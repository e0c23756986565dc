// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// One file being recorded: what is written is with the kernel, and header and
// disk follow twice a second.
#include "record/take.h"
#include "common/log.h"
#include "common/name.h"
#include "record/encoder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

// Half of the second that may be missing after a kill -9.
#define KEEP_UP_NS INT64_C(500000000)

struct weir_take {
    struct weir_take_format format;
    int fd;
    struct weir_encoder *encoder;
    uint64_t data_offset; // bytes before the first sample
    struct weir_take_counts counts;
    bool losing; // the last frames were lost ones
    bool shown;  // the header has said that there are frames
    bool failed;
    int cause; // of that: errno, or 0
    int64_t kept_up_ns;
    char path[WEIR_NAME_BYTES];
};

static int64_t
now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

// ------------------------------------------------------------------ opening

static bool
create(struct weir_take *take, const char *pattern, enum weir_log_level level)
{
    char path[WEIR_NAME_BYTES];
    const char *why = weir_name_expand(pattern, time(NULL), path, sizeof path);
    if (why) {
        weir_log(level, "%s: %s (choose another with -o)", pattern, why);
        errno = 0;
        return false;
    }
    take->fd = weir_name_create(path, take->path, sizeof take->path);
    const int cause = errno;
    if (take->fd < 0)
        weir_log(level, "%s: cannot be made: %s (choose another with -o)", path,
                 strerror(cause));
    errno = cause;
    return take->fd >= 0;
}

// That there is such a file is for the disk to remember, too. Not all file
// systems can be asked for that.
static void
sync_folder(const char *path)
{
    char folder[WEIR_NAME_BYTES];
    const char *slash = strrchr(path, '/');
    const int n = slash ? (int)(slash - path) + 1 : 0;
    snprintf(folder, sizeof folder, "%.*s.", n, path);
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    fsync(fd);
    close(fd);
}

static bool
begin(struct weir_take *take, const char **why)
{
    struct stat st;
    *why = weir_kind_refuses(&take->format);
    if (*why)
        return false;
    take->encoder = weir_encoder_open(take->fd, &take->format, why);
    if (!take->encoder || fstat(take->fd, &st) != 0)
        return false;
    take->data_offset = (uint64_t)st.st_size;
    return true;
}

static void
discard(struct weir_take *take)
{
    uint64_t ignored;
    if (take->encoder)
        weir_encoder_close(take->encoder, &ignored);
    if (take->fd >= 0) {
        close(take->fd);
        unlink(take->path);
    }
    free(take);
}

struct weir_take *
weir_take_open(const char *pattern, struct weir_take_format format,
               enum weir_log_level level)
{
    const char *why;
    int cause;
    struct weir_take *take = calloc(1, sizeof *take);
    if (!take)
        return NULL;
    take->fd = -1;
    take->format = format;
    take->kept_up_ns = now_ns();
    if (!create(take, pattern, level)) {
        cause = errno;
        goto discard;
    }
    errno = 0;
    if (!begin(take, &why)) {
        cause = errno;
        weir_log(level, "%s: cannot be begun: %s", take->path,
                 cause || !why ? strerror(cause) : why);
        goto discard;
    }
    sync_folder(take->path);
    weir_log(WEIR_LOG_INFO, "recording to %s: %u Hz, %u channels", take->path,
             format.rate_hz, format.n_channels);
    return take;

discard:
    discard(take);
    errno = cause;
    return NULL;
}

const char *
weir_take_path(const struct weir_take *take)
{
    return take->path;
}

// ------------------------------------------------------------------ writing

static bool
fail(struct weir_take *take, const char *what)
{
    const int cause = errno;
    const bool system = cause != 0 || !take->encoder;
    if (!take->failed) {
        take->cause = cause;
        weir_log(WEIR_LOG_ERROR,
                 "%s: %s: %s (what was recorded until now is kept; it goes on "
                 "in another file as soon as the disk lets it)",
                 take->path, what,
                 system ? strerror(cause) : weir_encoder_why(take->encoder));
    }
    take->failed = true;
    return false;
}

// Null: silence.
static bool
put(struct weir_take *take, const float *frames, uint32_t n)
{
    if (!weir_encoder_write(take->encoder, frames, n))
        return fail(take, "writing");
    take->counts.frames += n;
    return true;
}

bool
weir_take_write(struct weir_take *take, const float *frames, uint32_t n)
{
    if (n > 0)
        take->losing = false;
    return put(take, frames, n);
}

bool
weir_take_lose(struct weir_take *take, const float *frames, uint32_t n,
               uint64_t n_lost)
{
    take->counts.dropouts += !take->losing;
    take->losing = true;
    take->counts.lost += n_lost;
    return put(take, frames, n);
}

bool
weir_take_keep_up(struct weir_take *take)
{
    if (take->failed)
        return false;
    // A header of a file without frames is one that not everybody reads.
    const bool first = !take->shown && take->counts.frames > 0;
    if (!first && now_ns() - take->kept_up_ns < KEEP_UP_NS)
        return true;
    take->shown = take->shown || first;
    if (!weir_encoder_update(take->encoder))
        return fail(take, "writing the header");
    if (fdatasync(take->fd) != 0)
        return fail(take, "bringing it to the disk");
    // When it was done, not when it is due: a slow disk is not hurried.
    take->kept_up_ns = now_ns();
    return true;
}

uint64_t
weir_take_bytes(const struct weir_take *take)
{
    struct stat st;
    return fstat(take->fd, &st) == 0 ? (uint64_t)st.st_size : 0;
}

uint64_t
weir_take_room(const struct weir_take *take, uint64_t max_bytes)
{
    const uint64_t frame_bytes = weir_kind_frame_bytes(&take->format);
    uint64_t most = weir_kind_room(&take->format);
    if (max_bytes > 0 && frame_bytes > 0) {
        const uint64_t n_bytes = max_bytes > take->data_offset + frame_bytes
                                     ? max_bytes - take->data_offset
                                     : frame_bytes;
        if (n_bytes / frame_bytes < most)
            most = n_bytes / frame_bytes;
    }
    return most == UINT64_MAX ? most : most - take->counts.frames;
}

// ------------------------------------------------------------------ closing

static void
write_marks(struct weir_take *take, const struct weir_marks *marks,
            uint64_t begin)
{
    if (weir_marks_write(marks, take->fd, &take->format, begin,
                         take->counts.frames))
        return;
    take->counts.unmarked = true;
    weir_log(WEIR_LOG_ERROR,
             "%s: its marks cannot be written: %s (the sound is whole)",
             take->path, strerror(errno));
}

static bool
finish(struct weir_take *take, const struct weir_marks *marks, uint64_t begin)
{
    uint64_t n_kept = take->counts.frames;
    const bool closed = weir_encoder_close(take->encoder, &n_kept);
    take->encoder = NULL;
    if (!closed)
        fail(take, "writing the end");
    if (take->failed)
        take->counts.frames = n_kept;
    write_marks(take, marks, begin);
    if (fsync(take->fd) != 0)
        fail(take, "bringing the end to the disk");
    if (close(take->fd) != 0)
        fail(take, "closing");
    return !take->failed;
}

void
weir_take_print(const char *file, const struct weir_take_counts *counts)
{
    printf("weir-record: %s frames=%llu lost=%llu dropouts=%llu\n", file,
           (unsigned long long)counts->frames, (unsigned long long)counts->lost,
           (unsigned long long)counts->dropouts);
    fflush(stdout);
}

bool
weir_take_close(struct weir_take *take, const struct weir_marks *marks,
                uint64_t begin, struct weir_take_counts *counts, int *cause)
{
    const bool ok = finish(take, marks, begin);
    if (!ok && take->counts.frames == 0)
        unlink(take->path);
    *counts = take->counts;
    *cause = take->cause;
    free(take);
    return ok;
}
