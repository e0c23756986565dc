// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Opening and closing feeds. Everything here is @control's.
#include "desk/feeds.h"

#include "common/sealed.h"
#include "desk/desk_private.h"
#include "engine/engine.h"
#include "rt/futex.h"
#include "rt/lock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { LATE_MS = 2, CHUNK_MS = 30, MOST_TARGET_MS = 2000, PIPE_MS = 250 };

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

// Frames of the feed that pass in `n` of the mix, rounded up.
static uint64_t
frames_during(const struct weir_desk *desk, uint32_t rate_hz, uint32_t n)
{
    return ((uint64_t)n * rate_hz + desk->config.rate_hz - 1) /
           desk->config.rate_hz;
}

static uint32_t
period_frames(const struct weir_desk *desk)
{
    // relaxed: a number that stands for itself.
    const uint32_t n = atomic_load_explicit(
        &desk->config.engine->counters.cycle_frames, memory_order_relaxed);
    return n > 0 ? n : 1024;
}

static void
choose_pipe(const struct weir_desk *desk, struct weir_desk_feed *f,
            uint64_t wanted)
{
    // Two periods at least, and of what JACK's may become two of 2048.
    const uint32_t usual =
        weir_inputs_lane_frames(desk->config.engine->inputs) / 2;
    const uint32_t two = 2 * period_frames(desk);
    const uint64_t least =
        frames_during(desk, f->rate_hz, two > usual ? two : usual);
    wanted = wanted ? wanted : frames_of(f->rate_hz, PIPE_MS);
    f->capacity = power_of_two(wanted > least ? wanted : least);
    f->target_frames = (uint32_t)f->capacity;
}

static void
choose_clock(const struct weir_desk *desk, struct weir_desk_feed *f,
             uint64_t wanted)
{
    const uint64_t least =
        weir_feed_lookahead(f->rate_hz, desk->config.rate_hz) +
        frames_during(desk, f->rate_hz, period_frames(desk)) +
        frames_of(f->rate_hz, LATE_MS);
    wanted = wanted ? wanted : least + frames_of(f->rate_hz, CHUNK_MS);
    f->target_frames = (uint32_t)(wanted > least ? wanted : least);
    // As much again for what waits while weir does not run, and for pauses.
    f->capacity = power_of_two(4 * (uint64_t)f->target_frames);
}

static void
choose_shape(const struct weir_desk *desk, struct weir_desk_feed *f,
             const struct weir_feed_config *c)
{
    f->rate_hz = c->rate_hz;
    f->pace = c->pace;
    if (c->pace == WEIR_FEED_PACE_PIPE)
        choose_pipe(desk, f, c->target_frames);
    else
        choose_clock(desk, f, c->target_frames);
}

// ------------------------------------------------------------------- memory

static void
free_feed(struct weir_desk_feed *f)
{
    if (f->ring.page)
        munmap(f->ring.page, weir_feed_ring_bytes(f->capacity, f->n_channels));
    if (f->fd >= 0)
        close(f->fd);
    weir_feed_free(f->mix);
    free(f);
}

static bool
make_ring(struct weir_desk_feed *f)
{
    const size_t n_bytes = weir_feed_ring_bytes(f->capacity, f->n_channels);
    f->fd = weir_sealed_open("weir-feed", n_bytes);
    if (f->fd < 0)
        return false;
    // MAP_POPULATE: the mixer meets no fresh page.
    void *memory = mmap(NULL, n_bytes, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_POPULATE, f->fd, 0);
    if (memory == MAP_FAILED)
        return false;
    weir_lock_large(memory, n_bytes);
    f->ring = weir_feed_ring_init(memory, f->capacity, f->n_channels,
                                  f->rate_hz, f->pace, f->target_frames);
    return weir_sealed_seal(f->fd, 0);
}

static struct weir_desk_feed *
new_feed(struct weir_desk *desk, struct weir_desk_strip *strip,
         const struct weir_feed_config *config)
{
    struct weir_desk_feed *f = calloc(1, sizeof *f);
    if (!f)
        return NULL;
    f->fd = -1;
    f->desk = desk;
    f->strip = strip;
    f->n_channels = strip->o.n_channels;
    choose_shape(desk, f, config);
    if (make_ring(f))
        f->mix = weir_feed_new(&f->ring, &(struct weir_feed_shape){
                                             .pace = f->pace,
                                             .rate_hz = f->rate_hz,
                                             .mix_hz = desk->config.rate_hz,
                                             .latency_frames = f->target_frames,
                                         });
    if (f->mix)
        return f;
    free_feed(f);
    return NULL;
}

