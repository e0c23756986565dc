// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The journal, which makes several changes one: noted one by one, they are
// committed or undone together, at once or ahead of time.
#include "desk/desk_private.h"
#include "desk/feeds.h"

#include <stdlib.h>
#include <string.h>

struct weir_change *
weir_desk_note(struct weir_desk *desk, enum weir_change_kind kind)
{
    if (desk->n_changes == desk->n_room) {
        const uint32_t n_room = desk->n_room ? 2 * desk->n_room : 64;
        void *grown = realloc(desk->journal, n_room * sizeof *desk->journal);
        if (!grown)
            return NULL;
        desk->journal = grown;
        desk->n_room = n_room;
    }
    struct weir_change *change = &desk->journal[desk->n_changes++];
    *change = (struct weir_change){.kind = kind};
    return change;
}

// ------------------------------------------------------- commit and rollback

static void
insert_strip(struct weir_desk *desk, uint32_t place, struct weir_desk_strip *s)
{
    memmove(&desk->strips[place + 1], &desk->strips[place],
            (desk->n_strips - place) * sizeof *desk->strips);
    desk->strips[place] = s;
    desk->n_strips++;
}

static void
insert_bus(struct weir_desk *desk, uint32_t place, struct weir_desk_bus *bus)
{
    memmove(&desk->buses[place + 1], &desk->buses[place],
            (desk->n_buses - place) * sizeof *desk->buses);
    desk->buses[place] = bus;
    desk->n_buses++;
}

// What was added last stands last, unless it was removed again; then that was
// undone before.
static void
undo(struct weir_desk *desk, struct weir_change *change)
{
    switch (change->kind) {
    case WEIR_CHANGE_NUMBER:
        *change->number = change->was;
        break;
    case WEIR_CHANGE_NAME:
        strcpy(change->object->name, change->name_was);
        free(change->name_was);
        break;
    case WEIR_CHANGE_FLUSH: // its tickets were forgotten before
        free(change->flush);
        break;
    case WEIR_CHANGE_ADD_STRIP:
        desk->n_strips--;
        desk->n_mixed_strips--;
        weir_desk_strip_free(change->strip);
        break;
    case WEIR_CHANGE_ADD_BUS:
        desk->n_buses--;
        desk->slot_taken[change->bus->slot] = false;
        weir_desk_bus_free(change->bus);
        break;
    case WEIR_CHANGE_REMOVE_STRIP:
        change->strip->o.leaving = false;
        change->strip->o.ticket = (struct weir_ticket){0};
        insert_strip(desk, change->place, change->strip);
        break;
    case WEIR_CHANGE_REMOVE_BUS:
        change->bus->o.leaving = false;
        change->bus->o.ticket = (struct weir_ticket){0};
        insert_bus(desk, change->place, change->bus);
        break;
    default:
        weir_desk_slot_undo(change);
        break;
    }
}

void
weir_desk_rollback(struct weir_desk *desk)
{
    weir_link_forget(desk->config.link);
    while (desk->n_changes > 0)
        undo(desk, &desk->journal[--desk->n_changes]);
}

static void
tell_renamed(struct weir_desk *desk, struct weir_desk_object *object)
{
    weir_desk_tell_changed(desk, object->name);
    if (desk->watcher.renamed)
        desk->watcher.renamed(desk->watcher.owner, object);
}

static void
tell_leaves(const struct weir_desk *desk, struct weir_desk_object *object)
{
    if (desk->watcher.leaves)
        desk->watcher.leaves(desk->watcher.owner, object);
}

static void
tell_flush(struct weir_change *change)
{
    if (change->kind == WEIR_CHANGE_FLUSH && change->flush)
        weir_desk_feed_tell_flush(change->strip, change->flush);
    change->flush = NULL;
}

static void
follow_up(struct weir_desk *desk, struct weir_change *change)
{
    struct weir_ports *ports = desk->config.ports;
    switch (change->kind) {
    case WEIR_CHANGE_NAME:
        free(change->name_was);
        tell_renamed(desk, change->object);
        ports->rename(ports, &change->object->ports, change->ticket);
        break;
    case WEIR_CHANGE_ADD_STRIP:
        weir_desk_bring(&change->strip->o);
        break;
    case WEIR_CHANGE_ADD_BUS:
        weir_desk_bring(&change->bus->o);
        break;
    case WEIR_CHANGE_REMOVE_STRIP: // goes on when the mixer has let go
        tell_leaves(desk, &change->strip->o);
        break;
    case WEIR_CHANGE_REMOVE_BUS:
        tell_leaves(desk, &change->bus->o);
        break;
    case WEIR_CHANGE_FLUSH:
        tell_flush(change);
        break;
    case WEIR_CHANGE_NUMBER:
        break;
    default:
        weir_desk_slot_follow(change);
        break;
    }
}

static void
follow_all(struct weir_desk *desk)
{
    desk->n_commits++;
    const uint32_t n_changes = desk->n_changes;
    desk->n_changes = 0;
    desk->n_busy++;
    for (uint32_t i = 0; i < n_changes; i++)
        follow_up(desk, &desk->journal[i]);
    desk->n_busy--;
    if (desk->told)
        weir_desk_hear_racks(desk);
}

uint64_t
weir_desk_n_commits(const struct weir_desk *desk)
{
    return desk->n_commits;
}

void
weir_desk_commit(struct weir_desk *desk)
{
    // Before the mixer makes room by it: what feeders still hold is not for
    // that room.
    for (uint32_t i = 0; i < desk->n_changes; i++)
        tell_flush(&desk->journal[i]);
    weir_link_send(desk->config.link);
    follow_all(desk);
}

void
weir_desk_commit_at(struct weir_desk *desk, uint64_t at_ns)
{
    weir_link_set_time(desk->config.link, at_ns);
    weir_desk_commit(desk);
}

// ------------------------------------------------------------ ahead of time

uint32_t
weir_desk_room(const struct weir_desk *desk)
{
    return weir_link_room(desk->config.link);
}

// What a plugin is set to before it is there, the mixer does not know.
static bool
can_be_ahead(const struct weir_change *change)
{
    return change->kind == WEIR_CHANGE_NUMBER ||
           change->kind == WEIR_CHANGE_NAME ||
           change->kind == WEIR_CHANGE_FLUSH ||
           (change->kind == WEIR_CHANGE_SLOT_NUMBER && change->by_mixer);
}

bool
weir_desk_comes_or_goes(const struct weir_desk *desk)
{
    for (uint32_t i = 0; i < desk->n_changes; i++)
        if (!can_be_ahead(&desk->journal[i]))
            return true;
    return false;
}

bool
weir_desk_send_ahead(struct weir_desk *desk, uint64_t at_ns,
                     struct weir_ticket ticket)
{
    const bool room = weir_link_join(desk->config.link, ticket);
    if (room) {
        weir_link_set_time(desk->config.link, at_ns);
        weir_link_send(desk->config.link);
    }
    weir_desk_rollback(desk); // forgets no more than what was not sent
    return room;
}

void
weir_desk_catch_up(struct weir_desk *desk)
{
    weir_link_settle(desk->config.link);
    // The mixer answers in the order in which it obeys.
    for (uint32_t i = desk->n_changes; i-- > 0;) {
        const struct weir_change *change = &desk->journal[i];
        if (change->number &&
            weir_link_is_about(desk->config.link, change->number))
            *change->number = change->was;
    }
    follow_all(desk);
}
