// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Making and freeing meters: @control's part, kept out of the objects that
// the mixer's block reaches.
#include "engine/meter.h"

#include "rt/lock.h"

#include <stdlib.h>
#include <string.h>

bool
weir_meter_init(struct weir_meter *m, uint32_t n_channels, uint32_t rate_hz)
{
    const size_t n_bins = (size_t)WEIR_METER_BINS * n_channels;
    memset(m, 0, sizeof *m);
    m->n_channels = n_channels;
    m->bin_frames = weir_meter_bin_frames(rate_hz);
    m->bins = calloc(n_bins, sizeof *m->bins);
    m->sums =
        aligned_alloc(alignof(struct weir_sums), n_channels * sizeof *m->sums);
    if (!m->bins || !m->sums) {
        weir_meter_fini(m);
        return false;
    }
    weir_hold(m->bins, n_bins * sizeof *m->bins);
    memset(m->sums, 0, n_channels * sizeof *m->sums);
    weir_lock_pages(m->sums, n_channels * sizeof *m->sums);
    return true;
}

void
weir_meter_fini(struct weir_meter *m)
{
    free(m->sums);
    free(m->bins);
    m->sums = NULL;
    m->bins = NULL;
}

void
weir_meter_set_rate(struct weir_meter *m, uint32_t rate_hz, uint64_t position)
{
    memset(m->bins, 0,
           (size_t)WEIR_METER_BINS * m->n_channels * sizeof *m->bins);
    memset(m->sums, 0, m->n_channels * sizeof *m->sums);
    m->has_sums = false;
    m->bin_frames = weir_meter_bin_frames(rate_hz);
    weir_meter_begin(m, position);
}
