// SPDX-License-Identifier: ISC
// SPDX-FileCopyrightText: the weir authors
//
// Reading: one position for all sources, so that they stay in step whatever
// happens. The protocol itself is in rt/broadcast.h.
#include "attach/reader_private.h"
#include "rt/futex.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// How long weir's death may go unnoticed.
#define SLICE_NS INT64_C(100000000)
// No honest ring advances this far between two reads (a year at 35 kHz).
#define MAX_STEP (UINT64_C(1) << 40)

// ------------------------------------------------------------ where we are

// The source that holds the others up.
static const struct weir_broadcast *
slowest(const struct weir_reader *reader)
{
    const struct weir_broadcast *found = &reader->sources[0].ring;
    uint64_t least = weir_broadcast_published(found);
    for (unsigned i = 1; i < reader->n_sources; i++) {
        const struct weir_broadcast *ring = &reader->sources[i].ring;
        const uint64_t published = weir_broadcast_published(ring);
        if (published < least) {
            least = published;
            found = ring;
        }
    }
    return found;
}

uint64_t
weir_reader_published(const struct weir_reader *reader)
{
    return weir_broadcast_published(slowest(reader));
}

uint64_t
weir_reader_oldest(const struct weir_reader *reader)
{
    uint64_t oldest = 0;
    for (unsigned i = 0; i < reader->n_sources; i++) {
        const struct weir_broadcast *ring = &reader->sources[i].ring;
        const uint64_t valid = weir_broadcast_valid_from(ring);
        const uint64_t first = reader->sources[i].first;
        if (valid > oldest)
            oldest = valid;
        if (first > oldest)
            oldest = first;
    }
    return oldest;
}

// What can be read now. Once it has ended, what was published by then.
static uint64_t
available(const struct weir_reader *reader)
{
    uint64_t limit = weir_reader_published(reader);
    if (reader->ended)
        limit = weir_min_u64(limit, reader->end);
    return limit > reader->position ? limit - reader->position : 0;
}

static bool
lapped(const struct weir_reader *reader)
{
    for (unsigned i = 0; i < reader->n_sources; i++)
        if (weir_broadcast_valid_from(&reader->sources[i].ring) >
            reader->position)
            return true;
    return false;
}

// ----------------------------------------------------------------- copying

// One source's channels into their columns of the joined frames.
static void
copy_columns(struct weir_reader *reader, const struct weir_broadcast *ring,
             float *dst, uint32_t n)
{
    uint64_t q = reader->position;
    while (n > 0) {
        const uint32_t part = weir_min_u32(n, WEIR_READER_SCRATCH_FRAMES);
        const float *src = reader->scratch;
        weir_broadcast_copy(ring, q, reader->scratch, part);
        for (uint32_t i = 0; i < part; i++, dst += reader->n_channels)
            for (uint32_t c = 0; c < ring->n_channels; c++)
                dst[c] = *src++;
        q += part;
        n -= part;
    }
}

static void
copy_all(struct weir_reader *reader, float *dst, uint32_t n)
{
    if (reader->n_sources == 1) {
        weir_broadcast_copy(&reader->sources[0].ring, reader->position, dst, n);
        return;
    }
    for (unsigned i = 0; i < reader->n_sources; i++) {
        const struct weir_broadcast *ring = &reader->sources[i].ring;
        copy_columns(reader, ring, dst, n);
        dst += ring->n_channels;
    }
}

// ------------------------------------------------------------------ losing

// Where to go on after a loss: the same position for all, so that each has a
// quarter of its history left before it would be lapped again.
static uint64_t
resume_at(const struct weir_reader *reader)
{
    uint64_t next =
        weir_min_u64(weir_reader_oldest(reader), weir_reader_published(reader));
    for (unsigned i = 0; i < reader->n_sources; i++) {
        const struct weir_broadcast *ring = &reader->sources[i].ring;
        const uint64_t newest = weir_broadcast_published(ring);
        const uint64_t keep = weir_broadcast_keep(ring);
        if (newest > keep && newest - keep > next)
            next = newest - keep;
    }
    return reader->ended ? weir_min_u64(next, reader->end) : next;
}

// A header that lies: end where we stand.
static struct weir_read
give_up(struct weir_reader *reader)
{
    weir_reader_finish(reader, "weir's ring makes no sense any more");
    reader->end = reader->position;
    return (struct weir_read){WEIR_READ_ENDED, reader->position, 0};
}

static struct weir_read
lose(struct weir_reader *reader)
{
    const uint64_t from = reader->position;
    const uint64_t next = resume_at(reader);
    if (next <= from)
        return (struct weir_read){WEIR_READ_TIMEOUT, from, 0};
    if (next - from > MAX_STEP)
        return give_up(reader);
    // A loss that begins where the last one ended is the same dropout.
    if (reader->dropouts == 0 || from != reader->lost_until)
        reader->dropouts++;
    reader->lost_frames += next - from;
    reader->lost_until = next;
    reader->position = next;
    return (struct weir_read){WEIR_READ_LOST, from, next - from};
}

