// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Files that libsndfile reads.
#include "common/log.h"
#include "feed/input_private.h"

#include <sndfile.h>

#include <stdlib.h>
#include <unistd.h>

struct weir_sound_file {
    SNDFILE *file;
    SF_INFO info;
    int fd;
};

struct weir_sound_file *
weir_sound_file_open(int fd, bool *known, const char **why)
{
    struct weir_sound_file *s = calloc(1, sizeof *s);
    *known = true;
    *why = "out of memory";
    if (!s)
        return NULL;
    s->file = sf_open_fd(fd, SFM_READ, &s->info, SF_FALSE);
    s->fd = fd;
    if (s->file)
        return s;
    *known = sf_error(NULL) != SF_ERR_UNRECOGNISED_FORMAT;
    *why = sf_strerror(NULL);
    free(s);
    return NULL;
}

void
weir_sound_file_close(struct weir_sound_file *s)
{
    if (!s)
        return;
    sf_close(s->file);
    close(s->fd);
    free(s);
}

struct weir_input_format
weir_sound_file_format(const struct weir_sound_file *s)
{
    return (struct weir_input_format){
        .rate_hz = (uint32_t)s->info.samplerate,
        .n_channels = (uint32_t)s->info.channels,
    };
}

enum weir_input_result
weir_sound_file_read(struct weir_sound_file *s, const char *name, float *frames,
                     uint32_t max, uint32_t *n)
{
    const sf_count_t got = sf_readf_float(s->file, frames, max);
    *n = got > 0 ? (uint32_t)got : 0;
    if (got > 0)
        return WEIR_INPUT_FRAMES;
    if (sf_error(s->file) == SF_ERR_NO_ERROR)
        return WEIR_INPUT_END;
    weir_log(WEIR_LOG_ERROR, "reading %s: %s", name, sf_strerror(s->file));
    return WEIR_INPUT_FAILED;
}

bool
weir_sound_file_rewind(struct weir_sound_file *s)
{
    return sf_seek(s->file, 0, SF_SEEK_SET) == 0;
}
