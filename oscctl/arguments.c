// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Arguments.  liblo's lie at multiples of 4, where a lo_arg may not be
// touched: they are copied out.
#include "oscctl/arguments.h"

#include <stdint.h>
#include <string.h>

const char *
weir_message_string(lo_message message, int index)
{
    if (index >= lo_message_get_argc(message) ||
        !lo_is_string_type((lo_type)lo_message_get_types(message)[index]))
        return NULL;
    const void *at = lo_message_get_argv(message)[index];
    return at;
}

bool
weir_message_number(lo_message message, int index, double *out)
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
