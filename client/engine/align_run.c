// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Running inserts, and the way of a block through them.
// Everything here belongs to @mixer.
#include "engine/align.h"

#include "engine/engine.h"
#include "engine/insert.h"
#include "engine/kernels.h"

// As of what comes in: see strip.c.
static const float loudest = 1e10f;

struct sound {
    bool is_fit; // nothing in it that is not finite, or of no use
    bool is_there;
};

static WEIR_RT struct sound
listen(const struct weir_engine *e, const float *const *channels,
       uint32_t n_channels, uint32_t n)
{
    struct sound sound = {.is_fit = true};
    for (uint32_t c = 0; c < n_channels; c++) {
        const struct weir_extent x = e->desk.kernels->extent(channels[c], n);
        sound.is_fit &= x.finite && x.peak <= loudest;
        sound.is_there |= x.peak > 0.0f;
    }
    return sound;
}

static WEIR_RT void
silence(float *const *channels, uint32_t n_channels, uint32_t n)
{
    for (uint32_t c = 0; c < n_channels; c++)
        memset(channels[c], 0, n * sizeof(float));
}

// What an insert gave goes into its line; false: silence instead.
static WEIR_RT bool
keep_wet(const struct weir_engine *e, struct weir_detour *d, uint64_t position,
         float *const *channels, uint32_t n)
{
    const float *const *what = (const float *const *)channels;
    const struct sound sound = listen(e, what, d->n_channels, n);
    weir_detour_put_wet(d, position,
                        sound.is_fit && sound.is_there ? what : NULL, n);
    return sound.is_fit;
}

// Frames that JACK lost: what is due comes out, nothing goes in.
static WEIR_RT bool
let_pass(const struct weir_engine *e, struct weir_detour *d, uint32_t n)
{
    const struct weir_insert_calls *calls = d->insert->calls;
    float *const *buffers = e->buffers.before;
    if (!calls->take) {
        weir_detour_put_wet(d, e->position, NULL, n);
        return true;
    }
    silence(buffers, d->n_channels, n);
    calls->take(d->insert, buffers, n);
    calls->give(d->insert, NULL, n);
    return keep_wet(e, d, e->position, buffers, n);
}

// ------------------------------------------------------------------ strips

// The lanes with trim, or silence.
static WEIR_RT void
fill(const struct weir_engine *e, struct weir_strip *s, bool is_fed, uint32_t n)
{
    float *const *buffers = e->buffers.before;
    for (uint32_t c = 0; is_fed && c < s->n_channels; c++)
        weir_inputs_read(e->inputs, s->lanes[c].frames, e->position, buffers[c],
                         n);
    if (!is_fed)
        silence(buffers, s->n_channels, n);
    weir_align_trim(e, s, buffers, n, is_fed);
    // Counted when it is listened to for the mix.
    if (!listen(e, (const float *const *)buffers, s->n_channels, n).is_fit)
        silence(buffers, s->n_channels, n);
}

static WEIR_RT bool
run_strip(const struct weir_engine *e, struct weir_strip *s,
          const struct weir_cycle *cycle, uint32_t n)
{
    struct weir_detour *d = &s->detour;
    bool is_fit;
    if (cycle) {
        fill(e, s, cycle->table >= s->since_table || s->n_feeds > 0, n);
        d->insert->calls->run(d->insert, e->buffers.before, n);
        is_fit = keep_wet(e, d, e->position, e->buffers.before, n);
    } else {
        is_fit = let_pass(e, d, n);
        weir_ramp_advance(&d->trim, n);
    }
    return is_fit;
}

// The lanes, which may lie in two rows, or silence.
static WEIR_RT void
put_lanes(const struct weir_engine *e, struct weir_strip *s, uint32_t n)
{
    const float *rows[WEIR_MAX_CHANNELS];
    const uint32_t n_first =
        weir_min_u32(n, weir_inputs_run(e->inputs, e->position));
    if (!s->has_sound) {
        weir_detour_put(&s->detour, e->position, NULL, n);
        return;
    }
    for (uint32_t c = 0; c < s->n_channels; c++)
        rows[c] = weir_inputs_at(e->inputs, s->lanes[c].frames, e->position);
    weir_detour_put(&s->detour, e->position, rows, n_first);
    for (uint32_t c = 0; c < s->n_channels; c++)
        rows[c] = s->lanes[c].frames;
    if (n_first < n)
        weir_detour_put(&s->detour, e->position + n_first, rows, n - n_first);
}

WEIR_RT void
weir_align_strip(struct weir_engine *e, struct weir_strip *s, uint32_t n)
{
    put_lanes(e, s, n);
    s->is_detoured = weir_detour_is_one(&s->detour);
    if (s->is_detoured)
        s->has_sound = weir_detour_has_sound(&s->detour, e->position);
}

