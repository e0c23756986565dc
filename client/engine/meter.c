// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Peak and RMS over the last 300 ms.
// Everything here belongs to @mixer.
#include "engine/meter.h"

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
add_part(struct weir_meter_bin *bin, uint64_t number, float peak, double power)
{
    if (bin->number != number)
        *bin = (struct weir_meter_bin){.number = number};
    bin->peak = peak > bin->peak ? peak : bin->peak;
    bin->power += power;
}

WEIR_RT void
weir_meter_begin(struct weir_meter *m, uint64_t position)
{
    m->first = position / m->bin_frames;
    m->n_missed = (uint32_t)(position % m->bin_frames);
}

WEIR_RT void
weir_meter_add(struct weir_meter *m, const struct weir_kernels *kernels,
               uint32_t channel, uint64_t position, const float *src,
               uint32_t n)
{
    uint64_t number = position / m->bin_frames;
    uint32_t room = weir_meter_room(m->bin_frames, position);
    for (; n > 0; number++) {
        const uint32_t part = weir_min_u32(n, room);
        add_part(bin_at(m, number, channel), number,
                 kernels->extent(src, part).peak,
                 (double)kernels->power(src, part));
        src += part;
        n -= part;
        room = m->bin_frames;
    }
}

// All lanes as one bin.
static WEIR_RT struct weir_meter_bin
add_up(const struct weir_sums *sums)
{
    struct weir_meter_bin bin = {.peak = 0.0f};
    for (int i = 0; i < WEIR_SUM_LANES; i++) {
        bin.peak = sums->peak[i] > bin.peak ? sums->peak[i] : bin.peak;
        bin.power += (double)sums->power[i];
    }
    return bin;
}

WEIR_RT void
weir_meter_close(struct weir_meter *m, uint64_t position)
{
    const uint64_t number = position / m->bin_frames;
    if (!m->has_sums)
        return;
    for (uint32_t c = 0; c < m->n_channels; c++) {
        const struct weir_meter_bin more = add_up(&m->sums[c]);
        add_part(bin_at(m, number, c), number, more.peak, more.power);
        m->sums[c] = (struct weir_sums){.peak = {0.0f}};
    }
    m->has_sums = false;
}

// The oldest bin that counts beside the newest.
static WEIR_RT uint64_t
window_begin(const struct weir_meter *m, uint64_t newest)
{
    const uint64_t full = m->first + WEIR_METER_BINS - 1;
    return newest <= full ? m->first : newest - WEIR_METER_BINS + 1;
}

// Frames in the window: what there was since the meter began, at most 300 ms.
static WEIR_RT double
window_frames(const struct weir_meter *m, uint64_t position)
{
    const uint64_t oldest = window_begin(m, position / m->bin_frames);
    const uint64_t n = position - oldest * m->bin_frames -
                       (oldest == m->first ? m->n_missed : 0);
    return n > 1 ? (double)n : 1.0;
}

static WEIR_RT void
read_channel(const struct weir_meter *m, uint64_t position, uint32_t channel,
             struct weir_meter_report *report)
{
    const uint64_t newest = position / m->bin_frames;
    struct weir_meter_bin all = add_up(&m->sums[channel]);
    for (uint64_t number = window_begin(m, newest); number <= newest;
         number++) {
        const struct weir_meter_bin *bin = bin_at(m, number, channel);
        if (bin->number != number)
            continue; // silent
        all.peak = bin->peak > all.peak ? bin->peak : all.peak;
        all.power += bin->power;
    }
    report->peak[channel] = all.peak;
    report->rms[channel] = (float)sqrt(all.power / window_frames(m, position));
}

WEIR_RT void
weir_meter_read(const struct weir_meter *m, uint64_t position,
                struct weir_meter_report *report)
{
    report->n_channels = m->n_channels;
    for (uint32_t c = 0; c < m->n_channels; c++)
        read_channel(m, position, c, report);
}
