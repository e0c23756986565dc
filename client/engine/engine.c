// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Sums the input rings into the broadcast rings, one block at a time.
// Everything here belongs to @mixer.
#include "engine/engine.h"

#include "engine/batch.h"
#include "engine/due.h"
#include "engine/hold.h"
#include "engine/meter.h"
#include "engine/obey.h"

#include <string.h>

static WEIR_RT void
silence_lanes(const struct weir_engine *e, const struct weir_strip *s,
              uint32_t n)
{
    const uint32_t n_first =
        weir_min_u32(n, weir_inputs_run(e->inputs, e->position));
    for (uint32_t c = 0; c < s->n_channels; c++) {
        float *lane = s->lanes[c].frames;
        memset(lane + weir_inputs_index(e->inputs, e->position), 0,
               n_first * sizeof *lane);
        memset(lane, 0, (n - n_first) * sizeof *lane);
    }
}

// Feeds are added to the lanes, where the cycle's frames are the mixer's until
// it is finished, whether the callback wrote them or not. Frames that were
// lost are nobody's: what the feeds have for them goes by unheard.  Those of
// strips with inserts have their turn before the others', for a whole block.
static WEIR_RT void
mix_feeds(struct weir_engine *e, const struct weir_cycle *cycle, uint32_t n,
          bool with_inserts)
{
    for (struct weir_feed *f = e->feeds; f; f = f->next)
        if (f->strip->detour.runs == with_inserts && cycle &&
            cycle->table < f->strip->since_table)
            silence_lanes(e, f->strip, n);
    for (struct weir_feed *f = e->feeds; f; f = f->next)
        if (f->strip->detour.runs == with_inserts &&
            !weir_feed_mix(f, cycle ? e->inputs : NULL, e->position, n))
            weir_engine_count_not_finite(e, f->strip);
}

// Asked for while others are looked at: as many stereo strips' lines as a CPU
// waits for at once are on their way then (docs/performance.md).
enum { BLOCKS_AHEAD = 2, STRIPS_AHEAD = 4 };

static WEIR_RT void
look_ahead(const struct weir_engine *e, uint32_t i, uint32_t n)
{
    if (i + STRIPS_AHEAD < e->n_strips)
        weir_strip_approach(e->strips[i + STRIPS_AHEAD]);
    if (i + BLOCKS_AHEAD < e->n_strips)
        weir_strip_fetch(e->strips[i + BLOCKS_AHEAD], &e->desk, e->position, n);
}

// Which strips have sound in the block; without a cycle none.
static WEIR_RT void
listen(struct weir_engine *e, const struct weir_cycle *cycle, uint32_t n)
{
    for (uint32_t i = 0; i < e->n_strips; i++) {
        struct weir_strip *s = e->strips[i];
        look_ahead(e, i, n);
        const bool fed =
            cycle && (cycle->table >= s->since_table || s->n_feeds > 0);
        if (!weir_strip_listen(s, &e->desk, e->position, n, fed))
            weir_engine_count_not_finite(e, s);
        if (e->align.is_on)
            weir_align_strip(e, s, n);
    }
}

// The strips that need more than gains one by one, the others by the dozen.
static WEIR_RT void
mix_run(struct weir_engine *e, const struct weir_run *run)
{
    for (uint32_t i = 0; i < e->n_strips; i++) {
        struct weir_strip *s = e->strips[i];
        s->is_simple = s->has_sound && weir_strip_is_simple(s, &e->desk, run);
        if (!s->is_simple)
            weir_strip_mix(s, &e->desk, run, &e->buffers);
    }
    for (uint32_t slot = 0; slot < e->desk.n_slots; slot++)
        if (e->buses[slot])
            weir_batch_mix(e->batches, e->strips, e->n_strips, &e->desk, slot,
                           run);
    for (uint32_t i = 0; i < e->n_strips; i++)
        weir_strip_advance(e->strips[i], &e->desk, run->n);
}

static WEIR_RT void
close_bins(struct weir_engine *e, uint64_t position)
{
    for (uint32_t i = 0; i < e->n_strips; i++)
        weir_meter_close(&e->strips[i]->meter, position);
}

