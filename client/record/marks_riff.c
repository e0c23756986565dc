// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Marks in WAV and RF64: a "cue " chunk and a LIST of labels behind the sound,
// and then a header that says how long the file is now.
#include "record/marks_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    CHUNK = 8, // bytes: name, size
    CUE = 24,  // a point of "cue "
    LABEL = 4, // the point's number, then the text with a zero
    RIFF_SIZE = 4,
    DS64_RIFF_SIZE = 20,
};

struct bytes {
    unsigned char *at;
    size_t n;
};

static void
put(struct bytes *out, const void *from, size_t n)
{
    memcpy(out->at + out->n, from, n);
    out->n += n;
}

// Little endian, whatever this machine is.
static void
put_u32(struct bytes *out, uint32_t x)
{
    for (int i = 0; i < 4; i++)
        out->at[out->n++] = (unsigned char)(x >> (8 * i));
}

// Chunks begin at even places.
static size_t
padded(size_t n)
{
    return n + n % 2;
}

static size_t
label_bytes(const struct weir_mark *mark)
{
    return LABEL + strlen(mark->text) + 1;
}

static void
put_cues(struct bytes *out, const struct weir_marks *marks)
{
    put(out, "cue ", 4);
    put_u32(out, (uint32_t)(4 + CUE * marks->n));
    put_u32(out, (uint32_t)marks->n);
    for (size_t i = 0; i < marks->n; i++) {
        const uint32_t position = (uint32_t)marks->marks[i].position;
        put_u32(out, (uint32_t)i + 1);
        put_u32(out, position); // in the play order
        put(out, "data", 4);
        put_u32(out, 0);
        put_u32(out, 0);
        put_u32(out, position); // in frames from the first
    }
}

static void
put_labels(struct bytes *out, const struct weir_marks *marks)
{
    size_t n_bytes = 4;
    for (size_t i = 0; i < marks->n; i++)
        n_bytes += CHUNK + padded(label_bytes(&marks->marks[i]));
    put(out, "LIST", 4);
    put_u32(out, (uint32_t)n_bytes);
    put(out, "adtl", 4);
    for (size_t i = 0; i < marks->n; i++) {
        const struct weir_mark *mark = &marks->marks[i];
        put(out, "labl", 4);
        put_u32(out, (uint32_t)label_bytes(mark));
        put_u32(out, (uint32_t)i + 1);
        put(out, mark->text, strlen(mark->text) + 1);
        put(out, "", label_bytes(mark) % 2);
    }
}

static size_t
most_bytes(const struct weir_marks *marks)
{
    return 1 + CHUNK + 4 + CHUNK + 4 +
           marks->n * (CUE + CHUNK + LABEL + WEIR_MARK_BYTES + 1);
}

// The size of all behind it.
static bool
write_size(int fd, uint64_t file_bytes)
{
    unsigned char name[4];
    unsigned char size[8];
    if (pread(fd, name, sizeof name, 0) != (ssize_t)sizeof name)
        return false;
    const bool large = memcmp(name, "RF64", sizeof name) == 0;
    const uint64_t n = file_bytes - CHUNK;
    for (int i = 0; i < 8; i++)
        size[i] = (unsigned char)(n >> (8 * i));
    if (!large && n > UINT32_MAX) {
        errno = EFBIG;
        return false;
    }
    const ssize_t n_size = large ? 8 : 4;
    return pwrite(fd, size, (size_t)n_size,
                  large ? DS64_RIFF_SIZE : RIFF_SIZE) == n_size;
}

static bool
append(int fd, uint64_t end, const struct bytes *chunks)
{
    errno = 0;
    const ssize_t n = pwrite(fd, chunks->at, chunks->n, (off_t)end);
    // A short write is a full disk.
    if (n >= 0 && n < (ssize_t)chunks->n)
        errno = ENOSPC;
    return n == (ssize_t)chunks->n && write_size(fd, end + chunks->n);
}

bool
weir_marks_write_riff(const struct weir_marks *marks, int fd)
{
    struct stat st;
    struct weir_marks fitting = *marks;
    // A cue point is counted in 32 bits: 24 hours at 48 kHz.
    while (fitting.n > 0 && fitting.marks[fitting.n - 1].position > UINT32_MAX)
        fitting.n--;
    struct bytes chunks = {.at = calloc(1, most_bytes(marks))};
    if (!chunks.at || fstat(fd, &st) != 0) {
        free(chunks.at);
        return false;
    }
    const uint64_t end = (uint64_t)st.st_size;
    chunks.n = end % 2;
    put_cues(&chunks, &fitting);
    put_labels(&chunks, &fitting);
    const bool ok = append(fd, end, &chunks);
    const int cause = errno;
    // The file without them is whole, too.
    if (!ok && ftruncate(fd, st.st_size) == 0)
        write_size(fd, end);
    free(chunks.at);
    errno = cause;
    return ok;
}
