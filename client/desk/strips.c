// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Making strips, and asking for them to be removed.
#include "desk/desk_private.h"

#include "engine/engine.h"

#include <stdatomic.h>
#include <stdlib.h>

void
weir_desk_strip_free(struct weir_desk_strip *s)
{
    if (!s)
        return;
    weir_desk_free_slots(&s->o);
    weir_strip_free(s->mix);
    free(s);
}

uint64_t
weir_desk_strip_not_finite(const struct weir_desk_strip *s)
{
    // relaxed: a number to show.
    return atomic_load_explicit(&s->mix->n_not_finite, memory_order_relaxed);
}

static void
fed_from(void *owner, uint64_t table)
{
    struct weir_desk_strip *s = owner;
    const struct weir_command command = {
        .kind = WEIR_COMMAND_STRIP_INPUT, .strip = s->mix, .number = table};
    if (!s->o.out_of_mix)
        weir_link_send_one(s->o.desk->config.link, &command,
                           (struct weir_ticket){0});
}

static void
set_defaults(struct weir_desk_strip *s)
{
    for (int v = 0; v < WEIR_STRIP_N_VALUES; v++)
        s->values[v] = weir_strip_values[v].initial;
    for (int b = 0; b < WEIR_MAX_BUSES; b++)
        for (int v = 0; v < WEIR_SEND_N_VALUES; v++)
            s->sends[b][v] = weir_send_values[v].initial;
}

static struct weir_desk_strip *
new_strip(struct weir_desk *desk, const char *id, uint32_t n_channels,
          const char *name)
{
    struct weir_desk_strip *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->mix = weir_strip_new(desk->config.engine->inputs, n_channels,
                            desk->config.rate_hz, desk->next_colour);
    if (!s->mix) {
        free(s);
        return NULL;
    }
    desk->next_colour += n_channels;
    weir_desk_object_init(&s->o, desk, id, n_channels, name);
    set_defaults(s);
    s->o.ports.is_input = true;
    s->o.ports.lanes = s->mix->lanes;
    s->o.ports.fed_from = fed_from;
    s->o.ports.owner = s;
    return s;
}

// Put it on the list and into the journal; takes `s`.
static bool
enlist(struct weir_desk *desk, struct weir_desk_strip *s)
{
    struct weir_change *change =
        s ? weir_desk_note(desk, WEIR_CHANGE_ADD_STRIP) : NULL;
    if (!change) {
        weir_desk_strip_free(s);
        return false;
    }
    change->strip = s;
    desk->strips[desk->n_strips++] = s;
    desk->n_mixed_strips++;
    return true;
}

enum weir_fault_code
weir_desk_add_strip(struct weir_desk *desk, const char *id, uint32_t n_channels,
                    const char *name, struct weir_ticket ticket,
                    struct weir_fault *fault)
{
    struct weir_command command = {.kind = WEIR_COMMAND_STRIP_ADD};
    if (weir_desk_check_new(desk, id, n_channels, name, fault))
        return fault->code;
    if (desk->n_mixed_strips == WEIR_MAX_STRIPS)
        return weir_fault(fault, WEIR_FAULT_LIMIT, "%d strips are the limit",
                          WEIR_MAX_STRIPS);
    struct weir_desk_strip *s = new_strip(desk, id, n_channels, name);
    if (!enlist(desk, s))
        return weir_fault(fault, WEIR_FAULT_LIMIT, "memory is short for %s",
                          id);
    s->o.ticket = ticket;
    command.strip = s->mix;
    return weir_desk_ask(desk, &command, (struct weir_ticket){0}, NULL, fault);
}

enum weir_fault_code
weir_desk_remove_strip(struct weir_desk *desk, struct weir_desk_strip *s,
                       struct weir_ticket ticket, struct weir_fault *fault)
{
    if (s->o.ports_pending || s->o.ticket.fn)
        return weir_fault(fault, WEIR_FAULT_NOT_NOW,
                          "%s is still being added (wait for its reply)",
                          s->o.id);
    struct weir_change *change = weir_desk_note(desk, WEIR_CHANGE_REMOVE_STRIP);
    if (!change)
        return weir_fault(fault, WEIR_FAULT_LIMIT, "memory is short");
    change->strip = s;
    s->o.ticket = ticket;
    return weir_desk_drop(&s->o, &change->place, fault);
}
