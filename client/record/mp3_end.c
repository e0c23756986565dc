// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Walking along an MP3 file's frames: each header says how long its frame is.
#include "record/mp3_end.h"

#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

// LAME's 576 frames and the 529 that a decoder takes.
enum { DELAY = 576 + 529 };

struct mpeg_frame {
    uint32_t n_bytes;
    uint32_t n_samples;
};

// Layer III, as ISO 11172-3 and 13818-3 have it.
static bool
look_at(int fd, uint64_t offset, struct mpeg_frame *out)
{
    static const uint16_t kbps[2][16] = {
        {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0},
        {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0}};
    static const uint16_t hz[4] = {44100, 48000, 32000, 0};
    unsigned char h[4];
    if (pread(fd, h, sizeof h, (off_t)offset) != (ssize_t)sizeof h ||
        h[0] != 0xff || (h[1] & 0xe0) != 0xe0)
        return false;
    const unsigned version = h[1] >> 3 & 3; // 3: 1, 2: 2, 0: 2.5
    const bool first = version == 3;
    const uint32_t rate_hz =
        (uint32_t)hz[h[2] >> 2 & 3] >> (first          ? 0
                                        : version == 2 ? 1
                                                       : 2);
    const uint32_t bits_per_s = 1000u * kbps[first][h[2] >> 4];
    if (rate_hz == 0 || bits_per_s == 0)
        return false;
    out->n_samples = first ? 1152 : 576;
    out->n_bytes = out->n_samples / 8 * bits_per_s / rate_hz + (h[2] >> 1 & 1);
    return true;
}

void
weir_mp3_find_end(int fd, uint64_t *n_frames, uint64_t *n_bytes)
{
    struct mpeg_frame frame;
    struct stat st;
    uint64_t n = 0;
    uint64_t at = 0;
    *n_frames = *n_bytes = 0;
    if (fstat(fd, &st) != 0)
        return;
    while (look_at(fd, at, &frame) &&
           at + frame.n_bytes <= (uint64_t)st.st_size) {
        // The first says only what is in the others.
        n += at > 0 ? frame.n_samples : 0;
        at += frame.n_bytes;
    }
    *n_frames = n > DELAY ? n - DELAY : 0;
    *n_bytes = at;
}
