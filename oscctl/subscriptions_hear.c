// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What subscriptions hear of: values that change, strips, buses and readers
// that come and go; and what of that a pattern takes.
#include "oscctl/subscriptions_private.h"

#include "desk/desk.h"
#include "observe/loudness.h"

#include <stdio.h>
#include <stdlib.h>

// ------------------------------------------------------- what a pattern takes

// Not what is still being added: it comes when it is there.
static bool
is_there(const struct weir_found *found)
{
    return !(found->strip && found->strip->o.ports_pending) &&
           !(found->bus && found->bus->o.ports_pending) &&
           !(found->slot && !found->slot->is_shown);
}

static void
take_found(struct weir_subscriptions *s, struct weir_subscription *sub,
           const struct weir_found *found)
{
    const struct weir_known_reader *reader =
        found->reader[0] ? weir_polled_reader(&s->polled, found->reader) : NULL;
    if (!is_there(found) || (found->reader[0] && !reader))
        return;
    const struct weir_watched_leaf *leaf =
        weir_watched_add(&s->watched, sub->number, found, reader);
    if (!leaf)
        return;
    sub->has_kind[leaf->kind] = true;
    if (leaf->kind == WEIR_SHOWN_LOUDNESS)
        weir_loudness_observe(s->tree->loudness, found->bus,
                              (struct weir_ticket){0});
}

// Take what the walk finds below a branch ("": from the root).
static bool
take_branch(struct weir_subscriptions *s, struct weir_subscription *sub,
            const char *branch, weir_walk_fn *walk,
            const struct weir_desk_object *only)
{
    struct weir_pattern pattern;
    struct weir_walk w = {.tree = s->tree, .pattern = &pattern, .only = only};
    weir_pattern_compile(sub->pattern, &pattern);
    weir_walk_branch(&w, branch, walk);
    for (uint32_t i = 0; i < w.n_found && !w.failed; i++)
        take_found(s, sub, &w.found[i]);
    free(w.found);
    return !w.failed;
}

bool
weir_subscriptions_take_all(struct weir_subscriptions *s,
                            struct weir_subscription *sub)
{
    return take_branch(s, sub, "", weir_walk_root, NULL);
}

// Too much for a pattern: it goes on with what it has.
static void
take_for_all(struct weir_subscriptions *s, const char *branch,
             weir_walk_fn *walk, const struct weir_desk_object *only)
{
    for (uint32_t i = 0; i < WEIR_MAX_PATTERNS; i++)
        if (s->subscriptions[i].subscriber)
            (void)take_branch(s, &s->subscriptions[i], branch, walk, only);
}

// ------------------------------------------------------------ what they hear

static void
hear_changed(void *owner, const void *value)
{
    struct weir_subscriptions *s = owner;
    weir_watched_note(&s->watched, value);
    if (s->watched.noted.n > 0)
        weir_subscriptions_wake_soon(s);
}

static void
tell(struct weir_subscriptions *s, const char *address, const char *text,
     const char *second)
{
    if (s->n == 0)
        return;
    weir_news_add(&s->news, address, text, second);
    weir_subscriptions_wake_soon(s);
}

static void
hear_came(void *owner, struct weir_desk_object *o)
{
    struct weir_subscriptions *s = owner;
    tell(s, "/created", o->id, NULL);
    take_for_all(s, "strip", weir_walk_strips, o);
    if (o->is_bus)
        take_for_all(s, "bus", weir_walk_buses, o);
}

static void
hear_leaves(void *owner, struct weir_desk_object *o)
{
    struct weir_subscriptions *s = owner;
    weir_watched_drop_object(&s->watched, o);
    tell(s, "/removed", o->id, NULL);
}

// As /created and /removed name it: by its place in the tree.
static void
tell_slot(struct weir_subscriptions *s, const char *address,
          const struct weir_desk_slot *slot)
{
    char name[sizeof "strip//plugin/" + 2 * WEIR_ID_MAX];
    snprintf(name, sizeof name, "%s/%s/plugin/%s",
             slot->object->is_bus ? "bus" : "strip", slot->object->id,
             slot->id);
    tell(s, address, name, NULL);
}

static void
hear_slot_came(void *owner, struct weir_desk_slot *slot)
{
    struct weir_desk_object *o = slot->object;
    tell_slot(owner, "/created", slot);
    if (o->is_bus)
        take_for_all(owner, "bus", weir_walk_buses, o);
    else
        take_for_all(owner, "strip", weir_walk_strips, o);
    weir_subscriptions_wake_soon(owner);
}

static void
hear_slot_leaves(void *owner, struct weir_desk_slot *slot)
{
    struct weir_subscriptions *s = owner;
    weir_watched_drop_slot(&s->watched, slot);
    tell_slot(s, "/removed", slot);
}

static void
hear_renamed(void *owner, struct weir_desk_object *o)
{
    if (!o->ports_pending)
        tell(owner, "/renamed", o->id, o->name);
}

static void
hear_readers(void *owner)
{
    struct weir_subscriptions *s = owner;
    s->readers_changed = true;
    weir_subscriptions_wake_soon(s);
}

static void
hear_reader(void *owner, const struct weir_known_reader *reader)
{
    char name[sizeof "reader/" + WEIR_ID_MAX];
    snprintf(name, sizeof name, "reader/%s", reader->id);
    tell(owner, reader->is_there ? "/created" : "/removed", name, NULL);
}

void
weir_subscriptions_see_readers(struct weir_subscriptions *s)
{
    if (!s->readers_changed)
        return;
    s->readers_changed = false;
    weir_polled_see_readers(&s->polled, hear_reader, s);
    take_for_all(s, "reader", weir_walk_readers, NULL);
    weir_polled_look(&s->polled, WEIR_SHOWN_READER);
}

static void
hear_meters(void *owner)
{
    weir_subscriptions_run(owner);
}

void
weir_subscriptions_watch(struct weir_subscriptions *s)
{
    weir_desk_watch(s->tree->desk,
                    &(struct weir_desk_watcher){.changed = hear_changed,
                                                .came = hear_came,
                                                .leaves = hear_leaves,
                                                .renamed = hear_renamed,
                                                .slot_came = hear_slot_came,
                                                .slot_leaves = hear_slot_leaves,
                                                .owner = s});
    weir_attach_watch(s->tree->attach, hear_readers, s);
    s->polled.metered = hear_meters;
    s->polled.owner = s;
}
