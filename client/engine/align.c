// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Who is how late, and what is needed for it; commands about inserts.
// Everything here belongs to @mixer.
#include "engine/align.h"

#include "engine/engine.h"
#include "engine/insert.h"
#include "engine/obey.h"

// What a plugin says of its latency is believed when it has said so for a
// tenth of a second: nothing that it does makes others jump to and fro.
enum { BELIEVED_AFTER = 10 }; // of a second

// ------------------------------------------------------------------- lines

// @control has to make lines of so many frames, if it was not asked before.
static WEIR_RT void
want_lines(struct weir_engine *e, struct weir_detour *d, uint32_t n_frames)
{
    const bool wet = d->insert != NULL;
    const bool has_dry = d->dry && d->dry->n_frames >= n_frames;
    const bool has_wet = d->wet && d->wet->n_frames >= n_frames;
    if ((has_dry && (has_wet || !wet)) ||
        (d->asked >= n_frames && (d->asked_wet || !wet)))
        return;
    d->asked = n_frames > d->asked ? n_frames : d->asked;
    d->asked_wet |= wet;
    weir_engine_post(e, &(struct weir_event){.kind = WEIR_EVENT_LINES,
                                             .request = d->asked_wet,
                                             .number = d->asked,
                                             .detour = d});
}

// Whether it could be heard `late` frames late now.
static WEIR_RT bool
is_ready(const struct weir_detour *d, uint64_t position, uint32_t late,
         uint32_t n)
{
    return d->dry && d->dry->n_frames >= late + n && d->dry_from <= position &&
           position - d->dry_from >= late;
}

static WEIR_RT void
start_insert(const struct weir_engine *e, struct weir_detour *d, uint32_t n)
{
    if (!d->insert || d->runs || d->leaving || !d->dry || !d->wet ||
        d->dry->n_frames < n || d->wet->n_frames < n)
        return;
    d->runs = true;
    d->wet_from = e->position;
    d->wet_quiet = e->position;
}

static WEIR_RT void
take_lines(struct weir_engine *e, const struct weir_command *c)
{
    struct weir_align *a = &e->align;
    if (!c->lines->dry) { // memory is short: nobody waits for it
        a->most_strips_late = a->strips_late;
        a->most_buses_late = a->buses_late;
    }
    weir_detour_take_lines(c->detour, c->lines, e->position);
}

// ------------------------------------------------------------------ latency

static WEIR_RT uint32_t
latency(const struct weir_detour *d)
{
    const uint32_t n =
        d->insert && !d->leaving ? d->insert->calls->latency(d->insert) : 0;
    return weir_min_u32(n, WEIR_MAX_LATE);
}

/// What would have to be so that everything were aligned.
struct need {
    uint32_t strips_late;
    uint32_t buses_late;
    uint32_t n;       // frames of the block
    bool is_still;    // nothing fades
    bool is_doubtful; // more, or less, may come
    bool strips_ready;
    bool buses_ready; // and the strips' sources, as late as they
};

static WEIR_RT void
raise(uint32_t *most, uint32_t n)
{
    *most = n > *most ? n : *most;
}

static WEIR_RT struct need
find_need(const struct weir_engine *e, uint32_t n)
{
    struct need need = {.n = n};
    for (uint32_t i = 0; i < e->n_strips; i++)
        raise(&need.strips_late, latency(&e->strips[i]->detour));
    for (uint32_t slot = 0; slot < e->desk.n_slots; slot++)
        if (e->buses[slot])
            raise(&need.buses_late, latency(&e->buses[slot]->detour));
    need.strips_late =
        weir_min_u32(need.strips_late, e->align.most_strips_late);
    need.buses_late = weir_min_u32(need.buses_late, e->align.most_buses_late);
    need.is_still = need.strips_ready = need.buses_ready = true;
    return need;
}

// Until it is believed all stays as it is.
static WEIR_RT void
doubt(struct weir_engine *e, struct need *need)
{
    struct weir_align *a = &e->align;
    if (need->strips_late != a->wanted_strips_late ||
        need->buses_late != a->wanted_buses_late) {
        a->wanted_strips_late = need->strips_late;
        a->wanted_buses_late = need->buses_late;
        a->wanted_since = e->position;
    }
    if (e->position - a->wanted_since >= e->rate_hz / BELIEVED_AFTER)
        return;
    need->strips_late = a->strips_late;
    need->buses_late = a->buses_late;
    need->is_doubtful = true;
}

