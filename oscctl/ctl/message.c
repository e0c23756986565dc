// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Arguments.  liblo's lie at multiples of 4, where a lo_arg may not be
// touched: they are copied out.
#include "oscctl/ctl/message.h"

#include <stdint.h>
#include <string.h>

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

const char *
ctl_message_string(lo_message message, int index)
{
    if (index >= lo_message_get_argc(message) ||
        !lo_is_string_type((lo_type)lo_message_get_types(message)[index]))
        return NULL;
    const void *at = lo_message_get_argv(message)[index];
    return at;
}

bool
ctl_message_number(lo_message message, int index, double *out)
{
    if (index >= lo_message_get_argc(message))
        return false;
    const void *at = lo_message_get_argv(message)[index];
    int32_t i = 0;
    int64_t h = 0;
    float f = 0;
    switch (lo_message_get_types(message)[index]) {
    case LO_INT32:
        memcpy(&i, at, sizeof i);
        *out = i;
        return true;
    case LO_INT64:
        memcpy(&h, at, sizeof h);
        *out = (double)h;
        return true;
    case LO_FLOAT:
        memcpy(&f, at, sizeof f);
        *out = (double)f;
        return true;
    case LO_DOUBLE:
        memcpy(out, at, sizeof *out);
        return true;
    case LO_TRUE:
    case LO_FALSE:
        *out = lo_message_get_types(message)[index] == LO_TRUE;
        return true;
    default:
        return false;
    }
}
