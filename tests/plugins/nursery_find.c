// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A nursery's processes.
#include "nursery_find.h"

#include "plugin/nursery_private.h"
#include "rt/clock.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATIENCE_MS = 30000 };

// Of that group and name, and alive.
static bool
is_one(const char *pid, pid_t group, const char *name)
{
    char path[300];
    char comm[64];
    char state = 'Z';
    int pgrp = 0;
    snprintf(path, sizeof path, "/proc/%s/stat", pid);
    FILE *file = fopen(path, "r");
    if (!file)
        return false;
    const int n = fscanf(file, "%*d (%63[^)]) %c %*d %d", comm, &state, &pgrp);
    fclose(file);
    return n == 3 && pgrp == group && state != 'Z' && strcmp(comm, name) == 0;
}

pid_t
find_nursery(const struct weir_nursery *n, const char *name)
{
    const struct dirent *entry;
    pid_t found = 0;
    DIR *proc = opendir("/proc");
    while (!found && (entry = readdir(proc)))
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
            is_one(entry->d_name, n->group, name))
            found = atoi(entry->d_name);
    closedir(proc);
    return found;
}

pid_t
await_nursery(struct weir_nursery *n, const char *name, pid_t old)
{
    const int64_t until_ms = weir_now_ms() + PATIENCE_MS;
    while (weir_now_ms() < until_ms) {
        struct pollfd news = {weir_nursery_fd(n), POLLIN, 0};
        const pid_t pid = find_nursery(n, name);
        if (pid != 0 && pid != old)
            return pid;
        poll(&news, 1, 10);
        weir_nursery_service(n);
    }
    cr_assert(false, "no %s", name);
    return 0;
}