// `now` is how late everything of its kind is.
static WEIR_RT bool
prepare(struct weir_engine *e, struct weir_detour *d, struct need *need,
        uint32_t late, uint32_t now)
{
    const uint32_t most = late > now ? late : now;
    if (most > 0 || d->insert)
        want_lines(e, d, most + need->n);
    start_insert(e, d, most + need->n);
    need->is_still &= !weir_detour_fades(d);
    return is_ready(d, e->position, late, need->n);
}

static WEIR_RT bool
has_late_taps(const struct weir_strip *s)
{
    return weir_detour_is_one(&s->taps[0]) || weir_detour_is_one(&s->taps[1]);
}

static WEIR_RT void
prepare_strip(struct weir_engine *e, struct weir_strip *s, struct need *need)
{
    const struct weir_align *a = &e->align;
    need->strips_ready &=
        prepare(e, &s->detour, need, need->strips_late, a->strips_late) ||
        s->leaving;
    if (s->before)
        need->buses_ready &=
            prepare(e, &s->taps[0], need, need->buses_late, a->buses_late) ||
            s->leaving;
    if (s->after)
        need->buses_ready &=
            prepare(e, &s->taps[1], need, need->buses_late, a->buses_late) ||
            s->leaving;
    e->desk.late_taps |= has_late_taps(s);
}

static WEIR_RT void
prepare_all(struct weir_engine *e, struct need *need)
{
    e->desk.late_taps = need->buses_late > 0 || e->align.buses_late > 0;
    for (uint32_t i = 0; i < e->n_strips; i++)
        prepare_strip(e, e->strips[i], need);
    for (uint32_t slot = 0; slot < e->desk.n_slots; slot++) {
        struct weir_bus *bus = e->buses[slot];
        if (bus)
            need->buses_ready &=
                prepare(e, &bus->detour, need, need->buses_late,
                        e->align.buses_late) ||
                bus->leaving;
    }
}

// Less is there at once, more when everybody has it; what still fades from the
// last change follows.
static WEIR_RT void
settle(struct weir_engine *e, const struct need *need)
{
    struct weir_align *a = &e->align;
    const uint32_t was = a->strips_late + a->buses_late;
    if (need->strips_late < a->strips_late || need->strips_ready)
        a->strips_late = need->strips_late;
    if (need->buses_late < a->buses_late || need->buses_ready)
        a->buses_late = need->buses_late;
    if (a->strips_late + a->buses_late == was)
        return;
    // relaxed: a number to show; @control looks at it after each event.
    atomic_store_explicit(&e->counters.insert_latency,
                          a->strips_late + a->buses_late, memory_order_relaxed);
    e->n_events++; // there is none, but something to be looked at
}

// -------------------------------------------------------------------- aims

// What its insert made is heard when all of it is from the insert, and it is
// not later than the others; then as long as there is one.
static WEIR_RT bool
is_wet(const struct weir_detour *d, uint64_t position, uint32_t late,
       uint32_t most_late)
{
    if (!d->runs || d->leaving)
        return false;
    return d->view.wet || (position - d->wet_from >= late &&
                           weir_min_u32(latency(d), most_late) <= late);
}

static WEIR_RT void
aim(const struct weir_engine *e, struct weir_detour *d, uint32_t late,
    uint32_t most_late)
{
    struct weir_view view = {.late = late};
    if (is_wet(d, e->position, late, most_late))
        view = (struct weir_view){
            .wet = true, .late = late - weir_min_u32(late, latency(d))};
    weir_detour_go(d, view, e->desk.ramp_frames);
}

static WEIR_RT void
aim_strip(const struct weir_engine *e, struct weir_strip *s)
{
    const struct weir_align *a = &e->align;
    if (s->leaving)
        return; // it goes as it is
    aim(e, &s->detour, a->strips_late, a->most_strips_late);
    aim(e, &s->taps[0], a->buses_late, a->most_buses_late);
    aim(e, &s->taps[1], a->buses_late, a->most_buses_late);
}

static WEIR_RT void
fit(const struct weir_detour *d, uint32_t *n)
{
    const uint32_t late = weir_detour_late(d);
    if (d->dry)
        *n = weir_min_u32(*n, weir_line_room(d->dry, late));
    if (d->runs)
        *n = weir_min_u32(*n, weir_line_room(d->wet, late));
}

