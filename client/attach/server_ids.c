// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What attached programs are called.
#include "attach/server_private.h"

#include <stdio.h>
#include <string.h>

static bool
is_taken(const struct weir_attach *a, const char *id)
{
    for (uint32_t i = 0; i < a->n_readers; i++)
        if (strcmp(a->readers[i]->id, id) == 0)
            return true;
    for (uint32_t i = 0; i < a->n_feeds; i++)
        if (strcmp(weir_feed_connection_id(a->feeds[i]), id) == 0)
            return true;
    return false;
}

// "weir-record" becomes record-1, record-2, ...; what is no id, reader-1.
static void
invent(struct weir_attach *a, const char *kind, const char *program, char *out)
{
    const char *stem =
        strncmp(program, "weir-", 5) == 0 ? program + 5 : program;
    char id[WEIR_ID_MAX + 1]; // not in place: `out` is on the list itself
    if (!weir_id_ok(stem))
        stem = kind;
    do
        snprintf(id, sizeof id, "%.20s-%u", stem, a->next_number++);
    while (is_taken(a, id));
    memcpy(out, id, sizeof id);
}

enum weir_fault_code
weir_attach_take_id(struct weir_attach *a, const char *kind,
                    const char *program, const char *wanted, char *out,
                    struct weir_fault *fault)
{
    if (wanted[0] && !weir_id_ok(wanted))
        return weir_fault(fault, WEIR_FAULT_ARGUMENTS,
                          "a %s's id is [a-z][a-z0-9_-]{0,31}, not \"%.40s\"",
                          kind, wanted);
    if (wanted[0] && is_taken(a, wanted))
        return weir_fault(fault, WEIR_FAULT_EXISTS,
                          "%s is somebody's id already (choose another --id)",
                          wanted);
    if (wanted[0])
        snprintf(out, WEIR_ID_MAX + 1, "%s", wanted);
    else
        invent(a, kind, program, out);
    return WEIR_FAULT_NONE;
}
