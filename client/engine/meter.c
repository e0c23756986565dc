// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Peak and RMS over the last 300 ms.
// Everything here belongs to @mixer.
#include "engine/meter.h"

#include "engine/kernels.h"

#include <math.h>
#include <stddef.h>

static WEIR_RT struct weir_meter_bin *
bin_at(const struct weir_meter *m, uint64_t number, uint32_t channel)
{
    const size_t row = number % WEIR_METER_BINS;
    return &m->bins[row * m->n_channels + channel];
}

// A bin that still holds an older 10 ms starts anew.
static WEIR_RT void
add_part(struct weir_meter_bin *bin, uint64_t number, const float *src,
         uint32_t n)
{
    if (bin->number != number)
        *bin = (struct weir_meter_bin){.number = number};
    const float peak = weir_kernel_extent(src, n).peak;
    if (peak > bin->peak)
        bin->peak = peak;
    bin->power += (double)weir_kernel_power(src, n);
}

WEIR_RT void
weir_meter_add(struct weir_meter *m, uint32_t channel, const float *src,
               uint32_t n)
{
    uint32_t room = m->bin_frames - m->n_newest;
    for (uint64_t number = m->newest; n > 0; number++) {
        const uint32_t part = weir_min_u32(n, room);
        add_part(bin_at(m, number, channel), number, src, part);
        src += part;
        n -= part;
        room = m->bin_frames;
    }
}

WEIR_RT void
weir_meter_advance(struct weir_meter *m, uint32_t n)
{
    m->n_newest += n;
    if (m->n_newest < m->bin_frames)
        return;
    m->newest += m->n_newest / m->bin_frames;
    m->n_newest %= m->bin_frames;
}

// The oldest bin that counts.
static WEIR_RT uint64_t
window_begin(const struct weir_meter *m)
{
    return m->newest < WEIR_METER_BINS ? 0 : m->newest - WEIR_METER_BINS + 1;
}

static WEIR_RT void
read_channel(const struct weir_meter *m, uint32_t channel,
             struct weir_meter_report *report)
{
    const uint64_t oldest = window_begin(m);
    const uint64_t n_full = m->newest - oldest;
    const double n_frames = (double)(n_full * m->bin_frames + m->n_newest);
    float peak = 0.0f;
    double power = 0.0;
    for (uint64_t number = oldest; number <= m->newest; number++) {
        const struct weir_meter_bin *bin = bin_at(m, number, channel);
        if (bin->number != number)
            continue; // silent
        peak = bin->peak > peak ? bin->peak : peak;
        power += bin->power;
    }
    report->peak[channel] = peak;
    report->rms[channel] = (float)sqrt(power / (n_frames > 1 ? n_frames : 1));
}

WEIR_RT void
weir_meter_read(const struct weir_meter *m, struct weir_meter_report *report)
{
    report->n_channels = m->n_channels;
    for (uint32_t c = 0; c < m->n_channels; c++)
        read_channel(m, c, report);
}
