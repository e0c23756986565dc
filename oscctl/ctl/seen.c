// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A table with open addressing.
#include "oscctl/ctl/seen.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS_FIRST = 256, SLOTS_MAX = 1 << 20 };

// FNV-1a, 64 bits.
#define HASH_BASIS UINT64_C(0xcbf29ce484222325)
#define HASH_PRIME UINT64_C(0x100000001b3)

static uint64_t
hash(uint64_t so_far, const void *data, size_t n_bytes)
{
    const uint8_t *bytes = data;
    for (size_t i = 0; i < n_bytes; i++)
        so_far = (so_far ^ bytes[i]) * HASH_PRIME;
    return so_far;
}

static uint64_t
hash_of(lo_message message)
{
    const char *types = lo_message_get_types(message);
    lo_arg **args = lo_message_get_argv(message);
    uint64_t h = hash(HASH_BASIS, types, strlen(types));
    for (int i = 0; i < lo_message_get_argc(message); i++)
        h = hash(h, args[i], lo_arg_size((lo_type)types[i], args[i]));
    return h;
}

// The slot of `address`, or the free one where it belongs.
static struct ctl_seen_slot *
find(struct ctl_seen_slot *slots, size_t n_slots, uint64_t address)
{
    size_t i = address & (n_slots - 1);
    while (slots[i].address != 0 && slots[i].address != address)
        i = (i + 1) & (n_slots - 1);
    return &slots[i];
}

static void
grow(struct ctl_seen *seen)
{
    const size_t n_slots = seen->n_slots ? 2 * seen->n_slots : SLOTS_FIRST;
    struct ctl_seen_slot *slots =
        n_slots <= SLOTS_MAX ? calloc(n_slots, sizeof *slots) : NULL;
    if (!slots)
        return;
    for (size_t i = 0; i < seen->n_slots; i++)
        if (seen->slots[i].address != 0)
            *find(slots, n_slots, seen->slots[i].address) = seen->slots[i];
    free(seen->slots);
    seen->slots = slots;
    seen->n_slots = n_slots;
}

bool
ctl_seen_is_news(struct ctl_seen *seen, const char *address, lo_message message)
{
    // Never 0, which is a free slot.
    const uint64_t key = hash(HASH_BASIS, address, strlen(address)) | 1;
    const uint64_t value = hash_of(message);
    if (4 * seen->n_used >= 3 * seen->n_slots)
        grow(seen);
    if (seen->n_slots == 0)
        return true;
    struct ctl_seen_slot *slot = find(seen->slots, seen->n_slots, key);
    if (slot->address == 0 && 8 * seen->n_used >= 7 * seen->n_slots)
        return true;
    const bool news = slot->address == 0 || slot->value != value;
    seen->n_used += slot->address == 0;
    *slot = (struct ctl_seen_slot){key, value};
    return news;
}

void
ctl_seen_fini(struct ctl_seen *seen)
{
    free(seen->slots);
    *seen = (struct ctl_seen){0};
}
