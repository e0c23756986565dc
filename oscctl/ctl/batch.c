// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What is sent: bundles built by hand around liblo's messages.
#include "oscctl/ctl/ask.h"

#include "oscctl/validate.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH_ROOM_BYTES = 61440 }; // for one message that is larger than most

void
ctl_batch_init(struct ctl_batch *batch)
{
    *batch = (struct ctl_batch){.data = malloc(BATCH_ROOM_BYTES)};
}

void
ctl_batch_fini(struct ctl_batch *batch)
{
    free(batch->data);
    batch->data = NULL;
}

static void
write_u32(uint8_t *to, size_t n)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(n >> (24 - 8 * i));
}

// One message fits into an empty batch even if it is long.
static bool
has_room(const struct ctl_batch *batch, size_t n_bytes)
{
    const size_t max_bytes =
        batch->n_messages == 0 ? BATCH_ROOM_BYTES : CTL_BATCH_BYTES;
    return batch->data && batch->size + 4 + n_bytes <= max_bytes &&
           batch->n_messages < WEIR_OSC_MESSAGES_MAX - 2; // tag and ping
}

static bool
add_message(struct ctl_batch *batch, const char *address, lo_message message)
{
    size_t size = lo_message_length(message, address);
    if (!has_room(batch, size))
        return false;
    lo_message_serialise(message, address, batch->data + batch->size + 4,
                         &size);
    write_u32(batch->data + batch->size, size);
    batch->size += 4 + size;
    batch->n_messages++;
    batch->n_pings += strcmp(address, "/ping") == 0;
    return true;
}

bool
ctl_batch_add(struct ctl_batch *batch, const char *address, lo_message message)
{
    if (message)
        return add_message(batch, address, message);
    lo_message none = lo_message_new();
    const bool added = none && add_message(batch, address, none);
    if (none)
        lo_message_free(none);
    return added;
}