// ------------------------------------------------------------------- buses

static WEIR_RT bool
is_late_bus(const struct weir_bus *bus)
{
    return bus && bus->detour.runs && bus->detour.insert->calls->take;
}

static WEIR_RT bool
take_bus(const struct weir_engine *e, struct weir_bus *bus, uint32_t n)
{
    struct weir_detour *d = &bus->detour;
    float *const *buffers = e->buffers.before;
    silence(buffers, d->n_channels, n);
    d->insert->calls->take(d->insert, buffers, n);
    return keep_wet(e, d, e->position, buffers, n);
}

static WEIR_RT void
give_bus(const struct weir_engine *e, const struct weir_bus *bus)
{
    const struct weir_detour *d = &bus->detour;
    const struct weir_align *a = &e->align;
    float *const *buffers = e->buffers.before;
    const uint32_t n = (uint32_t)(a->end - a->begin);
    for (uint32_t c = 0; c < d->n_channels; c++)
        weir_line_get(d->dry, c, a->begin, buffers[c], n);
    d->insert->calls->give(
        d->insert, a->is_lost ? NULL : (const float *const *)buffers, n);
}

// Those that are not late have their part of the block at once.
static WEIR_RT bool
run_bus(const struct weir_engine *e, struct weir_bus *bus, uint32_t n)
{
    struct weir_detour *d = &bus->detour;
    float *const *buffers = e->buffers.before;
    if (e->align.is_lost)
        return let_pass(e, d, n);
    for (uint32_t c = 0; c < d->n_channels; c++)
        memcpy(buffers[c], bus->sum[c], n * sizeof(float));
    d->insert->calls->run(d->insert, buffers, n);
    return keep_wet(e, d, e->position, buffers, n);
}

WEIR_RT void
weir_align_bus(struct weir_engine *e, struct weir_bus *bus, uint32_t n)
{
    struct weir_detour *d = &bus->detour;
    weir_detour_put(d, e->position, (const float *const *)bus->sum, n);
    if (d->runs && !is_late_bus(bus) && !run_bus(e, bus, n))
        weir_engine_count(&e->counters.blocks_not_finite, 1);
    if (!weir_detour_is_one(d))
        return;
    for (uint32_t c = 0; c < d->n_channels; c++)
        memcpy(bus->sum[c],
               weir_detour_hear(d, e->desk.kernels, NULL, c, e->position, n,
                                e->buffers.before[0], e->buffers.after[0]),
               n * sizeof(float));
    weir_detour_advance(d, n);
}

// ------------------------------------------------------------------- block

// In freewheel the one before may have been waited for.
static WEIR_RT void
tell_freewheel(struct weir_engine *e, const struct weir_detour *d,
               const struct weir_cycle *cycle)
{
    if (!cycle)
        return;
    if (d->insert->calls->freewheel)
        d->insert->calls->freewheel(d->insert, cycle->freewheel);
    if (cycle->freewheel)
        weir_engine_beat(&e->counters);
}

static WEIR_RT void
begin_strip(struct weir_engine *e, struct weir_strip *s,
            const struct weir_cycle *cycle, uint32_t n)
{
    if (!s->detour.runs) {
        s->detour.trim = s->trim;
        return;
    }
    tell_freewheel(e, &s->detour, cycle);
    weir_ramp_to(&s->detour.trim, s->trim.target, e->desk.ramp_frames);
    if (!run_strip(e, s, cycle, n))
        weir_engine_count_not_finite(e, s);
}

static WEIR_RT void
begin_bus(struct weir_engine *e, struct weir_bus *bus,
          const struct weir_cycle *cycle, uint32_t n)
{
    if (!bus || !bus->detour.runs)
        return;
    tell_freewheel(e, &bus->detour, cycle);
    if (is_late_bus(bus) && !take_bus(e, bus, n))
        weir_engine_count(&e->counters.blocks_not_finite, 1);
}

WEIR_RT void
weir_align_run(struct weir_engine *e, const struct weir_cycle *cycle,
               uint32_t n)
{
    e->align.is_lost = !cycle;
    e->align.n_ahead = 0;
    if (cycle)
        weir_align_look_ahead(e);
    for (uint32_t i = 0; i < e->n_strips; i++)
        begin_strip(e, e->strips[i], cycle, n);
    for (uint32_t slot = 0; slot < e->desk.n_slots; slot++)
        begin_bus(e, e->buses[slot], cycle, n);
}

WEIR_RT void
weir_align_end(struct weir_engine *e)
{
    for (uint32_t slot = 0; slot < e->desk.n_slots; slot++)
        if (is_late_bus(e->buses[slot]))
            give_bus(e, e->buses[slot]);
}
