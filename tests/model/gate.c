// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The end of the callback: once weir_process_close() has said that it is out,
// no call touches what is freed then, however late it comes.
#include "callback.h"

#ifndef CALLS
#define CALLS 2
#endif

static float port[N]; // freed at the end
static float lane[LANE];
static struct weir_input_port input = {port, lane};
static struct weir_table table = {.number = 1, .n_inputs = 1, .inputs = &input};
static bool closed;

static void *
get_buffer(void *which, uint32_t n_frames)
{
    (void)n_frames;
    return which;
}

static void
prepare(void)
{
    prepare_callback(get_buffer, &table);
    port[0] = port[1] = 1.0f;
    closed = false;
}

static void *
callback(void *arg)
{
    (void)arg;
    for (int i = 0; i < CALLS; i++)
        run_callback(false);
    return NULL;
}

static void *
control(void *arg)
{
    (void)arg;
    closed = weir_process_close(&process, 0);
    if (closed)
        port[0] = port[1] = 0.0f; // frees it
    return NULL;
}

static void
check(void)
{
    for (uint32_t i = 0;
         i < atomic_load_explicit(&inputs.head, memory_order_relaxed); i++)
        assert(lane[N * i % LANE] == 1.0f);
}

MODEL(prepare, check, callback, control)
