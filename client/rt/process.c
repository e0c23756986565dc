// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The process callback without JACK.
// Everything below weir_process_run() belongs to @rt.
#include "rt/process.h"

#include "rt/clock.h"
#include "rt/futex.h"

#include <string.h>

// A longer jump of JACK's frame counter is another clock, not a gap.
enum { LONGEST_GAP_S = 20, ASSUMED_RATE_HZ = 48000 };
// In freewheel a cycle waits this long for the mixer, then goes on: longer
// than the mixer waits for its readers, and half of what JACK waits for us.
enum { FREEWHEEL_SLICES = 5000, FREEWHEEL_SLICE_NS = 1000000 };

static WEIR_RT void
count(_Atomic uint64_t *counter, uint64_t n)
{
    // relaxed: @rt is the only writer, and nothing hangs on the number.
    const uint64_t was = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, was + n, memory_order_relaxed);
}

// Frames that JACK ran without us keep their place: they are counted, and the
// mixer makes silence of them; less by as many as were made too many before.
static WEIR_RT void
skip(struct weir_process *p, uint32_t gap)
{
    const uint32_t made_up = weir_min_u32(gap, p->ahead);
    p->ahead -= made_up;
    p->position += gap - made_up;
    count(&p->counters.input_frames_lost, gap - made_up);
}

// JACK's clock goes on while a cycle that is late has not asked yet: that one
// is told the time of the next, which is a gap, and the next is told the same
// time again. So the one took the other's place, and all that follows is as
// much too far on.
static WEIR_RT void
skip_missed_cycles(struct weir_process *p, const struct weir_process_time *t,
                   uint32_t n_frames)
{
    const uint32_t gap = t->frame_time - p->frame_time_due;
    const uint32_t longest =
        LONGEST_GAP_S *
        (t->rate_hz > 1.0 ? (uint32_t)t->rate_hz : (uint32_t)ASSUMED_RATE_HZ);
    // Freewheel has no clock to be late against: neither when it begins nor
    // when it ends are frames missing.
    const bool same_clock = p->running && t->freewheel == p->freewheel;
    if (!same_clock)
        p->ahead = 0;
    else if (gap == 0u - p->n_frames)
        p->ahead += p->n_frames;
    else if (gap > 0 && gap < longest)
        skip(p, gap);
    p->frame_time_due = t->frame_time + n_frames;
    p->n_frames = n_frames;
    p->running = true;
    p->freewheel = t->freewheel;
}

static WEIR_RT void
record_cycle(struct weir_process *p, const struct weir_table *table,
             const struct weir_process_time *time, uint64_t called_ns,
             uint32_t n_frames)
{
    weir_inputs_record(
        p->inputs,
        (struct weir_cycle){
            .position = p->position,
            .mono_ns = time->mono_ns > 0 ? time->mono_ns : called_ns,
            .called_ns = called_ns,
            .rate_hz = (float)time->rate_hz, // its period was a float, too
            .table = table->number,
            .n_frames = n_frames,
            .freewheel = time->freewheel,
        });
}

static WEIR_RT void
take_lanes(struct weir_process *p, const struct weir_table *table, uint32_t n)
{
    for (uint32_t i = 0; i < table->n_inputs; i++) {
        if (i + 1 < table->n_inputs)
            weir_inputs_expect(p->inputs, table->inputs[i + 1].lane,
                               p->position, n);
        const float *src = p->get_buffer(table->inputs[i].port, n);
        weir_inputs_write(p->inputs, table->inputs[i].lane, p->position, src,
                          n);
    }
}

// A cycle goes in whole or not at all, so that inputs cannot slip.
static WEIR_RT void
take_inputs(struct weir_process *p, const struct weir_table *table,
            const struct weir_process_time *time, uint64_t called_ns,
            uint32_t n)
{
    if (!weir_inputs_fits(p->inputs, p->position, n)) {
        count(&p->counters.input_frames_lost, n);
        return;
    }
    record_cycle(p, table, time, called_ns, n);
    take_lanes(p, table, n);
    weir_inputs_commit(p->inputs);
}

static WEIR_RT void
wake_mixer(struct weir_process *p)
{
    // release: pairs with the acquire of the doorbell in the mixer's wait;
    // it then finds the cycle.
    atomic_fetch_add_explicit(p->doorbell, 1, memory_order_release);
    weir_futex_wake(p->doorbell, WEIR_FUTEX_PRIVATE);
}

// The one exception to the callback's rule, for await_room() and await_due():
// in freewheel there is no clock to keep, so it waits for the mixer, bounded.
static WEIR_RT void
wait_a_slice(const struct weir_broadcast_page *page, uint32_t seen)
{
    WEIR_RT_TRUST(weir_futex_wait(&page->wake, seen, FREEWHEEL_SLICE_NS,
                                  WEIR_FUTEX_SHARED));
}