// Where everybody goes from here; how much of the block fits into the lines
// behind what has to stay there.
static WEIR_RT uint32_t
aim_all(struct weir_engine *e, uint32_t n)
{
    struct weir_align *a = &e->align;
    a->line_frames = UINT32_MAX;
    for (uint32_t i = 0; i < e->n_strips; i++) {
        struct weir_strip *s = e->strips[i];
        aim_strip(e, s);
        fit(&s->detour, &n);
        if (s->before)
            fit(&s->taps[0], &n);
        if (s->after)
            fit(&s->taps[1], &n);
        if (s->detour.dry)
            a->line_frames =
                weir_min_u32(a->line_frames, s->detour.dry->n_frames);
    }
    for (uint32_t slot = 0; slot < e->desk.n_slots; slot++) {
        struct weir_bus *bus = e->buses[slot];
        if (!bus)
            continue;
        if (!bus->leaving)
            aim(e, &bus->detour, a->buses_late, a->most_buses_late);
        fit(&bus->detour, &n);
    }
    return n;
}

// --------------------------------------------------------- coming and going

static WEIR_RT void
answer(struct weir_engine *e, uint32_t request)
{
    weir_engine_post(e, &(struct weir_event){.kind = WEIR_EVENT_DONE,
                                             .request = request,
                                             .number = e->position});
}

static WEIR_RT void
end_insert(struct weir_engine *e, struct weir_detour *d)
{
    if (d->leaving) {
        answer(e, d->leave_request);
        e->n_leaving--;
    }
    e->align.n_inserts--;
    d->insert = d->next;
    d->next = NULL;
    d->runs = false;
    d->leaving = false;
    d->wet_from = UINT64_MAX;
    if (d->view.wet) // nobody hears it
        weir_detour_set_view(d, (struct weir_view){.late = d->view.late});
}

static WEIR_RT void
bury(struct weir_engine *e, struct weir_detour *d, bool now)
{
    const bool is_unheard = !d->view.wet && !weir_detour_fades(d);
    if (d->leaving && (now || !d->runs || is_unheard))
        end_insert(e, d);
}

static WEIR_RT void
bury_all(struct weir_engine *e, bool now)
{
    for (uint32_t i = 0; i < e->n_strips; i++)
        bury(e, &e->strips[i]->detour, now);
    for (uint32_t slot = 0; slot < e->desk.n_slots; slot++)
        if (e->buses[slot])
            bury(e, &e->buses[slot]->detour, now);
}

WEIR_RT void
weir_align_bury(struct weir_engine *e)
{
    if (e->align.n_inserts > 0)
        bury_all(e, true);
}

static WEIR_RT void
drop(struct weir_engine *e, struct weir_detour *d)
{
    while (d->insert)
        end_insert(e, d);
}

WEIR_RT void
weir_align_drop_strip(struct weir_engine *e, struct weir_strip *s)
{
    drop(e, &s->detour);
}

WEIR_RT void
weir_align_drop_bus(struct weir_engine *e, struct weir_bus *bus)
{
    drop(e, &bus->detour);
}

static WEIR_RT void
greet(struct weir_detour *d, uint32_t late)
{
    weir_detour_set_view(d, (struct weir_view){.late = late});
    d->is_unheard = late > 0;
}

WEIR_RT void
weir_align_greet_strip(const struct weir_engine *e, struct weir_strip *s)
{
    greet(&s->detour, e->align.strips_late);
    s->is_detoured = e->align.strips_late > 0;
}

WEIR_RT void
weir_align_greet_bus(const struct weir_engine *e, struct weir_bus *bus)
{
    greet(&bus->detour, e->align.buses_late);
}

WEIR_RT void
weir_align_greet_tap(const struct weir_engine *e, struct weir_detour *d)
{
    if (d->dry)
        weir_detour_forget(d);
    greet(d, e->align.buses_late);
}

static WEIR_RT void
rest(struct weir_engine *e)
{
    for (uint32_t i = 0; i < e->n_strips; i++) {
        struct weir_strip *s = e->strips[i];
        s->is_detoured = false;
        weir_detour_rest(&s->detour);
        weir_detour_rest(&s->taps[0]);
        weir_detour_rest(&s->taps[1]);
    }
    for (uint32_t slot = 0; slot < e->desk.n_slots; slot++)
        if (e->buses[slot])
            weir_detour_rest(&e->buses[slot]->detour);
    e->align.is_on = false;
    e->desk.late_taps = false;
}

