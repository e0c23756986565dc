// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A chain's block, and what it is told. Everything here belongs to @mixer.
#include "plugin/chain_private.h"

#include <math.h>

// There is always room: @control sends only as many commands as may bring
// events, and what @mixer says by itself is said again.
static WEIR_RT bool
tell(struct weir_chain *c, enum weir_chain_event_kind kind,
     struct weir_slot *slot, void *object)
{
    const struct weir_chain_event event = {kind, slot, object};
    return weir_queue_push(c->events, &event, 1);
}

static WEIR_RT void
insert(struct weir_chain *c, struct weir_slot *slot, uint32_t index)
{
    const uint32_t at = weir_min_u32(index, c->n_slots);
    for (uint32_t i = c->n_slots; i > at; i--)
        c->slots[i] = c->slots[i - 1];
    c->slots[at] = slot;
    c->n_slots++;
}

static WEIR_RT void
take_out(struct weir_chain *c, uint32_t place)
{
    c->n_slots--;
    for (uint32_t i = place; i < c->n_slots; i++)
        c->slots[i] = c->slots[i + 1];
}

static WEIR_RT void
tell_freewheel(struct weir_slot *s, bool freewheels)
{
    if (s->freewheel_port < s->type->n_ports)
        weir_slot_set(s, s->freewheel_port, freewheels ? 1.0f : 0.0f);
}

// A state's file has eight digits behind the point: what is so already but for
// the rest of them stays, and nothing moves.
static WEIR_RT void
set_values(struct weir_slot *s, const struct weir_values *values)
{
    for (uint32_t i = 0; i < values->n; i++) {
        const uint32_t port = values->each[i].port;
        const float value = values->each[i].value;
        if (fabsf(value - s->params[port].target) > 1e-8f)
            weir_slot_set(s, port, value);
    }
}

static WEIR_RT void
post(struct weir_slot *s, const struct weir_post *p)
{
    if (s->voices)
        for (uint32_t i = 0; i < s->voices->n_copies; i++)
            weir_instance_post(s->voices->copies[i], p->flags,
                               (const LV2_Atom *)(const void *)p->atom);
}

// New voices wait until the old ones have faded out.
static WEIR_RT void
receive(struct weir_chain *c, struct weir_slot *s, struct weir_voices *voices)
{
    if (s->waiting)
        tell(c, WEIR_CHAIN_VOICES_OUT, s, s->waiting);
    s->waiting = voices;
}

static WEIR_RT void
change_delay(struct weir_chain *c, struct weir_slot *s,
             struct weir_delay *delay)
{
    tell(c, WEIR_CHAIN_DELAY_OUT, s, s->delay);
    s->delay = delay;
    s->wants_delay = false;
}

static WEIR_RT void
obey(struct weir_chain *c, const struct weir_chain_command *command)
{
    struct weir_slot *s = command->slot;
    switch (command->op) {
    case WEIR_CHAIN_ADD:
        insert(c, s, command->index);
        tell_freewheel(s, c->freewheels);
        break;
    case WEIR_CHAIN_REMOVE:
        s->is_leaving = true;
        break;
    case WEIR_CHAIN_MOVE:
        s->is_moving = true;
        s->move_to = command->index;
        break;
    case WEIR_CHAIN_BYPASS:
        weir_slot_bypass(s, command->index != 0);
        break;
    case WEIR_CHAIN_VOICES:
        receive(c, s, command->object);
        break;
    case WEIR_CHAIN_DELAY:
        change_delay(c, s, command->object);
        break;
    case WEIR_CHAIN_SET:
        weir_slot_set(s, command->index, command->value);
        break;
    case WEIR_CHAIN_VALUES:
        set_values(s, command->object);
        tell(c, WEIR_CHAIN_POSTED, s, command->object);
        break;
    case WEIR_CHAIN_POST:
        post(s, command->object);
        tell(c, WEIR_CHAIN_POSTED, s, command->object);
        break;
    }
}

WEIR_RT void
weir_chain_obey(struct weir_chain *c)
{
    struct weir_chain_command command;
    while (weir_queue_pop(c->commands, &command))
        obey(c, &command);
}

