// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Bytes on their way to stdout.
#include "tap/pipe.h"
#include "common/log.h"
#include "common/service.h"
#include "common/stop.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

// How long a reader that has stopped may hold up the end.
enum { PATIENCE_MS = 1000, LOOK_MS = 500 };

static enum weir_pipe_result
failed(int cause)
{
    if (cause == EPIPE)
        return WEIR_PIPE_CLOSED;
    weir_log(WEIR_LOG_ERROR, "writing to stdout: %s%s", strerror(cause),
             cause == ENOSPC ? " (make room, or write elsewhere)" : "");
    return WEIR_PIPE_FAILED;
}

// Wait until PIPE_BUF bytes can be written without blocking.
static enum weir_pipe_result
wait_for_room(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    for (;;) {
        const bool stop = weir_stop_requested();
        const int n =
            stop ? poll(&p, 1, PATIENCE_MS) : weir_stop_poll(&p, 1, LOOK_MS);
        weir_service_alive(); // the other side may take its time
        if (n > 0)
            return WEIR_PIPE_OK;
        if (n < 0 && errno != EINTR)
            return failed(errno);
        if (n == 0 && stop) {
            weir_log(WEIR_LOG_ERROR, "writing to stdout: the other side does "
                                     "not read; the rest is dropped");
            return WEIR_PIPE_FAILED;
        }
    }
}

enum weir_pipe_result
weir_pipe_write(int fd, const void *bytes, size_t n)
{
    const unsigned char *at = bytes;
    while (n > 0) {
        const enum weir_pipe_result room = wait_for_room(fd);
        if (room != WEIR_PIPE_OK)
            return room;
        // Not more than poll() has promised room for.
        const ssize_t written = write(fd, at, n < PIPE_BUF ? n : PIPE_BUF);
        if (written < 0 && errno != EINTR && errno != EAGAIN)
            return failed(errno);
        if (written > 0) {
            at += written;
            n -= (size_t)written;
        }
    }
    return WEIR_PIPE_OK;
}

// ------------------------------------------------------------------- header

static unsigned char *
put(unsigned char *at, uint32_t value, size_t n)
{
    for (size_t i = 0; i < n; i++, value >>= 8)
        *at++ = (unsigned char)(value & 0xff);
    return at;
}

static unsigned char *
put_text(unsigned char *at, const char *text)
{
    memcpy(at, text, 4);
    return at + 4;
}

void
weir_pipe_wav_header(unsigned char *out, uint32_t rate_hz, uint32_t n_channels,
                     enum weir_sample_format format)
{
    const uint32_t n_bytes = (uint32_t)weir_samples_bytes(format);
    const uint32_t kind = format == WEIR_SAMPLES_F32 ? 3 : 1;
    unsigned char *at = put_text(out, "RIFF");
    // Sizes of all ones: as long as it lasts, as ffmpeg and sox write it.
    at = put(at, UINT32_MAX, 4);
    at = put_text(at, "WAVE");
    at = put_text(at, "fmt ");
    at = put(at, 16, 4);
    at = put(at, kind, 2);
    at = put(at, n_channels, 2);
    at = put(at, rate_hz, 4);
    at = put(at, rate_hz * n_channels * n_bytes, 4);
    at = put(at, n_channels * n_bytes, 2);
    at = put(at, 8 * n_bytes, 2);
    at = put_text(at, "data");
    put(at, UINT32_MAX, 4);
}
