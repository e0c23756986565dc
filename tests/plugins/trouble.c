// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A plugin that does, when told to by its port `deed`, what takes a host
// down. Otherwise its output is its input, louder by `gain`.
#include "trouble.h"

#include <fcntl.h>
#include <lv2/core/lv2.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

struct plugin {
    const float *in;
    float *out;
    const float *gain;
    const float *deed;
    float *flushes;
    float *got;
    const float *order; // a deed, when it changes
    float last_order;
    int has_begun;
    double memory; // of what was heard: once not a number, for ever
};

static LV2_Handle
instantiate(const LV2_Descriptor *d, double rate_hz, const char *bundle,
            const LV2_Feature *const *features)
{
    (void)d, (void)rate_hz, (void)bundle, (void)features;
    return calloc(1, sizeof(struct plugin));
}

static void
connect_port(LV2_Handle handle, uint32_t port, void *to)
{
    struct plugin *p = handle;
    switch (port) {
    case 0:
        p->in = to;
        break;
    case 1:
        p->out = to;
        break;
    case 2:
        p->gain = to;
        break;
    case 3:
        p->deed = to;
        break;
    case 4:
        p->flushes = to;
        break;
    case 5:
        p->got = to;
        break;
    default:
        p->order = to;
        break;
    }
}

// What a plugin needs nothing of: how much of it was possible.
static unsigned
intrude(void)
{
    unsigned n = 0;
    const int file = open("/tmp/weir-intruder", O_CREAT | O_WRONLY, 0600);
    const int network = socket(AF_INET, SOCK_DGRAM, 0);
    n += file >= 0;
    n += network >= 0;
    n += kill(getppid(), 0) == 0;
    n += access("/bin/true", X_OK) == 0 && system("/bin/true") == 0;
    if (file >= 0)
        unlink("/tmp/weir-intruder");
    close(file);
    close(network);
    return n;
}

static void
sleep_for(time_t s, long ns)
{
    const struct timespec time = {s, ns};
    nanosleep(&time, NULL);
}

static void
take_memory(void)
{
    // In pieces that are touched, until there is no more, or 10 GB.
    enum { PIECE = 16 * 1024 * 1024, PIECES = 640 };
    for (int i = 0; i < PIECES; i++) {
        char *piece = malloc(PIECE);
        if (!piece)
            abort();
        memset(piece, i + 1, PIECE);
    }
}

// Everything that this process shares with another and may write.
static void
scribble(void)
{
    char line[512];
    FILE *maps = fopen("/proc/self/maps", "r");
    while (maps && fgets(line, sizeof line, maps)) {
        unsigned long from, to;
        char rights[5];
        if (sscanf(line, "%lx-%lx %4s", &from, &to, rights) == 3 &&
            strcmp(rights, "rw-s") == 0)
            for (unsigned long at = from; at < to; at += sizeof(unsigned))
                *(volatile unsigned *)at = (unsigned)at * 2654435761u;
    }
    if (maps)
        fclose(maps);
}

static void
unflush(void)
{
#if defined(__x86_64__)
    // Denormals on, and round towards zero.
    _mm_setcsr((_mm_getcsr() & ~0x8040u) | 0x6000u);
#endif
}

static float
flushes(void)
{
#if defined(__x86_64__)
    return (_mm_getcsr() & 0xe040u) == 0x8040u ? 1.0f : 0.0f;
#else
    return 1.0f;
#endif
}

// What is undefined here is meant.
__attribute__((no_sanitize("undefined"))) static void
do_it(struct plugin *p, enum weir_test_deed deed)
{
    static volatile int forever = 1;
    static volatile int *volatile nowhere;
    switch (deed) {
    case WEIR_DEED_NONE:
        break;
    case WEIR_DEED_SEGV:
        *nowhere = 1;
        break;
    case WEIR_DEED_ABORT:
        abort();
    case WEIR_DEED_LOOP:
        while (forever)
            ;
        break;
    case WEIR_DEED_SLEEP:
        sleep_for(10, 0);
        break;
    case WEIR_DEED_MEMORY:
        take_memory();
        break;
    case WEIR_DEED_NAN:
        p->memory = NAN;
        break;
    case WEIR_DEED_SCRIBBLE:
        scribble();
        break;
    case WEIR_DEED_EXIT:
        exit(0);
    case WEIR_DEED_CLOSE:
        for (int fd = 0; fd < 1024; fd++)
            close(fd);
        break;
    case WEIR_DEED_MXCSR:
        unflush();
        break;
    case WEIR_DEED_PRINT:
        printf("a plugin says hello\n");
        fflush(stdout);
        break;
    case WEIR_DEED_NAP:
        sleep_for(0, 50000000);
        break;
    case WEIR_DEED_STOP:
        raise(SIGSTOP);
        break;
    case WEIR_DEED_INTRUDE:
        *p->got = 1.0f + (float)intrude();
        break;
    }
}

static void
run(LV2_Handle handle, uint32_t n)
{
    struct plugin *p = handle;
    *p->flushes = flushes();
    do_it(p, (enum weir_test_deed) * p->deed);
    // What it begins with was done by another one.
    const float before = p->has_begun ? p->last_order : *p->order;
    p->has_begun = 1;
    p->last_order = *p->order;
    if (before != *p->order)
        do_it(p, (enum weir_test_deed) * p->order);
    for (uint32_t i = 0; i < n; i++) {
        p->memory = 0.5 * p->memory + 0.0 * (double)p->in[i];
        p->out[i] = p->in[i] * *p->gain + (float)p->memory;
    }
}

static void
cleanup(LV2_Handle handle)
{
    free(handle);
}

LV2_SYMBOL_EXPORT const LV2_Descriptor *
lv2_descriptor(uint32_t index)
{
    static const LV2_Descriptor plugin = {"urn:weir:test:trouble",
                                          instantiate,
                                          connect_port,
                                          NULL,
                                          run,
                                          NULL,
                                          cleanup,
                                          NULL};
    return index == 0 ? &plugin : NULL;
}
