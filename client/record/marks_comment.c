// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Marks as chapters of a Vorbis comment: CHAPTER001=00:01:02.500 and
// CHAPTER001NAME=text. They are added to the comments that the header has, in
// the padding behind these, so that nothing else in the file moves.
#include "record/marks_private.h"

#include <errno.h>
#include <inttypes.h>
#include <ogg/ogg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    TIME_BYTES = 4 + 10 + 1 + 12 + 8, // length, CHAPTER001, =, time
    NAME_BYTES = 4 + 14 + 1,          // length, CHAPTER001NAME, =
    MOST_HEADER = 131072,             // bytes of a file that are looked at
};

size_t
weir_marks_comment_bytes(const char *text)
{
    return TIME_BYTES + NAME_BYTES + strlen(text);
}

// ----------------------------------------------------------------- comments

// A run of bytes that have their places in a file, one behind the other.
struct comments {
    unsigned char *bytes; // from the vendor on
    size_t n;             // as many as there are, with padding
};

static uint32_t
get_u32(const unsigned char *from)
{
    return from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 |
           (uint32_t)from[3] << 24;
}

static void
put_u32(unsigned char *to, uint32_t x)
{
    for (int i = 0; i < 4; i++)
        to[i] = (unsigned char)(x >> (8 * i));
}

// Behind the string that begins at `at`; 0 when it does not end.
static size_t
skip_string(const struct comments *c, size_t at)
{
    if (at == 0 && c->n < 4)
        return 0;
    if (at + 4 > c->n || get_u32(c->bytes + at) > c->n - at - 4)
        return 0;
    return at + 4 + get_u32(c->bytes + at);
}

static bool
add(struct comments *c, size_t *at, const char *text)
{
    const size_t n = strlen(text);
    // One byte is left for Vorbis's framing bit.
    if (*at + 4 + n + 1 > c->n)
        return false;
    put_u32(c->bytes + *at, (uint32_t)n);
    memcpy(c->bytes + *at + 4, text, n);
    *at += 4 + n;
    return true;
}

static bool
add_mark(struct comments *c, size_t *at, const struct weir_mark *mark,
         unsigned number, uint32_t rate_hz)
{
    char text[NAME_BYTES + WEIR_MARK_BYTES + 32];
    const uint64_t ms = mark->position / rate_hz * 1000 +
                        mark->position % rate_hz * 1000 / rate_hz;
    snprintf(text, sizeof text, "CHAPTER%03u=%02" PRIu64 ":%02u:%02u.%03u",
             number, ms / 3600000, (unsigned)(ms / 60000 % 60),
             (unsigned)(ms / 1000 % 60), (unsigned)(ms % 1000));
    if (!add(c, at, text))
        return false;
    snprintf(text, sizeof text, "CHAPTER%03uNAME=%s", number, mark->text);
    return add(c, at, text);
}

// Where the comments end now; 0 when they are none, or there is no room.
static size_t
add_marks(struct comments *c, const struct weir_marks *marks, uint32_t rate_hz)
{
    const size_t count_at = skip_string(c, 0);
    if (count_at == 0 || count_at + 4 > c->n)
        return 0;
    const uint32_t count = get_u32(c->bytes + count_at);
    size_t at = count_at + 4;
    for (uint32_t i = 0; i < count; i++) {
        at = skip_string(c, at);
        if (at == 0)
            return 0;
    }
    for (size_t i = 0; i < marks->n; i++)
        if (!add_mark(c, &at, &marks->marks[i], (unsigned)i + 1, rate_hz))
            return 0;
    put_u32(c->bytes + count_at, count + 2 * (uint32_t)marks->n);
    return at;
}

// Also a header that is not as we write them.
static bool
no_room(void)
{
    errno = EOVERFLOW;
    return false;
}

static bool
write_header(int fd, const unsigned char *bytes, size_t n)
{
    const ssize_t done = pwrite(fd, bytes, n, 0);
    if (done >= 0 && done < (ssize_t)n)
        errno = ENOSPC;
    return done == (ssize_t)n;
}

// --------------------------------------------------------------------- FLAC

enum {
    FLAC_FIRST = 4,    // "fLaC"; then blocks
    FLAC_HEAD = 4,     // of a block: type, and its size in 24 bits
    FLAC_LAST = 0x80,  // of the type
    FLAC_PADDING = 1,  // types
    FLAC_COMMENTS = 4, // ...
};

