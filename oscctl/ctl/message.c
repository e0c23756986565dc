// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// liblo's copy of what came from the mixer.
#include "oscctl/ctl/message.h"

#include <stdint.h>

lo_message
ctl_message_copy(struct ctl_link *link, const struct weir_osc_message *message)
{
    if (!message->has_types)
        return lo_message_new();
    // The same bytes, reached through what is ours to give away as not const.
    const uint8_t *data = message->data;
    return lo_message_deserialise(link->datagram + (data - link->datagram),
                                  message->size, NULL);
}
