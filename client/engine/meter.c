// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Peak and RMS over the last 300 ms.
#include "engine/meter.h"

#include "engine/kernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BINS_PER_SECOND = 100 };

_Bool
weir_meter_init(struct weir_meter *m, uint32_t n_channels, uint32_t rate_hz)
{
    memset(m, 0, sizeof *m);
    m->n_channels = n_channels;
    m->bin_frames = (rate_hz + BINS_PER_SECOND - 1) / BINS_PER_SECOND;
    m->bins = calloc((size_t)WEIR_METER_BINS * n_channels, sizeof *m->bins);
    return m->bins != NULL;
}

void
weir_meter_fini(struct weir_meter *m)
{
    free(m->bins);
    m->bins = NULL;
}

static WEIR_RT struct weir_meter_bin *
bin_at(const struct weir_meter *m, uint32_t bin, uint32_t channel)
{
    return &m->bins[(size_t)bin * m->n_channels + channel];
}

WEIR_RT void
weir_meter_add(struct weir_meter *m, uint32_t channel, const float *src,
               uint32_t n)
{
    struct weir_meter_bin *bin = bin_at(m, m->current, channel);
    const float peak = weir_kernel_extent(src, n).peak;
    if (peak > bin->peak)
        bin->peak = peak;
    bin->power += weir_kernel_power(src, n);
}

WEIR_RT void
weir_meter_advance(struct weir_meter *m, uint32_t n)
{
    m->n_frames[m->current] += n;
    if (m->n_frames[m->current] < m->bin_frames)
        return;
    m->current = (m->current + 1) % WEIR_METER_BINS;
    m->n_frames[m->current] = 0;
    memset(bin_at(m, m->current, 0), 0, m->n_channels * sizeof *m->bins);
}

static WEIR_RT void
read_channel(const struct weir_meter *m, uint32_t channel, double n_frames,
             struct weir_meter_report *report)
{
    float peak = 0.0f;
    double power = 0.0;
    for (uint32_t b = 0; b < WEIR_METER_BINS; b++) {
        const struct weir_meter_bin *bin = bin_at(m, b, channel);
        peak = bin->peak > peak ? bin->peak : peak;
        power += bin->power;
    }
    report->peak[channel] = peak;
    report->rms[channel] = (float)sqrt(power / n_frames);
}

WEIR_RT void
weir_meter_read(const struct weir_meter *m, struct weir_meter_report *report)
{
    double n_frames = 0.0;
    for (uint32_t b = 0; b < WEIR_METER_BINS; b++)
        n_frames += m->n_frames[b];
    report->n_channels = m->n_channels;
    for (uint32_t c = 0; c < m->n_channels; c++)
        read_channel(m, c, n_frames > 0.0 ? n_frames : 1.0, report);
}