// Up to where the lanes, or a bin of the meters, end.
static WEIR_RT void
mix_runs(struct weir_engine *e, uint32_t n)
{
    struct weir_run run = {.position = e->position};
    while (run.offset < n) {
        const uint32_t lane = weir_inputs_run(e->inputs, run.position);
        const uint32_t bin = weir_meter_room(e->bin_frames, run.position);
        run.n = weir_min_u32(n - run.offset, weir_min_u32(lane, bin));
        if (e->align.is_on)
            run.n = weir_min_u32(run.n, weir_align_room(e, run.position));
        mix_run(e, &run);
        if (run.n == bin)
            close_bins(e, run.position);
        run.position += run.n;
        run.offset += run.n;
    }
}

static WEIR_RT void
finish_block(struct weir_engine *e, uint32_t n, bool wake)
{
    for (uint32_t b = 0; e->align.is_on && b < WEIR_MAX_BUSES; b++)
        if (e->buses[b])
            weir_align_bus(e, e->buses[b], n);
    for (uint32_t b = 0; b < WEIR_MAX_BUSES; b++)
        if (e->buses[b])
            weir_bus_finish(e->buses[b], e->desk.kernels, e->position, n, wake);
    for (uint32_t i = 0; i < e->n_strips; i++)
        weir_strip_wake(e->strips[i]);
    e->position += n;
    weir_engine_count(&e->counters.frames_mixed, n);
}

// Mix `n` frames at the mixer's position; without a cycle there is no input.
static WEIR_RT void
mix_block(struct weir_engine *e, const struct weir_cycle *cycle, uint32_t n)
{
    for (uint32_t b = 0; b < WEIR_MAX_BUSES; b++)
        if (e->buses[b])
            weir_bus_clear(e->buses[b], n);
    if (e->feeds)
        mix_feeds(e, cycle, n, false);
    listen(e, cycle, n);
    mix_runs(e, n);
    finish_block(e, n, cycle && cycle->freewheel);
    if (e->n_leaving > 0)
        weir_engine_bury(e, false);
}

// Inserts run on whole blocks, at their beginning: those of other processes
// play while the rest is mixed.  Lost frames go by in periods, too.
static WEIR_RT void
begin_inserts(struct weir_engine *e, const struct weir_cycle *cycle, uint64_t n)
{
    const uint32_t block =
        weir_align_begin(e, (uint32_t)weir_min_u64(n, e->clock.n_frames));
    if (e->feeds)
        mix_feeds(e, cycle, block, true);
    weir_align_run(e, cycle, block);
}

// In parts that end where a command is due, so that it takes effect there.
static WEIR_RT void
mix_frames(struct weir_engine *e, const struct weir_cycle *cycle, uint64_t n)
{
    while (n > 0) {
        weir_engine_obey_due(e, false);
        const uint64_t due = weir_engine_next_due(e) - e->position;
        uint32_t part =
            (uint32_t)weir_min_u64(weir_min_u64(n, due), WEIR_MAX_BLOCK);
        if (e->align.is_on && e->align.end <= e->position)
            begin_inserts(e, cycle, n);
        if (e->align.is_on)
            part = (uint32_t)weir_min_u64(part, e->align.end - e->position);
        if (e->holds && weir_broadcast_epoch_freewheels(e->epoch))
            weir_engine_await_readers(e, e->position + part);
        mix_block(e, cycle, part);
        if (e->align.is_on && e->position == e->align.end)
            weir_align_end(e);
        n -= part;
    }
}

// Freewheel has no clock to be late against.
static WEIR_RT uint64_t
due_ns(const struct weir_engine *e, const struct weir_cycle *cycle)
{
    const uint64_t n_blocks = e->latency_blocks > 0 ? e->latency_blocks : 1;
    if (cycle->freewheel)
        return 0;
    return cycle->called_ns +
           n_blocks * cycle->n_frames * UINT64_C(1000000000) / e->rate_hz;
}

