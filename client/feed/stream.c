// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A stream of samples: raw, or behind a WAV header. Bytes are counted from
// its first sample on, so that a frame stays a frame whatever is thrown away.
#include "common/log.h"
#include "feed/input_private.h"
#include "feed/pcm.h"
#include "feed/wav.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { BUFFER_BYTES = 65536 };

struct weir_stream {
    const char *name;
    int fd;
    bool is_file;  // can be wound back, and needs no waiting for
    bool is_given; // the options say what it is like
    struct weir_input_format format;
    enum weir_pcm pcm;
    // Its beginning.
    struct weir_wav head;
    bool is_headed; // the header is over, or there is none
    off_t begin;    // of a file: where the samples begin
    // Its samples.
    uint64_t n_data; // bytes there are of them; UINT64_MAX: all
    uint64_t n_read; // bytes of them that were taken from the descriptor
    uint32_t n_skip; // bytes to come of a frame that was thrown away
    size_t from, to; // what is left in `bytes`
    unsigned char bytes[BUFFER_BYTES];
};

struct weir_stream *
weir_stream_new(const struct weir_feed_options *o, int fd, bool is_file)
{
    struct weir_stream *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->name = strcmp(o->path, "-") == 0 ? "standard input" : o->path;
    s->fd = fd;
    s->is_file = is_file;
    s->is_given = weir_feed_options_raw(o);
    s->format.rate_hz = o->to.rate_hz;
    s->format.n_channels = o->to.n_channels;
    s->pcm = weir_pcm_of(o->samples);
    s->n_data = UINT64_MAX;
    s->begin = is_file ? lseek(fd, 0, SEEK_CUR) : 0;
    weir_wav_init(&s->head);
    return s;
}

void
weir_stream_free(struct weir_stream *s)
{
    if (!s)
        return;
    close(s->fd);
    free(s);
}

int
weir_stream_fd(const struct weir_stream *s)
{
    return s->is_file ? -1 : s->fd;
}

static size_t
frame_bytes(const struct weir_stream *s)
{
    return weir_pcm_bytes(s->pcm) * s->format.n_channels;
}

// ------------------------------------------------------------------ reading

// A FIFO that nobody writes yet reads as its end: poll() knows better.
static bool
is_readable(const struct weir_stream *s)
{
    struct pollfd p = {.fd = s->fd, .events = POLLIN};
    return s->is_file || (poll(&p, 1, 0) > 0 && p.revents != 0);
}

static enum weir_input_result
read_some(struct weir_stream *s, unsigned char *bytes, size_t size, size_t *n)
{
    *n = 0;
    if (!is_readable(s))
        return WEIR_INPUT_LATER;
    const ssize_t got = read(s->fd, bytes, size);
    if (got == 0)
        return WEIR_INPUT_END;
    if (got > 0) {
        *n = (size_t)got;
        return WEIR_INPUT_FRAMES;
    }
    if (errno == EINTR || errno == EAGAIN)
        return WEIR_INPUT_LATER;
    weir_log(WEIR_LOG_ERROR, "reading %s: %s", s->name, strerror(errno));
    return WEIR_INPUT_FAILED;
}

// ---------------------------------------------------------------- the header

static enum weir_input_result
refuse_header(const struct weir_stream *s)
{
    weir_log(WEIR_LOG_ERROR,
             "%s begins with a WAV header: %u Hz, %u channels, %s (leave -r, "
             "-c and -e out)",
             s->name, s->head.rate_hz, s->head.n_channels,
             weir_pcm_name(s->head.pcm));
    return WEIR_INPUT_FAILED;
}

// Played as samples, a compressed file is noise at full level.
static bool
is_compressed(const struct weir_stream *s)
{
    static const char *const names[] = {"fLaC", "OggS", "ID3", "FORM", "caff"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const size_t n = strlen(names[i]);
        if (s->to >= n && memcmp(s->bytes, names[i], n) == 0)
            return true;
    }
    return false;
}

static enum weir_input_result
refuse_compressed(const struct weir_stream *s)
{
    weir_log(WEIR_LOG_ERROR,
             "%s: that is a file in a pipe, not samples (name the file, or "
             "decode it first, as in ffmpeg -i - -f wav -)",
             s->name);
    return WEIR_INPUT_FAILED;
}

// What was taken for a header so far is samples.
static enum weir_input_result
have_no_header(struct weir_stream *s, size_t n_rest)
{
    memmove(s->bytes + s->head.n, s->bytes, n_rest);
    memcpy(s->bytes, s->head.bytes, s->head.n);
    s->to = s->head.n + n_rest;
    s->n_read = s->to;
    s->is_headed = true;
    if (!s->is_given && is_compressed(s))
        return refuse_compressed(s);
    return WEIR_INPUT_FRAMES;
}

static enum weir_input_result
have_header(struct weir_stream *s, size_t n_rest)
{
    const struct weir_wav *w = &s->head;
    s->is_headed = true;
    s->n_data = w->n_bytes;
    // It may be followed at once by more than it announces.
    s->to = n_rest < s->n_data ? n_rest : (size_t)s->n_data;
    s->n_read = s->to;
    s->pcm = w->pcm;
    if (s->is_file)
        s->begin = lseek(s->fd, 0, SEEK_CUR) - (off_t)n_rest;
    if (s->is_given && (w->rate_hz != s->format.rate_hz ||
                        w->n_channels != s->format.n_channels))
        return refuse_header(s);
    s->format.rate_hz = w->rate_hz;
    s->format.n_channels = w->n_channels;
    return WEIR_INPUT_FRAMES;
}

