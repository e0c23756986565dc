// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Carries out commands and posts their events.
// Everything here belongs to @mixer.
#include "engine/obey.h"

#include "engine/align.h"
#include "engine/due.h"
#include "engine/engine.h"
#include "engine/hold.h"

#include <string.h>

WEIR_RT void
weir_engine_post(struct weir_engine *e, const struct weir_event *event)
{
    if (weir_queue_push(e->events, event, 1))
        e->n_events++;
}

static WEIR_RT void
post_done(struct weir_engine *e, uint32_t request)
{
    weir_engine_post(e, &(struct weir_event){.kind = WEIR_EVENT_DONE,
                                             .request = request,
                                             .number = e->position});
}

static WEIR_RT void
aim_all(struct weir_engine *e)
{
    for (uint32_t i = 0; i < e->n_strips; i++)
        weir_strip_aim(e->strips[i], &e->desk, false);
}

// ------------------------------------------------------------------- solo

static WEIR_RT void
count_solo(struct weir_engine *e, int change)
{
    e->n_soloed += (uint32_t)change;
    if (e->desk.any_solo == (e->n_soloed > 0))
        return;
    e->desk.any_solo = e->n_soloed > 0;
    aim_all(e);
}

static WEIR_RT void
set_solo(struct weir_engine *e, struct weir_strip *s, bool solo)
{
    if (s->solo == solo)
        return;
    s->solo = solo;
    count_solo(e, solo ? 1 : -1);
}

// ------------------------------------------------------------------ values

static WEIR_RT void
set_strip(struct weir_engine *e, const struct weir_command *c)
{
    struct weir_strip *s = c->strip;
    const bool on = c->value != 0.0f;
    switch ((enum weir_strip_param)c->param) {
    case WEIR_STRIP_PARAM_GAIN:
        s->gain_lin = c->value;
        break;
    case WEIR_STRIP_PARAM_TRIM:
        s->trim_lin = c->value;
        break;
    case WEIR_STRIP_PARAM_PAN:
        s->pan = c->value;
        break;
    case WEIR_STRIP_PARAM_MUTE:
        s->mute = on;
        break;
    case WEIR_STRIP_PARAM_SOLO:
        set_solo(e, s, on);
        break;
    case WEIR_STRIP_PARAM_SOLO_SAFE:
        s->solo_safe = on;
        break;
    case WEIR_STRIP_PARAM_POLARITY:
        s->polarity = on;
        break;
    case WEIR_STRIP_PARAM_MAIN:
        s->main = on;
        break;
    case WEIR_STRIP_PARAM_FEED_PAUSED:
        s->feed_paused = on;
        break;
    }
    weir_strip_aim(s, &e->desk, false);
}

static WEIR_RT void
set_send(struct weir_engine *e, const struct weir_command *c)
{
    struct weir_send *send = &c->strip->sends[c->slot];
    switch ((enum weir_send_param)c->param) {
    case WEIR_SEND_PARAM_LEVEL:
        send->level_lin = c->value;
        break;
    case WEIR_SEND_PARAM_ON:
        send->on = c->value != 0.0f;
        break;
    case WEIR_SEND_PARAM_PRE:
        send->pre = c->value != 0.0f;
        break;
    }
    weir_strip_aim(c->strip, &e->desk, false);
}

static WEIR_RT void
set_bus(struct weir_engine *e, const struct weir_command *c)
{
    if (c->param == WEIR_BUS_PARAM_GAIN)
        c->bus->gain_lin = c->value;
    else
        c->bus->mute = c->value != 0.0f;
    weir_bus_aim(c->bus, e->desk.ramp_frames);
}

// --------------------------------------------------------- coming and going

static WEIR_RT void
add_strip(struct weir_engine *e, struct weir_strip *s)
{
    e->strips[e->n_strips++] = s;
    weir_meter_begin(&s->meter, e->position);
    weir_align_greet_strip(e, s);
    weir_strip_aim(s, &e->desk, true);
}

static WEIR_RT void
remove_strip(struct weir_engine *e, struct weir_strip *s, uint32_t request)
{
    s->leaving = true;
    s->leave_request = request;
    e->n_leaving++;
    set_solo(e, s, false);
    weir_strip_aim(s, &e->desk, false);
}

// A ring begins in the epoch that is.
static WEIR_RT void
begin_tap(const struct weir_engine *e, struct weir_tap *tap)
{
    weir_tap_begin(tap, e->position);
    weir_broadcast_set_epoch(&tap->ring, e->epoch);
}

static WEIR_RT void
add_bus(struct weir_engine *e, struct weir_bus *bus, uint32_t slot)
{
    begin_tap(e, bus->out);
    weir_meter_begin(&bus->meter, e->position);
    weir_align_greet_bus(e, bus);
    e->buses[slot] = bus;
    if (slot >= e->desk.n_slots)
        e->desk.n_slots = slot + 1;
}

