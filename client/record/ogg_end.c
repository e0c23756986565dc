// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Walking along an Ogg file's pages. What a write left in pieces can only be
// the last one that seems to be there: behind it no page begins.
#include "record/ogg_end.h"

#include <ogg/ogg.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

enum {
    HEADER = 27, // bytes, then one for each segment
    MAX_SEGMENTS = 255,
    MAX_HEADER = HEADER + MAX_SEGMENTS,
    MAX_BODY = MAX_SEGMENTS * 255,
    CHECKSUM = 22, // its place in the header
};

struct page {
    uint64_t offset;
    int64_t granule; // -1: no packet ends on it
    uint32_t header_bytes;
    uint32_t body_bytes;
};

static bool
look_at(int fd, uint64_t offset, struct page *out)
{
    unsigned char bytes[MAX_HEADER];
    const ssize_t n = pread(fd, bytes, sizeof bytes, (off_t)offset);
    if (n < HEADER || memcmp(bytes, "OggS", 4) != 0 ||
        n < HEADER + bytes[HEADER - 1])
        return false;
    ogg_page page = {.header = bytes};
    *out = (struct page){
        .offset = offset,
        .granule = ogg_page_granulepos(&page),
        .header_bytes = HEADER + bytes[HEADER - 1],
    };
    for (int i = 0; i < bytes[HEADER - 1]; i++)
        out->body_bytes += bytes[HEADER + i];
    return true;
}

static bool
is_whole(int fd, const struct page *page)
{
    static unsigned char bytes[MAX_HEADER + MAX_BODY];
    unsigned char checksum[4];
    const size_t n = page->header_bytes + page->body_bytes;
    if (pread(fd, bytes, n, (off_t)page->offset) != (ssize_t)n)
        return false;
    ogg_page whole = {bytes, (long)page->header_bytes,
                      bytes + page->header_bytes, (long)page->body_bytes};
    memcpy(checksum, bytes + CHECKSUM, sizeof checksum);
    ogg_page_checksum_set(&whole);
    return memcmp(checksum, bytes + CHECKSUM, sizeof checksum) == 0;
}

static uint64_t
end_of(const struct page *page)
{
    return page->offset + page->header_bytes + page->body_bytes;
}

void
weir_ogg_find_end(int fd, uint64_t *granule, uint64_t *n_bytes)
{
    struct page last[2] = {{0}}; // pages on which packets end; the newer first
    struct page page;
    *granule = *n_bytes = 0;
    for (uint64_t at = 0; look_at(fd, at, &page); at = end_of(&page)) {
        if (page.granule <= 0)
            continue;
        last[1] = last[0];
        last[0] = page;
    }
    const struct page *end = is_whole(fd, &last[0]) ? &last[0] : &last[1];
    *granule = (uint64_t)end->granule;
    *n_bytes = end_of(end);
}