// ---------------------------------------------------------------- commands

static WEIR_RT struct weir_detour *
detour_of(const struct weir_command *c)
{
    return c->bus ? &c->bus->detour : &c->strip->detour;
}

static WEIR_RT void
forget_refusal(struct weir_detour *d)
{
    if (d->dry && d->dry->n_frames >= d->asked)
        return;
    d->asked = 0;
}

// Memory that was refused before may be there now.
static WEIR_RT void
forget_refusals(struct weir_engine *e)
{
    struct weir_align *a = &e->align;
    if (a->most_strips_late == WEIR_MAX_LATE &&
        a->most_buses_late == WEIR_MAX_LATE)
        return;
    a->most_strips_late = a->most_buses_late = WEIR_MAX_LATE;
    for (uint32_t i = 0; i < e->n_strips; i++) {
        forget_refusal(&e->strips[i]->detour);
        forget_refusal(&e->strips[i]->taps[0]);
        forget_refusal(&e->strips[i]->taps[1]);
    }
    for (uint32_t slot = 0; slot < e->desk.n_slots; slot++)
        if (e->buses[slot])
            forget_refusal(&e->buses[slot]->detour);
}

static WEIR_RT void
add_insert(struct weir_engine *e, struct weir_detour *d,
           struct weir_insert *insert)
{
    *(d->insert ? &d->next : &d->insert) = insert;
    e->align.n_inserts++;
    e->align.is_on = true;
    forget_refusals(e);
}

static WEIR_RT bool
remove_insert(struct weir_engine *e, struct weir_detour *d,
              const struct weir_command *c)
{
    if (d->next == c->insert && d->next) {
        d->next = NULL;
        e->align.n_inserts--;
    }
    if (d->insert != c->insert || d->leaving)
        return true;
    d->leaving = true;
    d->leave_request = c->request;
    e->n_leaving++;
    return false;
}

// A bus that gives its block when all of it is mixed has what is set meanwhile
// at its frame.
static WEIR_RT uint32_t
frame_in_block(const struct weir_engine *e, const struct weir_command *c)
{
    const struct weir_align *a = &e->align;
    const bool is_out = c->bus && c->bus->detour.runs &&
                        c->bus->detour.insert->calls->take &&
                        e->position < a->end;
    return is_out ? (uint32_t)(e->position - a->begin) : 0;
}

// Of one that has gone since, nothing.
static WEIR_RT void
set_insert(const struct weir_engine *e, const struct weir_detour *d,
           const struct weir_command *c)
{
    struct weir_insert *insert = d->next ? d->next : d->insert;
    if (insert)
        insert->calls->set(insert, c->slot, (uint32_t)c->number, c->value,
                           d->next ? 0 : frame_in_block(e, c));
}

WEIR_RT bool
weir_align_obey(struct weir_engine *e, const struct weir_command *c)
{
    switch (c->kind) {
    case WEIR_COMMAND_INSERT_ADD:
        add_insert(e, detour_of(c), c->insert);
        return true;
    case WEIR_COMMAND_INSERT_REMOVE:
        return remove_insert(e, detour_of(c), c);
    case WEIR_COMMAND_INSERT_SET:
        set_insert(e, detour_of(c), c);
        return true;
    default:
        take_lines(e, c);
        return true;
    }
}

// ------------------------------------------------------------------- block

WEIR_RT uint32_t
weir_align_begin(struct weir_engine *e, uint32_t n)
{
    struct weir_align *a = &e->align;
    bury_all(e, false);
    struct need need = find_need(e, weir_min_u32(n, WEIR_MAX_BLOCK));
    doubt(e, &need);
    prepare_all(e, &need);
    settle(e, &need);
    a->begin = e->position;
    a->end = e->position + aim_all(e, need.n);
    if (a->n_inserts == 0 && a->strips_late == 0 && a->buses_late == 0 &&
        need.is_still && !need.is_doubtful)
        rest(e);
    return (uint32_t)(a->end - a->begin);
}

WEIR_RT uint32_t
weir_align_room(const struct weir_engine *e, uint64_t position)
{
    const struct weir_align *a = &e->align;
    if (!a->is_on || a->strips_late == 0 || a->line_frames == UINT32_MAX)
        return UINT32_MAX;
    const uint32_t at = (uint32_t)(position - a->strips_late);
    return a->line_frames - (at & (a->line_frames - 1));
}
