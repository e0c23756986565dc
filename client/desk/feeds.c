// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Opening and closing feeds. Everything here is @control's.
#include "desk/feeds.h"

#include "desk/desk_private.h"
#include "desk/sealed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { LEAST_TARGET_MS = 40, MOST_TARGET_MS = 2000, PIPE_MS = 250 };

// ------------------------------------------------------------------- shape

static uint64_t
power_of_two(uint64_t n)
{
    uint64_t p = 1024;
    while (p < n)
        p *= 2;
    return p;
}

static uint64_t
frames_of(uint32_t rate_hz, uint32_t ms)
{
    return (uint64_t)rate_hz * ms / 1000;
}

static enum weir_fault_code
check(const struct weir_desk *desk, const struct weir_feed_config *c,
      struct weir_fault *fault)
{
    if (c->rate_hz < WEIR_FEED_MIN_RATE_HZ ||
        c->rate_hz > WEIR_FEED_MAX_RATE_HZ ||
        c->rate_hz > 16 * desk->config.rate_hz ||
        desk->config.rate_hz > 64 * c->rate_hz)
        return weir_fault(fault, WEIR_FAULT_RANGE,
                          "no feed of %u Hz into a mix of %u Hz", c->rate_hz,
                          desk->config.rate_hz);
    if (c->target_frames > frames_of(c->rate_hz, MOST_TARGET_MS))
        return weir_fault(fault, WEIR_FAULT_RANGE,
                          "%u frames are more than %u ms", c->target_frames,
                          (unsigned)MOST_TARGET_MS);
    return WEIR_FAULT_NONE;
}

static void
choose_shape(struct weir_desk_feed *f, const struct weir_feed_config *c)
{
    const uint64_t target = c->target_frames;
    f->rate_hz = c->rate_hz;
    f->pace = c->pace;
    if (c->pace == WEIR_FEED_PACE_PIPE) {
        f->capacity =
            power_of_two(target ? target : frames_of(c->rate_hz, PIPE_MS));
        f->target_frames = (uint32_t)f->capacity;
        return;
    }
    const uint64_t least = frames_of(c->rate_hz, LEAST_TARGET_MS);
    f->target_frames = (uint32_t)(target > least ? target : least);
    f->capacity = power_of_two(4 * (uint64_t)f->target_frames);
}

// --------------------------------------------------------- coming and going

static void
free_feed(struct weir_desk_feed *f)
{
    if (f->ring.page)
        munmap(f->ring.page, weir_feed_ring_bytes(f->capacity, f->n_channels));
    if (f->fd >= 0)
        close(f->fd);
    free(f);
}

static bool
make_ring(struct weir_desk_feed *f)
{
    const size_t n_bytes = weir_feed_ring_bytes(f->capacity, f->n_channels);
    f->fd = weir_sealed_open("weir-feed", n_bytes);
    if (f->fd < 0)
        return false;
    void *memory = mmap(NULL, n_bytes, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_POPULATE, f->fd, 0);
    if (memory == MAP_FAILED)
        return false;
    f->ring = weir_feed_ring_init(memory, f->capacity, f->n_channels,
                                  f->rate_hz, f->pace, f->target_frames);
    return weir_sealed_seal(f->fd, 0);
}

struct weir_desk_feed *
weir_desk_feed_open(struct weir_desk *desk, const char *strip_id,
                    const struct weir_feed_config *config,
                    struct weir_ticket ready, struct weir_fault *fault)
{
    struct weir_desk_strip *strip = weir_desk_find_strip(desk, strip_id);
    if (!strip) {
        weir_fault(fault, WEIR_FAULT_NO_OBJECT, "no strip %.40s", strip_id);
        return NULL;
    }
    if (check(desk, config, fault))
        return NULL;
    if (strip->feed) {
        weir_fault(fault, WEIR_FAULT_EXISTS, "%s is fed already", strip_id);
        return NULL;
    }
    struct weir_desk_feed *f = calloc(1, sizeof *f);
    if (!f) {
        weir_fault(fault, WEIR_FAULT_LIMIT, "memory is short");
        return NULL;
    }
    f->fd = -1;
    f->n_channels = strip->o.n_channels;
    choose_shape(f, config);
    if (!make_ring(f)) {
        weir_fault(fault, WEIR_FAULT_LIMIT, "no memory for the feed: %s",
                   strerror(errno));
        free_feed(f);
        return NULL;
    }
    strip->feed = f;
    weir_link_send_one(desk->config.link,
                       &(struct weir_command){.kind = WEIR_COMMAND_NOTHING},
                       ready);
    return f;
}

void
weir_desk_feed_close(struct weir_desk *desk, struct weir_desk_feed *f)
{
    if (!f)
        return;
    for (uint32_t i = 0; i < desk->n_strips; i++)
        if (desk->strips[i]->feed == f)
            desk->strips[i]->feed = NULL;
    free_feed(f);
}

// ------------------------------------------------------------------- facts

void
weir_desk_feed_facts(const struct weir_desk_strip *strip,
                     struct weir_feed_facts *out)
{
    *out = (struct weir_feed_facts){.open = strip->feed, .ratio = 1.0f};
}

enum weir_fault_code
weir_desk_feed_flush(struct weir_desk_strip *strip, struct weir_ticket ticket,
                     struct weir_fault *fault)
{
    if (!strip->feed)
        return weir_fault(fault, WEIR_FAULT_NOT_NOW, "nothing feeds %s",
                          strip->o.id);
    weir_ticket_settle(ticket, NULL);
    return WEIR_FAULT_NONE;
}

void
weir_desk_end_feeds(struct weir_desk *desk)
{
    for (uint32_t i = 0; i < desk->n_strips; i++)
        if (desk->strips[i]->feed)
            weir_feed_ring_set_state(&desk->strips[i]->feed->ring,
                                     WEIR_FEED_ENDED);
}
