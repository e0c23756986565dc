// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Packets into Ogg pages: one goes out as soon as a quarter of a second is in
// it, however few bytes that are.
#ifndef WEIR_STREAM_PAGES_H
#define WEIR_STREAM_PAGES_H

#include "stream/codec.h"

#include <ogg/ogg.h>

struct weir_stream_pages {
    ogg_stream_state stream;
    bool open;
    bool begun;        // its first page has been given
    ogg_int64_t given; // frames in the pages so far
};

/// Begin a logical stream under a number of its own, in zeroed memory or after
/// weir_stream_pages_close().  False when memory is short.
bool weir_stream_pages_open(struct weir_stream_pages *pages,
                            struct weir_stream_encoder *encoder);

/// Without a word: what is left is lost.
void weir_stream_pages_close(struct weir_stream_pages *pages);

/// A header's packet; they end with weir_stream_pages_end_headers().
bool weir_stream_pages_put_header(struct weir_stream_pages *pages,
                                  struct weir_stream_encoder *encoder,
                                  ogg_packet *packet);

/// Sound begins on a page of its own.
bool weir_stream_pages_end_headers(struct weir_stream_pages *pages,
                                   struct weir_stream_encoder *encoder);

/// A packet; its granulepos is the frames so far.
bool weir_stream_pages_put(struct weir_stream_pages *pages,
                           struct weir_stream_encoder *encoder,
                           ogg_packet *packet);

#endif
