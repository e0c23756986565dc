// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// One file being recorded. libsndfile writes without buffers of its own, so
// what was written is with the kernel, and the header follows twice a second.
#include "record/take.h"
#include "common/log.h"
#include "record/name.h"

#include <errno.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

// Half of the second that may be missing after a kill -9.
#define KEEP_UP_NS INT64_C(500000000)
// What RIFF's 32-bit sizes can hold, less more than any header.
#define MAX_RIFF_BYTES (UINT64_C(0xffffffff) - 65536)

struct weir_take {
    struct weir_take_format format;
    size_t frame_bytes;
    int fd;
    SNDFILE *file;
    uint64_t data_offset; // bytes before the first sample
    uint64_t n_frames;
    uint64_t n_lost;
    uint64_t n_dropouts;
    bool losing; // the last frames were lost ones
    bool failed;
    int64_t kept_up_ns;
    int *integers; // WEIR_TAKE_BLOCK frames; null for float
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

// Float becomes RF64 by itself past 4 GB; until then it is a RIFF file with
// the extensible header. That header would shut 16 and 24 bit out of simple
// readers (Python's wave is one), so they are plain WAV and end at 4 GB.
static int
sndfile_format(enum weir_sample_format samples)
{
    switch (samples) {
    case WEIR_SAMPLES_S16:
        return SF_FORMAT_WAV | SF_FORMAT_PCM_16;
    case WEIR_SAMPLES_S24:
        return SF_FORMAT_WAV | SF_FORMAT_PCM_24;
    case WEIR_SAMPLES_F32:
        break;
    }
    return SF_FORMAT_RF64 | SF_FORMAT_FLOAT;
}

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
write_header(struct weir_take *take)
{
    SF_INFO info = {
        .samplerate = (int)take->format.rate_hz,
        .channels = (int)take->format.n_channels,
        .format = sndfile_format(take->format.samples),
    };
    struct stat st;
    take->file = sf_open_fd(take->fd, SFM_WRITE, &info, SF_FALSE);
    if (!take->file)
        return false;
    sf_command(take->file, SFC_RF64_AUTO_DOWNGRADE, NULL, SF_TRUE);
    sf_command(take->file, SFC_UPDATE_HEADER_NOW, NULL, 0);
    if (sf_error(take->file) != SF_ERR_NO_ERROR || fstat(take->fd, &st) != 0)
        return false;
    take->data_offset = (uint64_t)st.st_size;
    return take->data_offset > 0;
}

static bool
make_integers(struct weir_take *take)
{
    if (take->format.samples == WEIR_SAMPLES_F32)
        return true;
    take->integers = calloc((size_t)WEIR_TAKE_BLOCK * take->format.n_channels,
                            sizeof *take->integers);
    return take->integers != NULL;
}

static void
discard(struct weir_take *take)
{
    if (take->file)
        sf_close(take->file);
    if (take->fd >= 0) {
        close(take->fd);
        unlink(take->path);
    }
    free(take->integers);
    free(take);
}

struct weir_take *
weir_take_open(const char *pattern, struct weir_take_format format)
{
    struct weir_take *take = calloc(1, sizeof *take);
    if (!take)
        return NULL;
    take->fd = -1;
    take->format = format;
    take->frame_bytes = weir_samples_bytes(format.samples) * format.n_channels;
    take->kept_up_ns = now_ns();
    if (!create(take, pattern))
        goto discard;
    errno = 0;
    if (!make_integers(take) || !write_header(take)) {
        weir_log(WEIR_LOG_ERROR, "%s: cannot be begun: %s", take->path,
                 errno ? strerror(errno) : sf_strerror(take->file));
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
    if (!take->failed)
        weir_log(WEIR_LOG_ERROR,
                 "%s: %s: %s (make room or choose another disk with -o; what "
                 "was recorded until now is kept)",
                 take->path, what,
                 errno ? strerror(errno) : sf_strerror(take->file));
    take->failed = true;
    return false;
}

static sf_count_t
write_integers(struct weir_take *take, const float *frames, uint32_t n)
{
    const size_t n_samples = (size_t)n * take->format.n_channels;
    // libsndfile takes the upper bits.
    const int scale =
        take->format.samples == WEIR_SAMPLES_S16 ? 1 << 16 : 1 << 8;
    for (size_t i = 0; i < n_samples; i++)
        take->integers[i] =
            weir_samples_integer(take->format.samples, frames[i]) * scale;
    return sf_writef_int(take->file, take->integers, n);
}

static bool
put(struct weir_take *take, const float *frames, uint32_t n)
{
    errno = 0;
    const sf_count_t written = take->integers
                                   ? write_integers(take, frames, n)
                                   : sf_writef_float(take->file, frames, n);
    if (written != n)
        return fail(take, "writing");
    take->n_frames += n;
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
weir_take_lose(struct weir_take *take, uint64_t n)
{
    const size_t n_samples = (size_t)WEIR_TAKE_BLOCK * take->format.n_channels;
    float *silence = calloc(n_samples, sizeof *silence);
    bool ok = silence != NULL || fail(take, "writing silence");
    take->n_dropouts += !take->losing;
    take->losing = true;
    while (ok && n > 0) {
        const uint32_t part =
            n < WEIR_TAKE_BLOCK ? (uint32_t)n : WEIR_TAKE_BLOCK;
        ok = put(take, silence, part) && weir_take_keep_up(take);
        take->n_lost += ok ? part : 0;
        n -= part;
    }
    free(silence);
    return ok;
}

bool
weir_take_keep_up(struct weir_take *take)
{
    if (take->failed)
        return false;
    if (now_ns() - take->kept_up_ns < KEEP_UP_NS)
        return true;
    errno = 0;
    sf_command(take->file, SFC_UPDATE_HEADER_NOW, NULL, 0);
    if (sf_error(take->file) != SF_ERR_NO_ERROR)
        return fail(take, "writing the header");
    if (fdatasync(take->fd) != 0)
        return fail(take, "bringing it to the disk");
    // When it was done, not when it is due: a slow disk is not hurried.
    take->kept_up_ns = now_ns();
    return true;
}

uint64_t
weir_take_room(const struct weir_take *take)
{
    const uint64_t most = MAX_RIFF_BYTES / take->frame_bytes;
    if (take->format.samples == WEIR_SAMPLES_F32)
        return UINT64_MAX;
    return most - take->n_frames;
}

uint64_t
weir_take_frames(const struct weir_take *take)
{
    return take->n_frames;
}

// ------------------------------------------------------------------ closing

// After a failed write: cut off what is less than a frame, so that header
// and data agree on the length.
static void
cut(struct weir_take *take)
{
    struct stat st;
    if (fstat(take->fd, &st) != 0 || (uint64_t)st.st_size < take->data_offset)
        return;
    const uint64_t n_bytes = (uint64_t)st.st_size - take->data_offset;
    const uint64_t n_frames = n_bytes / take->frame_bytes;
    // Of the block that failed, a part may have been written.
    if (take->losing && n_frames > take->n_frames)
        take->n_lost += n_frames - take->n_frames;
    take->n_frames = n_frames;
    const uint64_t end = take->data_offset + take->n_frames * take->frame_bytes;
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
    errno = 0;
    const bool closed = sf_close(take->file) == 0;
    take->file = NULL;
    const bool synced = fsync(take->fd) == 0;
    if (close(take->fd) != 0 || !closed || !synced)
        return fail(take, "closing");
    return !take->failed;
}

bool
weir_take_close(struct weir_take *take)
{
    const bool ok = finish(take);
    printf("weir-record: %s frames=%llu lost=%llu dropouts=%llu\n", take->path,
           (unsigned long long)take->n_frames, (unsigned long long)take->n_lost,
           (unsigned long long)take->n_dropouts);
    fflush(stdout);
    free(take->integers);
    free(take);
    return ok;
}