static size_t
flac_block(const unsigned char *head)
{
    return (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
}

static void
put_flac_head(unsigned char *head, unsigned type, size_t n)
{
    head[0] = (unsigned char)type;
    head[1] = (unsigned char)(n >> 16);
    head[2] = (unsigned char)(n >> 8);
    head[3] = (unsigned char)n;
}

// Comments and the padding behind them share their bytes anew.
static bool
change_flac(unsigned char *head, size_t n, const struct weir_marks *marks,
            uint32_t rate_hz)
{
    const size_t n_comments = flac_block(head);
    unsigned char *padding = head + FLAC_HEAD + n_comments;
    if (n < FLAC_HEAD + n_comments + FLAC_HEAD ||
        (padding[0] & ~FLAC_LAST) != FLAC_PADDING ||
        n < (size_t)2 * FLAC_HEAD + n_comments + flac_block(padding))
        return no_room();
    const unsigned last = padding[0] & FLAC_LAST;
    struct comments c = {head + FLAC_HEAD, n_comments + flac_block(padding)};
    const size_t end = add_marks(&c, marks, rate_hz);
    if (end == 0)
        return no_room();
    put_flac_head(head, FLAC_COMMENTS, end);
    put_flac_head(c.bytes + end, FLAC_PADDING | last, c.n - end);
    memset(c.bytes + end + FLAC_HEAD, 0, c.n - end);
    return true;
}

static bool
change_flac_file(unsigned char *bytes, size_t n, const struct weir_marks *marks,
                 uint32_t rate_hz, size_t *end)
{
    for (size_t at = FLAC_FIRST; at + FLAC_HEAD <= n;
         at += FLAC_HEAD + flac_block(bytes + at)) {
        if ((bytes[at] & ~FLAC_LAST) == FLAC_COMMENTS) {
            *end = n;
            return change_flac(bytes + at, n - at, marks, rate_hz);
        }
        if (bytes[at] & FLAC_LAST)
            break;
    }
    return no_room();
}

// ---------------------------------------------------------------------- Ogg

enum {
    PAGE_HEADER = 27,
    MAX_PACKET = 65536,
};

// The second packet, out of its pages or back into them.
struct packet {
    unsigned char bytes[MAX_PACKET];
    size_t n;
};

enum way { OUT_OF_PAGES, INTO_PAGES };

static void
carry(unsigned char *place, struct packet *packet, size_t n, enum way way)
{
    if (way == OUT_OF_PAGES)
        memcpy(packet->bytes + packet->n, place, n);
    else
        memcpy(place, packet->bytes + packet->n, n);
    packet->n += n;
}

// One page's part of the packet. True when it ends there.
static bool
carry_page(ogg_page *page, struct packet *packet, enum way way, bool *fits)
{
    unsigned char *body = page->body;
    const int n_segments = page->header[PAGE_HEADER - 1];
    for (int i = 0; i < n_segments; i++) {
        const size_t n = page->header[PAGE_HEADER + i];
        *fits = packet->n + n <= MAX_PACKET;
        if (!*fits)
            return true;
        carry(body, packet, n, way);
        body += n;
        if (n < 255)
            return true;
    }
    return false;
}

static bool
find_page(unsigned char *bytes, size_t n, size_t at, ogg_page *page)
{
    if (at + PAGE_HEADER > n || memcmp(bytes + at, "OggS", 4) != 0)
        return false;
    unsigned char *header = bytes + at;
    const int n_segments = header[PAGE_HEADER - 1];
    long n_body = 0;
    if (at + PAGE_HEADER + (size_t)n_segments > n)
        return false;
    for (int i = 0; i < n_segments; i++)
        n_body += header[PAGE_HEADER + i];
    *page = (ogg_page){header, PAGE_HEADER + n_segments,
                       header + PAGE_HEADER + n_segments, n_body};
    return at + (size_t)(page->header_len + page->body_len) <= n;
}

// All of it; where its last page ends in *end. The first page has the first
// packet alone.
static bool
carry_packet(unsigned char *bytes, size_t n, struct packet *packet,
             enum way way, size_t *end)
{
    ogg_page page;
    bool fits = true;
    bool done = false;
    packet->n = 0;
    if (!find_page(bytes, n, 0, &page))
        return false;
    size_t at = (size_t)(page.header_len + page.body_len);
    while (!done && find_page(bytes, n, at, &page)) {
        done = carry_page(&page, packet, way, &fits);
        if (way == INTO_PAGES)
            ogg_page_checksum_set(&page);
        at += (size_t)(page.header_len + page.body_len);
    }
    *end = at;
    return done && fits;
}

static bool
change_packet(struct packet *packet, const struct weir_marks *marks,
              uint32_t rate_hz)
{
    const bool vorbis = memcmp(packet->bytes, "\003vorbis", 7) == 0;
    const size_t name = vorbis ? 7 : 8;
    if (!vorbis && memcmp(packet->bytes, "OpusTags", name) != 0)
        return no_room();
    struct comments c = {packet->bytes + name, packet->n - name};
    const size_t end = add_marks(&c, marks, rate_hz);
    if (end == 0)
        return no_room();
    memset(c.bytes + end, 0, c.n - end);
    c.bytes[end] = vorbis;
    return true;
}

static bool
change_ogg_file(unsigned char *bytes, size_t n, const struct weir_marks *marks,
                uint32_t rate_hz, size_t *end)
{
    static struct packet packet;
    if (!carry_packet(bytes, n, &packet, OUT_OF_PAGES, end))
        return no_room();
    return change_packet(&packet, marks, rate_hz) &&
           carry_packet(bytes, n, &packet, INTO_PAGES, end);
}

// -------------------------------------------------------------------- files

typedef bool change_fn(unsigned char *bytes, size_t n,
                       const struct weir_marks *marks, uint32_t rate_hz,
                       size_t *end);

static bool
change_file(int fd, change_fn *change, const struct weir_marks *marks,
            uint32_t rate_hz)
{
    size_t end = 0;
    unsigned char *bytes = calloc(1, MOST_HEADER);
    if (!bytes)
        return false;
    const ssize_t n = pread(fd, bytes, MOST_HEADER, 0);
    const bool ok = n > 0 && change(bytes, (size_t)n, marks, rate_hz, &end) &&
                    write_header(fd, bytes, end);
    const int cause = errno;
    free(bytes);
    errno = cause;
    return ok;
}

bool
weir_marks_write_flac(const struct weir_marks *marks, int fd, uint32_t rate_hz)
{
    return change_file(fd, change_flac_file, marks, rate_hz);
}

bool
weir_marks_write_ogg(const struct weir_marks *marks, int fd, uint32_t rate_hz)
{
    return change_file(fd, change_ogg_file, marks, rate_hz);
}
