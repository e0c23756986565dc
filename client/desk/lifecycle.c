// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// How strips and buses come and go: the desk's list first, then the mixer,
// then the ports; the reply waits for the last of them.
#include "desk/desk_private.h"

#include "common/log.h"
#include "desk/feeds.h"

#include <stdio.h>
#include <string.h>

static struct weir_desk_strip *
as_strip(struct weir_desk_object *o)
{
    return (struct weir_desk_strip *)o;
}

static struct weir_desk_bus *
as_bus(struct weir_desk_object *o)
{
    return (struct weir_desk_bus *)o;
}

static const char *
what(const struct weir_desk_object *o)
{
    return o->is_bus ? "bus" : "strip";
}

void
weir_desk_object_init(struct weir_desk_object *o, struct weir_desk *desk,
                      const char *id, uint32_t n_channels, const char *name)
{
    o->desk = desk;
    o->n_channels = n_channels;
    o->ports.n_ports = n_channels;
    snprintf(o->id, sizeof o->id, "%s", id);
    snprintf(o->name, sizeof o->name, "%s", name ? name : id);
    snprintf(o->ports.id, sizeof o->ports.id, "%s", id);
    o->ports.name = o->name;
}

// ------------------------------------------------------------------- going

static void
free_object(void *owner, const struct weir_fault *fault)
{
    struct weir_desk_object *o = owner;
    const struct weir_ticket ticket = o->ticket;
    weir_log(WEIR_LOG_INFO, "%s %s removed", what(o), o->id);
    if (o->is_bus) {
        o->desk->slot_taken[as_bus(o)->slot] = false;
        weir_desk_bus_free(as_bus(o));
    } else {
        weir_desk_strip_free(as_strip(o));
    }
    weir_ticket_settle(ticket, fault);
}

// Whoever observes a bus is through with its ring before that is freed.
static void
ports_gone(void *owner, const struct weir_fault *fault)
{
    struct weir_desk_object *o = owner;
    const struct weir_desk_config *c = &o->desk->config;
    if (o->is_bus && c->bus_goes)
        c->bus_goes(c->owner, as_bus(o),
                    (struct weir_ticket){.fn = free_object, .owner = o});
    else
        free_object(o, fault);
}

// Both the mixer and the port side have to be through with it.
void
weir_desk_send_off(struct weir_desk_object *o)
{
    struct weir_ports *ports = o->desk->config.ports;
    if (o->let_go && !o->ports_pending && o->plugins.phase != WEIR_RACK_GOES)
        ports->remove(ports, &o->ports,
                      (struct weir_ticket){.fn = ports_gone, .owner = o});
}

static bool
is_source_of(const struct weir_source *source, const struct weir_desk_object *o)
{
    return (source->strip && &source->strip->o == o) ||
           (source->bus && &source->bus->o == o);
}

static void
let_go(void *owner, const struct weir_fault *fault)
{
    struct weir_desk_object *o = owner;
    (void)fault; // the mixer never refuses
    o->let_go = true;
    weir_desk_send_off(o);
}

static void
out_of_mix(void *owner, const struct weir_fault *fault)
{
    struct weir_desk_object *o = owner;
    (void)fault; // the mixer never refuses
    o->out_of_mix = true;
    weir_desk_lose_slots(o);
    if (!o->is_bus) {
        o->desk->n_mixed_strips--;
        weir_desk_feed_lose_strip(as_strip(o));
    }
    for (struct weir_source *s = o->desk->sources; s; s = s->next)
        if (is_source_of(s, o)) {
            s->strip = NULL;
            s->bus = NULL;
            weir_source_end(s, WEIR_BROADCAST_REMOVED);
        }
    // Commands that name it may still be on their way: wait for the last.
    weir_link_send_one(o->desk->config.link,
                       &(struct weir_command){.kind = WEIR_COMMAND_NOTHING},
                       (struct weir_ticket){.fn = let_go, .owner = o});
}

static uint32_t
take_off_list(struct weir_desk_object *o)
{
    void **list =
        o->is_bus ? (void **)o->desk->buses : (void **)o->desk->strips;
    uint32_t *n = o->is_bus ? &o->desk->n_buses : &o->desk->n_strips;
    uint32_t place = 0;
    while (list[place] != o)
        place++;
    --*n;
    memmove(&list[place], &list[place + 1], (*n - place) * sizeof *list);
    return place;
}

enum weir_fault_code
weir_desk_drop(struct weir_desk_object *o, uint32_t *place,
               struct weir_fault *fault)
{
    struct weir_command command = {.kind = WEIR_COMMAND_STRIP_REMOVE};
    if (o->is_bus) {
        command.kind = WEIR_COMMAND_BUS_REMOVE;
        command.bus = as_bus(o)->mix;
        command.slot = as_bus(o)->slot;
    } else {
        command.strip = as_strip(o)->mix;
    }
    *place = take_off_list(o);
    o->leaving = true;
    return weir_desk_ask(o->desk, &command,
                         (struct weir_ticket){.fn = out_of_mix, .owner = o},
                         NULL, fault);
}

// ------------------------------------------------------------------ coming

static struct weir_ticket
take_ticket(struct weir_desk_object *o)
{
    const struct weir_ticket ticket = o->ticket;
    o->ticket = (struct weir_ticket){0};
    return ticket;
}

// The ports could not be had: it goes again, and who asked hears why.
static void
ports_failed(struct weir_desk_object *o, const struct weir_fault *fault)
{
    struct weir_fault ignored;
    uint32_t place;
    weir_log(WEIR_LOG_ERROR, "%s %s not added: %s", what(o), o->id,
             fault->text);
    weir_ticket_settle(take_ticket(o), fault);
    if (o->is_bus && as_bus(o)->slot == 0)
        return; // main stays, without ports
    if (weir_desk_drop(o, &place, &ignored) == WEIR_FAULT_NONE)
        weir_link_send(o->desk->config.link);
}

static void
ports_there(void *owner, const struct weir_fault *fault)
{
    struct weir_desk_object *o = owner;
    o->ports_pending = false;
    if (o->leaving) {
        weir_desk_send_off(o);
        return;
    }
    if (fault) {
        ports_failed(o, fault);
        return;
    }
    weir_log(WEIR_LOG_INFO, "%s %s added, channels %u", what(o), o->id,
             o->n_channels);
    if (o->desk->watcher.came)
        o->desk->watcher.came(o->desk->watcher.owner, o);
    weir_ticket_settle(take_ticket(o), NULL);
}

void
weir_desk_bring(struct weir_desk_object *o)
{
    const struct weir_desk_config *c = &o->desk->config;
    o->ports_pending = true;
    if (o->is_bus && c->bus_came)
        c->bus_came(c->owner, as_bus(o));
    c->ports->add(c->ports, &o->ports,
                  (struct weir_ticket){.fn = ports_there, .owner = o});
}
