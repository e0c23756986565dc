// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Watched values: found by what they show, kept in the order of change.
#include "oscctl/watched.h"

#include "oscctl/tree_plugin.h"
#include "oscctl/tree_values.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_BUCKETS = 256 };

bool
weir_watched_init(struct weir_watched *w)
{
    *w = (struct weir_watched){.n_buckets = FIRST_BUCKETS};
    w->buckets = calloc(w->n_buckets, sizeof *w->buckets);
    return w->buckets != NULL;
}

// -------------------------------------------------------------------- lists

static bool
append(struct weir_watched_list *list, struct weir_watched_leaf *leaf)
{
    if (list->n == list->n_room) {
        const uint32_t n_room = list->n_room ? 2 * list->n_room : 64;
        void *grown = realloc(list->leaves, n_room * sizeof *list->leaves);
        if (!grown)
            return false;
        list->leaves = grown;
        list->n_room = n_room;
    }
    list->leaves[list->n++] = leaf;
    return true;
}

static bool
join_kind(struct weir_watched *w, struct weir_watched_leaf *leaf)
{
    struct weir_watched_list *list = &w->of_kind[leaf->kind];
    leaf->place = list->n;
    return append(list, leaf);
}

static void
leave_kind(struct weir_watched *w, struct weir_watched_leaf *leaf)
{
    struct weir_watched_list *list = &w->of_kind[leaf->kind];
    struct weir_watched_leaf *last = list->leaves[--list->n];
    list->leaves[leaf->place] = last;
    last->place = leaf->place;
}

static void
leave_noted(struct weir_watched *w, const struct weir_watched_leaf *leaf)
{
    struct weir_watched_list *list = &w->noted;
    for (uint32_t i = 0; leaf->noted && i < list->n; i++)
        if (list->leaves[i] == leaf)
            list->leaves[i] = NULL;
}

// ------------------------------------------------------------------ sources

// Where a change is told of; a fader is the gain beside it.
static const void *
source_of(const struct weir_shown *s)
{
    int v = s->index;
    if (s->fn == weir_leaf_strip_value) {
        v = v == WEIR_STRIP_FADER ? WEIR_STRIP_GAIN : v;
        return v == WEIR_STRIP_NAME ? (void *)s->strip->o.name
                                    : &s->strip->values[v];
    }
    if (s->fn == weir_leaf_bus_value) {
        v = v == WEIR_BUS_FADER ? WEIR_BUS_GAIN : v;
        return v == WEIR_BUS_NAME ? (void *)s->bus->o.name : &s->bus->values[v];
    }
    if (s->fn == weir_leaf_send_value)
        return &s->strip->sends[s->bus->slot][v];
    if (s->fn == weir_leaf_slot_value)
        return &s->slot->values[v];
    if (s->fn == weir_leaf_slot_property)
        return &s->slot->properties[v];
    if (s->slot)
        return s->slot;
    return s->strip ? (void *)s->strip : s->bus;
}

static uint32_t
bucket_of(const struct weir_watched *w, const void *source)
{
    const uint64_t bits = (uint64_t)(uintptr_t)source >> 2;
    return (uint32_t)(bits * UINT64_C(0x9e3779b97f4a7c15) >> 40) &
           (w->n_buckets - 1);
}

static void
join_bucket(struct weir_watched *w, struct weir_watched_leaf *leaf)
{
    struct weir_watched_leaf **at = &w->buckets[bucket_of(w, leaf->source)];
    while (*at)
        at = &(*at)->next_in_bucket;
    leaf->next_in_bucket = NULL;
    *at = leaf;
}

static void
leave_bucket(struct weir_watched *w, struct weir_watched_leaf *leaf)
{
    struct weir_watched_leaf **at = &w->buckets[bucket_of(w, leaf->source)];
    while (*at != leaf)
        at = &(*at)->next_in_bucket;
    *at = leaf->next_in_bucket;
}

