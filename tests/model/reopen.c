// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// After weir_process_reopen() calls run again, and find what @control has
// written before; one that comes while it is still closed does nothing.
#include "callback.h"

static struct weir_table table = {.number = 1};

static void
prepare(void)
{
    prepare_callback(NULL, &table);
    atomic_init(&process.closing, 1);
    process.running = true;
    process.frame_time_due = 100;
}

static void *
control(void *arg)
{
    (void)arg;
    process.position = 7; // @control may, while it is closed
    weir_process_new_clock(&process);
    weir_process_reopen(&process);
    return NULL;
}

static void *
callback(void *arg)
{
    const struct weir_process_time time = {.frame_time = 150};
    (void)arg;
    weir_process_run(&process, &time, N);
    return NULL;
}

static void
check(void)
{
    // No gap is counted: JACK's counter began anew.
    const bool ran = atomic_load_explicit(&inputs.head, memory_order_relaxed);
    assert(process.position == (ran ? 7 + N : 7));
    assert(!ran || cycles[0].position == 7);
}

MODEL(prepare, check, control, callback)