// Room comes behind a published block; the slice bridges what lies between.
static WEIR_RT void
await_room(struct weir_process *p, const struct weir_table *table,
           uint32_t n_frames, int *slices)
{
    if (table->n_outputs == 0)
        return;
    struct weir_broadcast_page *page = table->outputs[0].ring->page;
    for (; *slices > 0; --*slices) {
        // acquire: pairs with the release in weir_broadcast_publish().
        const uint32_t seen =
            atomic_load_explicit(&page->wake, memory_order_acquire);
        if (weir_inputs_fits(p->inputs, p->position, n_frames))
            return;
        wait_a_slice(page, seen);
    }
}

// The mixer publishes bus after bus: each output is waited for.
static WEIR_RT void
await_due(const struct weir_process *p, const struct weir_table *table,
          uint32_t n_frames, int *slices)
{
    const uint64_t behind = (uint64_t)p->latency_blocks * n_frames;
    const uint64_t end = p->position + n_frames - behind;
    uint32_t at = p->position < behind ? table->n_outputs : 0;
    while (*slices > 0 && at < table->n_outputs) {
        struct weir_broadcast_page *page = table->outputs[at].ring->page;
        // acquire: pairs with the release in weir_broadcast_publish().
        const uint32_t seen =
            atomic_load_explicit(&page->wake, memory_order_acquire);
        if (weir_broadcast_published(table->outputs[at].ring) >= end) {
            at++;
            continue;
        }
        wait_a_slice(page, seen);
        --*slices;
    }
}

// The due block of one output, or silence and false.
static WEIR_RT bool
give_output(const struct weir_output_port *out, float *dst, bool due,
            uint64_t position, uint32_t n)
{
    const bool there = due &&
                       weir_broadcast_published(out->ring) >= position + n &&
                       position >= out->ring->page->first;
    if (there)
        weir_broadcast_copy_channel(out->ring, position, out->channel, dst, n);
    if (there && weir_broadcast_valid_from(out->ring) <= position)
        return true;
    memset(dst, 0, n * sizeof *dst);
    // Before the ring's first frame silence is all there ever was.
    return !due || position < out->ring->page->first;
}

static WEIR_RT void
give_outputs(struct weir_process *p, const struct weir_table *table,
             uint64_t position, uint32_t n)
{
    const uint64_t behind = (uint64_t)p->latency_blocks * n;
    const bool due = position >= behind;
    bool late = false;
    for (uint32_t i = 0; i < table->n_outputs; i++) {
        const struct weir_output_port *out = &table->outputs[i];
        float *dst = p->get_buffer(out->port, n);
        if (dst)
            late |= !give_output(out, dst, due, due ? position - behind : 0, n);
    }
    if (late)
        count(&p->counters.late_blocks, 1);
}

static WEIR_RT void
note_duration(struct weir_process *p, uint64_t begin_ns)
{
    const uint64_t ns = weir_min_u64(weir_now_ns() - begin_ns, UINT32_MAX);
    // relaxed: @rt is the only writer, and nothing hangs on the number.
    if (ns >
        atomic_load_explicit(&p->counters.longest_ns, memory_order_relaxed))
        atomic_store_explicit(&p->counters.longest_ns, (uint32_t)ns,
                              memory_order_relaxed);
}

static WEIR_RT void
run_cycle(struct weir_process *p, const struct weir_process_time *time,
          uint32_t n_frames)
{
    const uint64_t begin_ns = weir_now_ns();
    // acquire: pairs with the release in weir_process_set_table().
    const struct weir_table *table =
        atomic_load_explicit(&p->table, memory_order_acquire);
    skip_missed_cycles(p, time, n_frames);
    int slices = FREEWHEEL_SLICES;
    if (time->freewheel)
        await_room(p, table, n_frames, &slices);
    take_inputs(p, table, time, begin_ns, n_frames);
    wake_mixer(p);
    if (time->freewheel)
        await_due(p, table, n_frames, &slices);
    give_outputs(p, table, p->position, n_frames);
    p->position += n_frames;
    count(&p->counters.cycles, 1);
    if (!time->freewheel)
        note_duration(p, begin_ns);
}

WEIR_RT void
weir_process_run(struct weir_process *p, const struct weir_process_time *time,
                 uint32_t n_frames)
{
    // seq_cst, like the next load and the other half in weir_process_close():
    // either we see `closing`, or it sees us inside.
    atomic_fetch_add_explicit(&p->inside, 1, memory_order_seq_cst);
    const bool closing =
        atomic_load_explicit(&p->closing, memory_order_seq_cst);
    if (closing)
        count(&p->counters.zombies, 1);
    else
        run_cycle(p, time, n_frames);
    // release: pairs with the acquire in weir_process_close(); what this call
    // did is done.
    atomic_fetch_add_explicit(&p->inside, 1, memory_order_release);
    // relaxed: a waiter that is missed here looks again by itself.
    if (atomic_load_explicit(&p->closing, memory_order_relaxed))
        weir_futex_wake(&p->inside, WEIR_FUTEX_PRIVATE);
}
