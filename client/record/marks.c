// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Places in a recording.
#include "record/marks.h"
#include "record/marks_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---------------------------------------------------------------- the list

// Null when there is room for one more.
static const char *
refuses(const struct weir_marks *marks, enum weir_kind kind, const char *text)
{
    size_t n_bytes = weir_marks_comment_bytes(text);
    if (kind == WEIR_KIND_W64 || kind == WEIR_KIND_MP3)
        return "files of this format have no marks (wav, flac, ogg and opus "
               "have)";
    for (size_t i = 0; i < marks->n; i++)
        n_bytes += weir_marks_comment_bytes(marks->marks[i].text);
    if (marks->n >= WEIR_MARKS_MAX ||
        (kind != WEIR_KIND_WAV && n_bytes > WEIR_MARKS_PADDING))
        return "the file has no room for more marks (/split begins another)";
    return NULL;
}

// Cut where a character of UTF-8 begins.
static void
copy_text(char *out, const char *text)
{
    size_t n = strlen(text);
    if (n >= WEIR_MARK_BYTES)
        n = WEIR_MARK_BYTES - 1;
    while (n > 0 && n < strlen(text) && ((unsigned char)text[n] & 0xc0) == 0x80)
        n--;
    for (size_t i = 0; i < n; i++) {
        const unsigned char c = (unsigned char)text[i];
        out[i] = c < 0x20 || c == 0x7f ? ' ' : text[i];
    }
    out[n] = '\0';
}

const char *
weir_marks_add(struct weir_marks *marks, enum weir_kind kind, uint64_t position,
               const char *text)
{
    struct weir_mark mark = {.position = position};
    copy_text(mark.text, text);
    const char *why = refuses(marks, kind, mark.text);
    if (why)
        return why;
    struct weir_mark *more =
        realloc(marks->marks, (marks->n + 1) * sizeof *more);
    if (!more)
        return "out of memory";
    size_t i = marks->n++;
    for (; i > 0 && more[i - 1].position > position; i--)
        more[i] = more[i - 1];
    more[i] = mark;
    marks->marks = more;
    return NULL;
}

void
weir_marks_clear(struct weir_marks *marks)
{
    free(marks->marks);
    *marks = (struct weir_marks){.n = 0};
}

void
weir_marks_drop(struct weir_marks *marks, uint64_t position)
{
    size_t n = 0;
    while (n < marks->n && marks->marks[n].position < position)
        n++;
    marks->n -= n;
    if (n > 0)
        memmove(marks->marks, marks->marks + n,
                marks->n * sizeof *marks->marks);
}

void
weir_marks_pull(struct weir_marks *marks, uint64_t position)
{
    for (size_t i = 0; i < marks->n; i++)
        if (marks->marks[i].position > position)
            marks->marks[i].position = position;
}

// -------------------------------------------------------------------- files

// Those of a file, by its own positions. The weir of a mark that is late may
// have begun another file already: then it is at that one's beginning.
static struct weir_marks
cut_out(const struct weir_marks *marks, uint64_t begin, uint64_t n_frames)
{
    struct weir_marks own = {.marks = calloc(marks->n, sizeof *own.marks)};
    for (size_t i = 0; own.marks && i < marks->n; i++) {
        struct weir_mark mark = marks->marks[i];
        mark.position = mark.position > begin ? mark.position - begin : 0;
        if (mark.position < n_frames)
            own.marks[own.n++] = mark;
    }
    return own;
}

static bool
write_own(const struct weir_marks *own, int fd,
          const struct weir_take_format *format)
{
    switch (format->kind) {
    case WEIR_KIND_WAV:
        return weir_marks_write_riff(own, fd);
    case WEIR_KIND_FLAC:
        return weir_marks_write_flac(own, fd, format->rate_hz);
    case WEIR_KIND_OGG:
    case WEIR_KIND_OPUS:
        return weir_marks_write_ogg(own, fd, format->rate_hz);
    case WEIR_KIND_W64:
    case WEIR_KIND_MP3:
        break;
    }
    return true;
}

bool
weir_marks_write(const struct weir_marks *marks, int fd,
                 const struct weir_take_format *format, uint64_t begin,
                 uint64_t n_frames)
{
    if (marks->n == 0)
        return true;
    struct weir_marks own = cut_out(marks, begin, n_frames);
    errno = own.marks ? 0 : ENOMEM;
    const bool ok = own.marks && (own.n == 0 || write_own(&own, fd, format));
    const int cause = errno;
    weir_marks_clear(&own);
    errno = cause;
    return ok;
}
