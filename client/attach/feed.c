// SPDX-License-Identifier: ISC
// SPDX-FileCopyrightText: the weir authors
//
// libweir: making a feed, and what can be asked of it. Writing is in
// feed_write.c.
#include "attach/feed_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static enum weir_feed_result
fail(struct weir_feed_error *error, enum weir_feed_result result,
     const char *text)
{
    if (error)
        snprintf(error->text, sizeof error->text, "feed: %s", text);
    return result;
}

static bool
is_zeroed(const struct weir_feed_config *config)
{
    uint64_t any = 0;
    for (size_t i = 0; i < sizeof config->reserved / sizeof any; i++)
        any |= config->reserved[i];
    return any == 0;
}

enum weir_feed_result
weir_feed_open(const struct weir_feed_config *config, struct weir_feed **out,
               struct weir_feed_error *error)
{
    if (!config->strip || !is_zeroed(config))
        return fail(error, WEIR_FEED_REFUSED,
                    config->strip
                        ? "the config's reserved part is not 0 (zero the "
                          "struct before filling it in)"
                        : "no strip is named");
    struct weir_feed *feed = calloc(1, sizeof *feed);
    if (!feed)
        return fail(error, WEIR_FEED_SYSTEM, "out of memory");
    feed->socket = -1;
    feed->pace = config->pace;
    const enum weir_feed_result result = weir_feed_attach(feed, config, error);
    if (result == WEIR_FEED_OK)
        *out = feed;
    else
        weir_feed_close(feed);
    return result;
}

void
weir_feed_close(struct weir_feed *feed)
{
    if (!feed)
        return;
    if (feed->socket >= 0)
        close(feed->socket);
    if (feed->memory)
        munmap(feed->memory, feed->n_bytes);
    free(feed);
}

struct weir_feed_format
weir_feed_format(const struct weir_feed *feed)
{
    return feed->format;
}

const char *
weir_feed_id(const struct weir_feed *feed)
{
    return feed->id;
}

uint64_t
weir_feed_position(const struct weir_feed *feed)
{
    return feed->written;
}

struct weir_feed_stats
weir_feed_stats(const struct weir_feed *feed)
{
    const struct weir_feed_page *page = feed->ring.page;
    const uint64_t room = weir_feed_ring_room(&feed->ring, feed->written);
    // relaxed: numbers to show, which hand over no other memory.
    return (struct weir_feed_stats){
        .buffered_frames =
            room > feed->ring.capacity ? 0 : feed->ring.capacity - room,
        .underruns =
            atomic_load_explicit(&page->underruns, memory_order_relaxed),
        .overruns = feed->overruns,
        .flushed = atomic_load_explicit(&page->dropped, memory_order_relaxed),
    };
}