// --------------------------------------------------------- coming and going

static void
take_off_list(struct weir_desk_feed *f)
{
    struct weir_desk_feed **at = &f->desk->feeds;
    while (*at != f)
        at = &(*at)->next;
    *at = f->next;
}

// The mixer has let go of it.
static void
gone(void *owner, const struct weir_fault *fault)
{
    struct weir_desk_feed *f = owner;
    (void)fault; // the mixer never refuses
    take_off_list(f);
    free_feed(f);
}

static void
in_mix(void *owner, const struct weir_fault *fault)
{
    struct weir_desk_feed *f = owner;
    const struct weir_ticket ready = f->ready;
    f->ready = (struct weir_ticket){0};
    weir_ticket_settle(ready, fault);
}

// Null when there is no place for a feed.
static struct weir_desk_strip *
find_place(struct weir_desk *desk, const char *strip_id,
           struct weir_fault *fault)
{
    struct weir_desk_strip *strip = weir_desk_find_strip(desk, strip_id);
    if (strip && !strip->feed)
        return strip;
    if (strip)
        weir_fault(fault, WEIR_FAULT_EXISTS,
                   "%s has a feed already (one at a time)", strip_id);
    else
        weir_fault(fault, WEIR_FAULT_NO_OBJECT,
                   "no strip %.40s (weirctl list shows them)", strip_id);
    return NULL;
}

static bool
tell_mixer(struct weir_desk_feed *f, enum weir_command_kind kind,
           struct weir_ticket ticket)
{
    const struct weir_command command = {
        .kind = kind,
        .feed = f->mix,
        .strip = f->strip ? f->strip->mix : NULL,
    };
    return weir_link_send_one(f->desk->config.link, &command, ticket);
}

struct weir_desk_feed *
weir_desk_feed_open(struct weir_desk *desk, const char *strip_id,
                    const struct weir_feed_config *config,
                    struct weir_ticket ready, struct weir_fault *fault)
{
    struct weir_desk_strip *strip = find_place(desk, strip_id, fault);
    if (!strip || check(desk, config, fault))
        return NULL;
    struct weir_desk_feed *f = new_feed(desk, strip, config);
    if (!f) {
        weir_fault_system(fault, "no ring for a feed", errno);
        return NULL;
    }
    f->ready = ready;
    if (!tell_mixer(f, WEIR_COMMAND_FEED_ADD,
                    (struct weir_ticket){.fn = in_mix, .owner = f})) {
        weir_fault(fault, WEIR_FAULT_LIMIT, "too many commands under way");
        free_feed(f);
        return NULL;
    }
    strip->feed = f;
    f->next = desk->feeds;
    desk->feeds = f;
    return f;
}

void
weir_desk_feed_close(struct weir_desk *desk, struct weir_desk_feed *f)
{
    (void)desk;
    if (!f)
        return;
    f->gone = NULL;
    f->flush = NULL;
    f->closed = true;
    // When there is no room for the command it plays on, and is freed with
    // the desk.
    (void)tell_mixer(f, WEIR_COMMAND_FEED_REMOVE,
                     (struct weir_ticket){.fn = gone, .owner = f});
    if (f->strip)
        f->strip->feed = NULL;
    f->strip = NULL;
}

// Nothing is played any more; the mixer has let go of it.
static void
end(struct weir_desk_feed *f, enum weir_feed_state why)
{
    weir_feed_ring_set_state(&f->ring, why);
    if (weir_feed_ring_announce(&f->ring, f->mix->n_blocks + 1))
        weir_futex_wake(&f->ring.page->wake, WEIR_FUTEX_SHARED);
    if (f->gone)
        f->gone(f->owner, why);
}

void
weir_desk_feed_lose_strip(struct weir_desk_strip *strip)
{
    struct weir_desk_feed *f = strip->feed;
    if (!f)
        return;
    strip->feed = NULL;
    f->strip = NULL;
    end(f, WEIR_FEED_REMOVED);
}

void
weir_desk_end_feeds(struct weir_desk *desk)
{
    struct weir_desk_feed *next;
    for (struct weir_desk_feed *f = desk->feeds; f; f = next) {
        next = f->next; // its owner may close it
        if (!f->closed)
            end(f, WEIR_FEED_ENDED);
    }
}

