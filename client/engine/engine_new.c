// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Making and freeing the mixer: @control's part.
#include "engine/engine.h"

#include "engine/batch.h"
#include "engine/due.h"
#include "engine/kernels.h"
#include "engine/meter.h"
#include "rt/lock.h"

#include <stdlib.h>
#include <string.h>

enum { STRIDE = WEIR_MAX_BLOCK + 16 }; // 16: off the same cache set

static bool
lay_out_buffers(struct weir_engine *e)
{
    const size_t n_floats = (size_t)2 * WEIR_MAX_CHANNELS * STRIDE;
    e->buffer_memory = aligned_alloc(WEIR_CACHE_LINE, n_floats * sizeof(float));
    if (!e->buffer_memory)
        return false;
    memset(e->buffer_memory, 0, n_floats * sizeof(float)); // prefault
    weir_lock_large(e->buffer_memory, n_floats * sizeof(float));
    for (size_t c = 0; c < WEIR_MAX_CHANNELS; c++) {
        e->buffers.before[c] = e->buffer_memory + 2 * c * STRIDE;
        e->buffers.after[c] = e->buffer_memory + (2 * c + 1) * STRIDE;
    }
    return true;
}

static bool
make_batches(struct weir_engine *e)
{
    e->batches =
        aligned_alloc(alignof(struct weir_batches), sizeof *e->batches);
    if (!e->batches)
        return false;
    memset(e->batches, 0, sizeof *e->batches);
    weir_lock_pages(e->batches, sizeof *e->batches);
    return true;
}

static void
set_rate(struct weir_engine *e, uint32_t rate_hz)
{
    e->rate_hz = rate_hz;
    e->bin_frames = weir_meter_bin_frames(rate_hz);
    e->desk.ramp_frames = (rate_hz * WEIR_RAMP_MS + 500) / 1000;
}

struct weir_engine *
weir_engine_new(uint32_t rate_hz, uint32_t lane_frames)
{
    struct weir_engine *e =
        aligned_alloc(alignof(struct weir_engine), sizeof *e);
    if (!e)
        return NULL;
    memset(e, 0, sizeof *e);
    weir_lock_pages(e, sizeof *e);
    set_rate(e, rate_hz);
    weir_align_init(&e->align);
    e->inputs = weir_inputs_new(lane_frames);
    e->commands = weir_queue_new(sizeof(struct weir_command), WEIR_COMMANDS);
    e->events = weir_queue_new(sizeof(struct weir_event), WEIR_EVENTS);
    e->due = weir_due_new(WEIR_COMMANDS);
    e->desk.kernels = weir_kernels_best();
    e->desk.inputs = e->inputs;
    e->desk.buses = e->buses;
    if (e->inputs && e->commands && e->events && e->due && lay_out_buffers(e) &&
        make_batches(e))
        return e;
    weir_engine_free(e);
    return NULL;
}

void
weir_engine_free(struct weir_engine *e)
{
    if (!e)
        return;
    free(e->batches);
    free(e->buffer_memory);
    weir_due_free(e->due);
    weir_queue_free(e->events);
    weir_queue_free(e->commands);
    weir_inputs_free(e->inputs);
    free(e);
}

void
weir_engine_resume(struct weir_engine *e)
{
    e->stopping = false;
}

void
weir_engine_set_rate(struct weir_engine *e, uint32_t rate_hz)
{
    set_rate(e, rate_hz);
    e->clock = (struct weir_engine_clock){0}; // the next cycle tells
    for (uint32_t i = 0; i < e->n_strips; i++)
        weir_meter_set_rate(&e->strips[i]->meter, rate_hz, e->position);
    for (uint32_t b = 0; b < WEIR_MAX_BUSES; b++)
        if (e->buses[b])
            weir_meter_set_rate(&e->buses[b]->meter, rate_hz, e->position);
}
