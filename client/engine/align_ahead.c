// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Strips' inserts run where a block begins, before what is due inside it is
// carried out. What they have to know of that is looked up here: values that
// are set in them, and trim and polarity of what goes in.
// Everything here belongs to @mixer.
#include "engine/align.h"

#include "engine/due.h"
#include "engine/engine.h"
#include "engine/insert.h"
#include "engine/kernels.h"
#include "engine/obey.h"

// Frames from where the block begins; beyond it: it is none of this block's.
static WEIR_RT uint64_t
frame_in_block(const struct weir_engine *e, const struct weir_command *c)
{
    return weir_engine_frame_of(e, c) - e->align.begin;
}

// One that is on its way out, or in, has it in its turn.
static WEIR_RT bool
takes(const struct weir_detour *d)
{
    return d->runs && !d->leaving && !d->next;
}

// It is answered in its turn, and does nothing then.
static WEIR_RT void
set_ahead(const struct weir_engine *e, struct weir_command *c)
{
    const struct weir_detour *d = &c->strip->detour;
    const uint64_t at = frame_in_block(e, c);
    if (!takes(d) || at >= e->align.end - e->align.begin)
        return;
    d->insert->calls->set(d->insert, c->slot, (uint32_t)c->number, c->value,
                          (uint32_t)at);
    c->kind = WEIR_COMMAND_NOTHING;
}

WEIR_RT void
weir_align_look_ahead(struct weir_engine *e)
{
    e->align.n_ahead =
        weir_due_look(e->due, weir_engine_time_of(e, e->align.end));
    for (uint32_t i = 0; i < e->align.n_ahead; i++) {
        struct weir_command *c = weir_due_seen(e->due, i);
        if (c->kind == WEIR_COMMAND_INSERT_SET)
            set_ahead(e, c);
    }
}

// -------------------------------------------------------------------- trim

// Where trim goes from a frame of the block on, until another.
struct way {
    float trim_lin;
    bool polarity;
    uint32_t end;
};

static WEIR_RT struct way
way_from(const struct weir_engine *e, const struct weir_strip *s, uint32_t from,
         uint32_t n)
{
    struct way way = {s->trim_lin, s->polarity, n};
    for (uint32_t i = 0; i < e->align.n_ahead; i++) {
        const struct weir_command *c = weir_due_seen(e->due, i);
        if (c->strip != s || c->kind != WEIR_COMMAND_STRIP_SET)
            continue;
        const uint64_t at = frame_in_block(e, c);
        if (at > from)
            way.end = (uint32_t)weir_min_u64(at, way.end);
        else if (c->param == WEIR_STRIP_PARAM_TRIM)
            way.trim_lin = c->value;
        else
            way.polarity = c->value != 0.0f;
    }
    return way;
}

static WEIR_RT void
gain(const struct weir_engine *e, const struct weir_strip *s,
     float *const *channels, uint32_t from, uint32_t n)
{
    const struct weir_ramp *trim = &s->detour.trim;
    if (weir_ramp_rests_at(trim, 1.0f))
        return;
    for (uint32_t c = 0; c < s->n_channels; c++)
        e->desk.kernels->gain(channels[c] + from, channels[c] + from, n, trim);
}

WEIR_RT void
weir_align_trim(const struct weir_engine *e, struct weir_strip *s,
                float *const *channels, uint32_t n, bool is_fed)
{
    for (uint32_t from = 0; from < n;) {
        const struct way way = way_from(e, s, from, n);
        const uint32_t n_here = way.end - from;
        weir_ramp_to(&s->detour.trim,
                     way.polarity ? -way.trim_lin : way.trim_lin,
                     e->desk.ramp_frames);
        if (is_fed)
            gain(e, s, channels, from, n_here);
        weir_ramp_advance(&s->detour.trim, n_here);
        from = way.end;
    }
}
