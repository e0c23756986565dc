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
    bool failed;
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
create(struct weir_take *take, const char *pattern)
{
    char path[WEIR_NAME_BYTES];
    const char *why = weir_name_expand(pattern, time(NULL), path, sizeof path);
    if (why) {
        weir_log(WEIR_LOG_ERROR, "%s: %s (choose another with -o)", pattern,
                 why);
        return false;
    }
    take->fd = weir_name_create(path, take->path, sizeof take->path);
    if (take->fd < 0)
        weir_log(WEIR_LOG_ERROR,
                 "%s: cannot be made: %s (choose another "
                 "with -o)",
                 path, strerror(errno));
    return take->fd >= 0;
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
    if (take->encoder)
        weir_encoder_close(take->encoder);
    if (take->fd >= 0) {
        close(take->fd);
        unlink(take->path);
    }
    free(take);
}

struct weir_take *
weir_take_open(const char *pattern, struct weir_take_format format)
{
    const char *why;
    struct weir_take *take = calloc(1, sizeof *take);
    if (!take)
        return NULL;
    take->fd = -1;
    take->format = format;
    take->kept_up_ns = now_ns();
    if (!create(take, pattern))
        goto discard;
    errno = 0;
    if (!begin(take, &why)) {
        weir_log(WEIR_LOG_ERROR, "%s: cannot be begun: %s", take->path,
                 errno || !why ? strerror(errno) : why);
        goto discard;
    }
    weir_log(WEIR_LOG_INFO, "recording to %s: %u Hz, %u channels", take->path,
             format.rate_hz, format.n_channels);
    return take;

discard:
    discard(take);
    return NULL;
}

// ------------------------------------------------------------------ writing

static bool
fail(struct weir_take *take, const char *what)
{
    const bool system = errno != 0 || !take->encoder;
    if (!take->failed)
        weir_log(WEIR_LOG_ERROR,
                 "%s: %s: %s (make room or choose another disk with -o; what "
                 "was recorded until now is kept)",
                 take->path, what,
                 system ? strerror(errno) : weir_encoder_why(take->encoder));
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
    const bool ok = put(take, frames, n);
    take->counts.lost += ok ? n_lost : 0;
    return ok;
}

bool
weir_take_keep_up(struct weir_take *take)
{
    if (take->failed)
        return false;
    if (now_ns() - take->kept_up_ns < KEEP_UP_NS)
        return true;
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

// After a failed write: cut off what is less than a frame, so that header
// and data agree on the length. Compressed kinds have no such length.
static void
cut(struct weir_take *take)
{
    const uint64_t frame_bytes = weir_kind_frame_bytes(&take->format);
    struct stat st;
    if (frame_bytes == 0)
        return;
    if (fstat(take->fd, &st) != 0 || (uint64_t)st.st_size < take->data_offset)
        return;
    const uint64_t n_bytes = (uint64_t)st.st_size - take->data_offset;
    const uint64_t n_frames = n_bytes / frame_bytes;
    // Of the block that failed, a part may have been written.
    if (take->losing && n_frames > take->counts.frames)
        take->counts.lost += n_frames - take->counts.frames;
    take->counts.frames = n_frames;
    const uint64_t end = take->data_offset + take->counts.frames * frame_bytes;
    if (ftruncate(take->fd, (off_t)end) != 0)
        weir_log(WEIR_LOG_ERROR,
                 "%s: its end cannot be cut to a whole frame: "
                 "%s",
                 take->path, strerror(errno));
}

static bool
finish(struct weir_take *take)
{
    if (take->failed)
        cut(take);
    const bool closed = weir_encoder_close(take->encoder);
    take->encoder = NULL;
    const bool synced = fsync(take->fd) == 0;
    if (close(take->fd) != 0 || !closed || !synced)
        return fail(take, "closing");
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
weir_take_close(struct weir_take *take, struct weir_take_counts *counts)
{
    const bool ok = finish(take);
    *counts = take->counts;
    weir_take_print(take->path, counts);
    free(take);
    return ok;
}
