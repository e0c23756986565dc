// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Making buses, and asking for them to be removed.
#include "desk/desk_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
weir_desk_bus_free(struct weir_desk_bus *bus)
{
    if (!bus)
        return;
    weir_desk_free_slots(&bus->o);
    weir_bus_free(bus->mix);
    if (bus->out && !bus->out->permanent)
        weir_source_free(bus->out);
    free(bus);
}

static int
free_slot(const struct weir_desk *desk)
{
    for (int i = 0; i < WEIR_MAX_BUSES; i++)
        if (!desk->slot_taken[i])
            return i;
    return -1;
}

static struct weir_source *
new_main_out(struct weir_desk *desk, uint32_t n_channels, uint64_t n_frames)
{
    struct weir_source *out =
        weir_source_new_shared(desk->config.rate_hz, n_channels, n_frames);
    if (!out)
        return NULL;
    out->permanent = true;
    snprintf(out->name, sizeof out->name, "main");
    out->next = desk->sources;
    desk->sources = out;
    weir_source_wait(out, desk->waiting);
    return out;
}

// main's ring is shared from the beginning; another bus's ports play a short
// one of their own.
struct weir_source *
weir_desk_new_out(struct weir_desk *desk, const char *id, uint32_t n_channels)
{
    const uint64_t for_ports =
        (uint64_t)(desk->config.latency_blocks + 2) * WEIR_MAX_BLOCK;
    const uint64_t history = desk->config.history_frames;
    if (strcmp(id, "main") == 0)
        return new_main_out(desk, n_channels,
                            history > for_ports ? history : for_ports);
    return weir_source_new_private(desk->config.rate_hz, n_channels, for_ports);
}

void
weir_desk_bus_forget_loudness(struct weir_desk_bus *bus)
{
    for (int v = 0; v < 5; v++)
        bus->loudness[v] = -120.0f;
    bus->loudness[3] = 0.0f; // a range, not a level
}

static void
set_defaults(struct weir_desk_bus *bus)
{
    for (int v = 0; v < WEIR_BUS_N_VALUES; v++)
        bus->values[v] = weir_bus_values[v].initial;
    weir_desk_bus_forget_loudness(bus);
}

static struct weir_desk_bus *
new_bus(struct weir_desk *desk, const char *id, uint32_t n_channels,
        const char *name)
{
    struct weir_desk_bus *bus = calloc(1, sizeof *bus);
    if (!bus)
        return NULL;
    bus->out = weir_desk_new_out(desk, id, n_channels);
    if (bus->out)
        bus->mix =
            weir_bus_new(n_channels, desk->config.rate_hz, &bus->out->tap);
    if (!bus->mix) {
        weir_desk_bus_free(bus);
        return NULL;
    }
    weir_desk_object_init(&bus->o, desk, id, n_channels, name);
    set_defaults(bus);
    bus->o.is_bus = true;
    bus->o.ports.ring = &bus->out->tap.ring;
    if (bus->out->permanent) {
        bus->out->bus = bus;
        bus->mix->source = &bus->out->tap;
    }
    return bus;
}

// Every strip's send to a new bus begins at the defaults.
static void
reset_sends(struct weir_desk *desk, uint32_t slot)
{
    for (uint32_t i = 0; i < desk->n_strips; i++)
        for (int v = 0; v < WEIR_SEND_N_VALUES; v++)
            desk->strips[i]->sends[slot][v] = weir_send_values[v].initial;
}

// Put it on the list and into the journal; takes `bus`.
static bool
enlist(struct weir_desk *desk, struct weir_desk_bus *bus, uint32_t slot)
{
    struct weir_change *change =
        bus ? weir_desk_note(desk, WEIR_CHANGE_ADD_BUS) : NULL;
    if (!change) {
        weir_desk_bus_free(bus);
        return false;
    }
    change->bus = bus;
    bus->slot = slot;
    desk->slot_taken[slot] = true;
    desk->buses[desk->n_buses++] = bus;
    reset_sends(desk, slot);
    return true;
}

enum weir_fault_code
weir_desk_add_bus(struct weir_desk *desk, const char *id, uint32_t n_channels,
                  const char *name, struct weir_ticket ticket,
                  struct weir_fault *fault)
{
    struct weir_command command = {.kind = WEIR_COMMAND_BUS_ADD};
    const int slot = free_slot(desk);
    if (weir_desk_check_new(desk, id, n_channels, name, fault))
        return fault->code;
    if (slot < 0)
        return weir_fault(fault, WEIR_FAULT_LIMIT, "%d buses are the limit",
                          WEIR_MAX_BUSES);
    struct weir_desk_bus *bus = new_bus(desk, id, n_channels, name);
    if (!enlist(desk, bus, (uint32_t)slot))
        return weir_fault(fault, WEIR_FAULT_LIMIT, "memory is short for %s",
                          id);
    bus->o.ticket = ticket;
    command.bus = bus->mix;
    command.slot = bus->slot;
    return weir_desk_ask(desk, &command, (struct weir_ticket){0}, NULL, fault);
}

enum weir_fault_code
weir_desk_remove_bus(struct weir_desk *desk, struct weir_desk_bus *bus,
                     struct weir_ticket ticket, struct weir_fault *fault)
{
    if (bus->slot == 0)
        return weir_fault(fault, WEIR_FAULT_PERMISSION,
                          "main cannot be removed");
    if (bus->o.ports_pending || bus->o.ticket.fn)
        return weir_fault(fault, WEIR_FAULT_NOT_NOW,
                          "%s is still being added (wait for its reply)",
                          bus->o.id);
    struct weir_change *change = weir_desk_note(desk, WEIR_CHANGE_REMOVE_BUS);
    if (!change)
        return weir_fault(fault, WEIR_FAULT_LIMIT, "memory is short");
    change->bus = bus;
    bus->o.ticket = ticket;
    return weir_desk_drop(&bus->o, &change->place, fault);
}
