// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
#include "common/service.h"

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-daemon.h>
#include <time.h>

static const int64_t alive_ns = 500000000;

static int64_t
now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void
weir_service_ready(void)
{
    sd_notify(0, "READY=1");
}

void
weir_service_alive(void)
{
    static int64_t told_ns = INT64_MIN / 2;
    const int64_t now = now_ns();
    if (now - told_ns < alive_ns)
        return;
    told_ns = now;
    sd_notify(0, "WATCHDOG=1");
}

void
weir_service_stopping(void)
{
    static bool told;
    if (told)
        return;
    told = true;
    sd_notify(0, "STOPPING=1");
}
