// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// @control's end of the command and event queues.
#include "desk/link.h"

#include "engine/engine.h"
#include "engine/mixer_thread.h"

#include <stdlib.h>

// A request's number is its slot here; free slots form a list.
struct slot {
    struct weir_ticket ticket;
    const void *subject; // null in free ones
    uint32_t next_free;
};

struct weir_link {
    struct weir_engine *engine;
    weir_link_table_fn *table_fn;
    void *table_owner;
    weir_link_lines_fn *lines_fn;
    void *lines_owner;
    weir_link_effect_fn *effect_fn;
    void *effect_owner;
    uint32_t first_free;
    uint32_t n_free;
    uint32_t n_group;
    struct slot slots[WEIR_COMMANDS];
    struct weir_command group[WEIR_COMMANDS];
};

struct weir_link *
weir_link_new(struct weir_engine *engine)
{
    struct weir_link *link = calloc(1, sizeof *link);
    if (!link)
        return NULL;
    link->engine = engine;
    link->n_free = WEIR_COMMANDS;
    for (uint32_t i = 0; i < WEIR_COMMANDS; i++)
        link->slots[i].next_free = i + 1;
    return link;
}

void
weir_link_free(struct weir_link *link)
{
    free(link);
}

void
weir_link_on_table(struct weir_link *link, weir_link_table_fn *fn, void *owner)
{
    link->table_fn = fn;
    link->table_owner = owner;
}

void
weir_link_on_lines(struct weir_link *link, weir_link_lines_fn *fn, void *owner)
{
    link->lines_fn = fn;
    link->lines_owner = owner;
}

void
weir_link_on_effect(struct weir_link *link, weir_link_effect_fn *fn,
                    void *owner)
{
    link->effect_fn = fn;
    link->effect_owner = owner;
}

uint32_t
weir_link_room(const struct weir_link *link)
{
    return link->n_free;
}

static uint32_t
take_slot(struct weir_link *link, struct weir_ticket ticket,
          const void *subject)
{
    const uint32_t i = link->first_free;
    link->first_free = link->slots[i].next_free;
    link->slots[i].ticket = ticket;
    link->slots[i].subject = subject;
    link->n_free--;
    return i;
}

static void
give_slot(struct weir_link *link, uint32_t i)
{
    link->slots[i].subject = NULL;
    link->slots[i].next_free = link->first_free;
    link->first_free = i;
    link->n_free++;
}

static void
settle(struct weir_link *link, uint32_t request)
{
    const struct weir_ticket ticket = link->slots[request].ticket;
    const void *subject = link->slots[request].subject;
    give_slot(link, request);
    if (subject && link->effect_fn)
        link->effect_fn(link->effect_owner, subject);
    weir_ticket_settle(ticket, NULL);
}

bool
weir_link_add(struct weir_link *link, const struct weir_command *command,
              struct weir_ticket ticket, const void *subject)
{
    if (link->n_free == 0)
        return false;
    link->group[link->n_group] = *command;
    link->group[link->n_group++].request = take_slot(link, ticket, subject);
    return true;
}

void
weir_link_send(struct weir_link *link)
{
    if (link->n_group == 0)
        return;
    // There is room: no more commands than the queue's size are under way.
    (void)weir_queue_push(link->engine->commands, link->group, link->n_group);
    link->n_group = 0;
    weir_mixer_thread_ring(link->engine);
}

void
weir_link_set_time(struct weir_link *link, uint64_t at_ns)
{
    for (uint32_t i = 0; i < link->n_group; i++)
        link->group[i].at_ns = at_ns;
}

bool
weir_link_join(struct weir_link *link, struct weir_ticket ticket)
{
    const struct weir_command nothing = {.kind = WEIR_COMMAND_NOTHING};
    if (link->n_group == 0 &&
        !weir_link_add(link, &nothing, (struct weir_ticket){0}, NULL))
        return false;
    for (uint32_t i = 0; i < link->n_group; i++) {
        struct slot *slot = &link->slots[link->group[i].request];
        slot->subject = NULL;
        slot->ticket =
            i + 1 == link->n_group ? ticket : (struct weir_ticket){0};
    }
    return true;
}

void
weir_link_settle(struct weir_link *link)
{
    const uint32_t n = link->n_group;
    link->n_group = 0;
    for (uint32_t i = 0; i < n; i++)
        settle(link, link->group[i].request);
}

bool
weir_link_is_about(const struct weir_link *link, const void *subject)
{
    for (uint32_t i = 0; i < WEIR_COMMANDS; i++)
        if (link->slots[i].subject == subject)
            return true;
    return false;
}

void
weir_link_forget(struct weir_link *link)
{
    while (link->n_group > 0)
        give_slot(link, link->group[--link->n_group].request);
}

bool
weir_link_send_one(struct weir_link *link, const struct weir_command *command,
                   struct weir_ticket ticket)
{
    struct weir_command c = *command;
    if (link->n_free == 0)
        return false;
    c.request = take_slot(link, ticket, NULL);
    (void)weir_queue_push(link->engine->commands, &c, 1);
    weir_mixer_thread_ring(link->engine);
    return true;
}

void
weir_link_dispatch(struct weir_link *link)
{
    struct weir_event event;
    while (weir_queue_pop(link->engine->events, &event)) {
        if (event.kind == WEIR_EVENT_DONE)
            settle(link, event.request);
        else if (event.kind == WEIR_EVENT_LINES && link->lines_fn)
            link->lines_fn(link->lines_owner, &event);
        else if (event.kind == WEIR_EVENT_TABLE && link->table_fn)
            link->table_fn(link->table_owner, event.number);
    }
}