static WEIR_RT void
remove_bus(struct weir_engine *e, struct weir_bus *bus, uint32_t request)
{
    bus->leaving = true;
    bus->leave_request = request;
    e->n_leaving++;
    weir_bus_aim(bus, e->desk.ramp_frames);
}

static WEIR_RT void
add_feed(struct weir_engine *e, struct weir_feed *f, struct weir_strip *s)
{
    f->strip = s;
    f->in_mix = true;
    f->next = e->feeds;
    e->feeds = f;
    s->n_feeds++;
}

// Whether it has gone at once: with its strip it had gone before.
static WEIR_RT bool
remove_feed(struct weir_engine *e, struct weir_feed *f, uint32_t request)
{
    if (!f->in_mix)
        return true;
    f->leaving = true;
    f->leave_request = request;
    e->n_leaving++;
    return false;
}

static WEIR_RT void
flush_feeds(struct weir_engine *e, const struct weir_command *c)
{
    for (struct weir_feed *f = e->feeds; f; f = f->next) {
        if (f->strip != c->strip)
            continue;
        // Its number is of when it was sent.
        if (c->at_ns > 0)
            weir_feed_flush_all(f);
        else
            weir_feed_flush_before(f, c->number);
    }
}

// Those that have faded out, and those of `strip`, which goes (null: none).
static WEIR_RT void
bury_feeds(struct weir_engine *e, const struct weir_strip *strip, bool now)
{
    for (struct weir_feed **at = &e->feeds; *at;) {
        struct weir_feed *f = *at;
        const bool goes_with_it = strip && f->strip == strip;
        const bool gone = f->leaving && (now || weir_feed_is_gone(f));
        if (!gone && !goes_with_it) {
            at = &f->next;
            continue;
        }
        *at = f->next;
        f->in_mix = false;
        f->strip->n_feeds--;
        if (!f->leaving)
            continue;
        post_done(e, f->leave_request);
        e->n_leaving--;
    }
}

static WEIR_RT void
bury_strips(struct weir_engine *e, bool now)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < e->n_strips; i++) {
        struct weir_strip *s = e->strips[i];
        if (s->leaving && (now || weir_strip_is_gone(s))) {
            weir_due_forget_strip(e->due, s);
            weir_align_drop_strip(e, s);
            bury_feeds(e, s, now);
            post_done(e, s->leave_request);
            e->n_leaving--;
        } else {
            e->strips[n++] = s;
        }
    }
    e->n_strips = n;
}

static WEIR_RT void
bury_bus(struct weir_engine *e, uint32_t slot)
{
    for (uint32_t i = 0; i < e->n_strips; i++)
        memset(&e->strips[i]->sends[slot], 0, sizeof(struct weir_send));
    weir_due_forget_bus(e->due, e->buses[slot], slot);
    weir_align_drop_bus(e, e->buses[slot]);
    post_done(e, e->buses[slot]->leave_request);
    e->buses[slot] = NULL;
    e->n_leaving--;
}

WEIR_RT void
weir_engine_bury(struct weir_engine *e, bool now)
{
    if (now)
        weir_align_bury(e);
    bury_feeds(e, NULL, now);
    bury_strips(e, now);
    for (uint32_t slot = 0; slot < WEIR_MAX_BUSES; slot++) {
        const struct weir_bus *bus = e->buses[slot];
        if (bus && bus->leaving &&
            (now || weir_ramp_rests_at(&bus->fader, 0.0f)))
            bury_bus(e, slot);
    }
}

// ----------------------------------------------------------------- sources

static WEIR_RT struct weir_tap **
tap_place(const struct weir_command *c)
{
    if (c->bus)
        return &c->bus->source;
    return c->param ? &c->strip->before : &c->strip->after;
}

static WEIR_RT void
add_hold(struct weir_engine *e, struct weir_hold *hold)
{
    hold->next = e->holds;
    e->holds = hold;
}

static WEIR_RT void
add_tap(struct weir_engine *e, const struct weir_command *c)
{
    begin_tap(e, c->tap);
    *tap_place(c) = c->tap;
    if (!c->bus)
        weir_align_greet_tap(e, &c->strip->taps[c->param ? 0 : 1]);
}

static WEIR_RT void
remove_hold(struct weir_engine *e, const struct weir_hold *hold)
{
    struct weir_hold **at = &e->holds;
    while (*at && *at != hold)
        at = &(*at)->next;
    if (*at)
        *at = hold->next;
}

static WEIR_RT void
read_meter(const struct weir_engine *e, const struct weir_command *c)
{
    weir_meter_read(c->bus ? &c->bus->meter : &c->strip->meter, e->position,
                    c->report);
}

// ------------------------------------------------------------------- obey

