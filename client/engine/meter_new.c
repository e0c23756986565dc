// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Making and freeing meters: @control's part, kept out of the objects that
// the mixer's block reaches.
#include "engine/meter.h"

#include "rt/prefault.h"

#include <stdlib.h>
#include <string.h>

enum { BINS_PER_SECOND = 100 };

_Bool
weir_meter_init(struct weir_meter *m, uint32_t n_channels, uint32_t rate_hz)
{
    const size_t n_bins = (size_t)WEIR_METER_BINS * n_channels;
    memset(m, 0, sizeof *m);
    m->n_channels = n_channels;
    m->bin_frames = (rate_hz + BINS_PER_SECOND - 1) / BINS_PER_SECOND;
    m->bins = calloc(n_bins, sizeof *m->bins);
    if (!m->bins)
        return 0;
    weir_prefault(m->bins, n_bins * sizeof *m->bins);
    return 1;
}

void
weir_meter_fini(struct weir_meter *m)
{
    free(m->bins);
    m->bins = NULL;
}