// Slower, and no worse, when memory is short.
static void
grow_buckets(struct weir_watched *w)
{
    struct weir_watched_leaf **grown =
        calloc(2 * (size_t)w->n_buckets, sizeof(struct weir_watched_leaf *));
    if (!grown)
        return;
    free(w->buckets);
    w->buckets = grown;
    w->n_buckets *= 2;
    for (int k = 0; k < WEIR_SHOWN_KINDS; k++)
        for (uint32_t i = 0; i < w->of_kind[k].n; i++)
            join_bucket(w, w->of_kind[k].leaves[i]);
}

static struct weir_watched_leaf *
find(const struct weir_watched *w, const void *source,
     const struct weir_shown *shown)
{
    struct weir_watched_leaf *leaf = w->buckets[bucket_of(w, source)];
    while (leaf && (leaf->source != source || leaf->shown.fn != shown->fn ||
                    leaf->shown.index != shown->index))
        leaf = leaf->next_in_bucket;
    return leaf;
}

// ------------------------------------------------------------ order of change

static void
unlink_leaf(struct weir_watched *w, struct weir_watched_leaf *leaf)
{
    if (leaf->changed == 0)
        return;
    *(leaf->earlier ? &leaf->earlier->later : &w->oldest) = leaf->later;
    *(leaf->later ? &leaf->later->earlier : &w->newest) = leaf->earlier;
}

static void
link_newest(struct weir_watched *w, struct weir_watched_leaf *leaf)
{
    leaf->changed = ++w->now;
    leaf->earlier = w->newest;
    leaf->later = NULL;
    *(w->newest ? &w->newest->later : &w->oldest) = leaf;
    w->newest = leaf;
    for (int i = 0; i < WEIR_MAX_PATTERNS / 64; i++)
        w->stirred.bits[i] |= leaf->patterns.bits[i];
}

void
weir_watched_update(struct weir_watched *w, struct weir_watched_leaf *leaf,
                    const struct weir_args *args)
{
    if (leaf->changed > 0 && weir_encoded_is(leaf->value, args))
        return;
    // Short of memory it goes on showing what it did.
    if (!weir_encoded_change(&leaf->value, args))
        return;
    unlink_leaf(w, leaf);
    link_newest(w, leaf);
}

static void
look_at(struct weir_watched *w, struct weir_watched_leaf *leaf)
{
    struct weir_args args;
    weir_args_begin(&args);
    weir_show(&leaf->shown, &args);
    weir_watched_update(w, leaf, &args);
}

void
weir_watched_note(struct weir_watched *w, const void *source)
{
    struct weir_watched_leaf *leaf = w->buckets[bucket_of(w, source)];
    for (; leaf; leaf = leaf->next_in_bucket) {
        if (leaf->source != source || leaf->noted)
            continue;
        leaf->noted = append(&w->noted, leaf);
        if (!leaf->noted) // no memory for later: now
            look_at(w, leaf);
    }
}

void
weir_watched_look(struct weir_watched *w)
{
    for (uint32_t i = 0; i < w->noted.n; i++) {
        struct weir_watched_leaf *leaf = w->noted.leaves[i];
        if (!leaf)
            continue;
        leaf->noted = false;
        look_at(w, leaf);
    }
    w->noted.n = 0;
}

// --------------------------------------------------------- coming and going

static void
free_leaf(struct weir_watched *w, struct weir_watched_leaf *leaf)
{
    unlink_leaf(w, leaf);
    leave_bucket(w, leaf);
    leave_kind(w, leaf);
    leave_noted(w, leaf);
    if (leaf->asked)
        *leaf->asked = NULL;
    w->n_leaves--;
    weir_encoded_drop(leaf->value);
    free(leaf);
}

static struct weir_watched_leaf *
new_leaf(struct weir_watched *w, const struct weir_shown *shown,
         const void *source, const char *address)
{
    struct weir_args nothing;
    struct weir_watched_leaf *leaf = calloc(1, sizeof *leaf);
    if (!leaf)
        return NULL;
    weir_args_begin(&nothing);
    leaf->shown = *shown;
    leaf->source = source;
    leaf->kind = weir_shown_kind(shown);
    leaf->value = weir_encoded_new(address, &nothing);
    if (!leaf->value || !join_kind(w, leaf)) {
        weir_encoded_drop(leaf->value);
        free(leaf);
        return NULL;
    }
    join_bucket(w, leaf);
    if (++w->n_leaves > w->n_buckets)
        grow_buckets(w);
    return leaf;
}