static WEIR_RT void
read_clock(struct weir_engine *e, const struct weir_cycle *cycle)
{
    e->clock = (struct weir_engine_clock){
        .position = cycle->position,
        .mono_ns = cycle->mono_ns,
        .rate_hz = cycle->rate_hz > 0.0F ? (double)cycle->rate_hz : e->rate_hz,
        .called_ns = cycle->called_ns,
        .due_ns = due_ns(e, cycle),
        .n_frames = cycle->n_frames,
    };
    // relaxed: a number to show.
    atomic_store_explicit(&e->counters.cycle_frames, cycle->n_frames,
                          memory_order_relaxed);
    if (cycle->freewheel)
        return; // no clock that anybody could follow
    for (struct weir_feed *f = e->feeds; f; f = f->next)
        weir_feed_tell_time(f, cycle->position, cycle->mono_ns);
}

static WEIR_RT void
set_clock(struct weir_tap *tap, const struct weir_cycle *cycle)
{
    if (!tap)
        return;
    weir_broadcast_set_clock(
        &tap->ring, (struct weir_broadcast_clock){
                        .position = cycle->position,
                        .ns = cycle->mono_ns,
                        .rate_uhz = (uint64_t)((double)cycle->rate_hz * 1e6),
                    });
}

static WEIR_RT void
set_clocks(struct weir_engine *e, const struct weir_cycle *cycle)
{
    for (uint32_t b = 0; b < WEIR_MAX_BUSES; b++)
        if (e->buses[b])
            set_clock(e->buses[b]->source, cycle);
    for (uint32_t s = 0; s < e->n_strips; s++) {
        set_clock(e->strips[s]->before, cycle);
        set_clock(e->strips[s]->after, cycle);
    }
}

static WEIR_RT void
set_epoch(struct weir_tap *tap, uint64_t epoch)
{
    if (tap)
        weir_broadcast_set_epoch(&tap->ring, epoch);
}

// Readers see it before the first block that it is about.
static WEIR_RT void
note_epoch(struct weir_engine *e, const struct weir_cycle *cycle)
{
    if (cycle->freewheel == weir_broadcast_epoch_freewheels(e->epoch))
        return;
    e->epoch = weir_broadcast_epoch(cycle->position, cycle->freewheel);
    for (uint32_t b = 0; b < WEIR_MAX_BUSES; b++)
        if (e->buses[b])
            set_epoch(e->buses[b]->source, e->epoch);
    for (uint32_t s = 0; s < e->n_strips; s++) {
        set_epoch(e->strips[s]->before, e->epoch);
        set_epoch(e->strips[s]->after, e->epoch);
    }
}

// @control may free what only an older table shows.
static WEIR_RT void
note_table(struct weir_engine *e, uint64_t table)
{
    if (table == e->table)
        return;
    e->table = table;
    weir_engine_post(
        e, &(struct weir_event){.kind = WEIR_EVENT_TABLE, .number = table});
}

WEIR_RT bool
weir_engine_cycle(struct weir_engine *e)
{
    const struct weir_cycle *cycle;
    if (!weir_inputs_peek(e->inputs, &cycle))
        return false;
    note_table(e, cycle->table);
    read_clock(e, cycle);
    if (cycle->position > e->position) {
        const uint64_t lost = cycle->position - e->position;
        weir_engine_count(&e->counters.frames_silent, lost);
        mix_frames(e, NULL, lost);
    }
    note_epoch(e, cycle);
    mix_frames(e, cycle, cycle->n_frames);
    set_clocks(e, cycle);
    weir_inputs_finish(e->inputs);
    return true;
}

WEIR_RT void
weir_engine_note_end(struct weir_engine *e, uint64_t now_ns)
{
    const struct weir_engine_clock *c = &e->clock;
    if (c->due_ns == 0 || now_ns <= c->called_ns)
        return;
    const uint64_t ns = now_ns - c->called_ns;
    if (now_ns > c->due_ns)
        weir_engine_count(&e->counters.blocks_late, 1);
    // relaxed: @mixer is the only writer, and nothing hangs on the number.
    if (ns >
        atomic_load_explicit(&e->counters.longest_ns, memory_order_relaxed))
        atomic_store_explicit(&e->counters.longest_ns, ns,
                              memory_order_relaxed);
}

WEIR_RT void
weir_engine_idle(struct weir_engine *e)
{
    weir_engine_obey_due(e, true);
    if (e->n_leaving > 0)
        weir_engine_bury(e, true);
}

WEIR_RT uint32_t
weir_engine_take_events(struct weir_engine *e)
{
    const uint32_t n = e->n_events;
    e->n_events = 0;
    return n;
}