static enum weir_input_result
take_beginning(struct weir_stream *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const size_t n_rest = n - i - 1;
        switch (weir_wav_take(&s->head, s->bytes[i])) {
        case WEIR_WAV_MORE:
            break;
        case WEIR_WAV_NONE:
            memmove(s->bytes, s->bytes + i + 1, n_rest);
            return have_no_header(s, n_rest);
        case WEIR_WAV_HEADER:
            memmove(s->bytes, s->bytes + i + 1, n_rest);
            return have_header(s, n_rest);
        case WEIR_WAV_UNKNOWN:
            weir_log(WEIR_LOG_ERROR,
                     "%s begins with a WAV header, but not of samples that "
                     "can be read here (8 to 32 bits, or float)",
                     s->name);
            return WEIR_INPUT_FAILED;
        }
    }
    return WEIR_INPUT_LATER;
}

// Until it is known where the samples begin.
static enum weir_input_result
read_beginning(struct weir_stream *s)
{
    // Room for what comes back from the header's bytes.
    const size_t size = BUFFER_BYTES - sizeof s->head.bytes;
    enum weir_input_result result = WEIR_INPUT_LATER;
    while (!s->is_headed) {
        size_t n;
        result = read_some(s, s->bytes, size, &n);
        if (result == WEIR_INPUT_END && s->head.n > 0 && !s->head.is_wav)
            return have_no_header(s, 0); // shorter than any header
        if (result != WEIR_INPUT_FRAMES)
            return result;
        result = take_beginning(s, n);
        if (result == WEIR_INPUT_FAILED)
            return result;
    }
    return WEIR_INPUT_FRAMES;
}

enum weir_input_result
weir_stream_format(struct weir_stream *s, struct weir_input_format *out)
{
    // What is said of it need not be waited for.
    if (!s->is_given && !s->is_headed) {
        const enum weir_input_result result = read_beginning(s);
        if (result != WEIR_INPUT_FRAMES)
            return result;
    }
    *out = s->format;
    return WEIR_INPUT_FRAMES;
}

void
weir_stream_settle(struct weir_stream *s, struct weir_input_format format)
{
    s->format = format;
}

// ---------------------------------------------------------------- the samples

static void
skip(struct weir_stream *s)
{
    const size_t held = s->to - s->from;
    const size_t n = s->n_skip < held ? s->n_skip : held;
    s->from += n;
    s->n_skip -= (uint32_t)n;
}

// More bytes behind those that are left.
static enum weir_input_result
refill(struct weir_stream *s)
{
    size_t n;
    memmove(s->bytes, s->bytes + s->from, s->to - s->from);
    s->to -= s->from;
    s->from = 0;
    size_t size = BUFFER_BYTES - s->to;
    if (s->n_read >= s->n_data)
        return WEIR_INPUT_END; // what follows the samples is none
    if (size > s->n_data - s->n_read)
        size = (size_t)(s->n_data - s->n_read);
    const enum weir_input_result result =
        read_some(s, s->bytes + s->to, size, &n);
    s->to += n;
    s->n_read += n;
    skip(s);
    return result;
}

static size_t
count_held(const struct weir_stream *s)
{
    return (s->to - s->from) / frame_bytes(s);
}

enum weir_input_result
weir_stream_read(struct weir_stream *s, float *frames, uint32_t max,
                 uint32_t *n)
{
    enum weir_input_result result = WEIR_INPUT_FRAMES;
    *n = 0;
    if (!s->is_headed && (result = read_beginning(s)) != WEIR_INPUT_FRAMES)
        return result;
    while (count_held(s) == 0) {
        result = refill(s);
        if (result != WEIR_INPUT_FRAMES)
            return result;
    }
    const size_t held = count_held(s);
    *n = held < max ? (uint32_t)held : max;
    weir_pcm_get(s->pcm, s->bytes + s->from, (size_t)*n * s->format.n_channels,
                 frames);
    s->from += *n * frame_bytes(s);
    return WEIR_INPUT_FRAMES;
}

// ------------------------------------------------------------- throwing away

// What lies in the pipe now, and no more: who writes goes on meanwhile.
static uint64_t
empty_pipe(struct weir_stream *s)
{
    int n_there = 0;
    uint64_t n_gone = 0;
    if (s->is_file || ioctl(s->fd, FIONREAD, &n_there) < 0 || n_there < 0)
        return 0;
    while (n_gone < (uint64_t)n_there && s->n_read < s->n_data) {
        size_t size = (size_t)((uint64_t)n_there - n_gone);
        size_t n;
        if (size > BUFFER_BYTES)
            size = BUFFER_BYTES;
        if (size > s->n_data - s->n_read)
            size = (size_t)(s->n_data - s->n_read);
        if (read_some(s, s->bytes, size, &n) != WEIR_INPUT_FRAMES)
            break;
        n_gone += n;
        s->n_read += n;
    }
    return n_gone;
}

uint64_t
weir_stream_discard(struct weir_stream *s)
{
    if (!s->is_headed)
        return 0; // no sample has come yet
    const size_t n_frame = frame_bytes(s);
    const uint64_t n_held = s->to - s->from;
    s->from = s->to = 0;
    const uint64_t n_gone = n_held + empty_pipe(s);
    // The rest of the frame that was cut.
    s->n_skip = (uint32_t)((n_frame - s->n_read % n_frame) % n_frame);
    return n_gone / n_frame;
}

bool
weir_stream_rewind(struct weir_stream *s)
{
    s->from = s->to = 0;
    s->n_read = 0;
    s->n_skip = 0;
    return lseek(s->fd, s->begin, SEEK_SET) == s->begin;
}