static bool
is_known(enum weir_shown_kind kind)
{
    return kind == WEIR_SHOWN_SET || kind == WEIR_SHOWN_LOUDNESS ||
           kind == WEIR_SHOWN_FEED || kind == WEIR_SHOWN_PLUGIN;
}

struct weir_watched_leaf *
weir_watched_add(struct weir_watched *w, uint32_t pattern,
                 const struct weir_found *found, const void *source)
{
    const struct weir_shown shown = weir_shown(found);
    if (weir_shown_kind(&shown) == WEIR_SHOWN_NOTHING)
        return NULL;
    if (!source)
        source = source_of(&shown);
    struct weir_watched_leaf *leaf = find(w, source, &shown);
    const bool is_new = !leaf;
    if (is_new)
        leaf = new_leaf(w, &shown, source, found->address);
    if (!leaf)
        return NULL;
    weir_patterns_set(&leaf->patterns, pattern, true);
    weir_patterns_set(&w->stirred, pattern, true);
    if (is_new && is_known(leaf->kind))
        look_at(w, leaf);
    return leaf;
}

// Those for which `unwanted` says so; from the end, for the last one takes
// the place of one that goes.
static void
sweep(struct weir_watched *w,
      bool (*unwanted)(struct weir_watched_leaf *, const void *),
      const void *of)
{
    for (int k = 0; k < WEIR_SHOWN_KINDS; k++)
        for (uint32_t i = w->of_kind[k].n; i-- > 0;)
            if (unwanted(w->of_kind[k].leaves[i], of))
                free_leaf(w, w->of_kind[k].leaves[i]);
}

static bool
loses_all(struct weir_watched_leaf *leaf, const void *of)
{
    const struct weir_patterns *gone = of;
    uint64_t left = 0;
    for (int i = 0; i < WEIR_MAX_PATTERNS / 64; i++)
        left |= leaf->patterns.bits[i] &= ~gone->bits[i];
    return left == 0;
}

void
weir_watched_drop_patterns(struct weir_watched *w,
                           const struct weir_patterns *gone)
{
    for (int i = 0; i < WEIR_MAX_PATTERNS / 64; i++)
        w->stirred.bits[i] &= ~gone->bits[i];
    sweep(w, loses_all, gone);
}

static bool
has_object(struct weir_watched_leaf *leaf, const void *of)
{
    return (void *)leaf->shown.strip == of || (void *)leaf->shown.bus == of;
}

void
weir_watched_drop_object(struct weir_watched *w,
                         const struct weir_desk_object *object)
{
    sweep(w, has_object, object);
}

static bool
has_slot(struct weir_watched_leaf *leaf, const void *of)
{
    return leaf->shown.slot == of;
}

void
weir_watched_drop_slot(struct weir_watched *w,
                       const struct weir_desk_slot *slot)
{
    sweep(w, has_slot, slot);
}

static bool
has_source(struct weir_watched_leaf *leaf, const void *of)
{
    return leaf->source == of;
}

void
weir_watched_drop_source(struct weir_watched *w, const void *source)
{
    sweep(w, has_source, source);
}

static void
free_list(struct weir_watched_list *list)
{
    free(list->leaves);
    *list = (struct weir_watched_list){0};
}

void
weir_watched_forget(struct weir_watched *w)
{
    struct weir_watched_leaf **fewer =
        realloc(w->buckets, FIRST_BUCKETS * sizeof(struct weir_watched_leaf *));
    w->buckets = fewer ? fewer : w->buckets;
    w->n_buckets = FIRST_BUCKETS;
    for (int k = 0; k < WEIR_SHOWN_KINDS; k++)
        free_list(&w->of_kind[k]);
    free_list(&w->noted);
}

void
weir_watched_fini(struct weir_watched *w)
{
    for (int k = 0; k < WEIR_SHOWN_KINDS; k++) {
        while (w->of_kind[k].n > 0)
            free_leaf(w, w->of_kind[k].leaves[w->of_kind[k].n - 1]);
        free_list(&w->of_kind[k]);
    }
    free_list(&w->noted);
    free(w->buckets);
}