// ----------------------------------------------------------------- reading

// One try, without waiting: frames, a loss, or neither.
static struct weir_read
take(struct weir_reader *reader, float *buffer, uint32_t max_frames)
{
    const uint64_t from = reader->position;
    const uint32_t n = (uint32_t)weir_min_u64(max_frames, available(reader));
    const struct weir_read nothing = {WEIR_READ_TIMEOUT, from, 0};
    if (n == 0)
        return nothing;
    if (lapped(reader))
        return lose(reader);
    copy_all(reader, buffer, n);
    // Only now is it known whether what was copied may be believed.
    if (lapped(reader))
        return lose(reader);
    reader->position += n;
    return (struct weir_read){WEIR_READ_FRAMES, from, n};
}

// relaxed: numbers for weir to show, which hand over no other memory.
static void
tell(struct weir_reader *reader)
{
    struct weir_reader_page *page = reader->page;
    atomic_store_explicit(&page->position, reader->position,
                          memory_order_relaxed);
    atomic_store_explicit(&page->lost_frames, reader->lost_frames,
                          memory_order_relaxed);
    atomic_store_explicit(&page->dropouts, reader->dropouts,
                          memory_order_relaxed);
    if (reader->held)
        weir_reader_wake_mixer(reader);
}

// A ring that ended takes the whole reader along.
static void
look_at_states(struct weir_reader *reader)
{
    static const char *const reasons[] = {
        [WEIR_BROADCAST_ENDED] = "weir ended",
        [WEIR_BROADCAST_REMOVED] = "the source was removed",
        [WEIR_BROADCAST_FORMAT] = WEIR_ATTACH_FORMAT_ENDED,
    };
    for (unsigned i = 0; i < reader->n_sources; i++) {
        // acquire: pairs with weir's release of the state, after the last
        // frame was published: `published` is final once it is seen.
        const uint32_t state = atomic_load_explicit(
            &reader->sources[i].ring.page->state, memory_order_acquire);
        if (state == WEIR_BROADCAST_RUNNING || state == WEIR_BROADCAST_WAITING)
            continue;
        const bool known = state < sizeof reasons / sizeof *reasons;
        const char *reason = known ? reasons[state] : NULL;
        weir_reader_finish(reader, reason ? reason : "the ring ended");
    }
}

static int64_t
now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

// Sleep until the ring's wake word is no longer `seen`, or for a slice.
// False when a signal came.
static bool
wait_for(const struct weir_broadcast *ring, uint32_t seen, int64_t until_ns)
{
    int64_t ns = until_ns - now_ns();
    if (ns <= 0)
        return true;
    if (ns > SLICE_NS)
        ns = SLICE_NS;
    const struct timespec slice = {.tv_nsec = ns};
    const long rc = syscall(SYS_futex, &ring->page->wake, FUTEX_WAIT, seen,
                            &slice, NULL, 0);
    // The mixer wakes one reader, whatever their number, and each the next.
    if (rc == 0)
        weir_futex_wake_one(&ring->page->wake, WEIR_FUTEX_SHARED);
    return rc == 0 || errno != EINTR;
}

// Everything but the waiting: true when there is something to hand out.
static bool
poll_once(struct weir_reader *reader, float *buffer, uint32_t max_frames,
          struct weir_read *out)
{
    weir_reader_listen(reader);
    if (reader->has_command) {
        out->kind = WEIR_READ_COMMAND;
        return true;
    }
    look_at_states(reader);
    // In this order: what was published before the end is still read.
    const bool ended = reader->ended;
    *out = take(reader, buffer, max_frames);
    if (out->kind == WEIR_READ_TIMEOUT && ended)
        out->kind = WEIR_READ_ENDED;
    return out->kind != WEIR_READ_TIMEOUT;
}

static struct weir_read
read_until(struct weir_reader *reader, float *buffer, uint32_t max_frames,
           int64_t until_ns)
{
    for (;;) {
        struct weir_read got = {WEIR_READ_TIMEOUT, reader->position, 0};
        const struct weir_broadcast *ring = slowest(reader);
        // acquire: pairs with the release in weir_broadcast_publish(): what
        // is published after this look changes the word, and wakes us.
        const uint32_t seen =
            atomic_load_explicit(&ring->page->wake, memory_order_acquire);
        if (poll_once(reader, buffer, max_frames, &got))
            return got;
        if (now_ns() >= until_ns || !wait_for(ring, seen, until_ns))
            return got;
    }
}

struct weir_read
weir_reader_read(struct weir_reader *reader, float *buffer, uint32_t max_frames,
                 int timeout_ms)
{
    const int64_t wait_ns = timeout_ms > 0 ? timeout_ms * INT64_C(1000000) : 0;
    struct weir_reader_command ignored;
    if (weir_reader_command(reader, &ignored))
        weir_reader_answer(reader, ignored.request,
                           "this reader takes no commands");
    const struct weir_read got =
        read_until(reader, buffer, max_frames, now_ns() + wait_ns);
    tell(reader);
    return got;
}
