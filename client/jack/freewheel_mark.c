// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Which server weir has switched into freewheel.
#include "jack/freewheel_mark.h"

#include "common/log.h"
#include "jack/client.h"
#include "jack/knock.h"

#include <errno.h>
#include <jack/jack.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { WHO_BYTES = 256 };

void
weir_freewheel_mark_set(const struct weir_freewheel_mark *m)
{
    char who[WHO_BYTES];
    if (!weir_knock_who(m->server, who, sizeof who))
        return; // PipeWire's freewheel ends with who asked for it
    FILE *file = fopen(m->path, "we");
    const bool written = file && fputs(who, file) >= 0;
    const bool closed = file && fclose(file) == 0;
    if (!written || !closed)
        weir_log(WEIR_LOG_ERROR, "%s: %s", m->path, strerror(errno));
}

void
weir_freewheel_mark_clear(const struct weir_freewheel_mark *m)
{
    unlink(m->path);
}

bool
weir_freewheel_is_marked(const struct weir_freewheel_mark *m)
{
    char who[WHO_BYTES];
    char marked[WHO_BYTES] = "";
    FILE *file = fopen(m->path, "re");
    if (!file)
        return false;
    const bool read = fgets(marked, sizeof marked, file) != NULL;
    fclose(file);
    return read && weir_knock_who(m->server, who, sizeof who) &&
           strcmp(who, marked) == 0;
}

void
weir_freewheel_mark_undo(const struct weir_freewheel_mark *m,
                         struct weir_jack *jack)
{
    if (weir_freewheel_is_marked(m) &&
        jack_set_freewheel(weir_jack_client(jack), 0) == 0)
        weir_log(WEIR_LOG_INFO, "JACK was still in freewheel, for a weir that "
                                "has died: switched back");
    weir_freewheel_mark_clear(m);
}
