// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What is fed: choosing between its kinds.
#include "feed/input.h"
#include "common/log.h"
#include "feed/input_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct weir_input {
    const char *name;
    struct weir_sound_file *file; // or
    struct weir_stream *stream;
};

// ------------------------------------------------------------------ opening

static bool
refuse(int *exit_status, enum weir_exit status, const char *name,
       const char *why)
{
    weir_log(WEIR_LOG_ERROR, "%s: %s", name, why);
    *exit_status = (int)status;
    return false;
}

// A FIFO is opened at once, whether somebody writes it or not.
static int
open_path(const char *path)
{
    if (strcmp(path, "-") == 0)
        return fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
    return open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

static bool
check(const struct weir_feed_options *o, const char *name, int fd,
      const struct stat *st, int *exit_status)
{
    const bool is_file = S_ISREG(st->st_mode);
    if (S_ISDIR(st->st_mode))
        return refuse(exit_status, WEIR_EXIT_FAILED, name,
                      "this is a folder (name a file)");
    if (isatty(fd))
        return refuse(exit_status, WEIR_EXIT_USAGE, name,
                      "this is a terminal (pipe samples into it, as in "
                      "espeak-ng --stdout hello | weir-feed -s voice -)");
    if (o->loop && !is_file)
        return refuse(exit_status, WEIR_EXIT_USAGE, name,
                      "only a file can be played over and over (leave --loop "
                      "out)");
    if (o->clock && is_file)
        return refuse(exit_status, WEIR_EXIT_USAGE, name,
                      "a file has no clock to follow (leave --pace clock "
                      "out)");
    return true;
}

static bool
open_stream(struct weir_input *in, const struct weir_feed_options *o, int fd,
            bool is_file, int *exit_status)
{
    in->stream = weir_stream_new(o, fd, is_file);
    return in->stream ||
           refuse(exit_status, WEIR_EXIT_FAILED, in->name, "out of memory");
}

// Raw samples in a file are told from others by options that say what they
// are like; on stdin they need none.
static bool
open_file(struct weir_input *in, const struct weir_feed_options *o, int fd,
          int *exit_status)
{
    const off_t begin = lseek(fd, 0, SEEK_CUR);
    const char *why;
    bool known;
    if (weir_feed_options_raw(o))
        return open_stream(in, o, fd, true, exit_status);
    in->file = weir_sound_file_open(fd, &known, &why);
    if (in->file)
        return true;
    if (!known && strcmp(o->path, "-") == 0 &&
        lseek(fd, begin, SEEK_SET) == begin)
        return open_stream(in, o, fd, true, exit_status);
    return refuse(exit_status, WEIR_EXIT_FAILED, in->name,
                  known ? why
                        : "no sound file that is known here (raw samples? "
                          "say -r, -c and -e)");
}

static bool
open_it(struct weir_input *in, const struct weir_feed_options *o, int fd,
        int *exit_status)
{
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0)
        return refuse(exit_status, WEIR_EXIT_FAILED, in->name, strerror(errno));
    if (!check(o, in->name, fd, &st, exit_status))
        return false;
    if (S_ISREG(st.st_mode))
        return open_file(in, o, fd, exit_status);
    return open_stream(in, o, fd, false, exit_status);
}

struct weir_input *
weir_input_open(const struct weir_feed_options *o, int *exit_status)
{
    struct weir_input *in = calloc(1, sizeof *in);
    const char *name = strcmp(o->path, "-") == 0 ? "standard input" : o->path;
    if (!in) {
        refuse(exit_status, WEIR_EXIT_FAILED, name, "out of memory");
        return NULL;
    }
    in->name = name;
    const int fd = open_path(o->path);
    if (open_it(in, o, fd, exit_status))
        return in;
    if (fd >= 0)
        close(fd);
    free(in);
    return NULL;
}

void
weir_input_close(struct weir_input *in)
{
    if (!in)
        return;
    weir_sound_file_close(in->file);
    weir_stream_free(in->stream);
    free(in);
}

// ------------------------------------------------------------------- passing

enum weir_input_result
weir_input_format(struct weir_input *in, struct weir_input_format *out)
{
    if (in->stream)
        return weir_stream_format(in->stream, out);
    *out = weir_sound_file_format(in->file);
    return WEIR_INPUT_FRAMES;
}

void
weir_input_settle(struct weir_input *in, struct weir_input_format format)
{
    if (in->stream)
        weir_stream_settle(in->stream, format);
}

enum weir_input_result
weir_input_read(struct weir_input *in, float *frames, uint32_t max, uint32_t *n)
{
    if (in->stream)
        return weir_stream_read(in->stream, frames, max, n);
    return weir_sound_file_read(in->file, in->name, frames, max, n);
}

int
weir_input_fd(const struct weir_input *in)
{
    return in->stream ? weir_stream_fd(in->stream) : -1;
}

uint64_t
weir_input_discard(struct weir_input *in)
{
    return in->stream ? weir_stream_discard(in->stream) : 0;
}

bool
weir_input_rewind(struct weir_input *in)
{
    const bool done = in->stream ? weir_stream_rewind(in->stream)
                                 : weir_sound_file_rewind(in->file);
    if (!done)
        weir_log(WEIR_LOG_ERROR,
                 "%s: it cannot be wound back (leave --loop "
                 "out)",
                 in->name);
    return done;
}