WEIR_RT void
weir_chain_freewheel(struct weir_chain *c, bool freewheels)
{
    if (freewheels == c->freewheels)
        return;
    c->freewheels = freewheels;
    for (uint32_t i = 0; i < c->n_slots; i++)
        tell_freewheel(c->slots[i], freewheels);
}

// Voices that gave nonsense keep it in what they remember: they do not run
// again.
static WEIR_RT void
give_up_voices(struct weir_chain *c, struct weir_slot *s)
{
    // relaxed: a number to show.
    atomic_fetch_add_explicit(&c->n_faults, 1, memory_order_relaxed);
    if (tell(c, WEIR_CHAIN_NONSENSE, s, s->voices))
        s->voices = NULL;
}

// A slot that nobody hears any more: gone, put elsewhere, or with other
// voices.
static WEIR_RT bool
settle(struct weir_chain *c, uint32_t place)
{
    struct weir_slot *s = c->slots[place];
    const bool is_wet = weir_crossfade_hears(&s->fade, WEIR_HEARD_WET);
    const bool is_direct = weir_crossfade_rests_at(&s->fade, WEIR_HEARD_DIRECT);
    if (s->is_leaving && is_direct) {
        take_out(c, place);
        tell(c, WEIR_CHAIN_GONE, s, NULL);
        return true;
    }
    if (s->is_moving && is_direct) {
        s->is_moving = false;
        take_out(c, place);
        insert(c, s, s->move_to);
        return true;
    }
    if (s->waiting && !is_wet) {
        if (s->voices)
            tell(c, WEIR_CHAIN_VOICES_OUT, s, s->voices);
        s->voices = s->waiting;
        s->waiting = NULL;
    }
    return false;
}

static WEIR_RT void
add_up(struct weir_chain *c)
{
    uint32_t latency = 0;
    for (uint32_t i = 0; i < c->n_slots; i++)
        if (!weir_crossfade_rests_at(&c->slots[i]->fade, WEIR_HEARD_DIRECT))
            // relaxed: this thread alone writes it.
            latency += atomic_load_explicit(&c->slots[i]->latency,
                                            memory_order_relaxed);
    // relaxed: a number that is followed block by block.
    atomic_store_explicit(&c->latency, latency, memory_order_relaxed);
}

static WEIR_RT void
want_delay(struct weir_chain *c, struct weir_slot *s)
{
    // relaxed: this thread alone writes it.
    const uint32_t latency =
        atomic_load_explicit(&s->latency, memory_order_relaxed);
    if (!s->wants_delay && latency > s->delay->size - s->max_block)
        s->wants_delay = tell(c, WEIR_CHAIN_LONGER, s, NULL);
}

// In pieces that begin where something is set.
static WEIR_RT void
play(struct weir_chain *c, struct weir_slot *s, float *const *channels,
     uint32_t n)
{
    float *at[WEIR_MAX_CHANNELS];
    for (uint32_t from = 0; from < n;) {
        const uint32_t end = weir_chain_take_sets(c, s, from, n);
        for (uint32_t i = 0; i < c->config.n_channels; i++)
            at[i] = channels[i] + from;
        if (weir_slot_process(s, at, end - from) == WEIR_WENT_WRONG)
            give_up_voices(c, s);
        from = end;
    }
}

WEIR_RT void
weir_chain_process(struct weir_chain *c, float *const *channels, uint32_t n)
{
    weir_chain_obey(c);
    for (uint32_t i = 0; i < c->n_slots;)
        i += settle(c, i) ? 0 : 1;
    for (uint32_t i = 0; i < c->n_slots; i++) {
        play(c, c->slots[i], channels, n);
        want_delay(c, c->slots[i]);
    }
    weir_chain_pass_sets(c, n);
    add_up(c);
}

WEIR_RT uint32_t
weir_chain_latency(const struct weir_chain *c)
{
    // relaxed: a number that is followed block by block.
    return atomic_load_explicit(&c->latency, memory_order_relaxed);
}

WEIR_RT uint32_t
weir_chain_faults(const struct weir_chain *c)
{
    // relaxed: a number to show.
    return atomic_load_explicit(&c->n_faults, memory_order_relaxed);
}