// Takes effect at once.
static WEIR_RT void
change(struct weir_engine *e, const struct weir_command *c)
{
    switch ((enum weir_command_kind)c->kind) {
    case WEIR_COMMAND_STRIP_ADD:
        add_strip(e, c->strip);
        break;
    case WEIR_COMMAND_STRIP_INPUT:
        c->strip->since_table = c->number;
        break;
    case WEIR_COMMAND_STRIP_SET:
        set_strip(e, c);
        break;
    case WEIR_COMMAND_SEND_SET:
        set_send(e, c);
        break;
    case WEIR_COMMAND_BUS_ADD:
        add_bus(e, c->bus, c->slot);
        break;
    case WEIR_COMMAND_BUS_SET:
        set_bus(e, c);
        break;
    case WEIR_COMMAND_TAP_ADD:
        add_tap(e, c);
        break;
    case WEIR_COMMAND_TAP_REMOVE:
        *tap_place(c) = NULL;
        break;
    case WEIR_COMMAND_TAP_READERS:
        c->tap->has_readers = c->value != 0.0f;
        break;
    case WEIR_COMMAND_METER:
        read_meter(e, c);
        break;
    case WEIR_COMMAND_FEED_ADD:
        add_feed(e, c->feed, c->strip);
        break;
    case WEIR_COMMAND_FEED_FLUSH:
        flush_feeds(e, c);
        break;
    case WEIR_COMMAND_HOLD_ADD:
        add_hold(e, c->hold);
        break;
    case WEIR_COMMAND_HOLD_REMOVE:
        remove_hold(e, c->hold);
        break;
    case WEIR_COMMAND_STOP:
        e->stopping = true;
        break;
    case WEIR_COMMAND_STRIP_REMOVE:
    case WEIR_COMMAND_BUS_REMOVE:
    case WEIR_COMMAND_FEED_REMOVE:
    case WEIR_COMMAND_INSERT_ADD:
    case WEIR_COMMAND_INSERT_REMOVE:
    case WEIR_COMMAND_INSERT_SET:
    case WEIR_COMMAND_LINES: // obey() has these
    case WEIR_COMMAND_NOTHING:
        break;
    }
}

// Whether the answer comes now; a removal's comes after its fade.
static WEIR_RT bool
obey(struct weir_engine *e, const struct weir_command *c)
{
    switch (c->kind) {
    case WEIR_COMMAND_STRIP_REMOVE:
        remove_strip(e, c->strip, c->request);
        return false;
    case WEIR_COMMAND_BUS_REMOVE:
        remove_bus(e, c->bus, c->request);
        return false;
    case WEIR_COMMAND_FEED_REMOVE:
        return remove_feed(e, c->feed, c->request);
    case WEIR_COMMAND_INSERT_ADD:
    case WEIR_COMMAND_INSERT_REMOVE:
    case WEIR_COMMAND_INSERT_SET:
    case WEIR_COMMAND_LINES:
        return weir_align_obey(e, c);
    default:
        change(e, c);
        return true;
    }
}

static WEIR_RT void
obey_and_answer(struct weir_engine *e, const struct weir_command *c)
{
    if (obey(e, c))
        post_done(e, c->request);
}

// Rounded; what the next cycle tells may differ a little.
static WEIR_RT uint64_t
frame_at(const struct weir_engine_clock *clock, uint64_t mono_ns)
{
    const double ahead_ns = (double)(int64_t)(mono_ns - clock->mono_ns);
    const double ahead = ahead_ns * 1e-9 * clock->rate_hz;
    const int64_t frame = (int64_t)clock->position +
                          (int64_t)(ahead < 0.0 ? ahead - 0.5 : ahead + 0.5);
    return frame > 0 ? (uint64_t)frame : 0;
}

WEIR_RT uint64_t
weir_engine_frame_of(const struct weir_engine *e, const struct weir_command *c)
{
    return frame_at(&e->clock, c->at_ns);
}

// A frame too much rather than too little.
WEIR_RT uint64_t
weir_engine_time_of(const struct weir_engine *e, uint64_t frame)
{
    const struct weir_engine_clock *clock = &e->clock;
    const double ahead = (double)(int64_t)(frame + 1 - clock->position);
    return clock->mono_ns + (uint64_t)(int64_t)(ahead * 1e9 / clock->rate_hz);
}

WEIR_RT uint64_t
weir_engine_next_due(const struct weir_engine *e)
{
    const uint64_t at_ns = weir_due_next(e->due);
    return at_ns < UINT64_MAX ? frame_at(&e->clock, at_ns) : UINT64_MAX;
}

WEIR_RT void
weir_engine_obey_due(struct weir_engine *e, bool all)
{
    struct weir_command c;
    while ((all || weir_engine_next_due(e) <= e->position) &&
           weir_due_take(e->due, &c))
        obey_and_answer(e, &c);
}

static WEIR_RT bool
is_for_later(const struct weir_engine *e, const struct weir_command *c)
{
    return c->at_ns > 0 && frame_at(&e->clock, c->at_ns) > e->position;
}

// What waits was sent before what comes now, and may be due as well.
WEIR_RT void
weir_engine_obey(struct weir_engine *e)
{
    struct weir_command c;
    weir_engine_obey_due(e, false);
    while (weir_queue_pop(e->commands, &c))
        if (!is_for_later(e, &c) || !weir_due_add(e->due, &c))
            obey_and_answer(e, &c);
}
