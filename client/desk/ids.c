// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What a strip or bus may be called: ids and port names are one space.
#include "desk/desk_private.h"

#include "rt/tags.h"

#include <stdio.h>
#include <string.h>

void
weir_port_name(const char *id, uint32_t n, uint32_t i,
               char out[WEIR_PORT_NAME_BYTES])
{
    if (n == 1)
        snprintf(out, WEIR_PORT_NAME_BYTES, "%s", id);
    else if (n == 2)
        snprintf(out, WEIR_PORT_NAME_BYTES, "%s_%c", id, i ? 'R' : 'L');
    else
        snprintf(out, WEIR_PORT_NAME_BYTES, "%s_%u", id, i + 1);
}

void
weir_port_label(const char *name, uint32_t n, uint32_t i,
                char out[WEIR_PORT_LABEL_BYTES])
{
    if (n == 1)
        snprintf(out, WEIR_PORT_LABEL_BYTES, "%s", name);
    else if (n == 2)
        snprintf(out, WEIR_PORT_LABEL_BYTES, "%s %c", name, i ? 'R' : 'L');
    else
        snprintf(out, WEIR_PORT_LABEL_BYTES, "%s %u", name, i + 1);
}

static bool
share_a_port(const char *id, uint32_t n, const char *other, uint32_t n_other)
{
    char a[WEIR_PORT_NAME_BYTES];
    char b[WEIR_PORT_NAME_BYTES];
    for (uint32_t i = 0; i < n; i++) {
        weir_port_name(id, n, i, a);
        for (uint32_t k = 0; k < n_other; k++) {
            weir_port_name(other, n_other, k, b);
            if (strcmp(a, b) == 0)
                return true;
        }
    }
    return false;
}

// Only an id that begins with the other can share a port name with it.
static bool
one_begins_the_other(const char *a, const char *b)
{
    const size_t n_a = strlen(a);
    const size_t n_b = strlen(b);
    return strncmp(a, b, n_a < n_b ? n_a : n_b) == 0;
}

static enum weir_fault_code
check_clash(const char *id, uint32_t n, const struct weir_desk_object *other,
            struct weir_fault *fault)
{
    if (strcmp(id, other->id) == 0)
        return weir_fault(fault, WEIR_FAULT_EXISTS, "%s exists already", id);
    if (one_begins_the_other(id, other->id) &&
        share_a_port(id, n, other->id, other->n_channels))
        return weir_fault(fault, WEIR_FAULT_EXISTS,
                          "the ports of %s would be called like those of %s "
                          "(choose another id)",
                          id, other->id);
    return WEIR_FAULT_NONE;
}

enum weir_fault_code
weir_desk_check_new(const struct weir_desk *desk, const char *id, uint32_t n,
                    const char *name, struct weir_fault *fault)
{
    if (!weir_id_ok(id))
        return weir_fault(fault, WEIR_FAULT_ARGUMENTS,
                          "an id is [a-z][a-z0-9_-]{0,31}, not \"%.40s\"", id);
    if (n < 1 || n > WEIR_MAX_CHANNELS)
        return weir_fault(fault, WEIR_FAULT_RANGE, "channels go from 1 to %d",
                          WEIR_MAX_CHANNELS);
    if (name && !weir_name_ok(name))
        return weir_fault(fault, WEIR_FAULT_ARGUMENTS,
                          "a name is UTF-8 text of 1 to 64 characters");
    for (uint32_t i = 0; i < desk->n_strips; i++)
        if (check_clash(id, n, &desk->strips[i]->o, fault))
            return fault->code;
    for (uint32_t i = 0; i < desk->n_buses; i++)
        if (check_clash(id, n, &desk->buses[i]->o, fault))
            return fault->code;
    return WEIR_FAULT_NONE;
}
