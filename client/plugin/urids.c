// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// URIs as small numbers. A URI lies once, in an arena that only grows; its
// number is its place in a hash table, plus one. Everything is @any's.
#include "plugin/urids.h"

#include <string.h>

static WEIR_RT uint32_t
hash(const char *uri)
{
    uint32_t h = 2166136261u; // FNV-1a
    for (; *uri; uri++)
        h = (h ^ (unsigned char)*uri) * 16777619u;
    return h ^ h >> 15;
}

// A copy that stays; null when there is no more room. What a thread loses in
// a race for a place stays unused.
static WEIR_RT const char *
keep(struct weir_urids *t, const char *uri)
{
    const size_t n = strlen(uri) + 1;
    // relaxed: a count; who is counted first does not matter.
    if (n > WEIR_URID_BYTES ||
        atomic_load_explicit(&t->n_uris, memory_order_relaxed) >=
            WEIR_MAX_URIDS)
        return NULL;
    // relaxed: hands out bytes, each once; nobody reads them before the place
    // is released.
    uint32_t at = atomic_load_explicit(&t->used, memory_order_relaxed);
    do {
        if (at + n > WEIR_URID_BYTES)
            return NULL;
    } while (!atomic_compare_exchange_weak_explicit(
        &t->used, &at, at + (uint32_t)n, memory_order_relaxed,
        memory_order_relaxed));
    // relaxed: see above.
    atomic_fetch_add_explicit(&t->n_uris, 1, memory_order_relaxed);
    return memcpy(t->arena + at, uri, n);
}

WEIR_RT uint32_t
weir_urids_map(struct weir_urids *t, const char *uri)
{
    const char *copy = NULL;
    uint32_t place = hash(uri);
    for (uint32_t tried = 0; tried < WEIR_URID_PLACES; tried++, place++) {
        place &= WEIR_URID_PLACES - 1;
        // acquire: pairs with the release below, which hands over the text.
        const char *there =
            atomic_load_explicit(&t->places[place], memory_order_acquire);
        if (!there && !copy && !(copy = keep(t, uri)))
            return 0;
        // release: hands the text to who finds it; acquire: so is the
        // winner's when another thread was first.
        if (!there && atomic_compare_exchange_strong_explicit(
                          &t->places[place], &there, copy, memory_order_release,
                          memory_order_acquire))
            return place + 1;
        if (strcmp(there, uri) == 0)
            return place + 1;
    }
    return 0;
}

WEIR_RT const char *
weir_urids_unmap(const struct weir_urids *t, uint32_t urid)
{
    if (urid == 0 || urid > WEIR_URID_PLACES)
        return NULL;
    // acquire: pairs with the release in weir_urids_map().
    return atomic_load_explicit(&t->places[urid - 1], memory_order_acquire);
}
