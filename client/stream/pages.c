// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Packets into Ogg pages, with libogg.
#include "stream/pages.h"

#include <stdlib.h>
#include <string.h>

bool
weir_stream_pages_open(struct weir_stream_pages *p,
                       struct weir_stream_encoder *e)
{
    memset(p, 0, sizeof *p);
    if (ogg_stream_init(&p->stream, weir_stream_serial()) != 0)
        return weir_stream_say(e, "out of memory");
    p->open = true;
    return true;
}

void
weir_stream_pages_close(struct weir_stream_pages *p)
{
    if (p->open)
        ogg_stream_clear(&p->stream);
    p->open = false;
}

// ------------------------------------------------------------------ packets

// A page's two parts are one after the other in memory of libogg's only by
// chance.
static unsigned char *
join(const ogg_page *page, size_t *size)
{
    const size_t head = (size_t)page->header_len;
    const size_t body = (size_t)page->body_len;
    unsigned char *bytes = malloc(head + body);
    if (!bytes)
        return NULL;
    memcpy(bytes, page->header, head);
    memcpy(bytes + head, page->body, body);
    *size = head + body;
    return bytes;
}

// What of the sound ends on it; -1: no packet ends there.
static uint32_t
n_frames(struct weir_stream_pages *p, const ogg_page *page)
{
    const ogg_int64_t end = ogg_page_granulepos(page);
    if (end <= p->given)
        return 0;
    const ogg_int64_t n = end - p->given;
    p->given = end;
    return (uint32_t)n;
}

static bool
give(struct weir_stream_pages *p, struct weir_stream_encoder *e,
     const ogg_page *page, bool is_header)
{
    size_t size;
    unsigned char *bytes = join(page, &size);
    bool ok = true;
    if (!bytes)
        return weir_stream_say(e, "out of memory");
    if (is_header)
        ok = weir_stream_give_header(e, bytes, size, !p->begun);
    else
        weir_stream_give(e, bytes, size, n_frames(p, page));
    p->begun = true;
    free(bytes);
    return ok;
}

static bool
give_rest(struct weir_stream_pages *p, struct weir_stream_encoder *e,
          bool is_header)
{
    ogg_page page;
    while (ogg_stream_flush(&p->stream, &page))
        if (!give(p, e, &page, is_header))
            return false;
    return true;
}

static bool
put(struct weir_stream_pages *p, struct weir_stream_encoder *e,
    ogg_packet *packet)
{
    return ogg_stream_packetin(&p->stream, packet) == 0 ||
           weir_stream_say(e, "out of memory");
}

bool
weir_stream_pages_put_header(struct weir_stream_pages *p,
                             struct weir_stream_encoder *e, ogg_packet *packet)
{
    // The first one is alone on its page: libogg sees to it.
    return put(p, e, packet);
}

bool
weir_stream_pages_end_headers(struct weir_stream_pages *p,
                              struct weir_stream_encoder *e)
{
    return give_rest(p, e, true);
}

bool
weir_stream_pages_put(struct weir_stream_pages *p,
                      struct weir_stream_encoder *e, ogg_packet *packet)
{
    const ogg_int64_t most = e->rate_hz / WEIR_STREAM_PAGES_PER_SECOND;
    ogg_page page;
    if (!put(p, e, packet))
        return false;
    if (packet->e_o_s || packet->granulepos - p->given >= most)
        return give_rest(p, e, false);
    while (ogg_stream_pageout(&p->stream, &page))
        if (!give(p, e, &page, false))
            return false;
    return true;
}
