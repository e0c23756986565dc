// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What a result was measured on.
#include "bench/machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#ifndef BENCH_FLAGS
#define BENCH_FLAGS ""
#endif

static void
ask_cpu(char *name, size_t n_bytes)
{
    char line[256];
    FILE *f = fopen("/proc/cpuinfo", "r");
    snprintf(name, n_bytes, "unknown");
    while (f && fgets(line, sizeof line, f)) {
        char *value = strchr(line, ':');
        if (!value || strncmp(line, "model name", 10) != 0)
            continue;
        value[strcspn(value, "\n")] = '\0';
        snprintf(name, n_bytes, "%.*s", (int)n_bytes - 1, value + 2);
        break;
    }
    if (f)
        fclose(f);
}

void
bench_machine_ask(struct bench_machine *m)
{
    struct utsname u;
    ask_cpu(m->cpu, sizeof m->cpu);
    uname(&u);
    // Its version; who has built it is nobody's business.
    u.release[strspn(u.release, "0123456789.")] = '\0';
    snprintf(m->kernel, sizeof m->kernel, "%.20s %.60s %.20s", u.sysname,
             u.release, u.machine);
#ifdef __clang__
    m->compiler = "clang " __clang_version__;
#else
    m->compiler = "gcc " __VERSION__;
#endif
    m->flags = BENCH_FLAGS;
    m->n_cpus = (int)sysconf(_SC_NPROCESSORS_ONLN);
    if (getloadavg(&m->load, 1) != 1)
        m->load = -1;
}