static bool
fits(const struct weir_desk *desk, struct weir_desk_feed *f)
{
    const struct weir_feed_config config = {.rate_hz = f->rate_hz};
    struct weir_fault ignored;
    return check(desk, &config, &ignored) == WEIR_FAULT_NONE &&
           weir_feed_set_mix_rate(f->mix, desk->config.rate_hz);
}

void
weir_desk_rerate_feeds(struct weir_desk *desk)
{
    struct weir_desk_feed *next;
    for (struct weir_desk_feed *f = desk->feeds; f; f = next) {
        next = f->next; // its owner may close it
        if (!f->closed && !fits(desk, f))
            end(f, WEIR_FEED_ENDED);
    }
}

void
weir_desk_free_feeds(struct weir_desk *desk)
{
    while (desk->feeds) {
        struct weir_desk_feed *f = desk->feeds;
        desk->feeds = f->next;
        free_feed(f);
    }
}

// ------------------------------------------------------------------- facts

void
weir_desk_feed_facts(const struct weir_desk_strip *strip,
                     struct weir_feed_facts *out)
{
    *out = (struct weir_feed_facts){.ratio = 1.0f};
    const struct weir_desk_feed *f = strip->feed;
    if (!f)
        return;
    const struct weir_feed_counters *c = &f->mix->counters;
    // relaxed, all of them: numbers to show; the feeder's is its own word.
    const uint64_t overruns =
        atomic_load_explicit(&f->ring.page->overruns, memory_order_relaxed) +
        atomic_load_explicit(&c->resyncs, memory_order_relaxed);
    const double factor = 1e-9 * (double)atomic_load_explicit(
                                     &c->ratio_ppb, memory_order_relaxed);
    out->open = true;
    out->buffered_ms =
        (float)(1e-3 * (double)atomic_load_explicit(&c->buffered_us,
                                                    memory_order_relaxed));
    out->ratio = (float)(factor / f->mix->nominal_step);
    out->underruns = atomic_load_explicit(&c->underruns, memory_order_relaxed);
    out->overruns = overruns > INT64_MAX ? INT64_MAX : overruns;
    out->flushed = atomic_load_explicit(&c->dropped, memory_order_relaxed);
}

// ------------------------------------------------------------------- flushes

/// Who asked for a flush is answered when both the mixer and the feeder have
/// done their part.
struct weir_desk_flush {
    struct weir_ticket ticket;
    unsigned n_parts; // that are not done yet
};

static void
part_is_done(void *owner, const struct weir_fault *fault)
{
    struct weir_desk_flush *flush = owner;
    (void)fault; // a feeder that cannot do its part has had the mixer's
    if (--flush->n_parts > 0)
        return;
    weir_ticket_settle(flush->ticket, NULL);
    free(flush);
}

static struct weir_desk_flush *
new_flush(struct weir_desk_strip *strip, struct weir_ticket ticket)
{
    struct weir_desk_flush *flush = calloc(1, sizeof *flush);
    struct weir_change *change =
        flush ? weir_desk_note(strip->o.desk, WEIR_CHANGE_FLUSH) : NULL;
    if (!change) {
        free(flush);
        return NULL;
    }
    *flush = (struct weir_desk_flush){.ticket = ticket, .n_parts = 2};
    change->strip = strip;
    change->flush = flush;
    return flush;
}

enum weir_fault_code
weir_desk_feed_flush(struct weir_desk_strip *strip, struct weir_ticket ticket,
                     struct weir_fault *fault)
{
    struct weir_command command = {.kind = WEIR_COMMAND_FEED_FLUSH,
                                   .strip = strip->mix};
    if (!strip->feed)
        return weir_fault(fault, WEIR_FAULT_NOT_NOW,
                          "nothing feeds %s (weir-feed does)", strip->o.id);
    struct weir_desk_flush *flush = new_flush(strip, ticket);
    if (!flush)
        return weir_fault(fault, WEIR_FAULT_LIMIT, "memory is short");
    // What the feeder writes from here on is new, also when the mixer comes to
    // it later.
    command.number = weir_feed_ring_written(&strip->feed->ring);
    return weir_desk_ask(
        strip->o.desk, &command,
        (struct weir_ticket){.fn = part_is_done, .owner = flush}, NULL, fault);
}

void
weir_desk_feed_tell_flush(struct weir_desk_strip *strip,
                          struct weir_desk_flush *flush)
{
    const struct weir_ticket part = {.fn = part_is_done, .owner = flush};
    struct weir_desk_feed *f = strip->feed;
    if (f && f->flush)
        f->flush(f->owner, part);
    else
        weir_ticket_settle(part, NULL);
}
