// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What goes from @control to a chain's @mixer side, and what comes back: here
// voices that gave nonsense are replaced.
#include "plugin/chain_control.h"

#include "common/log.h"
#include "plugin/chain_private.h"
#include "rt/clock.h"

#include <stdlib.h>

bool
weir_chain_send(struct weir_chain *c, const struct weir_chain_command *command,
                struct weir_why *why)
{
    weir_chain_take_events(c);
    return weir_queue_push(c->commands, command, 1) ||
           weir_why(why, "too many changes at once: the mixer is behind");
}

void
weir_chain_forget(struct weir_slot **slots, uint32_t *n,
                  const struct weir_slot *slot)
{
    uint32_t i = 0;
    while (i < *n && slots[i] != slot)
        i++;
    if (i == *n)
        return;
    for (--*n; i < *n; i++)
        slots[i] = slots[i + 1];
}

// ----------------------------------------------------------------- voices anew

bool
weir_chain_give_voices(struct weir_chain *c, struct weir_slot *s,
                       struct weir_why *why)
{
    struct weir_voices *voices;
    if (!weir_voices_new(&c->config.instance, s, &voices, why))
        return false;
    const struct weir_chain_command command = {
        .op = WEIR_CHAIN_VOICES, .slot = s, .object = voices};
    if (!weir_chain_send(c, &command, why)) {
        weir_voices_free(voices);
        return false;
    }
    s->newest = voices;
    return true;
}

// Three times in a minute, and it stays out.
static bool
may_start_again(struct weir_slot *s)
{
    const uint64_t now_ns = weir_now_ns();
    const uint64_t oldest_ns = s->fault_ns[s->n_faults % WEIR_SLOT_RESTARTS];
    const bool too_often =
        s->n_faults >= WEIR_SLOT_RESTARTS &&
        now_ns - oldest_ns < WEIR_SLOT_RESTARTS_S * UINT64_C(1000000000);
    s->fault_ns[s->n_faults++ % WEIR_SLOT_RESTARTS] = now_ns;
    return !too_often;
}

static void
start_again(struct weir_chain *c, struct weir_slot *s)
{
    struct weir_why why = {"it did so too often"};
    if (may_start_again(s) && weir_chain_give_voices(c, s, &why)) {
        weir_log(WEIR_LOG_ERROR,
                 "plugin %s: gave what is not a number, and was started again",
                 s->id);
        return;
    }
    s->has_failed = true;
    weir_log(WEIR_LOG_ERROR,
             "plugin %s: gave what is not a number, and stays bypassed: %s",
             s->id, why.text);
}

static bool
is_known(const struct weir_chain *c, const struct weir_slot *slot)
{
    for (uint32_t i = 0; i < c->n_known; i++)
        if (c->known[i] == slot)
            return true;
    return false;
}

static void
give_delay(struct weir_chain *c, struct weir_slot *s)
{
    struct weir_why why;
    // relaxed: a number.
    const uint32_t latency =
        atomic_load_explicit(&s->latency, memory_order_relaxed);
    struct weir_delay *delay =
        weir_delay_new(s->join.n_channels, 2 * latency, s->max_block);
    const struct weir_chain_command command = {
        .op = WEIR_CHAIN_DELAY, .slot = s, .object = delay};
    if (!delay || !weir_chain_send(c, &command, &why))
        free(delay);
}

// ----------------------------------------------------------------- from @mixer

static void
take_event(struct weir_chain *c, const struct weir_chain_event *event)
{
    struct weir_slot *s = event->slot;
    switch (event->kind) {
    case WEIR_CHAIN_GONE:
        weir_chain_forget(c->leaving, &c->n_leaving, s);
        weir_slot_free(s);
        break;
    case WEIR_CHAIN_NONSENSE:
        if (s->newest == event->object)
            s->newest = NULL;
        weir_voices_free(event->object);
        if (is_known(c, s) && !s->newest)
            start_again(c, s);
        break;
    case WEIR_CHAIN_VOICES_OUT:
        weir_voices_free(event->object);
        break;
    case WEIR_CHAIN_LONGER:
        if (is_known(c, s))
            give_delay(c, s);
        break;
    case WEIR_CHAIN_DELAY_OUT:
    case WEIR_CHAIN_POSTED:
        free(event->object);
        break;
    }
}

void
weir_chain_take_events(struct weir_chain *c)
{
    struct weir_chain_event event;
    while (weir_queue_pop(c->events, &event))
        take_event(c, &event);
}
