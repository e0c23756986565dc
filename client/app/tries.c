// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// How often what was kept has been tried.
#include "app/tries.h"

#include "common/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static unsigned
read_number(const char *path)
{
    unsigned n = 0;
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    if (fscanf(file, "%3u", &n) != 1)
        n = 0;
    fclose(file);
    return n;
}

void
weir_tries_look(const struct weir_instance *in)
{
    char bad[WEIR_PATH_BYTES + 8];
    if (read_number(in->tries) < WEIR_TRIES)
        return;
    snprintf(bad, sizeof bad, "%s.bad", in->kept);
    if (rename(in->kept, bad) == 0)
        weir_log(WEIR_LOG_ERROR,
                 "%d starts in a row from what a dead instance had have "
                 "crashed: it is not restored, but set aside as %s",
                 WEIR_TRIES, bad);
    else if (errno != ENOENT)
        weir_log(WEIR_LOG_ERROR, "%s: %s", bad, strerror(errno));
    weir_tries_forget(in);
}

// Whole or not at all: weir may die in the middle of it.
void
weir_tries_count(const struct weir_instance *in)
{
    char fresh[WEIR_PATH_BYTES + 8];
    const unsigned n = read_number(in->tries) + 1;
    snprintf(fresh, sizeof fresh, "%s.new", in->tries);
    FILE *file = fopen(fresh, "we");
    const bool written = file && fprintf(file, "%u\n", n) > 0;
    const bool closed = file && fclose(file) == 0;
    if (written && closed && rename(fresh, in->tries) == 0)
        return;
    weir_log(WEIR_LOG_ERROR, "%s: %s", in->tries, strerror(errno));
}

void
weir_tries_forget(const struct weir_instance *in)
{
    unlink(in->tries);
}
