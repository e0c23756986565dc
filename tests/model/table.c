// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Port tables: the callback sees a whole one, and once a cycle with the new
// one's number has come through, the old one can be freed.
#include "callback.h"

#ifndef CALLS
#define CALLS 2
#endif

static float port[2][N];
static float lane[LANE];
static struct weir_input_port inputs_of[2] = {{port[0], lane}, {port[1], lane}};
static struct weir_table tables[2];

static void *
get_buffer(void *which, uint32_t n_frames)
{
    (void)n_frames;
    return which;
}

static void
prepare(void)
{
    tables[0].number = 1;
    tables[0].n_inputs = 1;
    tables[0].inputs = &inputs_of[0];
    prepare_callback(get_buffer, &tables[0]);
    tables[1].number = 0;
    tables[1].n_inputs = 0;
    tables[1].inputs = NULL;
    port[0][0] = port[0][1] = 1.0f;
    port[1][0] = port[1][1] = 0.0f;
}

static void *
callback(void *arg)
{
    (void)arg;
    for (int i = 0; i < CALLS; i++)
        run_callback(false);
    return NULL;
}

// One cycle, as the mixer sees it; the number of its table, or 0.
static uint64_t
mix(void)
{
    float got[N];
    const struct weir_cycle *cycle;
    if (!weir_inputs_peek(&inputs, &cycle))
        return 0;
    const uint64_t table = cycle->table;
    weir_inputs_read(&inputs, lane, cycle->position, got, N);
    assert(got[0] == (float)table);
    weir_inputs_finish(&inputs);
    return table;
}

// The mixer and @control in one thread.
static void *
control(void *arg)
{
    (void)arg;
    port[1][0] = port[1][1] = 2.0f;
    tables[1].number = 2;
    tables[1].inputs = &inputs_of[1];
    tables[1].n_inputs = 1;
    struct weir_table *old = weir_process_set_table(&process, &tables[1]);
    assert(old == &tables[0] && old->number == 1);
    for (int i = 0; i < CALLS; i++) {
        if (mix() < 2)
            continue;
        old->number = 0; // frees it
        old->inputs = NULL;
        port[0][0] = 0.0f;
        break;
    }
    return NULL;
}

static void
check(void)
{
}

MODEL(prepare, check, callback, control)
